// `npm run check:package`: whether the built app would start. Types first, against Electron's own typings; then that
// every part is where another looks for it.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtTreeProblems } from './built-tree.mjs';
import { runChecks } from './checks.mjs';
import { packaging } from './packaging.mjs';
import { shippedPackages } from './shipped-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const failed = await runChecks(root, ['tsc']);
const problems = builtTreeProblems(root, packaging, shippedPackages(root).inApp);
for (const problem of problems) console.log(problem);
if (problems.length === 0) console.log('ok     all parts of the app are where they are looked for');
process.exitCode = failed.length + problems.length > 0 ? 1 : 0;
