import { chromium, type BrowserContext, type LaunchOptions } from 'playwright';
import { join } from 'node:path';

let context: BrowserContext | undefined;

/** One browser for an app, with the storage of its folder. */
export async function startBrowser(userData: string): Promise<void> {
  context = await chromium.launchPersistentContext(join(userData, 'browser'), {
    ...(JSON.parse(process.env['STAND_IN_BROWSER'] ?? '{}') as LaunchOptions),
    viewport: null,
    serviceWorkers: 'block',
    // The browser ends with its app, not before it.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}

export function browser(): BrowserContext {
  if (!context) throw new Error('Cannot create a window before the app is ready');
  return context;
}

export async function stopBrowser(): Promise<void> {
  await context?.close();
}
