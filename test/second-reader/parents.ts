import { createXXHash128 } from 'hash-wasm';
import { check } from './damaged.ts';
import type { Input } from './index-of.ts';

/** The files of a model, by path. */
export type Files = Readonly<Record<string, Uint8Array>>;

interface Part {
  readonly name: string | null;
  readonly bytes: Uint8Array;
}

interface Entry {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** Section 6.2: a file cut into segments. Knows safetensors; all else is one. */
function cut(file: Uint8Array): Part[] {
  const entries = safetensorsEntries(file);
  if (entries === undefined) return file.length === 0 ? [] : [{ name: null, bytes: file }];
  const { start, tensors } = entries;
  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  const parts = tensors.map(({ name, begin, end }) => ({
    name,
    bytes: file.subarray(start + begin, start + end),
  }));
  return [{ name: null, bytes: file.subarray(0, start) }, ...parts];
}

function safetensorsEntries(file: Uint8Array): { start: number; tensors: Entry[] } | undefined {
  if (file.length < 8) return undefined;
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(file.length - 8)) return undefined;
  const start = 8 + Number(length);
  try {
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start))) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const tensors = Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(
        ([
          name,
          {
            data_offsets: [begin, end],
          },
        ]) => ({ name, begin, end }),
      );
    return { start, tensors };
  } catch {
    return undefined;
  }
}

/** The bytes of each input, found among the parents and checked. */
export async function findInputs(inputs: readonly Input[], parents: readonly Files[]): Promise<Uint8Array[]> {
  const hasher = await createXXHash128();
  const files = parents.flatMap((parent) =>
    Object.entries(parent).map(([path, bytes]) => ({ path, parts: cut(bytes) })),
  );
  return inputs.map(({ path, ordinal, length, tensor, digest, parent }) => {
    const candidates = [
      ...files.flatMap((file) => (file.path === path ? (file.parts[ordinal] ?? []) : [])),
      ...files.flatMap(({ parts }) => parts.filter(({ name }) => name === (tensor?.name ?? null))),
      ...files.flatMap(({ parts }) => parts),
    ];
    const matches = (bytes: Uint8Array): boolean =>
      bytes.length === length && hasher.init().update(bytes).digest('hex').startsWith(digest);
    const found = candidates.find(({ bytes }) => matches(bytes))?.bytes ?? searched(parents, length, matches);
    check(
      found !== undefined,
      `nothing given is ${tensor?.name ?? `segment ${ordinal} of ${path}`} of ${parent}`,
    );
    return found;
  });
}

/** The last resort of section 6.2: any range of bytes of small files. */
function searched(
  parents: readonly Files[],
  length: number,
  matches: (bytes: Uint8Array) => boolean,
): Uint8Array | undefined {
  for (const file of parents.flatMap((parent) => Object.values(parent))) {
    if (file.length > 65_536) continue;
    for (let at = 0; at + length <= file.length; at += 1) {
      const bytes = file.subarray(at, at + length);
      if (matches(bytes)) return bytes;
    }
  }
  return undefined;
}
