import type { Difference } from './infer-difference.ts';
import { explainRecipe, type NamedShare } from './merge-words.ts';

// What was measured, in sentences that follow the name of a model.

/** "8.0 %" from 0.08. */
function percent(part: number): string {
  const hundredths = part * 100;
  if (hundredths === 0) return '0 %';
  return `${hundredths >= 10 ? hundredths.toFixed(0) : Number(hundredths.toPrecision(2)).toFixed(hundredths >= 1 ? 1 : 3)} %`;
}

/** @param candidates relatives of which this one is the nearest; 0 where it is not */
export function differenceSentence({ relative }: Difference, candidates: number): string {
  const rank = candidates > 1 ? `, the nearest of ${candidates} relatives` : '';
  return `differs from it by ${percent(relative)}${rank}`;
}

/** How many tensors are as they were; nothing where all or none are. */
export function unchangedSentence({ unchanged, tensors }: Difference): string[] {
  return unchanged === 0 || unchanged === tensors ? [] : [`${unchanged} of ${tensors} tensors are unchanged`];
}

/** "0.6 x A + 0.4 x B explains it but for 3.6 % of the distance from the nearer one". */
export function mergeSentence(parents: readonly NamedShare[], remainder: number): string {
  return `${explainRecipe(parents)} explains it but for ${percent(remainder)} of its distance from the nearest of them`;
}

/** How two members of a class of types are the same. */
export function typeSentence(how: 'equal' | 'cast' | 'roundings', child: string, parent: string): string {
  if (how === 'cast') return `is its weights rounded from ${parent} to ${child}`;
  if (how === 'equal') {
    return child === parent
      ? 'has the same values wherever they were compared'
      : `has its values, stored as ${child}`;
  }
  return `the same weights before they were rounded to ${child} and ${parent}`;
}
