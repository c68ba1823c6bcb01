import type { LineageLayout, LineageNode } from './lineage-layout.ts';

/** Where a key leads from a node: right to the nearest child, left to the home, up and down within the column. */
export function nodeAfterKey(
  { nodes, lines }: Pick<LineageLayout, 'nodes' | 'lines'>,
  from: LineageNode,
  key: string,
): LineageNode | undefined {
  const nearest = (those: readonly LineageNode[]) =>
    those.toSorted((a, b) => Math.abs(a.y - from.y) - Math.abs(b.y - from.y))[0];
  switch (key) {
    case 'ArrowRight': {
      const below = new Set(
        lines.flatMap((line) => (line.kind !== 'tie' && line.from === from.key ? [line.to] : [])),
      );
      return nearest(nodes.filter((node) => below.has(node.key)));
    }
    case 'ArrowLeft':
      return nodes.find((node) => node.key === from.home);
    case 'ArrowUp':
      return nearest(nodes.filter((node) => node.layer === from.layer && node.y < from.y));
    case 'ArrowDown':
      return nearest(nodes.filter((node) => node.layer === from.layer && node.y > from.y));
    case 'Home':
      return nodes[0];
    case 'End':
      return nodes.at(-1);
    default:
      return undefined;
  }
}
