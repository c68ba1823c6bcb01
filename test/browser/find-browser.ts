import { chromium, type LaunchOptions } from 'playwright';
import { unpackedChromium } from './unpacked-chromium.ts';

/** How to start a browser; or why there is none. */
export type FoundBrowser = { readonly launch: LaunchOptions } | { readonly missing: string };

/** No more than that: with switches that turn off web security, tests of it would prove nothing. */
const args = ['--headless=shell', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];

/** The first browser that starts here: the packed one, or one that is installed. */
export async function findBrowser(): Promise<FoundBrowser> {
  const reasons: string[] = [];
  for (const candidate of candidates) {
    try {
      const launch = { args, ...(await candidate()) };
      await (await chromium.launch(launch)).close();
      return { launch };
    } catch (error) {
      reasons.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  return { missing: reasons.join(' ') };
}

const candidates: readonly (() => Promise<LaunchOptions>)[] = [
  ...(process.platform === 'linux' && process.arch === 'x64' ? [packed] : []),
  async () => ({ channel: 'chrome' }),
  async () => ({ channel: 'msedge' }),
  async () => ({ executablePath: '/usr/bin/chromium' }),
];

async function packed(): Promise<LaunchOptions> {
  const { executablePath, env } = await unpackedChromium();
  return { executablePath, env: { ...definedEnvironment(), ...env } };
}

function definedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
