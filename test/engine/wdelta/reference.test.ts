// What the deltatensors package wrote and what it reconstructs, bit for bit, and what of its files must be refused.
import { describe, expect, test } from 'vitest';
import { openWdelta, reconstruct } from '../../../src/main/engine/wdelta/index.ts';
import type { Source } from '../../../src/main/engine/sources/index.ts';
import { modelOf } from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { hasWdeltas, readWdelta } from '../../fixtures/wdelta-reference.ts';

const sharded = ['sharded-base-1.safetensors', 'sharded-base-2.safetensors'];

interface Case {
  readonly name: string;
  /** Files of its base. */
  readonly base: readonly string[];
  /** The delta between. */
  readonly before?: string;
}

const cases: readonly Case[] = [
  { name: 'f32-int4', base: ['base-f32.safetensors'] },
  { name: 'f32-sparse', base: ['base-f32.safetensors'] },
  { name: 'f32-quantized', base: ['base-f32.safetensors'] },
  { name: 'bf16-int4', base: ['base-bf16.safetensors'] },
  { name: 'bf16-sparse', base: ['base-bf16.safetensors'] },
  { name: 'bf16-quantized', base: ['base-bf16.safetensors'] },
  { name: 'f16-int4', base: ['base-f16.safetensors'] },
  { name: 'f16-quantized', base: ['base-f16.safetensors'] },
  { name: 'chain-1', base: ['base-bf16.safetensors'] },
  { name: 'chain-2', base: ['base-bf16.safetensors'], before: 'chain-1' },
  { name: 'sharded-int4', base: sharded },
  { name: 'odd-int4', base: ['base-odd.safetensors'] },
  { name: 'odd-sparse', base: ['base-odd.safetensors'] },
  { name: 'odd-quantized', base: ['base-odd.safetensors'] },
  { name: 'tiny-int4', base: ['base-f32.safetensors'] },
];

const bad: readonly (readonly [name: string, code: string, sentence: RegExp])[] = [
  ['bad-magic', 'delta-foreign', /is not a \.wdelta file: it lacks the mark/u],
  ['flipped-bit', 'delta-damaged', /is damaged: its bytes do not match its checksum/u],
  ['header-length-too-large', 'delta-damaged', /its header of \d+ bytes reaches beyond the end/u],
  ['truncated', 'delta-damaged', /is truncated/u],
  ['version-2', 'delta-newer', /format version 2/u],
];

function open(name: string, ...path: readonly string[]) {
  return openWdelta(new MemoryFile(readWdelta(...path, `${name}.wdelta`)), {
    name: `${name}.wdelta`,
  });
}

async function tensorBytes(source: Source): Promise<Map<string, Uint8Array>> {
  const tensors = new Map<string, Uint8Array>();
  for (const segment of source.segments) {
    if (!segment.tensor) continue;
    const bytes = new Uint8Array(segment.length);
    await source.read(segment, 0, bytes);
    tensors.set(segment.tensor.name, bytes);
  }
  return tensors;
}

describe.skipIf(!hasWdeltas)('files of deltatensors', () => {
  test.each(cases)('$name comes out bit for bit', async ({ name, base, before }) => {
    let parent: Source = await modelOf(Object.fromEntries(base.map((file) => [file, readWdelta(file)])));
    if (before !== undefined) parent = (await reconstruct(await open(before), [parent], 'before')).source;
    const { source } = await reconstruct(await open(name), [parent], 'model.safetensors');
    const expected = await modelOf({ x: readWdelta(`${name}.expected.safetensors`) });
    expect(source.segments.map(({ tensor }) => tensor)).toEqual(
      expected.segments.map(({ tensor }) => tensor),
    );
    expect(await tensorBytes(source)).toEqual(await tensorBytes(expected));
  });

  test('the parent of a chain is not its base', async () => {
    const base = await modelOf({ x: readWdelta('base-bf16.safetensors') });
    const opened = await open('chain-2');
    await expect(reconstruct(opened, [base], 'x')).rejects.toMatchObject({ code: 'parent-mismatch' });
  });

  test.each(bad)('bad/%s is refused', async (name, code, sentence) => {
    await expect(open(name, 'bad')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence) as unknown,
    });
  });
});
