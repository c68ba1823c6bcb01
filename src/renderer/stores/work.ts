import { defineStore } from 'pinia';
import type {
  CompressResult,
  JobSummary,
  ReclaimResult,
  ReconstructResult,
  ScanResult,
  VerifyAllResult,
} from '../../shared/index.ts';
import type { ChosenPlace } from '../../shared/window/index.ts';
import { ask, failureOf, useHost } from '../host/index.ts';
import { bytes, lasted, plural } from '../words/index.ts';
import { useJobs } from './jobs.ts';
import { useLibrary } from './library.ts';
import { useNavigation } from './navigation.ts';
import { useNotices } from './notices.ts';

/** Everything a person can have done, with what is said before and after. One place, so that all views say it alike. */
export const useWork = defineStore('work', () => {
  const library = useLibrary();
  const jobs = useJobs();
  const notices = useNotices();
  const navigation = useNavigation();
  /** Jobs that this window began: their ends are told. */
  const mine = new Set<number>();

  jobs.onEnded((job) => {
    void library.refresh();
    if (mine.delete(job.id)) void tellEnd(job);
  });

  async function begin(start: () => Promise<{ job: number }>): Promise<number | undefined> {
    try {
      const { job } = await start();
      mine.add(job);
      // It may have ended before the answer was here.
      const known = jobs.byId.get(job);
      if (known && ['done', 'failed', 'cancelled'].includes(known.state) && mine.delete(job))
        void tellEnd(known);
      return job;
    } catch (error) {
      notices.tell(failureOf(error).message, { tone: 'danger' });
      return undefined;
    }
  }

  const compress = (models: readonly number[]) => begin(() => ask('compress', { models: [...models] }));
  const verify = (models: readonly number[]) => begin(() => ask('verify', { models: [...models] }));
  const reclaim = (models: readonly number[], sideFiles: boolean) =>
    begin(() => ask('reclaim', { models: [...models], sideFiles }));
  const purge = (entries: readonly string[], now: boolean) =>
    begin(() => ask('purge', { entries: [...entries], now }));
  const remove = (model: number) => begin(() => ask('delete', { model }));
  const check = (models: readonly number[]) =>
    begin(() => ask('check', models.length > 0 ? { models: [...models] } : { all: true }));
  const addSample = () => begin(() => ask('addSample', {}));
  const scan = () => begin(() => ask('scan', {}));
  const addFolder = (place: ChosenPlace) => begin(() => ask('addFolder', { place: place.place }));
  const reconstruct = (models: readonly number[], to?: ChosenPlace) =>
    begin(() => ask('reconstruct', { models: [...models], ...(to && { to: to.place }) }));

  /** Takes the last step back, or the one that is named. */
  async function undo(step?: string): Promise<void> {
    try {
      const taken = await ask('undo', step === undefined ? {} : { step });
      notices.tell(`Undone: ${taken.sentence}`);
      await library.refresh();
    } catch (error) {
      notices.tell(failureOf(error).message, { tone: 'danger' });
    }
  }

  /** Takes several steps back, one after the other; the first that cannot be ends it. */
  async function undoSteps(steps: readonly string[]): Promise<void> {
    let done = 0;
    try {
      for (const step of steps) {
        await ask('undo', { step });
        done += 1;
      }
      notices.tell(`${plural(done, 'step is', 'steps are')} undone.`);
    } catch (error) {
      const before = done > 0 ? `${done} of ${plural(steps.length, 'step')} are undone. ` : '';
      notices.tell(`${before}${failureOf(error).message}`, { tone: 'danger' });
    }
    if (done > 0) await library.refresh();
  }

  /** Takes back all that a job moved, and not what was moved before it. */
  async function undoMoves({ createdAt }: JobSummary, moved: readonly { name: string }[]): Promise<void> {
    const names = new Set(moved.map(({ name }) => name));
    try {
      const { steps } = await ask('activity', { limit: 10_000 });
      const its = steps.filter(
        ({ kind, name, at, undo: back }) =>
          kind === 'reclaim' && back !== null && at >= createdAt && names.has(name),
      );
      await undoSteps(its.map(({ id }) => id));
    } catch (error) {
      notices.tell(failureOf(error).message, { tone: 'danger' });
    }
  }

  async function tellEnd(job: JobSummary): Promise<void> {
    if (job.state === 'cancelled') {
      notices.tell(job.sentence ?? `${job.title}: cancelled. What was finished before stays.`);
      return;
    }
    const toJobs = { label: 'Show', run: () => navigation.go({ screen: 'jobs' }) };
    if (job.state === 'failed') {
      notices.tell(job.sentence ?? `${job.title} failed.`, { tone: 'danger', action: toJobs });
      return;
    }
    try {
      const { call, result } = await ask('outcome', { job: job.id });
      tellOutcome(call, result, job);
    } catch {
      notices.tell(`${job.title}: done.`, { action: toJobs });
    }
  }

  function tellOutcome(call: string, result: unknown, job: JobSummary): void {
    switch (call) {
      case 'compress': {
        tellCompressed(result as CompressResult);
        break;
      }
      case 'verify': {
        const { models } = result as VerifyAllResult;
        tellParts(models, (done) => `${plural(done, 'delta')} verified in ${lasted(job.secondsElapsed)}.`);
        break;
      }
      case 'reclaim': {
        const { models, bytes: moved } = result as ReclaimResult;
        tellParts(models, (done) => `${plural(done, 'original')} moved to quarantine (${bytes(moved)}).`, {
          label: 'Undo',
          run: () =>
            void undoMoves(
              job,
              models.filter(({ outcome }) => outcome === 'done'),
            ),
        });
        break;
      }
      case 'reconstruct': {
        const { models } = result as ReconstructResult;
        const show = useHost().showInFolder;
        tellParts(
          models,
          (done) => `${plural(done, 'model')} written back, every byte compared.`,
          show && { label: 'Show in folder', run: () => void show({ job: job.id }) },
        );
        break;
      }
      case 'purge': {
        const { bytes: freed } = result as { bytes: number };
        notices.tell(`Deleted for good: ${bytes(freed)} freed.`);
        break;
      }
      case 'addFolder':
      case 'addSample': {
        const { models, added } = result as ScanResult;
        notices.tell(
          added > 0
            ? `${plural(added, 'model')} found. Parents and sizes follow.`
            : models > 0
              ? `Nothing new: its ${plural(models, 'model')} ${models === 1 ? 'is' : 'are'} in the library already.`
              : 'No models were found in it.',
        );
        break;
      }
      case 'scan':
        break;
      default:
        notices.tell(`${job.title}: done.`);
    }
  }

  function tellCompressed({ models, originalBytes, storedBytes, seconds }: CompressResult): void {
    const done = models.filter(({ outcome }) => outcome === 'done').length;
    tellParts(
      models,
      () =>
        `${plural(done, 'delta')} verified in ${lasted(seconds)}. Originals: ${bytes(originalBytes)}; deltas: ${bytes(storedBytes)}.`,
      done > 0 ? { label: 'Review reclaim', run: () => navigation.go({ screen: 'reclaim' }) } : undefined,
    );
  }

  /** Says how many were done, and of the first that was not, why. */
  function tellParts(
    models: readonly { outcome: string; sentence: string | null; name: string }[],
    words: (done: number) => string,
    action?: { label: string; run: () => void },
  ): void {
    const done = models.filter(({ outcome }) => outcome === 'done').length;
    const not = models.filter(({ outcome }) => outcome === 'refused' || outcome === 'failed');
    const [first] = not;
    if (done > 0 || !first) notices.tell(words(done), action && { action });
    if (first) {
      const others = not.length > 1 ? ` ${plural(not.length - 1, 'other')} too: see Jobs.` : '';
      notices.tell(`${first.sentence ?? `${first.name} was left out.`}${others}`, { tone: 'danger' });
    }
  }

  return {
    ...{
      compress,
      verify,
      reclaim,
      purge,
      remove,
      check,
      addSample,
      scan,
      addFolder,
      reconstruct,
      undo,
      undoSteps,
    },
  };
});
