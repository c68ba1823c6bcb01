import { Malformed } from './malformed.ts';

/** A 32-bit field that says "see the ZIP64 extra field" (APPNOTE 4.4.8, 4.4.9, 4.4.16). */
export const saturated = 0xffffffff;

const zip64Id = 0x0001;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Name of an entry. Always UTF-8: what torch and zip libraries of today write; other code pages are refused. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Malformed('the archive has a name that is not UTF-8');
  }
}

/**
 * Resolves saturated 32-bit fields from the ZIP64 extra field, which holds 64-bit values for exactly those, in order
 * (APPNOTE 4.5.3).
 * @throws Malformed when a value is missing or beyond 2^53 - 1.
 */
export function readZip64Sizes<T extends readonly number[]>(
  extra: Uint8Array,
  fields: readonly [...T],
): { [K in keyof T]: number } {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  const zip64 = fields.includes(saturated) ? findZip64(view) : { at: 0, end: 0 };
  return fields.map((field) => {
    if (field !== saturated) return field;
    if (zip64.at + 8 > zip64.end) throw new Malformed('the archive lacks a ZIP64 size');
    const value = view.getBigUint64(zip64.at, true);
    zip64.at += 8;
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new Malformed(`the archive states the impossible size ${value}`);
    return Number(value);
  }) as { [K in keyof T]: number };
}

function findZip64(view: DataView): { at: number; end: number } {
  let at = 0;
  while (at + 4 <= view.byteLength) {
    const id = view.getUint16(at, true);
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > view.byteLength) break;
    if (id === zip64Id) return { at: at + 4, end };
    at = end;
  }
  return { at: 0, end: 0 };
}
