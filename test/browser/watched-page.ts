import { expect, onTestFinished } from 'vitest';
import type { Browser, BrowserContextOptions, Page } from 'playwright';

/** A page of which everything is noted that goes wrong in it. */
export interface WatchedPage extends AsyncDisposable {
  readonly page: Page;
  /** Errors of the console, uncaught ones, what the content security policy stopped. A test takes away what it expects. */
  readonly problems: string[];
  /** Addresses that it asked for. */
  readonly asked: string[];
}

const usual: BrowserContextOptions = {
  viewport: { width: 1440, height: 900 },
  locale: 'en-GB',
  timezoneId: 'UTC',
  reducedMotion: 'reduce',
};

/** Runs in the page, so it is text: these files are checked without the types of a browser. */
const reportViolations = `addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
  console.error('Content security policy: ' + effectiveDirective + ' stopped ' + blockedURI);
});`;

/** Opens a page of its own, without memory of another; at its end any problem left fails the test. */
export async function openPage(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ ...usual, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.addInitScript({ content: reportViolations });
  // Not where the page is closed: an error there would hide the one that ended the test.
  onTestFinished(() => expect(problems, 'problems of the page').toEqual([]));
  await page.goto(address);
  return { page, problems, asked, [Symbol.asyncDispose]: () => context.close() };
}
