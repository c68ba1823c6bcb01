import type { IpcMainInvokeEvent } from 'electron';
import { isOurs } from '../page/page-origin.ts';

/** Whether a call comes from a window's own page: from its main frame, and still at our address. */
export function isOurPage({ senderFrame }: Pick<IpcMainInvokeEvent, 'senderFrame'>): boolean {
  // Null where the frame has gone elsewhere, or away, since it asked.
  return senderFrame !== null && senderFrame.parent === null && isOurs(senderFrame.url);
}
