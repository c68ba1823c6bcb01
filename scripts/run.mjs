// The one door to every task: `node scripts/run.mjs <task> [args]`, on any Node >= 20 and before anything is
// installed. Installs what the lock names, builds what is stale, then runs the task on the pinned Node.
// Says nothing on stdout itself: what stands there is the task's.
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { staleParts } from './build-state.mjs';
import { passThrough, runQuietly } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { start } from './start.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'out/main/cli.js');
const packer = join(root, 'node_modules/electron-builder/cli.js');

/** What each task runs. `fresh`: build first, and stop when that fails. `inPlace`: paths are the caller's. */
const tasks = new Map([
  // Of three programs, `start.mjs` says which.
  ['start', { fresh: true, inPlace: true, command: null }],
  ['serve', { fresh: true, inPlace: true, command: [cli, 'serve'] }],
  ['demo', { fresh: true, inPlace: true, command: [cli, 'demo'] }],
  ['cli', { fresh: true, inPlace: true, command: [cli] }],
  ['bench', { fresh: true, inPlace: true, command: [cli, 'bench-library'] }],
  ['bench:ui', { fresh: true, inPlace: false, command: [join(root, 'bench/ui/main.ts')] }],
  ['screenshots', { fresh: true, inPlace: false, command: [join(root, 'scripts/screenshots/main.ts')] }],
  ['build', { fresh: true, inPlace: false, command: null }],
  // `test` and `lint` say themselves what became of the build.
  ['test', { fresh: false, inPlace: false, command: [join(root, 'scripts/test.mjs')] }],
  ['test:crash', { fresh: true, inPlace: false, command: [join(root, 'scripts/crash.mjs')] }],
  ['lint', { fresh: false, inPlace: false, command: [join(root, 'scripts/lint.mjs')] }],
  ['check:package', { fresh: true, inPlace: false, command: [join(root, 'scripts/check-package.mjs')] }],
  ['package', { fresh: true, inPlace: false, command: [packer, '--config', 'electron-builder.config.mjs'] }],
]);

/** @returns {Promise<number>} the exit code */
async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const task = tasks.get(name);
  if (task === undefined) {
    console.error(`Tasks are: ${[...tasks.keys()].join(', ')}.`);
    return 2;
  }
  await ensureInstalled(root);
  const node = pinnedNode(root);
  process.env['PATH'] = dirname(node) + delimiter + (process.env['PATH'] ?? '');

  if (task.fresh && staleParts(root).length > 0) {
    const code = runQuietly(node, [join(root, 'scripts/build.mjs')], root);
    if (code !== 0) return code;
  }
  const folder = task.inPlace ? callersFolder() : root;
  if (name === 'start') return start(root, node, args, folder);
  if (task.command === null) return 0;
  return passThrough(node, [...task.command, ...args], folder);
}

/** npm changes to the package's folder before it runs a script; relative paths are meant from where npm was asked. */
function callersFolder() {
  const here = process.cwd();
  return here === root ? (process.env['INIT_CWD'] ?? here) : here;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
