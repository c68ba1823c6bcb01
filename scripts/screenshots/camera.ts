import { join } from 'node:path';
import type { Page } from 'playwright';

/** Takes what a page shows, light and dark. */
export class Camera {
  readonly #page: Page;
  readonly #folder: string;

  constructor(page: Page, folder: string) {
    this.#page = page;
    this.#folder = folder;
  }

  async take(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await this.#page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await this.#page.evaluate('document.fonts.ready');
      await this.#page.screenshot({
        path: join(this.#folder, `${name}-${colorScheme}.png`),
        animations: 'disabled',
      });
    }
    console.log(name);
  }
}
