import { resolve } from 'node:path';
import type { InspectWdeltaResult } from '../../../shared/index.ts';
import type { WdeltaFile, WdeltaTensor } from '../../engine/wdelta/index.ts';
import { OpenedPaths } from './opened-paths.ts';
import type { Tools } from './tools.ts';

/**
 * Tells what a .wdelta file holds, after every byte of it was checked: its one checksum covers the whole. Needs no base.
 * @throws DeltashelfError
 */
export async function inspectWdeltaFile(
  { fs }: Pick<Tools, 'fs'>,
  path: string,
  signal?: AbortSignal,
): Promise<InspectWdeltaResult> {
  const paths = new OpenedPaths(fs);
  try {
    const file = await paths.openWdelta(path, signal);
    await paths.close();
    return describe(resolve(path), file);
  } finally {
    await paths.close().catch(() => undefined);
  }
}

function describe(path: string, { bytes, strategy, parentHash, tensors }: WdeltaFile): InspectWdeltaResult {
  const all = [...tensors.values()];
  const elements = all.reduce((sum, { count }) => sum + count, 0);
  return {
    format: 'wdelta',
    file: path,
    strategy,
    parentHash,
    storedBytes: bytes.size,
    elements,
    bitsPerWeight: bitsEach(bytes.size, elements),
    tensors: all.map(describeTensor),
    warnings: [],
  };
}

function describeTensor({
  name,
  strategy,
  shape,
  count,
  arrayBytes,
  kept,
}: WdeltaTensor): InspectWdeltaResult['tensors'][number] {
  return {
    name,
    strategy,
    shape: [...shape],
    storedBytes: arrayBytes,
    bitsPerWeight: bitsEach(arrayBytes, count),
    kept: kept ?? null,
  };
}

function bitsEach(bytes: number, elements: number): number {
  return elements === 0 ? 0 : (bytes * 8) / elements;
}
