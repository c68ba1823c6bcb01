import { expect, test } from 'vitest';
import { parseFile } from '../../../src/main/engine/formats/index.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { concat, u64, utf8 } from '../../fixtures/bytes.ts';
import { buildGguf } from '../../fixtures/gguf-file.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';
import { buildSafetensors } from '../../fixtures/safetensors-file.ts';
import { buildTorch } from '../../fixtures/torch-file.ts';
import { buildZip } from '../../fixtures/zip-file.ts';

const archive = buildZip([{ name: 'notes.txt', data: utf8('hello') }]);

test.each([
  ['README.md', utf8('# A model')],
  ['config.json', utf8('{"architectures":["LlamaForCausalLM"]}')],
  ['tokenizer.model', Uint8Array.of(10, 14, 10, 5, 60)],
  ['bundle.zip', archive],
  ['broken.zip', archive.slice(0, -1)],
  ['short', Uint8Array.of(1)],
  ['pickled', Uint8Array.of(0x80, 2, 0x4e, 0x2e)],
  ['looks like a header length', concat(u64(1), utf8('x'))],
])('%s is opaque without a word', async (path, bytes) => {
  const parsed = await parseFile(path, new MemoryFile(bytes));
  expect(parsed).toEqual({
    format: 'opaque',
    segments: [{ kind: 'raw', offset: 0, length: bytes.length }],
    warnings: [],
  });
});

test('an empty side file has no segments', async () => {
  const parsed = await parseFile('empty.txt', new MemoryFile(new Uint8Array(0)));
  expect(parsed).toEqual({ format: 'opaque', segments: [], warnings: [] });
});

test.each([
  ['model.safetensors', new Uint8Array(0), 'it is empty'],
  ['MODEL.BIN', utf8('version https://git-lfs.github.com/spec/v1\noid sha256:00'), 'it is a Git LFS pointer'],
  ['a/b.pt', Uint8Array.of(0x80, 2, 0x8a, 0x0a), 'as torch wrote before version 1.6'],
  ['plain.bin', utf8('Plain words'), 'its content is of no format that is read here'],
  ['old.gguf', utf8('GGML and more'), 'its content is of no format that is read here'],
  ['x.ckpt', archive, 'it is a zip archive without a checkpoint inside'],
  ['y.pth', archive.slice(0, -1), 'the archive has no directory at its end'],
])('%s claims to be a model and is not: a warning says why', async (path, bytes, reason) => {
  const parsed = await parseFile(path, new MemoryFile(bytes));
  expect(parsed.format).toBe('opaque');
  expect(parsed.warnings).toHaveLength(1);
  expect(parsed.warnings[0]?.file).toBe(path);
  expect(parsed.warnings[0]?.sentence).toContain(
    `"${path}" is kept byte for byte, but its tensors are not read: `,
  );
  expect(parsed.warnings[0]?.sentence).toContain(reason);
});

test('control characters of a path do not reach a sentence', async () => {
  const parsed = await parseFile('a\u001b[2J\u202e\u009b.bin', new MemoryFile(new Uint8Array(0)));
  expect(parsed.warnings[0]?.sentence).toContain(String.raw`"a\u001b[2J\u{202e}\u{9b}.bin"`);
});

test.each([
  ['safetensors', buildSafetensors([{ name: 'w', dtype: 'F32', shape: [2] }])],
  ['torch', buildTorch({})],
  ['gguf', buildGguf({})],
])('a failure of the storage passes through the %s reader as it is', async (format, bytes) => {
  expect((await parseFile('m', new MemoryFile(bytes))).format).toBe(format);
  const failure = new DeltashelfError('not-readable', 'The drive is gone.');
  const reads = await countReads(bytes);
  expect(reads).toBeGreaterThan(1);
  for (let failing = 0; failing < reads; failing += 1) {
    await expect(parseFile('m', failingAt(bytes, failing, failure))).rejects.toBe(failure);
  }
});

test('a failure that is no Error passes through too', async () => {
  const bytes = buildGguf({});
  await expect(parseFile('m', failingAt(bytes, 0, undefined))).rejects.toBeUndefined();
});

async function countReads(bytes: Uint8Array): Promise<number> {
  const file = new MemoryFile(bytes);
  let reads = 0;
  await parseFile('m', {
    size: file.size,
    read: (offset, target) => {
      reads += 1;
      return file.read(offset, target);
    },
  });
  return reads;
}

function failingAt(bytes: Uint8Array, failing: number, failure: unknown): Pick<MemoryFile, 'size' | 'read'> {
  const file = new MemoryFile(bytes);
  let reads = 0;
  return {
    size: file.size,
    read: async (offset, target) => {
      if (reads++ === failing) throw failure;
      await file.read(offset, target);
    },
  };
}
