// Delta files that were made to harm: refused by name of what is wrong, with nothing written anywhere.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyDeltaFile } from '../../../src/main/library/deltas/apply-delta.ts';
import { inspectDeltaFile } from '../../../src/main/library/deltas/inspect-delta.ts';
import { verifyDeltaFile } from '../../../src/main/library/deltas/verify-delta.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { utf8 } from '../../fixtures/bytes.ts';
import { forgeFile, forgeIndex, set, squeeze, update } from '../../fixtures/delta-forge.ts';
import { buildDelta, fineTune, llamaTensors } from '../../fixtures/delta-models.ts';
import { namesIn } from './listing.ts';
import { toolsWith } from './tools.ts';

const tools = toolsWith();
const sound = await buildDelta(
  fineTune({ tensors: llamaTensors(1, 8), coded: () => true, kind: 'folder', chunkUnits: 400 }),
);

const named = (path: string) => forgeIndex(sound, [set('files.0.path', path)]);
const linked = (target: string) => forgeIndex(sound, [set('links', [{ path: 'docs', target }])]);

const attacks: readonly (readonly [name: string, file: Uint8Array, code: string])[] = [
  ...['../x', '/etc/x', 'a/../../x', 'C:x', 'a\\..\\..\\x', 'x\0y'].map(
    (path) => [`a file named ${JSON.stringify(path)}`, named(path), 'delta-damaged'] as const,
  ),
  ...['..', '../..', '/etc', 'a/../../b'].map(
    (target) => [`a link to ${target}`, linked(target), 'delta-damaged'] as const,
  ),
  [
    'a file below a link',
    forgeIndex(sound, [set('links', [{ path: 'docs', target: 'x' }]), set('files.0.path', 'docs/README.md')]),
    'delta-damaged',
  ],
  [
    'a claim of 2^53 bytes',
    forgeIndex(sound, [set('segments.lengths.values.0', Number.MAX_SAFE_INTEGER)]),
    'delta-damaged',
  ],
  ['an index that claims 4 GB', forgeIndex(sound, [], { textBytes: 0xffff_ffff }), 'delta-damaged'],
  [
    'an index that unpacks to more than it says',
    forgeFile({ payload: squeeze(utf8(' '.repeat(50_000_000))), textBytes: 1000 }),
    'delta-damaged',
  ],
  ['a newer version', forgeFile({ major: 2 }), 'delta-newer'],
  ['the version from before the first', forgeFile({ major: 0 }), 'delta-older'],
  [
    'an unknown required feature',
    forgeIndex(sound, [update<string[]>('requires', (features) => [...features, 'telepathy-0'])]),
    'delta-newer',
  ],
];

test.each(attacks)('%s', async (what, file, code) => {
  await using scratch = await scratchFolder();
  const path = join(scratch.path, 'x.dshelf');
  await writeFile(path, file);
  const request = { file: path, bases: [scratch.path], output: join(scratch.path, 'out') };
  await expect(applyDeltaFile(tools, request, {})).rejects.toMatchObject({ code });
  const isAboutNames = /^a (file|link) /u.test(what);
  if (isAboutNames) {
    const salvaging = { ...request, salvage: true };
    await expect(applyDeltaFile(tools, salvaging, {})).rejects.toMatchObject({ code });
  }
  // Where a link leads matters to those who write it.
  if (!what.startsWith('a link')) {
    await expect(verifyDeltaFile(tools, request, {})).rejects.toMatchObject({ code });
    await expect(inspectDeltaFile(tools, { file: path })).rejects.toMatchObject({ code });
  }
  expect(await namesIn(scratch.path)).toEqual(['x.dshelf']);
});
