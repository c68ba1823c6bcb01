/** A point in the plane of the drawing, in CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A way through a gap between two columns, from the right side of one to the left side of the next. */
type Stretch = (from: Point, to: Point) => string;

const cornerRadius = 6;

/**
 * Out, along a trunk in the middle of the gap, and in again, with round corners. All children of one model share the
 * trunk, since it depends on where the way begins only.
 */
const byTrunk: Stretch = (from, to) => {
  const rise = to.y - from.y;
  if (Math.abs(rise) < 0.5) return `H${round(to.x)}`;
  const trunk = from.x + (to.x - from.x) / 2;
  const radius = Math.min(cornerRadius, Math.abs(rise) / 2);
  const turn = Math.sign(rise) * radius;
  return (
    `H${round(trunk - radius)}Q${round(trunk)} ${round(from.y)} ${round(trunk)} ${round(from.y + turn)}` +
    `V${round(to.y - turn)}Q${round(trunk)} ${round(to.y)} ${round(trunk + radius)} ${round(to.y)}H${round(to.x)}`
  );
};

const byCurve: Stretch = (from, to) => {
  if (Math.abs(to.y - from.y) < 0.5) return `H${round(to.x)}`;
  const middle = round(from.x + (to.x - from.x) / 2);
  return `C${middle} ${round(from.y)} ${middle} ${round(to.y)} ${round(to.x)} ${round(to.y)}`;
};

const stretches = { trunk: byTrunk, curve: byCurve };

/**
 * The path of a line through the points, which come in pairs: it crosses a gap from each first to its second, and a
 * column straight from there to the next pair.
 */
export function pathThrough(points: readonly Point[], style: keyof typeof stretches): string {
  const [start] = points;
  if (start === undefined) return '';
  let path = `M${round(start.x)} ${round(start.y)}`;
  for (let at = 1; at < points.length; at += 1) {
    const [from, to] = [points[at - 1], points[at]];
    if (from === undefined || to === undefined) break;
    path += at % 2 === 1 ? stretches[style](from, to) : `H${round(to.x)}`;
  }
  return path;
}

/** An arc on the left of two boxes of one column. */
export function arcBeside(one: Point, other: Point, width: number): string {
  const x = round(Math.min(one.x, other.x) - width);
  return `M${round(one.x)} ${round(one.y)}C${x} ${round(one.y)} ${x} ${round(other.y)} ${round(other.x)} ${round(other.y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
