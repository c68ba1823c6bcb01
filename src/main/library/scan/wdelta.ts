import type { RandomAccess } from '../../engine/streams.ts';
import { hashBytes, headBytes, magic, startsLikeWdelta, version } from '../../engine/wdelta/index.ts';

/** What the first bytes of a deltatensors file say; `problem` in words where they cannot be right. */
export interface WdeltaHead {
  readonly problem?: string;
}

/**
 * Recognises a `.wdelta` file (deltatensors 0.2.0: magic, u32 version, u32 length of a JSON header, records, SHA-256)
 * by its first 15 bytes; undefined when it is none.
 */
export function recogniseWdelta(start: Uint8Array, { size }: RandomAccess): WdeltaHead | undefined {
  if (!startsLikeWdelta(start)) return undefined;
  if (start.length < headBytes) return { problem: 'it ends in the middle of its first bytes' };
  const view = new DataView(start.buffer, start.byteOffset);
  const found = view.getUint32(magic.length, true);
  if (found !== version) return { problem: `it is of version ${found}, which is not known here` };
  const header = view.getUint32(magic.length + 4, true);
  if (headBytes + header + hashBytes > size) {
    return { problem: `its header of ${header} bytes reaches beyond the end of the file` };
  }
  return {};
}
