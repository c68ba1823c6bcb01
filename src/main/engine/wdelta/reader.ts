import type { RandomAccess } from '../streams.ts';
import { checksumHolds } from './checksum.ts';
import { foreign, improper, otherVersion, WdeltaFlaw, wrongChecksum } from './flaw.ts';
import { parseHeader, type TensorEntry, type WdeltaHeader } from './header.ts';
import {
  arrayTypes,
  hashBytes,
  headBytes,
  magic,
  placesField,
  startsLikeWdelta,
  typeOfField,
  version,
  type Strategy,
} from './layout.ts';
import { maxHeaderBytes } from './limits.ts';
import { PlacesCheck } from './places.ts';
import { walkRecords, type Arrays, type ArrayPlace } from './records.ts';

/** A tensor of an open .wdelta file. */
export interface WdeltaTensor extends TensorEntry {
  /** Its arrays by field, all of them checked. */
  readonly arrays: Arrays;
  /** Bytes of all of them. */
  readonly arrayBytes: number;
  /** Elements that are kept one by one; undefined where the strategy keeps none. */
  readonly kept: number | undefined;
  /** One of 4096 of its indices, where it has any. */
  readonly marks: Float64Array;
}

/** What a .wdelta file says of its tensors and its parent. */
export interface WdeltaOutline {
  /** As people know it. */
  readonly name: string;
  readonly parentHash: string;
  /** By name, in the order in which the file first names them in its records. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** An open .wdelta file of which every byte was checked. Arrays are read when they are needed. */
export interface WdeltaFile extends WdeltaOutline {
  readonly bytes: RandomAccess;
  readonly strategy: Strategy;
  readonly tensors: ReadonlyMap<string, WdeltaTensor>;
}

export interface OpenWdeltaOptions {
  /** The file, as people know it. */
  readonly name: string;
  readonly signal?: AbortSignal;
  /** Told how many bytes were checked, block by block. */
  readonly onBytes?: (bytes: number) => void;
}

interface Structure {
  readonly header: WdeltaHeader;
  readonly arrays: ReadonlyMap<string, Arrays>;
}

/**
 * Opens a .wdelta file: checks its structure, then reads it once for its checksum and its indices. Memory: the header,
 * a block, and of each 4096 indices one.
 * @throws DeltashelfError `delta-foreign`, `delta-newer` or `delta-damaged` with a sentence that says what is wrong
 */
export async function openWdelta(bytes: RandomAccess, options: OpenWdeltaOptions): Promise<WdeltaFile> {
  const { name } = options;
  const headerBytes = await readHead(bytes, name);
  let structure: Structure | undefined;
  let flaw: WdeltaFlaw | undefined;
  const keep = (error: unknown): void => {
    if (!(error instanceof WdeltaFlaw)) throw error;
    flaw ??= error;
  };
  try {
    structure = await readStructure(bytes, headerBytes);
  } catch (error) {
    keep(error);
  }
  const checks = structure
    ? placesChecks(structure)
    : new Map<string, { place: ArrayPlace; check: PlacesCheck }>();
  const ranges = [...checks.values()]
    .map(({ place, check }) => ({
      offset: place.offset,
      length: place.count * arrayTypes.int64,
      push: (part: Uint8Array) => {
        // What one flaw is followed by says nothing.
        if (flaw !== undefined) return;
        try {
          check.push(part);
        } catch (error) {
          keep(error);
        }
      },
    }))
    .sort((a, b) => a.offset - b.offset);
  // A wrong checksum explains all else that is wrong.
  if (!(await checksumHolds(bytes, ranges, options))) throw wrongChecksum(name, flaw);
  if (flaw !== undefined) throw improper(name, flaw);
  if (!structure) throw new Error('a file without a structure has a flaw');
  const { header, arrays } = structure;
  const tensors = [...arrays].flatMap(([tensor, places]): [string, WdeltaTensor][] => {
    const entry = header.tensors.get(tensor);
    const marks = checks.get(tensor)?.check.marks ?? new Float64Array();
    if (!entry) return [];
    const { strategy } = entry;
    const kept = places.get(placesField[strategy] ?? '')?.count;
    return [[tensor, { ...entry, arrays: places, arrayBytes: arrayBytes(strategy, places), kept, marks }]];
  });
  const { parentHash, strategy } = header;
  return { name, bytes, parentHash, strategy, tensors: new Map(tensors) };
}

/**
 * Reads the structure of a .wdelta file alone: arrays and checksum are not looked at.
 * @throws DeltashelfError as `openWdelta` does
 */
export async function readOutline(bytes: RandomAccess, name: string): Promise<WdeltaOutline> {
  const headerBytes = await readHead(bytes, name);
  try {
    const { header, arrays } = await readStructure(bytes, headerBytes);
    const inOrder = [...arrays.keys()].flatMap((tensor) => header.tensors.get(tensor) ?? []);
    const { parentHash } = header;
    return { name, parentHash, tensors: new Map(inOrder.map((entry) => [entry.name, entry])) };
  } catch (error) {
    throw error instanceof WdeltaFlaw ? improper(name, error) : error;
  }
}

/** @returns bytes of the header */
async function readHead(bytes: RandomAccess, name: string): Promise<number> {
  const head = new Uint8Array(Math.min(headBytes, bytes.size));
  await bytes.read(0, head);
  if (!startsLikeWdelta(head)) throw foreign(name);
  if (bytes.size < headBytes + hashBytes) {
    throw wrongChecksum(name, new WdeltaFlaw('it ends in the middle of its first bytes', undefined, true));
  }
  const view = new DataView(head.buffer);
  const found = view.getUint32(magic.length, true);
  if (found !== version) throw otherVersion(name, found);
  const length = view.getUint32(magic.length + 4, true);
  if (headBytes + length + hashBytes > bytes.size) {
    throw improper(name, new WdeltaFlaw(`its header of ${length} bytes reaches beyond the end of the file`));
  }
  if (length > maxHeaderBytes) {
    throw improper(
      name,
      new WdeltaFlaw(`its header has ${length} bytes, and more than ${maxHeaderBytes} are not read`),
    );
  }
  return length;
}

async function readStructure(bytes: RandomAccess, headerBytes: number): Promise<Structure> {
  const text = new Uint8Array(headerBytes);
  await bytes.read(headBytes, text);
  const header = parseHeader(text);
  const arrays = await walkRecords(bytes, headBytes + headerBytes, bytes.size - hashBytes, header);
  return { header, arrays };
}

function placesChecks({ header, arrays }: Structure): Map<string, { place: ArrayPlace; check: PlacesCheck }> {
  const checks = new Map<string, { place: ArrayPlace; check: PlacesCheck }>();
  for (const { name, strategy, count } of header.tensors.values()) {
    const place = arrays.get(name)?.get(placesField[strategy] ?? '');
    if (place)
      checks.set(name, { place, check: new PlacesCheck({ tensor: name, elements: count, ...place }) });
  }
  return checks;
}

function arrayBytes(strategy: Strategy, arrays: Arrays): number {
  return [...arrays].reduce((sum, [field, { count }]) => {
    const type = typeOfField(strategy, field);
    return sum + (type ? count * arrayTypes[type] : 0);
  }, 0);
}
