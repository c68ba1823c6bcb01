// What `import ... from 'electron'` finds in the main process when the stand-in is at work.
export { app } from './app.ts';
export { BrowserWindow } from './browser-window.ts';
export { ipcMain } from './ipc-main.ts';
export { protocol, session } from './session.ts';
export { dialog, Menu, nativeTheme, Notification, screen, shell } from './system.ts';
export { utilityProcess } from './utility-process.ts';
