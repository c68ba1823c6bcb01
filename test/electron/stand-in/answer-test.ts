import { openWindows } from './open-windows.ts';
import * as electron from './electron.ts';
import type { WebContents } from './web-contents.ts';
import type { Page } from 'playwright';

/** What the test asks: to run a function in main or in the page, or to choose files in the page. */
export type Asked = { readonly id: number } & (
  | { readonly kind: 'main' | 'page'; readonly text: string; readonly arg: unknown }
  | { readonly kind: 'files'; readonly selector: string; readonly paths: readonly string[] }
);

export type Answered = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

/** Does what the test asks, and says what came of it. */
export async function answerTest(message: unknown): Promise<void> {
  const asked = message as Asked;
  const { id } = asked;
  const answer = (answered: Answered): void => void process.send?.(answered);
  try {
    answer({ id, result: await run(asked) });
  } catch (error) {
    answer({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

async function run(asked: Asked): Promise<unknown> {
  switch (asked.kind) {
    case 'main': {
      const work = (0, eval)(`(${asked.text})`) as (parts: typeof electron, arg: unknown) => unknown;
      return await work(electron, asked.arg);
    }
    case 'page': {
      const page = await newestPage();
      return await page.evaluate(
        `(${asked.text})(${asked.arg === undefined ? 'undefined' : JSON.stringify(asked.arg)})`,
      );
    }
    case 'files': {
      const page = await newestPage();
      const named = asked.paths.map((path) => [path.split('/').at(-1) ?? '', path]);
      openWindows.at(-1)?.webContents.send('standIn:paths', ...named);
      await page.setInputFiles(asked.selector, [...asked.paths]);
      return undefined;
    }
  }
}

async function newestPage(): Promise<Page> {
  const contents = openWindows.at(-1)?.webContents as unknown as WebContents | undefined;
  if (!contents) throw new Error('There is no window');
  return contents.standInPage;
}
