import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright';

/**
 * Waits until an expression is true in a page. Playwright's own `waitForFunction` evaluates a text inside the page again
 * and again, which the content security policy stops.
 */
export async function until(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate<boolean>(`Boolean(${expression})`))) await sleep(20);
}
