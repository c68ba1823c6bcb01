import { createHash } from 'node:crypto';
import type { ModelMetadata } from '../engine/delta/index.ts';
import { ModelSource, type NamedFile, type SourceSegment } from '../engine/sources/index.ts';
import { openModel, type FileSystem } from '../library/index.ts';
import type { PeerInput, PeerTensor } from './peers/peer.ts';

/** The weight files of a child and of its parent, open for reading. */
export interface WeightPair {
  readonly child: Weights;
  readonly parent: Weights;
  /** What peers work on, all of it in memory. Read once. */
  peerInput(): Promise<PeerInput>;
  close(): Promise<void>;
}

/** The files of a model that hold weights; of a model without any, all of its files. */
export interface Weights {
  readonly name: string;
  readonly bytes: number;
  /** The types that most elements have. */
  readonly dtype: string;
  /** What a delta file keeps of them beside their bytes. */
  readonly metadata: ModelMetadata;
  /** A new source each time: one remembers what it has read. */
  open(): Promise<ModelSource>;
}

/** Opens the weight files of two folders or files. */
export async function openPair(fs: FileSystem, childPath: string, parentPath: string): Promise<WeightPair> {
  const child = await openWeights(fs, childPath);
  const parent = await openWeights(fs, parentPath);
  let input: Promise<PeerInput> | undefined;
  return {
    child,
    parent,
    peerInput: () => (input ??= readPair(child, parent)),
    async close() {
      await child.close();
      await parent.close();
    },
  };
}

async function openWeights(
  fs: FileSystem,
  path: string,
): Promise<Weights & { readonly close: () => Promise<void> }> {
  const model = await openModel(fs, path);
  const whole = await ModelSource.open(model.name, model.files);
  const weighty = new Set(whole.files.filter(({ format }) => format !== 'opaque').map((file) => file.path));
  const files: NamedFile[] = model.files.filter((file) => weighty.size === 0 || weighty.has(file.path));
  const kept = new Map(model.entries.files.map(({ path: file, mode, mtimeNs }) => [file, { mode, mtimeNs }]));
  return {
    name: model.name,
    metadata: { kind: files.length === 1 ? 'file' : 'folder', files: kept, folders: [], links: [] },
    bytes: files.reduce((sum, { bytes }) => sum + bytes.size, 0),
    dtype: mostUsedType(whole.segments),
    open: () => ModelSource.open(model.name, files),
    close: () => model.close(),
  };
}

function mostUsedType(segments: readonly SourceSegment[]): string {
  const bytes = new Map<string, number>();
  for (const { tensor, length } of segments) {
    if (tensor) bytes.set(tensor.dtype, (bytes.get(tensor.dtype) ?? 0) + length);
  }
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'bytes';
}

/**
 * Reads a pair for peers. A parent's tensor is one of the same name and type, or else of the same bytes: what the
 * systems find that these methods come from.
 */
async function readPair(child: Weights, parent: Weights): Promise<PeerInput> {
  const childSource = await child.open();
  const parentSource = await parent.open();
  const byName = new Map<string, SourceSegment>();
  const byContent = new Map<string, Uint8Array>();
  for (const segment of parentSource.segments) {
    if (!segment.tensor) continue;
    byName.set(keyOf(segment), segment);
    const bytes = await read(parentSource, segment);
    byContent.set(hash(bytes), bytes);
  }
  const header: Uint8Array[] = [];
  const tensors: PeerTensor[] = [];
  for (const segment of childSource.segments) {
    const bytes = await read(childSource, segment);
    const { tensor } = segment;
    // What the engine does not know the elements of is no tensor to a peer.
    if (!tensor || tensor.dtype === 'OPAQUE') {
      header.push(bytes);
      continue;
    }
    const named = byName.get(keyOf(segment));
    const found = named ? await read(parentSource, named) : (byContent.get(hash(bytes)) ?? null);
    tensors.push({
      name: tensor.name,
      dtype: tensor.dtype,
      shape: tensor.shape,
      child: bytes,
      parent: found,
    });
  }
  return { header: Buffer.concat(header), tensors };
}

function keyOf({ tensor, length }: SourceSegment): string {
  return `${tensor?.dtype ?? ''} ${length} ${tensor?.name ?? ''}`;
}

async function read(source: ModelSource, segment: SourceSegment): Promise<Uint8Array> {
  const bytes = new Uint8Array(segment.length);
  await source.read(segment, 0, bytes);
  return bytes;
}

function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
