/**
 * Characters that hide what a text is: controls, and those that turn the direction of what follows. Names of models and
 * tensors come from strangers; a name must not look like another.
 */
const hiding = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The same value with a mark in place of every such character; the value itself where it has none. */
export function visible<Value>(value: Value): Value {
  return shown(value) as Value;
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.search(hiding) < 0 ? value : value.replace(hiding, '\ufffd');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(shown);
    return items.some((item, at) => item !== value[at]) ? items : value;
  }
  const changed = Object.entries(value).flatMap(([key, each]) => {
    const now = shown(each);
    return now === each ? [] : [[key, now] as const];
  });
  return changed.length === 0 ? value : { ...value, ...Object.fromEntries(changed) };
}
