import { basename, resolve } from 'node:path';
import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import { startsLikeDelta } from '../../engine/delta/index.ts';
import { elementCount } from '../../engine/dtypes.ts';
import type { Source } from '../../engine/sources/index.ts';
import {
  reconstruct,
  startsLikeWdelta,
  type Reconstruction,
  type WdeltaFile,
} from '../../engine/wdelta/index.ts';
import { openFile, shownPath, type FileSystem } from '../disk/index.ts';
import type { OpenedPaths } from './opened-paths.ts';
import { sizeOf } from './sizes.ts';

const ending = /\.wdelta$/iu;
/** Bytes that tell what a file is. */
const markBytes = 8;

/**
 * Whether a path is a .wdelta file, by its first bytes. One that is named so and is no delta file of any kind is
 * taken for one: its reader tells what is wrong with it. What cannot be read is none; who opens it next tells why.
 */
export async function isWdelta(fs: FileSystem, path: string): Promise<boolean> {
  try {
    if ((await fs.stat(path)).kind !== 'file') return false;
    const file = await openFile(fs, path);
    try {
      const start = new Uint8Array(Math.min(markBytes, file.size));
      await file.read(0, start);
      return startsLikeWdelta(start) || (ending.test(path) && !(start.length > 0 && startsLikeDelta(start)));
    } finally {
      await file.close().catch(() => undefined);
    }
  } catch {
    return false;
  }
}

/** Bases as they were given: models, and the .wdelta files that come between, the earliest first. */
export interface SplitBases {
  readonly models: readonly string[];
  readonly wdeltas: readonly string[];
}

/** Tells the .wdelta files among bases from the others; both keep their order. */
export async function splitBases(fs: FileSystem, bases: readonly string[]): Promise<SplitBases> {
  const models: string[] = [];
  const wdeltas: string[] = [];
  for (const base of bases) ((await isWdelta(fs, base)) ? wdeltas : models).push(base);
  return { models, wdeltas };
}

/** What a chain is laid with. */
export interface ChainTools {
  readonly paths: OpenedPaths;
  readonly signal: AbortSignal | undefined;
  /** Told how many bytes were checked or hashed. */
  readonly onBytes: (bytes: number) => void;
}

/** .wdelta files laid over each other and over a base, the last one on top. */
export interface Chain {
  readonly top: Reconstruction;
  readonly warnings: readonly Warning[];
}

/**
 * Lays .wdelta files over a base, each over the one before, after it was checked whether that is its parent.
 * @param files the earliest first, one at least
 * @throws DeltashelfError `parent-missing` where no base was given, `parent-mismatch` where one is not the parent
 */
export async function layChain(
  { paths, signal, onBytes }: ChainTools,
  base: readonly Source[],
  files: readonly string[],
): Promise<Chain> {
  const warnings: Warning[] = [];
  let parents = base;
  let top: Reconstruction | undefined;
  for (const path of files) {
    if (parents.length === 0) throw noBase(path);
    const file = await paths.openWdelta(path, signal, onBytes);
    top = await reconstruct(file, parents, modelName(path), { onBytes, ...(signal && { signal }) });
    warnings.push(...leftOutOf(file, top));
    parents = [top.source];
  }
  if (!top) throw new Error('a chain has a file');
  return { top, warnings };
}

/** The file that the model of a .wdelta is. */
function modelName(path: string): string {
  return `${basename(resolve(path)).replace(ending, '')}.safetensors`;
}

/** About how many bytes laying a chain reads: files once, the base once, what is reconstructed between once each. */
export async function chainBytes(
  fs: FileSystem,
  base: readonly Source[],
  files: readonly string[],
): Promise<number> {
  let bytes = base.reduce((sum, source) => sum + sizeOf(source.files), 0);
  for (const path of files) bytes += (await fs.stat(path).catch(() => undefined))?.size ?? 0;
  return bytes + Math.max(0, files.length - 1) * floatBytes(base);
}

/** About how many bytes a model has in float32. */
export function floatBytes(sources: readonly Source[]): number {
  return sources
    .flatMap(({ segments }) => segments)
    .reduce((sum, { tensor }) => sum + (tensor ? elementCount(tensor.shape) * 4 : 0), 0);
}

function leftOutOf({ name }: WdeltaFile, { leftOut }: Reconstruction): Warning[] {
  const [first] = leftOut;
  if (first === undefined) return [];
  const others = leftOut.length > 1 ? ` and ${leftOut.length - 1} more tensors` : '';
  return [
    {
      file: name,
      sentence:
        `${shownPath(name)} says nothing of tensor ${shownPath(first)}${others} of its base. What it does not mention ` +
        'is left out, as its own program does.',
    },
  ];
}

function noBase(path: string): DeltashelfError {
  const file = basename(resolve(path));
  return new DeltashelfError(
    'parent-missing',
    `${shownPath(file)} is a .wdelta file and needs the model that it was made against, which was not given. Nothing was ` +
      'written. Name it with --base; for a delta of a delta the earlier ones too, the earliest first.',
    { file },
  );
}
