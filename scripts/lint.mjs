// `npm run lint` runs every check, `npm run lint -- tsc eslint` only those.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkNames, runChecks } from './checks.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !checkNames.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Checks are: ${checkNames.join(', ')}.`);
  process.exitCode = 2;
} else {
  const failed = await runChecks(root, asked.length > 0 ? asked : checkNames);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
