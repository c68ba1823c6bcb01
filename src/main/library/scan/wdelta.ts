import type { RandomAccess } from '../../engine/streams.ts';

/** "wdelta" and a zero. */
const magic = [0x77, 0x64, 0x65, 0x6c, 0x74, 0x61, 0x00];
const headBytes = 15;
const hashBytes = 32;
const knownVersion = 1;

/** What the first bytes of a deltatensors file say; `problem` in words where they cannot be right. */
export interface WdeltaHead {
  readonly problem?: string;
}

/**
 * Recognises a `.wdelta` file (deltatensors 0.2.0: magic, u32 version, u32 length of a JSON header, records, SHA-256)
 * by its first 15 bytes; undefined when it is none.
 */
export function recogniseWdelta(start: Uint8Array, { size }: RandomAccess): WdeltaHead | undefined {
  if (!magic.every((byte, at) => start[at] === byte)) return undefined;
  if (start.length < headBytes) return { problem: 'it ends in the middle of its first bytes' };
  const view = new DataView(start.buffer, start.byteOffset);
  const version = view.getUint32(magic.length, true);
  if (version !== knownVersion) return { problem: `it is of version ${version}, which is not known here` };
  const header = view.getUint32(magic.length + 4, true);
  if (headBytes + header + hashBytes > size) {
    return { problem: `its header of ${header} bytes reaches beyond the end of the file` };
  }
  return {};
}
