import { z } from 'zod';

// Options of lossy codecs come as people write them, `key=value`: text that stands for a number, or one of few words.

/** Limits of a number; `above` and `below` exclude the limit itself. */
interface Limits {
  readonly above?: number;
  readonly least?: number;
  readonly below?: number;
  readonly most?: number;
  readonly whole?: boolean;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number within limits, as a number or as text. */
export function numberOption(limits: Limits): z.ZodType<number> {
  return z
    .union([z.number(), z.string()], { error: () => `must be ${inWords(limits)}` })
    .transform((given, context) => {
      const text = String(given).trim();
      const number = decimal.test(text) ? Number(text) : NaN;
      if (isWithin(number, limits)) return number;
      context.addIssue({ code: 'custom', message: `must be ${inWords(limits)}, not "${text}"` });
      return z.NEVER;
    });
}

/** One of few words. */
export function wordOption<const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodType<Words[number]> {
  return z.enum(words, {
    error: ({ input }) => `must be one of ${words.join(', ')}, not "${String(input)}"`,
  });
}

/** Options of a codec: these keys and no others. */
export function codecOptions<Shape extends z.ZodRawShape>(
  codec: string,
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${codec} has no option ${issue.keys.map((key) => `"${key}"`).join(', ')}; it has ${known}`
        : `options of ${codec} are written key=value`,
  });
}

/** How the size of what is decoded is chosen (docs/methods-scalars.md, "Slope"). */
export const fitOption = wordOption(['unbiased', 'least-squares']).default('unbiased');
export type Fit = z.infer<typeof fitOption>;

function isWithin(number: number, { above, least, below, most, whole }: Limits): boolean {
  if (!Number.isFinite(number) || (whole && !Number.isInteger(number))) return false;
  if (number < (least ?? -Infinity) || number > (most ?? Infinity)) return false;
  return number > (above ?? -Infinity) && number < (below ?? Infinity);
}

function inWords({ above, least, below, most, whole }: Limits): string {
  const limits = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(least === undefined ? [] : [`of ${least} or more`]),
    ...(below === undefined ? [] : [`below ${below}`]),
    ...(most === undefined ? [] : [`of at most ${most}`]),
  ];
  return `a ${whole ? 'whole ' : ''}number ${limits.join(' and ')}`;
}
