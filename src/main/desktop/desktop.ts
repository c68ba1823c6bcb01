// The entry of the app. `out/main/desktop.js` is this file, and what package.json names as "main".
// What a person meets of the system: windows, dialogs, menus, notes. What is done to models is the service's, in a
// process of its own. May import: service and shared, and `electron`.
import { app, protocol } from 'electron';
import { parseArgs } from 'node:util';
import { join, resolve } from 'node:path';
import { startApp } from './start-app.ts';
import { pageScheme } from './page/page-origin.ts';
import { showFatal } from './show-fatal.ts';

process.on('uncaughtException', showFatal);

// In a checkout Electron is given the folder of the app first.
const args = process.argv.slice(app.isPackaged ? 1 : 2);
const { values } = parseArgs({ args, options: { home: { type: 'string' } }, strict: false });
const home = typeof values.home === 'string' && values.home !== '' ? resolve(values.home) : null;
// A home has a window of its own, so that two homes can be open side by side.
if (home !== null) app.setPath('userData', join(home, 'window'));

app.enableSandbox();
// Whatever the page or the system's parts in this process ask for: there is no name that leads to another machine.
app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
protocol.registerSchemesAsPrivileged([
  {
    scheme: pageScheme,
    privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
  },
]);
if (process.platform === 'win32') app.setAppUserModelId('org.deltashelf.app');

if (app.requestSingleInstanceLock())
  app
    .whenReady()
    .then(() => startApp(home))
    .catch(showFatal);
// The first one shows its window instead.
else app.quit();
