import type { LineageLayout } from './lineage-layout.ts';
import { lineageSizes } from './lineage-sizes.ts';
import type { Area } from './view.ts';

/** Layouts of no more nodes than this are drawn whole: panning them then draws nothing anew. */
const wholeUpTo = 120;

/** What of a layout is drawn: all of a small one; of a large one what is in sight, with as much again around it. */
export function seenPart(
  layout: Pick<LineageLayout, 'nodes' | 'lines'>,
  seen: Area,
  /** Key of a node that is drawn in any case: it has the focus. */
  keep: string | undefined,
): Pick<LineageLayout, 'nodes' | 'lines'> {
  if (layout.nodes.length <= wholeUpTo || seen.width === 0) return layout;
  const [left, right] = [seen.x - seen.width / 2, seen.x + seen.width * 1.5];
  const [top, bottom] = [seen.y - seen.height / 2, seen.y + seen.height * 1.5];
  const { nodeWidth, nodeHeight } = lineageSizes;
  return {
    nodes: layout.nodes.filter(
      ({ key, x, y }) =>
        key === keep || (x < right && x + nodeWidth > left && y < bottom && y + nodeHeight > top),
    ),
    lines: layout.lines.filter(
      ({ box }) => box.left < right && box.right > left && box.top < bottom && box.bottom > top,
    ),
  };
}
