import type { Page } from 'playwright';
import type { Camera } from './camera.ts';

/** Walks through the window as a new person does, from the first screen to a reconstructed model. */
export async function takeTour(page: Page, camera: Pick<Camera, 'take'>): Promise<void> {
  await page.getByText('ComfyUI').first().waitFor();
  await camera.take('first-run');

  await page.getByRole('button', { name: /sample library/i }).click();
  await page
    .getByRole('row', { name: /sprout/ })
    .first()
    .waitFor();
  // Parents and predictions come by themselves.
  const compress = page.getByRole('button', { name: /^Compress \d+, can free about/ });
  await compress.waitFor({ timeout: 60_000 });
  await camera.take('library');

  await page.getByRole('button', { name: 'Table' }).click();
  await page.getByRole('grid').waitFor();
  await page
    .getByRole('row', { name: /sprout-python/ })
    .first()
    .click();
  await camera.take('library-table');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Families' }).click();

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('python');
  await page.getByRole('option').first().waitFor();
  await camera.take('palette');
  await page.keyboard.press('Escape');

  await go(page, 'Lineage');
  await page.getByText('fine-tune', { exact: true }).first().waitFor();
  await camera.take('lineage');
  await page.getByRole('button', { name: 'Outline' }).click();
  await page.getByRole('row', { name: /sprout-python-v2/ }).click();
  await camera.take('lineage-outline');
  await page.getByRole('button', { name: 'Tree', exact: true }).click();

  await go(page, 'All models');
  await compress.click();
  await go(page, 'Jobs');
  await page
    .getByText(/verified, identical/)
    .first()
    .waitFor({ timeout: 120_000 });
  await camera.take('jobs');
  await page.getByText(/^\d+ deltas verified/).waitFor({ timeout: 120_000 });

  await go(page, 'All models');
  await page
    .getByRole('row', { name: /sprout-python/ })
    .first()
    .dblclick();
  await page.getByText('Where it changed').waitFor();
  await page.getByRole('row').nth(3).waitFor();
  await camera.take('model');

  await go(page, 'Reclaim');
  const move = page.getByRole('button', { name: /^Move \d+ originals? to quarantine/ });
  await move.waitFor({ timeout: 60_000 });
  await camera.take('reclaim');
  await move.click();
  const putBack = page.getByRole('button', { name: 'Put back…' });
  await putBack.waitFor({ timeout: 60_000 });
  await page.getByText(/nothing running/).waitFor({ timeout: 60_000 });
  await putBack.click();
  await page.getByRole('button', { name: /^Purge before .*…/ }).click();
  await page.getByRole('alertdialog').waitFor();
  await camera.take('purge');
  await page.keyboard.press('Escape');

  await go(page, 'Activity');
  await page.getByRole('button', { name: /Undo/ }).first().waitFor();
  await camera.take('activity');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Units').first().waitFor();
  await camera.take('settings');
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await camera.take('keys');
  await page.keyboard.press('Escape');
}

async function go(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${name}`) })
    .click();
}
