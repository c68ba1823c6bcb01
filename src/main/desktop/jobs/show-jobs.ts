import { Notification, type BrowserWindow } from 'electron';
import type { WindowEvent } from '../../../shared/window/index.ts';
import type { ActiveJobs } from './active-jobs.ts';
import { jobNote } from './job-note.ts';

/**
 * Shows jobs where a person sees them without the window: progress on its icon, and a note when a long one ends.
 * @param focus brings the window to the front
 */
export function showJobs(
  jobs: ActiveJobs,
  window: () => BrowserWindow | undefined,
  focus: () => void,
): (event: WindowEvent) => void {
  const notes = new Set<Notification>();
  const tell = (title: string, body: string): void => {
    if (!Notification.isSupported()) return;
    const note = new Notification({ title, body });
    // Kept until it is gone: one that is collected as garbage answers no click.
    notes.add(note);
    note.once('close', () => void notes.delete(note));
    note.once('click', focus);
    note.show();
  };
  return (event) => {
    if (event.event === 'service') jobs.forget();
    else if (event.event === 'job') {
      jobs.tell(event.job);
      const note = window()?.isFocused() ? null : jobNote(event.job);
      if (note) tell(note.title, note.body);
    } else return;
    const { progress } = jobs;
    if (progress.share === null) window()?.setProgressBar(-1);
    else window()?.setProgressBar(progress.share, { mode: progress.mode });
  };
}
