import type { Pool } from '../../pool/index.ts';
import type { Fit } from './codec-options.ts';
import type { CodedRows } from './lossy-codec.ts';
import { patchGrid } from './patches-allocation.ts';
import { FieldReader, FieldWriter } from './patches-bytes.ts';
import type { PatchChunk } from './patches-chunk.ts';
import { decodeDeadZone, readDeadZone } from './patches-dead-zone-decode.ts';
import { encodeDeadZone } from './patches-dead-zone.ts';
import { layoutOf, type Layout } from './patches-layout.ts';
import { maskOf, readMap, writeMap } from './patches-map.ts';
import { decodeMinMax, encodeMinMax, readMinMax } from './patches-min-max.ts';
import { readSetting, SETTING_BYTES, writeSetting, type PatchSetting } from './patches-setting.ts';
import { packSymbols, unpackSymbols } from './symbol-stream.ts';

// Payload of a chunk: setting, mask of the bit widths, map, what belongs to the form, symbols. docs/format-patches.md.

/** Rows to code, with the bits of their patches. */
export interface PatchRows {
  readonly setting: PatchSetting;
  readonly layout: Layout;
  readonly rows: number;
  readonly columns: number;
  readonly bits: Uint8Array;
  readonly delta: Float32Array;
  /** Largest magnitude of the tensor's changes. */
  readonly largest: number;
  /** How the repaired form chooses the size of what is decoded. */
  readonly fit: Fit;
}

/** Codes rows that begin at a border of patches. */
export async function encodePatches(pool: Pool, coded: PatchRows): Promise<Uint8Array> {
  const { setting, layout, rows, columns, bits, delta, largest, fit } = coded;
  const { across } = patchGrid(rows, columns, setting.patch);
  const chunk: PatchChunk = { layout, rows, columns, across, bits };
  const map = writeMap(bits, across);
  const out = new FieldWriter();
  out.bytes(writeSetting(setting));
  out.u8(maskOf(bits));
  out.variable(map.length);
  out.bytes(map);
  const run =
    setting.form === 'faithful'
      ? encodeMinMax(chunk, setting, delta, largest, out)
      : encodeDeadZone(chunk, delta, fit, out);
  const symbols = await packSymbols(pool, run);
  return Buffer.concat([out.finish(), symbols]);
}

/**
 * Gives the changes of a chunk that was coded in patches.
 * @returns rows by columns float32; undefined when the payload is damaged
 */
export async function decodePatches(pool: Pool, coded: CodedRows): Promise<Float32Array | undefined> {
  const { rows, columns, first, count, payload } = coded;
  const source = new FieldReader(payload);
  const setting = readSetting(source.bytes(SETTING_BYTES));
  if (!setting) return undefined;
  const { patch } = setting;
  const whole = first % patch === 0 && (count % patch === 0 || first + count === rows);
  if (!whole || count < 1 || columns < 1) return undefined;
  const { down, across } = patchGrid(count, columns, patch);
  const mask = source.u8();
  const map = source.bytes(source.variable());
  const bits = source.broken ? undefined : readMap(map, mask, down * across, across);
  if (!bits) return undefined;
  const chunk: PatchChunk = { layout: layoutOf(setting), rows: count, columns, across, bits };
  if (setting.form === 'faithful') {
    const fields = readMinMax(chunk, source);
    const symbols = fields && (await unpackSymbols(pool, source.rest(), fields.cells.length, fields.cells));
    return symbols && decodeMinMax(chunk, setting, fields, symbols);
  }
  const fields = readDeadZone(chunk, source);
  const symbols = fields && (await unpackSymbols(pool, source.rest(), fields.cells.length, fields.cells));
  return symbols && decodeDeadZone(chunk, fields, symbols);
}
