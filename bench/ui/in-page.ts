import type { Page } from 'playwright';

// What runs in the page is text: these files are checked without the types of a browser.

/** Notes when paints happen, when the first rows are there, and what holds the page up. Before anything else. */
export const noteTimes = `
window.noted = { paint: 0, rows: 0, tasks: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries())
    if (entry.name === 'first-contentful-paint') window.noted.paint = entry.startTime;
}).observe({ type: 'paint', buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.noted.tasks.push({ at: entry.startTime, ms: entry.duration });
}).observe({ type: 'longtask', buffered: true });
const look = () => {
  if (document.querySelectorAll('[role=row]').length > 5) window.noted.rows = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
`;

/** Scrolls a list from end to end, and counts the frames in which a place of it has no row. */
export const scrollAll = `async () => {
  const list = document.querySelector('[data-list]');
  const box = list.getBoundingClientRect();
  const places = [0.05, 0.3, 0.55, 0.8, 0.97].map((part) => box.top + box.height * part);
  const step = 3 * box.height;
  let frames = 0, blank = 0;
  const start = performance.now();
  for (let top = 0; top < list.scrollHeight - box.height; top += step) {
    list.scrollTop = top;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    frames += 1;
    if (places.some((y) => !document.elementFromPoint(box.left + 80, y)?.closest('[role=row]'))) blank += 1;
  }
  return { frames, blank, since: start };
}`;

/** Types into the filter, and waits until the list and its title are drawn anew. */
export const searchFor = `async (text) => {
  const field = document.querySelector('[data-filter]');
  const title = document.querySelector('main .top .t3');
  const before = title.textContent;
  const start = performance.now();
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  while (title.textContent === before) await new Promise((done) => requestAnimationFrame(done));
  await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - start;
}`;

const lookAgainMs = 20;

/** Waits until an expression is true in a page. Our own loop: the page's policy lets nothing be evaluated inside it. */
export async function until(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate<boolean>(expression))) await page.waitForTimeout(lookAgainMs);
}
