// Runs a built main process with the stand-in in Electron's place: `node main.ts <path of desktop.js> [arguments]`.
// The test that started it sends functions to run here or in the page.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { watchNetwork } from './network.ts';

const electronUrl = new URL('./electron.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: electronUrl, shortCircuit: true } : next(specifier, context),
});

// `argv` as Electron has it: the program, the app, what it was given.
const [, , script = '', ...args] = process.argv;
process.argv.splice(1, process.argv.length - 1, script, ...args);

const { becomeReady } = await import('./app.ts');
const { answerTest } = await import('./answer-test.ts');
process.on('message', (message) => void answerTest(message));
process.on('disconnect', () => process.exit(1));
watchNetwork();
await import(pathToFileURL(script).href);
await becomeReady();
