// Every screen and dialog in both themes, by axe: nothing serious, nothing critical.
import { expect, test } from 'vitest';
import { takeTour } from '../../scripts/screenshots/tour.ts';
import { accessibilityFindings, openPage, useBrowser } from '../browser/index.ts';
import { serveLibrary } from './served-library.ts';

const shared = useBrowser();

test('no screen has a serious or critical finding, in either theme', { timeout: 300_000 }, async () => {
  await using library = await serveLibrary();
  await library.put(['sprout-base', 'sprout-python'], 'person/ComfyUI/models/llm');
  await using shown = await openPage(shared.browser, library.address);
  const { page } = shown;
  const findings: string[] = [];
  const seen: string[] = [];
  await takeTour(page, {
    async take(name) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        seen.push(`${name} ${colorScheme}`);
        findings.push(
          ...(await accessibilityFindings(page)).map((finding) => `${name}, ${colorScheme}: ${finding}`),
        );
      }
    },
  });
  expect(findings).toEqual([]);
  expect(seen.length).toBeGreaterThanOrEqual(26);
});
