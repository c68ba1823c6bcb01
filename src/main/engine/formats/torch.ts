import type { RandomAccess } from '../streams.ts';
import { withGaps } from './coverage.ts';
import { ByteCursor, readExactly } from './cursor.ts';
import { Malformed, quote } from './malformed.ts';
import { interpretPickle } from './pickle.ts';
import type { Segment } from './segments.ts';
import { nameTensors } from './torch-names.ts';
import { cutStorage } from './torch-storages.ts';
import { TorchWorld } from './torch-world.ts';
import type { ZipEntry } from './zip.ts';

/** The entry that makes a zip archive a checkpoint: `<name>/data.pkl`, one folder deep. */
const pickleEntry = /^[^/]+\/data\.pkl$/;

/** Longest text in the `byteorder` entry. */
const maxByteOrderBytes = 16;

/** Whether an archive is a torch checkpoint, or claims to be one. */
export function looksLikeCheckpoint(entries: readonly ZipEntry[]): boolean {
  return entries.some(({ name }) => pickleEntry.test(name));
}

/**
 * Cuts a torch checkpoint (a zip archive, since torch 1.6) into its tensors; everything between them (local headers,
 * padding, the pickle, the directory) is header. Method: `torch/serialization.py` (`_save`, `_load`): `data.pkl`
 * describes the tensors, `data/<key>` holds the storages, `byteorder` says how.
 * @throws Malformed when the archive is compressed, or its pickle damaged or refused.
 */
export async function readTorch(bytes: RandomAccess, entries: readonly ZipEntry[]): Promise<Segment[]> {
  const [pickle, ...more] = entries.filter(({ name }) => pickleEntry.test(name));
  if (pickle === undefined || more.length > 0) throw new Malformed('the archive has more than one data.pkl');
  const compressed = entries.find(({ method }) => method !== 0);
  if (compressed !== undefined) throw new Malformed(`entry ${quote(compressed.name)} is compressed`);
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  const bigEndian = await readBigEndian(
    bytes,
    entries.find(({ name }) => name === `${folder}byteorder`),
  );

  const world = new TorchWorld();
  const end = pickle.dataOffset + pickle.size;
  const root = await interpretPickle(new ByteCursor(bytes, pickle.dataOffset, end), world);
  const tensorsOf = Map.groupBy(nameTensors(root), (tensor) => tensor.storage.key);
  const places = storageEntries(entries, `${folder}data/`, world);
  const segments = places.flatMap(({ key, entry }) =>
    cutStorage({
      key,
      offset: entry.dataOffset,
      length: entry.size,
      storage: world.storages.get(key),
      tensors: tensorsOf.get(key) ?? [],
      bigEndian,
    }),
  );
  return withGaps(segments, bytes.size, 'header');
}

async function readBigEndian(bytes: RandomAccess, entry: ZipEntry | undefined): Promise<boolean> {
  if (entry === undefined) return false;
  const text = new Uint8Array(Math.min(entry.size, maxByteOrderBytes));
  await readExactly(bytes, entry.dataOffset, text);
  const order = new TextDecoder('latin1').decode(text);
  if (order !== 'little' && order !== 'big') throw new Malformed(`its byte order is ${quote(order)}`);
  return order === 'big';
}

function storageEntries(
  entries: readonly ZipEntry[],
  folder: string,
  world: TorchWorld,
): { key: string; entry: ZipEntry }[] {
  const found = entries
    .filter(({ name }) => name.startsWith(folder) && !name.endsWith('/'))
    .map((entry) => ({ key: entry.name.slice(folder.length), entry }));
  const keys = new Set(found.map(({ key }) => key));
  for (const key of world.storages.keys()) {
    if (!keys.has(key)) throw new Malformed(`storage ${quote(key)} is not in the archive`);
  }
  return found;
}
