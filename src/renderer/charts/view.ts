import type { Point } from './lineage-paths.ts';

/** How a plane is seen: a point p of it stands at p * scale + (x, y) of the frame. */
export interface View extends Point {
  readonly scale: number;
}
export interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Area extends Point, Size {}

const scales = { least: 0.2, most: 2 };
/** Text smaller than this is not read. */
const readable = 0.7;
/** Left free around what is brought into sight. */
const border = 32;

/** The view with another scale; the point of the frame keeps showing what it shows. */
export function zoomAt(view: View, factor: number, point: Point): View {
  const scale = Math.min(Math.max(view.scale * factor, scales.least), scales.most);
  const change = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * change, y: point.y - (point.y - view.y) * change };
}

/** All of a plane in the middle of the frame, never larger than it is. */
export function fitView(plane: Size, frame: Size): View {
  const whole = Math.min(frame.width / plane.width, frame.height / plane.height, 1);
  const scale = Math.max(Number.isFinite(whole) ? whole : 1, scales.least);
  return {
    scale,
    x: (frame.width - plane.width * scale) / 2,
    y: (frame.height - plane.height * scale) / 2,
  };
}

/** As much as can be read: all of it where that fits, else from the left side on, with the start in the middle. */
export function firstView(plane: Size, frame: Size, start: Area): View {
  const fitted = fitView(plane, frame);
  if (fitted.scale >= readable) return { ...fitted, x: Math.min(fitted.x, 0) };
  const y = frame.height / 2 - (start.y + start.height / 2) * readable;
  const lowest = frame.height - plane.height * readable;
  return { scale: readable, x: 0, y: Math.min(0, Math.max(y, lowest)) };
}

/** The view moved as little as brings the area into sight. */
export function revealArea(view: View, frame: Size, area: Area): View {
  const shift = (from: number, length: number, room: number) => {
    const [start, end] = [from - border, from + length + border];
    return start < 0 || length + 2 * border > room ? -start : end > room ? room - end : 0;
  };
  return {
    scale: view.scale,
    x: view.x + shift(area.x * view.scale + view.x, area.width * view.scale, frame.width),
    y: view.y + shift(area.y * view.scale + view.y, area.height * view.scale, frame.height),
  };
}

/** What of the plane is seen. */
export function seenArea(view: View, frame: Size): Area {
  return {
    x: -view.x / view.scale,
    y: -view.y / view.scale,
    width: frame.width / view.scale,
    height: frame.height / view.scale,
  };
}
