// Before all tests that need a browser: finds one, once.
import type { TestProject } from 'vitest/node';
import { findBrowser, type FoundBrowser } from './find-browser.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    browser: FoundBrowser;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const browser = await findBrowser();
  if ('missing' in browser) {
    const sentence = `Tests in a browser not run: none starts here. ${browser.missing}`;
    if (process.env['CI']) throw new Error(sentence);
    console.error(sentence);
  }
  project.provide('browser', browser);
}
