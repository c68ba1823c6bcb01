import type { WebContents } from 'electron';

export interface OpenWindow {
  readonly webContents: WebContents;
  isFocused(): boolean;
  blur(): void;
  /** Asks it to close. @returns false where a listener would not have it closed */
  standInClose(): Promise<boolean>;
}

/** All windows that are open, the newest last. */
export const openWindows: OpenWindow[] = [];

/** Asks each window to close. @returns false where one would not */
export async function closeAll(): Promise<boolean> {
  for (const window of openWindows.slice()) if (!(await window.standInClose())) return false;
  return true;
}
