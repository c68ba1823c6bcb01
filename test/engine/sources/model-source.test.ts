import { createHash } from 'node:crypto';
import { xxhash128 } from 'hash-wasm';
import { expect, test } from 'vitest';
import {
  digestOf,
  type ModelSource,
  type SourceFile,
  type SourceSegment,
} from '../../../src/main/engine/sources/index.ts';
import type { RandomAccess } from '../../../src/main/engine/streams.ts';
import { numbers } from '../../bench/pairs.ts';
import { pattern, utf8 } from '../../fixtures/bytes.ts';
import { modelOf, type ModelFiles } from '../../fixtures/engine-delta.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';

const weights = buildSafetensors([
  { name: 'a', dtype: 'BF16', shape: [30, 20] },
  { name: 'nothing', dtype: 'F32', shape: [0, 4] },
  { name: 'b', dtype: 'I64', shape: [7] },
]);
const files: ModelFiles = {
  'one.safetensors': weights,
  'config.json': utf8('{"layers": 2}'),
  'empty.txt': new Uint8Array(),
  'two.safetensors': buildSafetensors([{ name: 'c', dtype: 'F32', shape: [400_000] }]),
};

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function bytesAt({ file, offset, length }: SourceSegment): Uint8Array {
  return (Object.values(files)[file] ?? new Uint8Array()).subarray(offset, offset + length);
}

function segmentOf(source: ModelSource, number: number): SourceSegment {
  const segment = source.segments[number];
  if (!segment) throw new Error(`there is no segment ${number}`);
  return segment;
}

function fileOf(source: ModelSource, number: number): SourceFile {
  const file = source.files[number];
  if (!file) throw new Error(`there is no file ${number}`);
  return file;
}

/** Opens the files so that reads are slow, counted, and fail where told. */
async function watched(): Promise<{
  readonly source: ModelSource;
  readonly reads: { count: number; bytes: number; fail: Error | undefined };
}> {
  const reads = { count: 0, bytes: 0, fail: undefined as Error | undefined };
  const next = numbers(1);
  const open = (bytes: Uint8Array): RandomAccess => ({
    size: bytes.length,
    async read(offset, target) {
      for (let turn = Math.floor(next() * 4); turn > 0; turn -= 1) await Promise.resolve();
      if (reads.fail) throw reads.fail;
      reads.count += 1;
      reads.bytes += target.length;
      await new MemoryFile(bytes).read(offset, target);
    },
  });
  const source = await modelOf(files, 'family', open);
  reads.bytes = reads.count = 0;
  return { source, reads };
}

test('segments are numbered through all files, and each file knows its own', async () => {
  const source = await modelOf(files, 'family');
  expect(source).toMatchObject({ kind: 'model', name: 'family', warnings: [] });
  expect(
    source.files.map(({ path, format, firstSegment, endSegment }) => [
      path,
      format,
      firstSegment,
      endSegment,
    ]),
  ).toEqual([
    ['one.safetensors', 'safetensors', 0, 4],
    ['config.json', 'opaque', 4, 5],
    ['empty.txt', 'opaque', 5, 5],
    ['two.safetensors', 'safetensors', 5, 7],
  ]);
  expect(
    source.segments.map(({ number, file, kind, tensor }) => [number, file, tensor?.name ?? kind]),
  ).toEqual([
    [0, 0, 'header'],
    [1, 0, 'a'],
    [2, 0, 'nothing'],
    [3, 0, 'b'],
    [4, 1, 'raw'],
    [5, 3, 'header'],
    [6, 3, 'c'],
  ]);
  const whole = source.files.map(({ size }) => size);
  expect(whole).toEqual(Object.values(files).map(({ length }) => length));
});

test('what was odd about a file is told, and its bytes are a segment all the same', async () => {
  const source = await modelOf({ 'broken.safetensors': pattern(100, 1) });
  expect(source.warnings.map(({ file }) => file)).toEqual(['broken.safetensors']);
  expect(source.segments.map(({ kind, length }) => [kind, length])).toEqual([['raw', 100]]);
});

