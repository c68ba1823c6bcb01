import { createHash } from 'node:crypto';
import { dtypeBits, elementCount, type Dtype } from '../../engine/dtypes.ts';
import type { TensorInfo } from '../../engine/formats/index.ts';
import { isNumbered } from './tables/hashes.ts';
import type { FoundFile, FoundModel } from '../scan/found-model.ts';

const keyLength = 32;

/** What lists show of a model, added up from its files and tensors. */
export interface ModelSummary {
  readonly bytes: number;
  /** Of its weights and optimizer state: what reclaim would move. */
  readonly weightBytes: number;
  /** Element type of most bytes; null without tensors. */
  readonly dtype: Dtype | null;
  readonly tensors: number;
  readonly elements: number;
  /** Names its weights as a scan saw them: equal as long as none was replaced or written to. */
  readonly weightsSignature: string;
  /** Latest change of its weights, milliseconds since 1970. */
  readonly changedAt: number;
}

/** Adds up a model. */
export function summarise(model: FoundModel): ModelSummary {
  const movable = model.files.filter(isMovable);
  return {
    bytes: model.files.reduce((sum, { size }) => sum + size, 0),
    weightBytes: movable.reduce((sum, { size }) => sum + size, 0),
    ...tensorFacts(model.tensors),
    weightsSignature: signatureOf(model.files),
    changedAt: latestChange(model.files),
  };
}

/** Whether reclaim moves a file. */
export function isMovable({ role }: Pick<FoundFile, 'role'>): boolean {
  return role === 'weights' || role === 'optimizer';
}

/** Without names where files are numbered: a model that was moved or renamed on its volume keeps its signature. */
function signatureOf(files: readonly FoundFile[]): string {
  const hash = createHash('sha256');
  const numbered = files.every(({ ino }) => isNumbered(ino));
  for (const { path, role, size, mtimeNs, ino } of files) {
    if (role === 'weights') hash.update(JSON.stringify([size, mtimeNs, numbered ? ino : path]));
  }
  return hash.digest('hex').slice(0, keyLength);
}

function latestChange(files: readonly FoundFile[]): number {
  const weights = files.filter(({ role }) => role === 'weights');
  const times = (weights.length > 0 ? weights : files).map(({ mtimeNs }) =>
    Number(BigInt(mtimeNs) / 1_000_000n),
  );
  return Math.max(0, ...times);
}

function tensorFacts(tensors: readonly TensorInfo[]): Pick<ModelSummary, 'dtype' | 'tensors' | 'elements'> {
  const bits = new Map<Dtype, number>();
  let elements = 0;
  for (const { dtype, shape } of tensors) {
    const count = elementCount(shape);
    elements += count;
    bits.set(dtype, (bits.get(dtype) ?? 0) + count * dtypeBits[dtype]);
  }
  let dtype: Dtype | null = null;
  for (const [name, size] of bits) if (dtype === null || size > (bits.get(dtype) ?? 0)) dtype = name;
  return { dtype, tensors: tensors.length, elements: Math.min(elements, Number.MAX_SAFE_INTEGER) };
}
