import { z } from 'zod';
import { maxDimensions, maxNameBytes, maxTensors } from '../formats/limits.ts';
import { quote } from '../formats/malformed.ts';
import { WdeltaFlaw } from './flaw.ts';
import { parseHeaderText } from './header-text.ts';
import { fieldsOf, scaledRows, strategies, type Strategy } from './layout.ts';

/** What the header says of one tensor. */
export interface TensorEntry {
  readonly name: string;
  readonly strategy: Strategy;
  readonly shape: readonly number[];
  /** Elements of the shape. */
  readonly count: number;
  /** Elements that are kept one by one, where the header says how many: of `int4`. */
  readonly outliers: number;
  /** Rows that have a scale each, of `quantized`; else 0. */
  readonly rows: number;
}

/** A parsed header. */
export interface WdeltaHeader {
  /** SHA-256 of the parent's tensors, hexadecimal; see parent-hash.ts. */
  readonly parentHash: string;
  /** What the file as a whole says; each tensor has its own word, which counts. */
  readonly strategy: Strategy;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

const floatBytes = 4;
/** In a safetensors file that is no tensor. */
const reservedName = '__metadata__';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `z.record` would lose a tensor named `__proto__`. */
const headerSchema = z.strictObject({
  parent_hash: z.string().regex(/^[0-9a-f]{64}$/u),
  strategy: z.enum(strategies),
  tensors: z.custom<Record<string, unknown>>(isObject),
});

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const common = { dtype: z.literal('float32'), shape: z.array(z.unknown()) };
const reference = (field: string) => z.strictObject({ _ref: z.literal(field) });
const references = (strategy: Strategy) =>
  Object.fromEntries(Object.keys(fieldsOf[strategy]).map((field) => [field, reference(field)]));

const entrySchema = z.discriminatedUnion('strategy', [
  z.strictObject({ strategy: z.literal('sparse'), ...common, sparsity: share, ...references('sparse') }),
  z.strictObject({
    strategy: z.literal('quantized'),
    ...common,
    n_elements: count,
    n_cols: count,
    ...references('quantized'),
  }),
  z.strictObject({
    strategy: z.literal('int4'),
    ...common,
    outlier_fraction: share,
    n_elements: count,
    n_outliers: count,
    ...references('int4'),
  }),
]);

/**
 * Parses and checks a JSON header.
 * @throws WdeltaFlaw
 */
export function parseHeader(text: Uint8Array): WdeltaHeader {
  const json = parseHeaderText(text);
  if (isObject(json)) requireStrategy(json['strategy']);
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) throw new WdeltaFlaw(`its header ${complaint(parsed.error)}`);
  const { parent_hash: parentHash, strategy, tensors } = parsed.data;
  const named = Object.entries(tensors);
  if (named.length > maxTensors) throw new WdeltaFlaw(`it has more than ${maxTensors} tensors`);
  const entries = new Map(named.map(([name, entry]) => [name, parseEntry(name, entry)]));
  const elements = [...entries.values()].reduce((sum, entry) => sum + entry.count, 0);
  if (elements * floatBytes > Number.MAX_SAFE_INTEGER) {
    throw new WdeltaFlaw('its tensors have more elements together than can be counted');
  }
  return { parentHash, strategy, tensors: entries };
}

function parseEntry(name: string, json: unknown): TensorEntry {
  if (!name.isWellFormed() || Buffer.byteLength(name) > maxNameBytes) {
    throw new WdeltaFlaw(`the name ${quote(name)} is too long or not Unicode`, name);
  }
  const tensor = `tensor ${quote(name)}`;
  if (name === reservedName)
    throw new WdeltaFlaw(`${tensor} has a name that no safetensors file can hold`, name);
  if (isObject(json)) requireStrategy(json['strategy'], name);
  const parsed = entrySchema.safeParse(json);
  if (!parsed.success) throw new WdeltaFlaw(`${tensor} ${complaint(parsed.error)}`, name);
  const entry = parsed.data;
  const shape = checkedShape(name, entry.shape);
  const elements = checkedCount(name, shape);
  if (entry.strategy !== 'sparse' && entry.n_elements !== elements) {
    throw new WdeltaFlaw(
      `${tensor} is said to have ${entry.n_elements} elements, but its shape has ${elements}`,
      name,
    );
  }
  const outliers = entry.strategy === 'int4' ? entry.n_outliers : 0;
  if (outliers > elements) {
    throw new WdeltaFlaw(`${tensor} is said to have ${outliers} outliers among ${elements} elements`, name);
  }
  const rows = entry.strategy === 'quantized' ? scaledRows(shape, elements) : 0;
  if (entry.strategy === 'quantized' && rows * entry.n_cols !== elements) {
    throw new WdeltaFlaw(`${tensor} is said to have ${entry.n_cols} columns, which its shape has not`, name);
  }
  return { name, strategy: entry.strategy, shape, count: elements, outliers, rows };
}

function requireStrategy(strategy: unknown, name?: string): void {
  if (typeof strategy !== 'string' || (strategies as readonly string[]).includes(strategy)) return;
  const where = name === undefined ? 'its header' : `tensor ${quote(name)}`;
  throw new WdeltaFlaw(`${where} names the unknown strategy ${quote(strategy)}`, name);
}

function checkedShape(name: string, shape: readonly unknown[]): readonly number[] {
  const tensor = `tensor ${quote(name)}`;
  if (shape.length > maxDimensions) {
    throw new WdeltaFlaw(`${tensor} has more than ${maxDimensions} dimensions`, name);
  }
  return shape.map((size) => {
    if (typeof size !== 'number' || !Number.isSafeInteger(size)) {
      throw new WdeltaFlaw(`${tensor} has a size that is no whole number`, name);
    }
    if (size < 0) throw new WdeltaFlaw(`${tensor} has a negative size`, name);
    return size;
  });
}

/** Elements of a shape whose float32 bytes can still be counted. Partial products count: a zero hides no overflow. */
function checkedCount(name: string, shape: readonly number[]): number {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (elements * floatBytes > Number.MAX_SAFE_INTEGER) {
      throw new WdeltaFlaw(`the shape of tensor ${quote(name)} is too large to count its elements`, name);
    }
  }
  return elements;
}

function complaint({ issues: [issue] }: z.ZodError): string {
  const where = issue?.path.map(String).join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    return `has the unknown field ${quote(issue.keys[0] ?? '')}`;
  }
  return where === '' ? 'is not of the expected form' : `lacks a proper ${quote(where)}`;
}
