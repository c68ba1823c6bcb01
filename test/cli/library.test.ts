// Commands of the library, as a person types them: what they say when something is not meant so.
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drawTree } from '../../src/main/cli/library/draw-tree.ts';
import type { TreeResult } from '../../src/shared/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { namesIn } from '../library/deltas/listing.ts';
import { writeFamily } from '../library/steps/reclaimed.ts';
import { failureOf, runCommand } from './run-command.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);
const home = (): string[] => ['--home', at('home')];

beforeEach(async () => {
  scratch = await scratchFolder();
  await writeFamily(scratch.path, ['child', 'other'], 64);
  expect((await runCommand(['add', at('models'), ...home()])).code).toBe(0);
});
afterEach(() => scratch[Symbol.asyncDispose]());

test('a share that is no number is told in one sentence', async () => {
  const args = ['edge', 'set', 'child', 'base', '--weight', 'abc', ...home()];
  expect(await failureOf(args)).toMatchObject({ exitCode: 2, code: 'usage' });
  const { err } = await runCommand(args);
  expect(err).toMatch(/^[^\n]*Give a number, such as 0\.6\.[^\n]*\n$/u);
});

test('delete without a yes says that nothing was deleted, and ends well', async () => {
  const before = await namesIn(at('models'));
  const { code, out } = await runCommand(['delete', 'other', ...home()]);
  expect(code).toBe(0);
  expect(out).toBe('Nothing was deleted; "other" stays. Add --yes to move it to quarantine.\n');
  expect(await namesIn(at('models'))).toEqual(before);
});

test('a watched folder is forgotten by a link to it', async () => {
  await symlink(at('models'), at('link'));
  const { code, out } = await runCommand(['remove', at('link'), ...home()]);
  expect({ code, out }).toMatchObject({ code: 0 });
  expect(out).toContain(at('models'));
});

test('jobs are asked for by number', async () => {
  expect(await failureOf(['jobs', 'pause', ...home()])).toMatchObject({ exitCode: 2, code: 'usage' });
  expect(await failureOf(['jobs', 'burn', '1', ...home()])).toMatchObject({ exitCode: 2, code: 'usage' });
  expect((await failureOf(['jobs', 'cancel', '99', ...home()])).sentence).toMatch(/99/u);
  await runCommand(['compress', 'child', ...home()]);
  const { out } = await runCommand(['jobs', ...home()]);
  const [id = ''] = /^\d+/u.exec(out) ?? [];
  expect((await failureOf(['jobs', 'resume', id, ...home()])).sentence).toMatch(/done|ended/u);
});

type TreeModel = TreeResult['models'][number];

function model(id: number, name: string, more: Partial<TreeModel> = {}): TreeModel {
  return {
    ...{ id, name, path: `/models/${name}`, state: 'original', lossy: false, bytes: 1000 },
    ...{ storedBytes: null, predictedBytes: null, familyId: 1, relation: 'base' },
    ...{ parents: [], storageParents: [], relatives: [] },
    ...more,
  };
}

function withoutFacts(models: TreeModel[]): string[] {
  return drawTree({ models })
    .split('\n')
    .map((line) => line.replace(/ {2,}1\.0 kB.*$/u, ''));
}

test('relatives without a direction hang on each other by a wave, each once, whatever rings they make', () => {
  const parents = [{ id: 1, name: 'a', evidence: 'measured' as const, confidence: 0.9 }];
  expect(
    withoutFacts([
      model(1, 'a', { relatives: [3] }),
      model(2, 'b', { parents, relatives: [4] }),
      model(3, 'c', { relatives: [1, 4] }),
      model(4, 'd', { relatives: [3, 2] }),
      model(5, 'e'),
    ]),
  ).toEqual(['a', '├─ b', '│  └~ d', '└~ c', 'e', '']);
});
