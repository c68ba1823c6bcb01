import { app, dialog } from 'electron';
import { sentenceOf } from './failure-of.ts';

/** Says in a dialog of the system why the app cannot go on, and ends it. For when there is no window to say it. */
export function showFatal(error: unknown): void {
  dialog.showErrorBox('Deltashelf cannot go on', sentenceOf(error));
  app.exit(1);
}
