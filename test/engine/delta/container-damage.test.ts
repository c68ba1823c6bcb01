import { describe, expect, test } from 'vitest';
import { openDelta, type DeltaRecord } from '../../../src/main/engine/delta/index.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { buildDelta, fineTune, llamaTensors, type BuiltDelta } from '../../fixtures/delta-models.ts';
import { concat } from '../../fixtures/bytes.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';

const name = 'child.dshelf';
const footerBytes = 80;
const recordHeaderBytes = 36;

const small = await buildDelta(
  fineTune({
    tensors: llamaTensors(1, 8),
    coded: ({ name }) => name.includes('attn'),
    kind: 'folder',
    chunkUnits: 40,
    payloadBytes: 20,
  }),
);

/** The index records: where the first begins, and the bytes of one. */
function indexPlace({ file, index }: BuiltDelta): { first: number; bytes: number } {
  const last = index.records.at(-1);
  const first = last === undefined ? 16 : last.offset + recordHeaderBytes + last.bytes;
  return { first, bytes: (file.length - footerBytes - first) / 2 };
}

/** What a person should hear about a byte: the part that it belongs to, and the tensor. */
function partAt(built: BuiltDelta, offset: number): { part: string; tensor?: string } {
  const { first, bytes } = indexPlace(built);
  if (offset < 16) return { part: 'head' };
  if (offset >= built.file.length - footerBytes) return { part: 'footer' };
  if (offset >= first + bytes) return { part: 'second index' };
  if (offset >= first) return { part: 'first index' };
  const record = built.index.records.findLast((each): each is DeltaRecord => each.offset <= offset);
  if (record === undefined) throw new Error('no record');
  const part = `record ${record.number}`;
  const tensor = record.kind === 'chunk' ? built.index.segments[record.segment]?.tensor?.name : undefined;
  return tensor === undefined ? { part } : { part, tensor };
}

async function failureOf(work: () => Promise<unknown>): Promise<DeltashelfError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof DeltashelfError) return error;
    throw error;
  }
  throw new Error('nothing was noticed');
}

async function check(bytes: Uint8Array): Promise<void> {
  const file = await openDelta(new MemoryFile(bytes), { name });
  await file.verifyRecords();
}

function flipped(bytes: Uint8Array, offset: number, bits: number): Uint8Array {
  const copy = bytes.slice();
  copy[offset] = (copy[offset] ?? 0) ^ bits;
  return copy;
}

describe('a flipped bit', () => {
  for (const bits of [0x01, 0x80]) {
    test(`in any byte (${bits}) is noticed, and its part and tensor are named`, async () => {
      for (let offset = 0; offset < small.file.length; offset += 1) {
        const error = await failureOf(() => check(flipped(small.file, offset, bits)));
        const { part, tensor } = partAt(small, offset);
        expect(error.place, `byte ${offset}`).toEqual({ file: name, part, ...(tensor && { tensor }) });
        expect(error.code).toBe('delta-damaged');
        expect(error.message).toMatch(tensor ?? (part === 'footer' ? /footer|truncated/ : part));
      }
    });
  }

  test('in a record is noticed where that record is read alone, and nowhere else', async () => {
    const { records } = small.index;
    for (const record of records) {
      const bytes = flipped(small.file, record.offset + recordHeaderBytes + record.bytes - 1, 4);
      const file = await openDelta(new MemoryFile(bytes), { name });
      for (const each of records) {
        if (each.number === record.number) await expect(file.read(each)).rejects.toThrow(DeltashelfError);
        else await file.read(each);
      }
    }
  });

  test('leaves a sentence that says what happened, where, what is safe and what to do', async () => {
    const record = small.index.records.find(({ kind }) => kind === 'chunk');
    const at = (record?.offset ?? 0) + recordHeaderBytes;
    const error = await failureOf(() => check(flipped(small.file, at, 1)));
    expect(error.message).toBe(
      'The delta file "child.dshelf" is damaged at its record 2 (raw of "README.md"): its bytes do not match their ' +
        'checksum. Models and parents are untouched, and nothing decoded from this part was used. Put a sound copy ' +
        'of the delta file in its place, or make it again from the original if that still exists.',
    );
  });
});

describe('a file cut short', () => {
  test('at any length is called damaged, and truncated if its head is whole', async () => {
    for (let length = 0; length < small.file.length; length += 1) {
      const error = await failureOf(() => check(small.file.slice(0, length)));
      expect(error.code, `length ${length}`).toBe('delta-damaged');
      expect(error.message).toContain('truncated');
      expect(error.place).toEqual({ file: name, part: 'footer' });
    }
  });

  test('or with anything after its end is damaged', async () => {
    for (const tail of [[0], [0x0a], new Uint8Array(4096)]) {
      const error = await failureOf(() => check(concat(small.file, tail)));
      expect(error.code).toBe('delta-damaged');
    }
    const error = await failureOf(() => check(concat(small.file, small.file)));
    expect(error.place.part).toBe('footer');
  });
});

