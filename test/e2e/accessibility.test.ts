// Every screen and dialog in both themes, by axe: nothing serious, nothing critical.
import { expect, test } from 'vitest';
import { takeTour } from '../../scripts/screenshots/tour.ts';
import { accessibilityFindings, openPage, useBrowser } from '../browser/index.ts';
import { serveLibrary } from './served-library.ts';

const shared = useBrowser();

/** Nothing but colours differs between them. */
const themes = [
  ['light', 'all'],
  ['dark', 'colours'],
] as const;

test('no screen has a serious or critical finding, in either theme', { timeout: 300_000 }, async () => {
  await using library = await serveLibrary();
  await library.put(['sprout-base', 'sprout-python'], 'person/ComfyUI/models/llm');
  await using shown = await openPage(shared.browser, library.address);
  const { page } = shown;
  const findings: string[] = [];
  const seen: string[] = [];
  await takeTour(page, {
    async take(name) {
      for (const [colorScheme, what] of themes) {
        await page.emulateMedia({ colorScheme });
        seen.push(name);
        const found = await accessibilityFindings(page, what);
        findings.push(...found.map((finding) => `${name}, ${colorScheme}: ${finding}`));
      }
    },
  });
  expect(findings).toEqual([]);
  expect(seen.length).toBeGreaterThanOrEqual(26);
});
