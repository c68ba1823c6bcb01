// Each border is tried with an import that crosses it: a rule that never speaks looks like a clean tree.
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** One file that imports another, and the rule that forbids it. */
interface Planted {
  readonly from: string;
  readonly to: string;
  readonly rule: string;
}

const planted: readonly Planted[] = [
  { from: 'shared/a', to: 'main/engine/x', rule: 'border-shared' },
  { from: 'main/engine/a', to: 'main/library/x', rule: 'border-engine' },
  { from: 'main/engine/b', to: 'main/lineage/x', rule: 'border-engine' },
  { from: 'main/engine/c', to: 'main/cli/x', rule: 'border-engine' },
  { from: 'main/lineage/a', to: 'main/library/x', rule: 'border-lineage' },
  { from: 'main/library/a', to: 'main/quality/x', rule: 'border-library' },
  { from: 'main/quality/a', to: 'main/library/x', rule: 'border-quality' },
  { from: 'main/bench/a', to: 'main/service/x', rule: 'border-bench' },
  { from: 'main/service/a', to: 'main/desktop/x', rule: 'border-service' },
  { from: 'main/cli/a', to: 'main/web/x', rule: 'border-cli' },
  { from: 'main/web/a', to: 'main/cli/x', rule: 'border-web' },
  { from: 'main/desktop/a', to: 'main/web/x', rule: 'border-desktop' },
  { from: 'renderer/a', to: 'main/engine/x', rule: 'border-renderer' },
  { from: 'preload/a', to: 'main/service/x', rule: 'border-preload' },
  { from: 'main/misc/a', to: 'shared/x', rule: 'no-unknown-room' },
  { from: 'main/engine/d', to: 'main/engine/kernels/assembly/x', rule: 'kernels-by-wasm-only' },
];

/** Imports of built-in modules and of files that are not below src. */
const plantedSources: Readonly<Record<string, { source: string; rule: string }>> = {
  'src/shared/node.ts': { source: "import 'node:fs';", rule: 'page-without-node' },
  'src/main/engine/sqlite.ts': { source: "import 'node:sqlite';", rule: 'engine-without-database' },
  'src/main/service/electron.ts': { source: "import 'electron';", rule: 'electron-stays-outside' },
  'src/main/library/tool.ts': { source: "import '../../../scripts/tool.ts';", rule: 'product-without-tests' },
  'src/main/library/lost.ts': { source: "import './not-there.ts';", rule: 'import-exists' },
  'src/main/library/type.ts': {
    source: "import type { T } from '../web/x.ts'; export type U = T;",
    rule: 'border-library',
  },
  'src/main/library/dev.ts': { source: "import 'some-tool';", rule: 'shipped-dependencies-only' },
  'src/main/lineage/round.ts': { source: "import './trip.ts';", rule: 'no-cycle' },
};

/** Downward imports, all allowed. */
const allowed: readonly (readonly [from: string, to: string])[] = [
  ['main/engine/ok', 'shared/x'],
  ['main/lineage/ok', 'main/engine/x'],
  ['main/library/ok', 'main/lineage/x'],
  ['main/quality/ok', 'main/engine/x'],
  ['main/bench/ok', 'main/library/x'],
  ['main/service/ok', 'main/quality/x'],
  ['main/cli/ok', 'main/service/x'],
  ['main/web/ok', 'main/service/x'],
  ['main/desktop/ok', 'main/service/x'],
  ['renderer/ok', 'shared/x'],
  ['preload/ok', 'shared/x'],
];

let folder: string;
let options: ICruiseOptions;

beforeAll(async () => {
  const config = await extractConfig(join(import.meta.dirname, '../../.dependency-cruiser.cjs'));
  const { options: own, ...ruleSet } = config;
  options = { ...own, validate: true, ruleSet };
  folder = await mkdtemp(join(tmpdir(), 'deltashelf-borders-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(tree: string, path: string, source: string): Promise<void> {
  const file = join(folder, tree, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${source}\nexport {};\n`);
}

async function writeImport(tree: string, from: string, to: string): Promise<void> {
  const specifier = relative(dirname(from), to).replaceAll('\\', '/');
  await write(tree, `src/${to}.ts`, 'export type T = number;');
  await write(tree, `src/${from}.ts`, `import '${specifier.startsWith('.') ? '' : './'}${specifier}.ts';`);
}

/** `rule: file` of every violation in a tree, sorted. */
async function violations(tree: string): Promise<string[]> {
  const { output } = await cruise(['src'], { ...options, baseDir: join(folder, tree) });
  const { summary } = output as ICruiseResult;
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).sort();
}

test('every forbidden import is reported, by the rule that is meant', async () => {
  for (const { from, to } of planted) await writeImport('bad', from, to);
  for (const [path, { source }] of Object.entries(plantedSources)) await write('bad', path, source);
  await write('bad', 'src/main/lineage/trip.ts', "import './round.ts';");
  await write('bad', 'scripts/tool.ts', '');
  await writeFile(join(folder, 'bad/package.json'), '{ "devDependencies": { "some-tool": "1.0.0" } }');
  await write('bad', 'node_modules/some-tool/index.js', '');

  const expected = [
    ...planted.map(({ from, rule }) => `${rule}: src/${from}.ts`),
    ...Object.entries(plantedSources).map(([path, { rule }]) => `${rule}: ${path}`),
  ];
  const reported = await violations('bad');
  expect(expected.filter((violation) => !reported.includes(violation))).toEqual([]);
});

test('imports that point down are not reported', async () => {
  for (const [from, to] of allowed) await writeImport('good', from, to);
  expect(await violations('good')).toEqual([]);
});
