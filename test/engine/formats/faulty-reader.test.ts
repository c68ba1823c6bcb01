import { expect, test, vi } from 'vitest';
import { parseFile, type Segment } from '../../../src/main/engine/formats/index.ts';
import { buildGguf } from '../../fixtures/gguf-file.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';

const readGguf = vi.hoisted(() => vi.fn<() => Promise<Segment[]>>());

vi.mock(import('../../../src/main/engine/formats/gguf.ts'), async (original) => ({
  ...(await original()),
  readGguf,
}));

const bytes = buildGguf({});

test('segments of a reader that cover the file are taken', async () => {
  const segments: Segment[] = [{ kind: 'header', offset: 0, length: bytes.length }];
  readGguf.mockResolvedValueOnce(segments);
  expect(await parseFile('m.gguf', new MemoryFile(bytes))).toEqual({
    format: 'gguf',
    segments,
    warnings: [],
  });
});

test.each<[string, () => Promise<Segment[]>]>([
  ['loses a byte', async () => [{ kind: 'header', offset: 0, length: bytes.length - 1 }]],
  ['returns nothing', async () => []],
  ['fails in a way of its own', () => Promise.reject(new TypeError('x is not a function'))],
])('a reader that %s costs no byte: the file is opaque and a warning tells', async (_, reader) => {
  readGguf.mockImplementationOnce(reader);
  const parsed = await parseFile('m.gguf', new MemoryFile(bytes));
  expect(parsed.format).toBe('opaque');
  expect(parsed.segments).toEqual([{ kind: 'raw', offset: 0, length: bytes.length }]);
  expect(parsed.warnings[0]?.sentence).toMatch(/our reader of this format failed \((TypeError|Error): /);
});
