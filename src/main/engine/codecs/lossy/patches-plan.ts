import type { LossyJob, LossyPlan, LossyTensor, ReadRows, TensorCoder } from './lossy-codec.ts';
import { allocateBits, lookAt, patchGrid, type BitShare, type Importance } from './patches-allocation.ts';
import { layoutOf } from './patches-layout.ts';
import { encodePatches } from './patches-payload.ts';
import type { PatchSetting } from './patches-setting.ts';

// What both codecs do with a model: each tensor by itself, ranked as a whole, coded chunk by chunk.

/** What a codec made of its options. */
export interface PatchPlan {
  readonly setting: PatchSetting;
  readonly shares: readonly BitShare[];
  readonly importance: Importance;
}

/** Magnitudes of changes outside of this are coded exactly: steps and sums would leave float32. */
const SMALLEST = 2 ** -80;
const LARGEST = 2 ** 40;

/** Plans the tensors of a job; vectors and what is no larger than a patch are left to be coded exactly. */
export function planPatches(job: LossyJob<unknown>, plan: PatchPlan): LossyPlan {
  return {
    async coder(index) {
      const tensor = job.tensors[index];
      const { patch } = plan.setting;
      if (!tensor || tensor.rows < 2 || tensor.columns < 2) return undefined;
      if (tensor.rows * tensor.columns <= patch * patch) return undefined;
      return tensorCoder(job, tensor, plan);
    },
  };
}

async function tensorCoder(
  job: LossyJob<unknown>,
  tensor: LossyTensor,
  { setting, shares, importance }: PatchPlan,
): Promise<TensorCoder | undefined> {
  const layout = layoutOf(setting);
  const { patch } = setting;
  const { columns } = tensor;
  const fit = job.refined ? 'least-squares' : 'unbiased';
  const { across } = patchGrid(tensor.rows, columns, patch);
  const { scores, largest } = await lookAt(tensor, layout, importance, job.signal);
  if (largest > LARGEST || (largest > 0 && largest < SMALLEST)) return undefined;
  const bits = allocateBits(scores, shares, setting.form);
  return {
    rowMultiple: patch,
    encode(first: number, count: number, read: ReadRows): Promise<Uint8Array> {
      const begin = (first / patch) * across;
      return encodePatches(job.pool, {
        ...{ setting, layout, rows: count, columns, largest, fit },
        bits: bits.subarray(begin, begin + Math.ceil(count / patch) * across),
        delta: read.delta.f32(0, count * columns),
      });
    },
  };
}
