// The entry of the command line. `out/main/cli.js` is this file; bin/deltashelf.js and `npm run cli` start it.
import { fileURLToPath } from 'node:url';
import type { Serve } from '../../shared/index.ts';
import { nodeFileSystem } from '../library/index.ts';
import { loadRuntime, openLibrary } from '../service/index.ts';
import { runCli } from './run-cli.ts';
import { runSelf } from './run-self.ts';
import { cancelOnSignals } from './signals.ts';
import { writer } from './version.ts';
import { processTerminal } from './terminal.ts';

const terminal = processTerminal();
// A reader that has seen enough (`| head`) closes the pipe: what is written after that is for nobody.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const sampleLibrary = fileURLToPath(new URL('../../resources/sample-library', import.meta.url));
const signal = cancelOnSignals(() => terminal.err('\nCancelling ...\n'));
process.exitCode = await runCli(process.argv.slice(2), {
  terminal,
  fs: nodeFileSystem,
  loadRuntime,
  openLibrary: (options) =>
    openLibrary({ fs: nodeFileSystem, loadRuntime, writer, sample: sampleLibrary, ...options }),
  sampleLibrary,
  // Another face, and a bundle of its own beside this one: loaded only by who asks for it.
  serve: async (request) => {
    const face = (await import(new URL('./serve.js', import.meta.url).href)) as { serve: Serve };
    return face.serve(request);
  },
  signal,
  runSelf: (args) => runSelf(fileURLToPath(import.meta.url), args, signal),
  debug: (process.env['DELTASHELF_DEBUG'] ?? '') !== '',
});
