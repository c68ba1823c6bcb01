import { chromium, type Browser } from 'playwright';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';

/** One browser for all tests of a file. Where none starts, they are not run. */
export function useBrowser(): { readonly browser: Browser } {
  const found = inject('browser');
  let browser: Browser | undefined;
  beforeAll(async () => {
    if ('launch' in found) browser = await chromium.launch(found.launch);
  });
  beforeEach(({ skip }) => {
    if ('missing' in found) skip('no browser starts here');
  });
  afterAll(() => browser?.close());
  return {
    get browser() {
      if (!browser) throw new Error('a browser is there while tests run');
      return browser;
    },
  };
}
