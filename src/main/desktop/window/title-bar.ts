import type { BrowserWindowConstructorOptions, TitleBarOverlay } from 'electron';
import { frameColours } from './colours.ts';

/** Pixels of the page's own title bar, without the hairline below it. */
const height = 43;

/** The page draws the title bar; the system's buttons lie on it, where people of that system look for them. */
export function titleBar(platform: NodeJS.Platform): BrowserWindowConstructorOptions {
  return platform === 'darwin'
    ? { titleBarStyle: 'hiddenInset', titleBarOverlay: true, trafficLightPosition: { x: 14, y: 14 } }
    : { titleBarStyle: 'hidden', titleBarOverlay: overlay() };
}

/** The buttons in the colours of the theme. Not on macOS, which draws its own. */
export function overlay(): TitleBarOverlay {
  const { panel, text } = frameColours();
  return { color: panel, symbolColor: text, height };
}
