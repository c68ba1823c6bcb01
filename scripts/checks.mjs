// The checks that read the code without running it. Each is a program of node_modules, started by its path.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const checks = [
  { name: 'tsc', program: 'typescript/bin/tsc', args: ['--pretty', 'false'] },
  {
    name: 'vue-tsc',
    program: 'vue-tsc/bin/vue-tsc.js',
    args: ['--pretty', 'false', '-p', 'tsconfig.renderer.json'],
  },
  { name: 'eslint', program: 'eslint/bin/eslint.js', args: ['.', '--max-warnings', '0'] },
  { name: 'prettier', program: 'prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
  {
    name: 'depcruise',
    program: 'dependency-cruiser/bin/dependency-cruiser.mjs',
    args: ['src', 'test', 'scripts', 'electron.vite.config.ts', 'vitest.config.ts'],
  },
  { name: 'knip', program: 'knip/bin/knip.js', args: ['--no-progress'] },
];

export const checkNames = checks.map((check) => check.name);

/** Two at a time: tsc and eslint take most of the time, and the machines have two cores. */
const lanes = 2;

/**
 * Runs the named checks and prints, in their order, what each has to say.
 * @param {string} root
 * @param {readonly string[]} names
 * @returns {Promise<string[]>} the names of those that failed
 */
export async function runChecks(root, names) {
  /** @type {Promise<unknown>[]} */
  const lane = Array.from({ length: lanes }, () => Promise.resolve());
  const results = checks
    .filter((check) => names.includes(check.name))
    .map((check, index) => {
      const result = (lane[index % lanes] ?? Promise.resolve()).then(() => runCheck(root, check));
      lane[index % lanes] = result;
      return result;
    });
  const failed = [];
  for (const result of results) {
    const { name, ok, output, seconds } = await result;
    if (!ok) failed.push(name);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
    if (!ok) console.log(output.trimEnd());
  }
  return failed;
}

/**
 * @param {string} root
 * @param {(typeof checks)[number]} check
 * @returns {Promise<{ name: string, ok: boolean, output: string, seconds: number }>}
 */
function runCheck(root, { name, program, args }) {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (output += String(text)));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => {
      resolve({ name, ok: code === 0, output, seconds: (performance.now() - start) / 1000 });
    });
  });
}
