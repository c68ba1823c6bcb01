import { app, dialog, type BrowserWindow } from 'electron';
import type { ActiveJobs } from './jobs/active-jobs.ts';

/** Quits once: asks where jobs run, lets the app come to rest, then ends it. */
export class Quit {
  readonly #jobs: ActiveJobs;
  readonly #rest: () => Promise<unknown>;
  #state: 'no' | 'asking' | 'resting' | 'rested' = 'no';

  /** @param rest what is to be done before the app ends */
  constructor(jobs: ActiveJobs, rest: () => Promise<unknown>) {
    this.#jobs = jobs;
    this.#rest = rest;
    app.on('before-quit', (event) => {
      if (this.#state === 'rested') return;
      event.preventDefault();
      void this.request(undefined);
    });
  }

  /** Whether windows may close without a question. */
  get isAgreed(): boolean {
    return this.#state === 'resting' || this.#state === 'rested';
  }

  async request(window: BrowserWindow | undefined): Promise<void> {
    if (this.#state !== 'no') return;
    this.#state = 'asking';
    if (this.#jobs.busy > 0 && !(await mayLeave(this.#jobs.busy, window))) {
      this.#state = 'no';
      return;
    }
    this.#state = 'resting';
    const rested = this.#rest();
    window?.hide();
    await rested;
    this.#state = 'rested';
    app.quit();
  }
}

async function mayLeave(jobs: number, window: BrowserWindow | undefined): Promise<boolean> {
  const options = {
    type: 'question' as const,
    message: jobs === 1 ? 'A job is running.' : `${jobs} jobs are running.`,
    detail:
      'Quitting stops them where they are. No original is touched, and they go on when Deltashelf starts again.',
    buttons: ['Keep Working', 'Quit and Go On Later'],
    defaultId: 0,
    cancelId: 0,
  };
  const { response } = await (window
    ? dialog.showMessageBox(window, options)
    : dialog.showMessageBox(options));
  return response === 1;
}
