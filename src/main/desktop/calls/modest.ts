/** Most characters in all texts of a call, names of fields counted: no call of the library needs a tenth of it. */
const mostCharacters = 1_000_000;
/** Most values: one call names at most 100,000 models. */
const mostValues = 200_000;
const deepest = 8;

/**
 * Whether something that a page sent is plain data of a size that a call may have. Asked before anything parses it or
 * passes it on, so that no page can fill this process or the next one.
 */
export function isModest(value: unknown): boolean {
  let characters = mostCharacters;
  let values = mostValues;
  const look = (one: unknown, depth: number): boolean => {
    if (--values < 0) return false;
    if (typeof one === 'string') return (characters -= one.length) >= 0;
    if (typeof one !== 'object' || one === null) return typeof one !== 'bigint';
    if (depth === deepest) return false;
    if (Array.isArray(one)) return one.every((item) => look(item, depth + 1));
    const prototype: unknown = Object.getPrototypeOf(one);
    if (prototype !== Object.prototype && prototype !== null) return false;
    return Object.entries(one).every(
      ([name, item]) => (characters -= name.length) >= 0 && look(item, depth + 1),
    );
  };
  return look(value, 0);
}