test('any part of a segment is read, and nothing beyond it', async () => {
  const source = await modelOf(files);
  for (const segment of source.segments) {
    for (const [offset, length] of [
      [0, segment.length],
      [segment.length >> 1, segment.length >> 2],
      [segment.length, 0],
    ] as const) {
      const target = new Uint8Array(length);
      await source.read(segment, offset, target);
      expect(target).toEqual(bytesAt(segment).subarray(offset, offset + length));
    }
    await expect(source.read(segment, segment.length, new Uint8Array(1))).rejects.toMatchObject({
      code: 'internal',
    });
    await expect(source.read(segment, -1, new Uint8Array(1))).rejects.toMatchObject({ code: 'internal' });
    await expect(source.read(segment, 1, new Uint8Array(segment.length))).rejects.toMatchObject({
      code: 'internal',
    });
  }
});

test('one reading gives the digest of every segment and the SHA-256 of every file', async () => {
  const { source, reads } = await watched();
  const told: number[] = [];
  const found = await Promise.all(
    source.files.map((file) => source.identify(file, undefined, (n) => told.push(n))),
  );
  expect(found.map((each) => each.sha256)).toEqual(Object.values(files).map(sha256));
  const expected = await Promise.all(source.segments.map((segment) => xxhash128(bytesAt(segment))));
  expect(found.flatMap(({ digests }) => digests)).toEqual(expected);
  const total = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  expect(told.reduce((a, b) => a + b, 0)).toBe(total);
  expect(reads.bytes).toBe(total);
  // All of it is remembered.
  expect(await Promise.all(source.segments.map((segment) => source.digest(segment)))).toEqual(expected);
  for (const file of source.files)
    expect(await source.sha256(file)).toBe(found[source.files.indexOf(file)]?.sha256);
  expect(reads.bytes).toBe(total);
});

test('a digest alone reads its segment, once', async () => {
  const { source, reads } = await watched();
  const segment = segmentOf(source, 3);
  const [first, second] = await Promise.all([source.digest(segment), source.digest(segment)]);
  expect(first).toBe(await xxhash128(bytesAt(segment)));
  expect(second).toBe(first);
  expect(reads.bytes).toBe(segment.length);
  expect(await source.digest(segmentOf(source, 2))).toBe(await xxhash128(''));
});

test('many digests at once do not mix', async () => {
  const { source } = await watched();
  const runs = await Promise.all(
    Array.from({ length: 5 }, () =>
      Promise.all(
        source.segments.map((segment) =>
          digestOf((offset, target) => source.read(segment, offset, target), segment.length),
        ),
      ),
    ),
  );
  const expected = await Promise.all(source.segments.map((segment) => xxhash128(bytesAt(segment))));
  for (const run of runs) expect(run).toEqual(expected);
});

test('a failure is not remembered', async () => {
  const { source, reads } = await watched();
  reads.fail = new Error('unplugged');
  const file = fileOf(source, 3);
  await expect(source.sha256(file)).rejects.toBe(reads.fail);
  await expect(source.digest(segmentOf(source, 1))).rejects.toBe(reads.fail);
  reads.fail = undefined;
  expect(await source.sha256(file)).toBe(sha256(Object.values(files)[3] ?? new Uint8Array()));
  expect(await source.digest(segmentOf(source, 1))).toBe(await xxhash128(bytesAt(segmentOf(source, 1))));
});

test('a cancel ends the reading with its reason, and the next one succeeds', async () => {
  const { source } = await watched();
  const reason = new Error('enough');
  const cancel = new AbortController();
  const file = fileOf(source, 3);
  const identified = source.identify(file, cancel.signal, () => {
    cancel.abort(reason);
  });
  await expect(identified).rejects.toBe(reason);
  await expect(source.digest(segmentOf(source, 6), AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(await source.sha256(file)).toBe(sha256(Object.values(files)[3] ?? new Uint8Array()));
});
