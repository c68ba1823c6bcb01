// What the built page weighs, and what it must not carry.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../out/renderer', import.meta.url));

async function files(): Promise<readonly { readonly name: string; readonly bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => ({ name, bytes: await readFile(join(parentPath, name)) })),
  );
}

test('code and styles of all screens together stay below 500 kB, compressed', async () => {
  const code = (await files()).filter(({ name }) => /\.(?:js|css|html)$/u.test(name));
  expect(code.length).toBeGreaterThan(3);
  expect(code.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0)).toBeLessThan(500_000);
});

test('the page carries no schemas: they are parsed where the calls arrive, and would try to evaluate text', async () => {
  for (const { name, bytes } of await files()) {
    if (name.endsWith('.js')) expect(bytes.includes('_zod'), name).toBe(false);
  }
});

test('the page names no other place to load from', async () => {
  for (const { name, bytes } of await files()) {
    if (!/\.(?:html|css)$/u.test(name)) continue;
    const elsewhere = /(?:src|href)="https?:|url\(["']?(?:https?:)?\/\/|@import/u.exec(bytes.toString());
    expect(elsewhere?.[0], name).toBeUndefined();
  }
});
