import type { IpcMainInvokeEvent, WebFrameMain } from 'electron';
import type { Frame } from 'playwright';
import { fromBrowser } from './addresses.ts';

/** A frame as main sees it. */
export function webFrame(frame: Frame): WebFrameMain {
  const parent = frame.parentFrame();
  const seen: Pick<WebFrameMain, 'url' | 'parent'> = {
    url: fromBrowser(frame.url()),
    parent: parent ? webFrame(parent) : null,
  };
  return seen as WebFrameMain;
}

/** The event that a handler of ipcMain is given. */
export function invokeEvent(sender: unknown, frame: Frame): IpcMainInvokeEvent {
  return { sender, senderFrame: webFrame(frame) } as IpcMainInvokeEvent;
}
