import type { PlannedLine } from './lineage-lines.ts';
import { arcBeside, pathThrough, type Point } from './lineage-paths.ts';
import { lineageSizes } from './lineage-sizes.ts';

export interface LineageLine extends PlannedLine {
  /** An SVG path. */
  readonly path: string;
  /** Where its end is: a question mark stands before it. */
  readonly end: Point;
  /** What it covers. */
  readonly box: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
}

interface Box extends Point {
  readonly key: string;
  readonly layer: number;
}

const { nodeWidth, nodeHeight, columnGap } = lineageSizes;
/** Ends of the lines into one merge stand this far apart. */
const portGap = 12;

/** Draws planned lines between placed nodes. `lanes`: where a line passes a column, by its number. */
export function drawLines(
  lines: readonly PlannedLine[],
  nodes: readonly Box[],
  lanes: ReadonlyMap<PlannedLine, ReadonlyMap<number, number>>,
): LineageLine[] {
  const boxes = new Map(nodes.map((node) => [node.key, node]));
  const placed = lines.flatMap((line) => {
    const [from, to] = [boxes.get(line.from), boxes.get(line.to)];
    return from && to ? [{ line, from, to }] : [];
  });
  const ports = portsOf(placed.filter(({ line }) => line.kind === 'merge'));
  return placed.map(({ line, from, to }) => {
    if (line.kind === 'tie') return drawTie(line, from, to);
    const end = { x: to.x, y: to.y + nodeHeight / 2 + (ports.get(line) ?? 0) };
    const points = [{ x: from.x + nodeWidth, y: from.y + nodeHeight / 2 }];
    for (let layer = from.layer + 1; layer < to.layer; layer += 1) {
      const x = from.x + (layer - from.layer) * (nodeWidth + columnGap);
      const y = lanes.get(line)?.get(layer) ?? end.y;
      points.push({ x, y }, { x: x + nodeWidth, y });
    }
    points.push(end);
    const path = pathThrough(points, line.kind === 'merge' ? 'curve' : 'trunk');
    return { ...line, path, end, box: boxOf(points) };
  });
}

/** Relatives have no direction: an arc beside a column, or a curve between two. */
function drawTie(line: PlannedLine, one: Box, other: Box): LineageLine {
  const [left, right] = one.x <= other.x ? [one, other] : [other, one];
  const middle = nodeHeight / 2;
  const end = { x: right.x, y: right.y + middle };
  if (left.layer === right.layer) {
    const start = { x: left.x, y: left.y + middle };
    const box = boxOf([{ x: end.x - columnGap / 2, y: end.y }, start]);
    return { ...line, path: arcBeside(start, end, columnGap / 2), end, box };
  }
  const points = [{ x: left.x + nodeWidth, y: left.y + middle }, end];
  return { ...line, path: pathThrough(points, 'curve'), end, box: boxOf(points) };
}

/** Lines into one merge end below each other, in the order in which they come. */
function portsOf(placed: readonly { line: PlannedLine; from: Box; to: Box }[]): Map<PlannedLine, number> {
  const ports = new Map<PlannedLine, number>();
  for (const lines of Map.groupBy(placed, ({ to }) => to.key).values()) {
    const gap = Math.min(portGap, (nodeHeight - portGap) / Math.max(1, lines.length - 1));
    for (const [at, { line }] of lines.toSorted((a, b) => a.from.y - b.from.y).entries()) {
      ports.set(line, (at - (lines.length - 1) / 2) * gap);
    }
  }
  return ports;
}

function boxOf(points: readonly Point[]) {
  return {
    left: Math.min(...points.map(({ x }) => x)),
    top: Math.min(...points.map(({ y }) => y)),
    right: Math.max(...points.map(({ x }) => x)),
    bottom: Math.max(...points.map(({ y }) => y)),
  };
}
