import type { Lineage } from '../../src/main/lineage/index.ts';

/** Edges as text, sorted: "base -> python", "python -> blend 0.6", "280 -- 300". */
export function drawn({ edges }: Pick<Lineage, 'edges'>, name: (id: number) => string): string[] {
  return edges
    .map(({ parent, child, directed, weight }) => {
      const [one, other] = [name(parent), name(child)];
      const share = weight === undefined ? '' : ` ${Number(weight.toFixed(3))}`;
      return directed ? `${one} -> ${other}${share}` : [one, other].sort().join(' -- ');
    })
    .sort();
}
