// What is measured of a pair: its weight files alone.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { measureMethod, methodNames, openPair, yardstick } from '../../src/main/bench/index.ts';
import { childFile } from '../../src/main/bench/peers/peer.ts';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { generation, noise, writeFileModel, writeFolderModel } from '../library/deltas/small-family.ts';
import { runtime } from '../library/deltas/tools.ts';

const options = { ...runtime, threads: 1, repeat: 1 };

test('every method gives the weights of a folder back, and side files are left out', async () => {
  await using scratch = await scratchFolder();
  const base = await writeFolderModel(join(scratch.path, 'base'), 0);
  const child = await writeFolderModel(join(scratch.path, 'child'), 1);
  await writeFile(join(child, 'notes.bin'), noise(5000, 1));
  const pair = await openPair(nodeFileSystem, child, base);
  expect(pair.child).toMatchObject({ bytes: generation(1).length, dtype: 'BF16' });
  expect(Buffer.compare(childFile(await pair.peerInput()), generation(1))).toBe(0);
  for (const method of methodNames) {
    const row = await measureMethod(method, pair, options);
    expect(row.name).toBe(method);
    if (!('unavailable' in row)) {
      expect(row.roundTrip).toBe(true);
      expect(row.storedBytes).toBeLessThan(generation(1).length + 4096);
    }
  }
  expect(methodNames).toContain(yardstick);
  await pair.close();
});

test('a tensor under another name is found by its bytes', async () => {
  await using scratch = await scratchFolder();
  const base = await writeFileModel(join(scratch.path, 'base.safetensors'), 0);
  const renamed = Buffer.from(generation(0)).toString('latin1').replaceAll('layer.', 'lover.');
  const child = join(scratch.path, 'child.safetensors');
  await writeFile(child, Buffer.from(renamed, 'latin1'));
  const pair = await openPair(nodeFileSystem, child, base);
  const { tensors } = await pair.peerInput();
  expect(
    tensors.every(({ parent, child: own }) => parent !== null && Buffer.compare(parent, own) === 0),
  ).toBe(true);
  await pair.close();
});

test('files that are no models are measured as they are', async () => {
  await using scratch = await scratchFolder();
  for (const name of ['base', 'child']) {
    await mkdir(join(scratch.path, name));
    await writeFile(join(scratch.path, name, 'data.bin'), noise(3000, 7));
  }
  const pair = await openPair(nodeFileSystem, join(scratch.path, 'child'), join(scratch.path, 'base'));
  expect(pair.child.bytes).toBe(3000);
  const row = await measureMethod('Deltashelf fast', pair, options);
  expect(row).toMatchObject({ roundTrip: true });
  await pair.close();
});
