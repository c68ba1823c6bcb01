/** A check of docs/format.md fails. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

/** @throws Damaged when a check fails */
export function check(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new Damaged(problem);
}

/** A value that has to be there. */
export function present<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Damaged(`there is no ${what}`);
  return value;
}
