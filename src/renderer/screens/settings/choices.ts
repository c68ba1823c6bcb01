import { plural } from '../../words/index.ts';

/** A value of a setting, and what it is called. */
export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
}

/** Values to choose from, in their order; one that was set elsewhere is among them. */
function withCurrent(values: readonly number[], current: number | null): readonly number[] {
  if (current === null || values.includes(current)) return values;
  return [...values, current].sort((left, right) => left - right);
}

/** Days that an original stays in quarantine at least. */
export function ageChoices(current: number): readonly Choice<number>[] {
  return withCurrent([1, 7, 14, 30, 90], current).map((value) => ({
    value,
    label: value === 0 ? 'no minimum' : plural(value, 'day'),
  }));
}

/** Deltas on the way from a base to a model at most. */
export function depthChoices(current: number): readonly Choice<number>[] {
  return withCurrent([1, 2, 3, 4, 6, 8], current).map((value) => ({
    value,
    label: value === 1 ? '1, always against a base' : `${value} deltas`,
  }));
}

/** Seconds that reconstructing one model may take. */
export function secondsChoices(current: number | null): readonly Choice<number | null>[] {
  return [
    { value: null, label: 'no limit' },
    ...withCurrent([10, 30, 60, 300], current).map((value) => ({
      value,
      label: value < 60 ? plural(value, 'second') : plural(Math.round(value / 60), 'minute'),
    })),
  ];
}

/** Threads that code; null: all cores. */
export function threadChoices(current: number | null): readonly Choice<number | null>[] {
  return [
    { value: null, label: 'all cores' },
    ...withCurrent([1, 2, 4, 8, 16], current).map((value) => ({ value, label: plural(value, 'thread') })),
  ];
}

/** Jobs at the same time. */
export function jobChoices(current: number): readonly Choice<number>[] {
  return withCurrent([1, 2, 3, 4], current).map((value) => ({
    value,
    label: value === 1 ? 'one at a time' : `${value} at a time`,
  }));
}

/** Minutes between two looks at the watched folders. */
export function lookChoices(current: number): readonly Choice<number>[] {
  return withCurrent([5, 15, 60, 360, 1440], current).map((value) => ({
    value,
    label: value < 60 ? `every ${value} min` : value === 60 ? 'every hour' : `every ${value / 60} hours`,
  }));
}
