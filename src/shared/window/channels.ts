/** Names under which the preload script and the main process of the app reach each other. */
export const channels = {
  /** A call of the library: its name, and what it is given. */
  call: 'deltashelf:call',
  chooseFolder: 'deltashelf:choose-folder',
  /** Paths of what a person dropped on the window; the preload script asks the system for them, not the page. */
  dropped: 'deltashelf:dropped',
  showInFolder: 'deltashelf:show-in-folder',
  showTheme: 'deltashelf:show-theme',
  /** The one channel towards the page. */
  event: 'deltashelf:event',
} as const;
