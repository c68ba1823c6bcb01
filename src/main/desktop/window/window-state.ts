import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { FileSystem } from '../../library/disk/index.ts';
import { replaceFile } from '../../library/disk/replace-file.ts';

const length = z.int().min(0).max(100_000);
const position = z.int().min(-100_000).max(100_000);
const rectangle = z.strictObject({ x: position, y: position, width: length, height: length });
const windowState = z.strictObject({ bounds: rectangle, maximised: z.boolean() });

/** Where a window was, before it was maximised, in pixels of the desktop. */
export type Rectangle = z.infer<typeof rectangle>;
export type WindowState = z.infer<typeof windowState>;

export const smallest = { width: 1000, height: 640 };
const first = { width: 1440, height: 900 };
/** So much of a window must be on a display, in pixels, that a person can take hold of it. */
const handle = { width: 120, height: 40 };

/** As it was left; null at the first start, and where the file says nothing that makes sense. */
export async function readWindowState(path: string): Promise<WindowState | null> {
  try {
    return windowState.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Keeps it for the next start; where the disk refuses, the next window is just where the first one was. */
export async function writeWindowState(fs: FileSystem, path: string, state: WindowState): Promise<void> {
  await replaceFile(fs, path, new TextEncoder().encode(JSON.stringify(state))).catch(() => undefined);
}

/**
 * Where to open a window: as it was left, unless that display is gone.
 * @param displays work areas, the main display's first
 */
export function placeWindow(
  state: WindowState | null,
  displays: readonly Rectangle[],
): { readonly bounds: Partial<Rectangle>; readonly maximised: boolean } {
  const [main] = displays;
  const size = {
    width: Math.max(smallest.width, state?.bounds.width ?? Math.min(first.width, main?.width ?? Infinity)),
    height: Math.max(
      smallest.height,
      state?.bounds.height ?? Math.min(first.height, main?.height ?? Infinity),
    ),
  };
  const maximised = state?.maximised ?? false;
  if (!state) return { bounds: size, maximised };
  const { x, y } = state.bounds;
  // Its upper edge is what a window is moved by.
  const edge = { x, y, width: size.width, height: handle.height };
  const reachable = displays.some((display) => {
    const shared = overlap(edge, display);
    return shared.width >= handle.width && shared.height >= handle.height;
  });
  return { bounds: reachable ? { x, y, ...size } : size, maximised };
}

function overlap(one: Rectangle, other: Rectangle): { readonly width: number; readonly height: number } {
  return {
    width: Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x),
    height: Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y),
  };
}
