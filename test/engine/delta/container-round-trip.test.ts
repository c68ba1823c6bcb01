import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packExceptions, unpackExceptions } from '../../../src/main/engine/delta/columns.ts';
import { chunkCodecs, DeltaWriter, noTables, openDelta } from '../../../src/main/engine/delta/index.ts';
import { packNames, unpackNames } from '../../../src/main/engine/delta/names.ts';
import { anyDelta } from '../../fixtures/delta-arbitrary.ts';
import { buildDelta, fineTune, llamaTensors } from '../../fixtures/delta-models.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';

test('what was written is read back, index and records', async () => {
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (g) => {
      const delta = anyDelta(g);
      const built = await buildDelta(delta);
      expect(built.bytes).toBe(built.file.length);
      expect(built.overheadBytes + built.payloadBytes).toBe(built.bytes);
      const file = await openDelta(new MemoryFile(built.file), { name: 'a.dshelf' });
      expect(file.warnings).toEqual([]);
      expect(file.index).toEqual(built.index);
      expect(file.index).toMatchObject(delta.contents);
      expect(file.index.records).toHaveLength(delta.records.length);
      for (const [number, record] of file.index.records.entries()) {
        const { header, payload } = await file.read(record);
        const written = delta.records[number];
        expect(payload).toEqual(written?.payload);
        if (record.kind === 'side') {
          expect(file.index.sideObjects[record.object]).toBe(record);
          expect(await file.sideObject(record.object)).toEqual(payload);
        } else if (written !== undefined && 'codec' in written) {
          const { segment, codec, first, count, tables = noTables } = written;
          expect(record).toMatchObject({ segment, codec, first, count });
          expect(header).toMatchObject({ number: segment, codec: chunkCodecs[codec], first, count, tables });
          expect(file.index.chunks[segment]).toContain(record);
        }
      }
      await file.verifyRecords();
    }),
  );
});

test('the same contents give the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (g) => {
      const delta = anyDelta(g);
      expect((await buildDelta(delta)).file).toEqual((await buildDelta(delta)).file);
    }),
  );
});

test('any names come back from patterns and steps', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('a', '.', '#', '0', '1', '00', '98765432', '#0#'), { maxLength: 8 })
      .map((x) => x.join('')),
  );
  fc.assert(
    fc.property(fc.array(name), (names) => {
      expect(unpackNames(packNames(names))).toEqual(names);
    }),
  );
});

test('layers of one kind have one set of patterns', () => {
  const { patterns } = packNames(llamaTensors(3, 8).map(({ name }) => name));
  expect(new Set(patterns).size).toBe(11);
});

test('any column comes back from its exceptions', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 3 })), (values) => {
      const usual = (at: number, before: readonly number[]): number =>
        at % 2 === 0 ? 1 : (before[at - 1] ?? 0);
      const packed = packExceptions(values, usual);
      expect(unpackExceptions(packed, values.length, usual, 'x')).toEqual(values);
    }),
  );
});

test('a chunk may cover more than four billion units only in pieces', async () => {
  const { contents, records } = fineTune({ tensors: llamaTensors(1, 8), coded: () => true, kind: 'file' });
  const [first] = records.filter((record) => 'codec' in record);
  if (first === undefined) throw new Error('no chunk');
  await expect(buildDelta({ contents, records: [{ ...first, count: 2 ** 32 }] })).rejects.toThrow();
});

test('equal tables are stored once; scales of two batches stay apart', async () => {
  const parts: Uint8Array[] = [];
  const writer = new DeltaWriter({ write: async (bytes) => void parts.push(bytes.slice()) });
  const numbers: number[] = [];
  for (const [holds, byte] of [
    ['tables', 1],
    ['tables', 2],
    ['scales', 1],
    ['tables', 1],
    ['scales', 1],
    ['tables', 2],
  ] as const) {
    numbers.push(await writer.sideObject(holds, Uint8Array.of(byte)));
  }
  expect(numbers).toEqual([0, 1, 2, 0, 3, 1]);
});

test('opening reads the two ends and the indexes, no record', async () => {
  const built = await buildDelta(
    fineTune({ tensors: llamaTensors(8, 64), coded: () => true, kind: 'folder' }),
  );
  const bytes = new MemoryFile(built.file);
  await openDelta(bytes, { name: 'a.dshelf' });
  expect(bytes.bytesRead).toBeLessThan(built.overheadBytes);
});

test('verifying tells how far it is and can be cancelled', async () => {
  const built = await buildDelta(fineTune({ tensors: llamaTensors(2, 8), coded: () => true, kind: 'file' }));
  const file = await openDelta(new MemoryFile(built.file), { name: 'a.dshelf' });
  const done: number[] = [];
  await file.verifyRecords({ onProgress: ({ doneBytes }) => done.push(doneBytes) });
  expect(done.at(-1)).toBe(built.bytes);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  const controller = new AbortController();
  const cancelled = file.verifyRecords({
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
});
