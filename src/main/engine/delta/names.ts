import { Flaw } from './flaw.ts';

// Names of tensors, cut so that layers look alike: "model.layers.3.mlp.up_proj.weight" is the pattern
// "model.layers.#.mlp.up_proj.weight" and the number 3. Patterns repeat exactly, layer by layer, and numbers are
// written as steps from the name before: a general compressor makes next to nothing of both.

/** Names as they stand in the index. */
export interface PackedNames {
  readonly patterns: readonly string[];
  /**
   * One entry for each "#" of each pattern: null for a "#" of the name itself, else the step of the number from the
   * one in the same place of the name before (from 0 where that has none).
   */
  readonly steps: readonly (number | null)[];
}

/** Whole runs of digits that a number gives back: without leading zeros, of at most nine digits. */
const numbersAndMarks = /#|(?<!\d)(?:0|[1-9]\d{0,8})(?!\d)/g;

/** Cuts names into patterns and steps. */
export function packNames(names: readonly string[]): PackedNames {
  const steps: (number | null)[] = [];
  let before: number[] = [];
  const patterns = names.map((name) => {
    const numbers: number[] = [];
    const pattern = name.replace(numbersAndMarks, (found) => {
      if (found === '#') {
        steps.push(null);
      } else {
        const number = Number(found);
        steps.push(number - (before[numbers.length] ?? 0));
        numbers.push(number);
      }
      return '#';
    });
    before = numbers;
    return pattern;
  });
  return { patterns, steps };
}

/**
 * Names from patterns and steps.
 * @throws Flaw when they do not fit
 */
export function unpackNames({ patterns, steps }: PackedNames): string[] {
  let next = 0;
  let before: number[] = [];
  const names = patterns.map((pattern) => {
    const numbers: number[] = [];
    const name = pattern.replaceAll('#', () => {
      const step = steps[next];
      next += 1;
      if (step === null) return '#';
      const number = (before[numbers.length] ?? 0) + (step ?? NaN);
      if (!(number >= 0 && number <= 999_999_999)) throw new Flaw('a name has a number out of range');
      numbers.push(number);
      return String(number);
    });
    before = numbers;
    return name;
  });
  if (next !== steps.length) throw new Flaw('it has more numbers than its names need');
  return names;
}
