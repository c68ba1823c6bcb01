import { withGaps } from './coverage.ts';
import { Malformed, quote } from './malformed.ts';
import type { PickleStorage } from './pickle-values.ts';
import type { Segment, TensorInfo } from './segments.ts';
import { checkedElements } from './tensor-bytes.ts';
import type { NamedTensor } from './torch-names.ts';
import { dtypeOfGlobal, type ElementType, elementsOfStorage } from './torch-types.ts';

/** The bytes of one storage in the archive, what the pickle says of it, and the tensors that look into it. */
export interface StoragePlace {
  readonly key: string;
  readonly offset: number;
  readonly length: number;
  /** Missing when the pickle never mentions the storage. */
  readonly storage: PickleStorage | undefined;
  readonly tensors: readonly NamedTensor[];
  readonly bigEndian: boolean;
}

/** A tensor as a range of its storage. */
interface View {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
  /** Row-major without gaps, so that its bytes are exactly `begin` to `end`. */
  readonly contiguous: boolean;
}

const bytesOnly: ElementType = { dtype: 'OPAQUE', bytes: 1 };

/**
 * Cuts one storage into segments; every byte is covered once, whatever looks into it:
 * - one contiguous tensor that fills it: that tensor (also when others look into it too);
 * - contiguous tensors beside each other: each of them, raw between them;
 * - overlapping or strided tensors: one tensor under the first name, of shape `[numel]`;
 * - no tensor: one tensor named by the storage's key, of shape `[numel]`.
 * @throws Malformed when a tensor or the storage reaches beyond the bytes that are there.
 */
export function cutStorage(place: StoragePlace): Segment[] {
  const type = (place.storage && elementsOfStorage(place.storage.type)) ?? bytesOnly;
  const bytes = place.storage === undefined ? place.length : place.storage.elements * type.bytes;
  if (bytes > place.length) {
    throw new Malformed(`storage ${quote(place.key)} needs ${bytes} bytes and has ${place.length}`);
  }
  const views = place.tensors.map((tensor) => lookInto(tensor, type, bytes));
  const chosen = chooseViews(views, bytes) ?? [wholeStorage(place.key, views[0], type, bytes)];
  const segments = chosen.map((view) => toSegment(view, place.bigEndian));
  return withGaps(segments, place.length, 'raw').map((segment) => ({
    ...segment,
    offset: place.offset + segment.offset,
  }));
}

function lookInto(tensor: NamedTensor, storageType: ElementType, storageBytes: number): View {
  const type = (tensor.dtype === undefined ? undefined : dtypeOfGlobal(tensor.dtype)) ?? storageType;
  const elements = checkedElements(tensor.shape);
  const begin = tensor.offset * type.bytes;
  const end = begin + reach(tensor) * type.bytes;
  if (end > storageBytes) throw new Malformed(`tensor ${quote(tensor.name)} reaches beyond its storage`);
  const contiguous = elements === 0 || isRowMajor(tensor);
  return { name: tensor.name, type, shape: tensor.shape, begin, end, contiguous };
}

/** Elements from the first that a tensor touches to the last, both included. */
function reach({ shape, stride }: NamedTensor): number {
  let last = 0;
  for (const [dimension, size] of shape.entries()) {
    if (size === 0) return 0;
    last += (size - 1) * (stride[dimension] ?? 0);
  }
  return last + 1;
}

function isRowMajor({ shape, stride }: NamedTensor): boolean {
  let expected = 1;
  return shape.every((_, number) => {
    const dimension = shape.length - 1 - number;
    const size = shape[dimension] ?? 1;
    const fits = size === 1 || stride[dimension] === expected;
    expected *= size;
    return fits;
  });
}

/** The views that become segments of their own, in order; undefined if they do not lie beside each other. */
function chooseViews(views: readonly View[], bytes: number): View[] | undefined {
  const empty = views.filter((view) => view.begin === view.end);
  const filled = views.filter((view) => view.begin < view.end);
  const full = filled.find((view) => view.contiguous && view.begin === 0 && view.end === bytes);
  // Tensors without elements have no place that matters: they come first, at the beginning of the storage.
  const first = empty.map((view) => ({ ...view, begin: 0, end: 0 }));
  if (full !== undefined) return [...first, full];
  if (filled.length === 0) return bytes === 0 && first.length > 0 ? first : undefined;
  const sorted = withoutTwins(filled.sort((a, b) => a.begin - b.begin));
  const beside = sorted.every(
    (view, number) => view.contiguous && view.begin >= (sorted[number - 1]?.end ?? 0),
  );
  return beside ? [...first, ...sorted] : undefined;
}

/** Drops tensors that have the same bytes, type and shape as the one before: tied weights under a second name. */
function withoutTwins(sorted: View[]): View[] {
  return sorted.filter((view, number) => {
    const before = sorted[number - 1];
    const same = before?.begin === view.begin && before.end === view.end && before.type === view.type;
    return !same || !view.contiguous || before.shape.join() !== view.shape.join();
  });
}

function wholeStorage(key: string, first: View | undefined, storageType: ElementType, bytes: number): View {
  const type = first === undefined ? storageType : bytes % first.type.bytes === 0 ? first.type : bytesOnly;
  const name = first?.name ?? key;
  return { name, type, shape: [bytes / type.bytes], begin: 0, end: bytes, contiguous: true };
}

function toSegment({ name, type, shape, begin, end }: View, bigEndian: boolean): Segment {
  const bytes = end - begin;
  const tensor: TensorInfo = {
    name,
    dtype: type.dtype,
    // The engine's OPAQUE elements are bytes, whatever torch counts.
    shape: type.dtype === 'OPAQUE' && type.bytes > 1 ? [bytes] : shape,
    ...(bigEndian && type.bytes > 1 ? { bigEndian: true } : {}),
  };
  return { kind: 'tensor', offset: begin, length: bytes, tensor };
}
