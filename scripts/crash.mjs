// `npm run test:crash -- --rounds 500`: kills a process in the middle of its steps so many times, 200 unless said, and
// looks each time that no file is lost. Prints how often it died in each phase; the last line counts the rounds.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { closingLine } from './closing-line.mjs';
import { runTests } from './run-tests.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '200' } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds takes a whole number from 1, not ${values.rounds}.`);

process.env['DELTASHELF_CRASH_ROUNDS'] = String(rounds);
const { line, ok } = closingLine([runTests(root, ['test/crash/killed.test.ts'])]);
process.exitCode = ok ? 0 : 1;
console.log(line);
