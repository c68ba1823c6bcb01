import { z } from 'zod';
import { DeltashelfError } from '../../../../shared/index.ts';
import type { LossyCodec } from './lossy-codec.ts';
import { dare } from './dare.ts';
import { dct } from './dct.ts';
import { dwt } from './dwt.ts';
import { int4 } from './int4.ts';
import { lowrank } from './lowrank.ts';
import { rd } from './rd.ts';
import { sign } from './sign.ts';
import { sparse } from './sparse.ts';
import { ternary } from './ternary.ts';
import { ultra } from './ultra.ts';

/** All codecs, by name. Their options differ; each parses its own. */
const codecs: ReadonlyMap<string, LossyCodec<unknown>> = new Map(
  [rd, dct, dwt, sign, int4, sparse, ternary, dare, ultra, lowrank].map(
    (codec): [string, LossyCodec<unknown>] => [codec.name, codec],
  ),
);

/** Names of the codecs, as people write them. */
const lossyNames: readonly string[] = [...codecs.keys()];

/** What may stand behind every codec's name. */
const common = z.object({
  /** `matrices`: without norms, biases, heads and classifiers; `all`: every matrix. */
  tensors: z.enum(['matrices', 'all']).default('matrices'),
});

/** A codec with its options. */
export interface LossyChoice {
  /** As a person wrote it. */
  readonly text: string;
  readonly codec: LossyCodec<unknown>;
  readonly options: unknown;
  readonly tensors: 'matrices' | 'all';
}

/** Longest text that is taken. */
const LONGEST = 400;

/**
 * Reads `name:key=value,key=value`.
 * @throws DeltashelfError `usage` that says what is wrong
 */
export function parseLossy(text: string): LossyChoice {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const codec = codecs.get(name);
  if (text.length > LONGEST || !codec) {
    throw refusal(text, `there is no such codec. There are: ${lossyNames.join(', ')}`);
  }
  const pairs = colon < 0 ? [] : text.slice(colon + 1).split(',');
  const given = new Map<string, string>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const key = pair.slice(0, Math.max(0, equals));
    if (key === '') throw refusal(text, `"${pair}" is not of the form key=value`);
    if (given.has(key)) throw refusal(text, `"${key}" is there twice`);
    given.set(key, pair.slice(equals + 1));
  }
  const { tensors } = parsed(
    common,
    text,
    Object.fromEntries([...given].filter(([key]) => key === 'tensors')),
  );
  given.delete('tensors');
  return { text, codec, options: parsed(codec.options, text, Object.fromEntries(given)), tensors };
}

function parsed<Options>(schema: z.ZodType<Options>, text: string, given: unknown): Options {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0] ?? { path: [], message: 'is not understood' };
  throw refusal(text, path.length > 0 ? `${path.join('.')}: ${message}` : message);
}

function refusal(text: string, problem: string): DeltashelfError {
  return new DeltashelfError(
    'usage',
    `The codec "${text.slice(0, 80)}" cannot be used: ${problem}. Nothing was written.`,
  );
}