test('a file that is no delta is called foreign', async () => {
  for (const bytes of [Uint8Array.of(0), new Uint8Array(1000), new TextEncoder().encode('{"a":1}')]) {
    expect(await failureOf(() => check(bytes))).toMatchObject({
      code: 'delta-foreign',
      place: { file: name },
    });
  }
});

describe('salvage', () => {
  const { first, bytes: indexBytes } = indexPlace(small);

  async function salvaged(bytes: Uint8Array): Promise<string[]> {
    const file = await openDelta(new MemoryFile(bytes), { name, salvage: true });
    expect(file.index).toEqual(small.index);
    for (const record of file.index.records) await file.read(record);
    return file.warnings.map(({ sentence }) => sentence);
  }

  test('of a sound file warns of nothing', async () => {
    expect(await salvaged(small.file)).toEqual([]);
  });

  test('overcomes any flipped byte of head, footer and one index, with a warning', async () => {
    for (let offset = 0; offset < small.file.length; offset += 1) {
      if (offset >= 16 && offset < first) continue;
      const [warning, ...more] = await salvaged(flipped(small.file, offset, 0x10));
      const { part } = partAt(small, offset);
      if (part === 'footer') expect(warning, `byte ${offset}`).toMatch(/footer|truncated/);
      else expect(warning, `byte ${offset}`).toContain(part);
      expect(more.length).toBeLessThan(2);
    }
  });

  test('overcomes loss of head, footer and one index together', async () => {
    const copy = small.file.slice();
    copy.fill(0, 0, 16);
    copy.fill(0, first, first + indexBytes);
    copy.fill(0, copy.length - footerBytes);
    expect(await salvaged(copy)).not.toEqual([]);
    const other = small.file.slice(0, first + indexBytes + 10);
    other.fill(0, 0, 16);
    expect(await salvaged(other)).not.toEqual([]);
  });

  test('overcomes damage to the headers of both indexes by the hash in the footer', async () => {
    const copy = flipped(flipped(small.file, first + 5, 1), first + indexBytes + 5, 1);
    expect(await salvaged(copy)).toHaveLength(2);
  });

  test('finds the index that ends a long file, across its windows', async () => {
    const delta = fineTune({ tensors: llamaTensors(1, 8), coded: () => true, kind: 'file' });
    const records = delta.records.map((record) =>
      'codec' in record ? { ...record, payload: new Uint8Array(300_000) } : record,
    );
    const built = await buildDelta({ ...delta, records });
    const end = indexPlace(built).first;
    for (let cut = 0; cut < 40; cut += 1) {
      // The window from the end begins inside the header of the only index left.
      const tail = new Uint8Array(1024 * 1024 - indexPlace(built).bytes + cut);
      const bytes = concat(built.file.subarray(0, end + indexPlace(built).bytes), tail);
      const file = await openDelta(new MemoryFile(bytes), { name, salvage: true });
      expect(file.index).toEqual(built.index);
    }
  });

  test('does not take the index of a delta file that is stored inside for its own', async () => {
    const delta = fineTune({ tensors: llamaTensors(1, 8), coded: () => true, kind: 'file' });
    const records = delta.records.map((record) =>
      'codec' in record ? { ...record, payload: small.file } : record,
    );
    const built = await buildDelta({ ...delta, records });
    const bytes = built.file.slice(0, indexPlace(built).first);
    const error = await failureOf(() => openDelta(new MemoryFile(bytes), { name, salvage: true }));
    expect(error).toMatchObject({ code: 'delta-damaged', place: { part: 'first index' } });
  });

  test('gives up when both indexes are lost, and still tells foreign files', async () => {
    const lost = small.file.slice(0, first + 20);
    expect(await failureOf(() => openDelta(new MemoryFile(lost), { name, salvage: true }))).toMatchObject({
      code: 'delta-damaged',
      place: { part: 'first index' },
    });
    const other = new MemoryFile(new Uint8Array(5000));
    expect(await failureOf(() => openDelta(other, { name, salvage: true }))).toMatchObject({
      code: 'delta-foreign',
    });
  });

  test('can be cancelled', async () => {
    const controller = new AbortController();
    controller.abort();
    const work = openDelta(new MemoryFile(small.file.slice(0, -1)), {
      name,
      salvage: true,
      signal: controller.signal,
    });
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  });
});
