import { ModelSource, type Source, type SourceSegment } from '../engine/sources/index.ts';

/** A run of whole rows of a tensor. */
export interface Cut {
  readonly segment: SourceSegment;
  /** What the cut is called. */
  readonly name: string;
  readonly rows: number;
  /** First byte within the segment, and bytes. */
  readonly offset: number;
  readonly length: number;
}

/** A model made of cuts of another one, as a safetensors file that nobody wrote: its bytes are read where they are. */
export function cutModel(name: string, source: Source, cuts: readonly Cut[]): Promise<ModelSource> {
  const header: Record<string, unknown> = {};
  const places: { readonly start: number; readonly cut: Cut }[] = [];
  let end = 0;
  for (const cut of cuts) {
    const { tensor } = cut.segment;
    if (!tensor) continue;
    const shape = tensor.shape.length === 0 ? [] : [cut.rows, ...tensor.shape.slice(1)];
    header[cut.name] = { dtype: tensor.dtype, shape, data_offsets: [end, end + cut.length] };
    places.push({ start: end, cut });
    end += cut.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const head = Buffer.alloc(8 + text.length);
  head.writeBigUInt64LE(BigInt(text.length));
  head.set(text, 8);
  const read = async (offset: number, target: Uint8Array): Promise<void> => {
    const inHead = head.subarray(
      Math.min(offset, head.length),
      Math.min(offset + target.length, head.length),
    );
    target.set(inHead);
    for (const { start, cut } of places) {
      const from = Math.max(offset, head.length + start);
      const to = Math.min(offset + target.length, head.length + start + cut.length);
      if (from >= to) continue;
      const part = target.subarray(from - offset, to - offset);
      await source.read(cut.segment, cut.offset + from - head.length - start, part);
    }
  };
  return ModelSource.open(name, [{ path: 'model.safetensors', bytes: { size: head.length + end, read } }]);
}
