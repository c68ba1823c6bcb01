import { sep } from 'node:path';

/**
 * Tells models of one name apart: for each path the folders above it, as few as make it differ from all others.
 * A single path needs none and gets an empty text.
 * @param paths absolute, all different
 */
export function differingParts(paths: readonly string[]): Map<string, string> {
  const parts = new Map(paths.map((path) => [path, '']));
  let open = paths.map((path) => ({ path, above: path.split(sep).slice(0, -1).reverse() }));
  for (let depth = 1; open.length > 1; depth++) {
    const label = ({ above }: { above: string[] }): string => above.slice(0, depth).reverse().join(sep);
    const counts = new Map<string, number>();
    for (const entry of open) counts.set(label(entry), (counts.get(label(entry)) ?? 0) + 1);
    for (const entry of open) parts.set(entry.path, label(entry));
    open = open.filter((entry) => (counts.get(label(entry)) ?? 0) > 1 && depth < entry.above.length);
  }
  return parts;
}
