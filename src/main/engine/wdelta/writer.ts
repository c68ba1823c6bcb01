import { DeltashelfError } from '../../../shared/index.ts';
import { elementCount } from '../dtypes.ts';
import type { Source } from '../sources/index.ts';
import type { Control, Sink } from '../streams.ts';
import { Changes } from './changes.ts';
import { encodeInt4 } from './encode-int4.ts';
import { encodeQuantized } from './encode-quantized.ts';
import { encodeSparse } from './encode-sparse.ts';
import { fieldsOf, keptElements, scaledRows, type Strategy } from './layout.ts';
import { maxHeaderBytes } from './limits.ts';
import { tensorsOf } from './model-tensors.ts';
import { areWhole } from './numbers.ts';
import { hashTensors } from './parent-hash.ts';
import { RecordWriter } from './record-writer.ts';
import type { TensorError } from './tensor-error.ts';
import { WriteMeter } from './write-meter.ts';
import { pairsOf, type TensorPair } from './writer-pairs.ts';

/** How a .wdelta file is to be written. */
export interface WdeltaForm {
  readonly strategy: Strategy;
  /** Of `sparse`: share of the elements that are dropped, from 0 to below 1. Default 0.9, as in deltatensors. */
  readonly sparsity?: number;
  /** Of `int4`: share of the elements that are kept apart, 0 to 1. Default 0.01, as in deltatensors. */
  readonly outlierFraction?: number;
}

/** A .wdelta file that is wanted. */
export interface WriteWdeltaRequest extends WdeltaForm {
  /** The model, its shards in one source or in several. */
  readonly child: readonly Source[];
  readonly base: readonly Source[];
  /** Receives the file. */
  readonly sink: Sink;
}

/** What came of it. */
export interface WrittenWdelta {
  /** Bytes of the file. */
  readonly bytes: number;
  readonly parentHash: string;
  readonly tensors: number;
  readonly elements: number;
  /** Bytes of the tensors of the model as they are stored there. */
  readonly originalBytes: number;
  /** Squared error of the whole change over its squared norm: 0 is exact, 1 as bad as the base alone. */
  readonly error: number;
  /** Names of tensors that come out worse than the base's own would be. */
  readonly worse: readonly string[];
  /** Names of tensors of whole numbers, which come back as float32. */
  readonly whole: readonly string[];
}

/** An encoder of one tensor, and the scalars that its header entry has. */
interface Plan {
  readonly scalars: Readonly<Record<string, number>>;
  readonly encode: (writer: RecordWriter, changes: Changes) => Promise<TensorError>;
}

const usualSparsity = 0.9;
const usualOutliers = 0.01;

/**
 * Writes a model as a .wdelta file against its base, by the rules of deltatensors: records by sorted name, the hash of
 * the base over sorted names and bytes as stored. Reads base and model once for each pass over a tensor, small ones
 * once. Memory: the change of a tensor up to 64 MB.
 * @throws DeltashelfError `usage` where the format cannot hold it, and what sources and sink throw; the sink is then
 * to be discarded
 */
export async function writeWdelta(
  request: WriteWdeltaRequest,
  control: Control = {},
): Promise<WrittenWdelta> {
  checkForm(request);
  const bases = tensorsOf(request.base);
  const pairs = pairsOf(tensorsOf(request.child), bases);
  const names = pairs.map(({ child }) => child.name);
  const meter = new WriteMeter(control, pairs);
  const parentHash = await hashTensors(bases, { names, bytes: 'stored' }, meter.hashing);
  const writer = new RecordWriter(request.sink);
  await writer.begin(headerText(request, parentHash, pairs));
  const worse: string[] = [];
  let energy = 0;
  let lost = 0;
  for (const { child, base } of pairs) {
    const changes = new Changes(child, base, meter.reading(child));
    const error = await planOf(request, changes.shape, changes.count).encode(writer, changes);
    if (error.relative > 1) worse.push(child.name);
    energy += error.energy;
    lost += error.lost;
  }
  const bytes = await writer.end();
  const children = pairs.map(({ child }) => child);
  return {
    bytes,
    parentHash,
    tensors: pairs.length,
    elements: children.reduce((sum, { info }) => sum + elementCount(info.shape), 0),
    originalBytes: children.reduce((sum, { segment }) => sum + segment.length, 0),
    error: lost === 0 ? 0 : lost / energy,
    worse,
    whole: children.filter(({ info }) => areWhole(info.dtype)).map(({ name }) => name),
  };
}

function checkForm({ sparsity = usualSparsity, outlierFraction = usualOutliers }: WdeltaForm): void {
  if (sparsity >= 0 && sparsity < 1 && outlierFraction >= 0 && outlierFraction <= 1) return;
  throw new DeltashelfError(
    'usage',
    `A sparsity of ${sparsity} or an outlier fraction of ${outlierFraction} is none: give a share from 0 to below 1, and ` +
      'from 0 to 1. Nothing was written.',
  );
}

function planOf(form: WdeltaForm, shape: readonly number[], count: number): Plan {
  const { strategy, sparsity = usualSparsity, outlierFraction = usualOutliers } = form;
  switch (strategy) {
    case 'sparse': {
      const kept = keptElements(count, 1 - sparsity);
      return { scalars: { sparsity }, encode: (writer, changes) => encodeSparse(writer, changes, kept) };
    }
    case 'quantized': {
      const rows = scaledRows(shape, count);
      return {
        scalars: { n_elements: count, n_cols: rows === 0 ? 0 : count / rows },
        encode: (writer, changes) => encodeQuantized(writer, changes, rows),
      };
    }
    case 'int4': {
      const outliers = keptElements(count, outlierFraction);
      return {
        scalars: { outlier_fraction: outlierFraction, n_elements: count, n_outliers: outliers },
        encode: (writer, changes) => encodeInt4(writer, changes, outliers),
      };
    }
  }
}

/** Sorted, without spaces, in ASCII: as Python's `json` writes it. */
function headerText(form: WdeltaForm, parentHash: string, pairs: readonly TensorPair[]): Uint8Array {
  const { strategy } = form;
  const references = Object.fromEntries(
    Object.keys(fieldsOf[strategy]).map((field) => [field, { _ref: field }]),
  );
  const tensors = pairs.map(({ child: { name, info } }) => {
    const { scalars } = planOf(form, info.shape, elementCount(info.shape));
    const entry = { strategy, shape: info.shape, dtype: 'float32', ...scalars, ...references };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  const text = `{"parent_hash":"${parentHash}","strategy":"${strategy}","tensors":{${tensors.join(',')}}}`;
  const ascii = text.replace(/[\u0080-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  if (ascii.length > maxHeaderBytes) throw tooManyTensors(pairs.length);
  return Buffer.from(ascii, 'latin1');
}

function tooManyTensors(tensors: number): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `The model has ${tensors} tensors: the header of its .wdelta file would have more than ${maxHeaderBytes} bytes, which ` +
      'is not read again. Nothing was written. Store the model as a .dshelf.',
  );
}
