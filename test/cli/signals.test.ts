// The built command line as a process of its own: a signal cancels it, and nothing is left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { namesIn } from '../library/deltas/listing.ts';

const cli = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url));

test.each(['SIGINT', 'SIGTERM'] as const)('%s cancels within a moment', async (signal) => {
  await using scratch = await scratchFolder();
  // Long enough to be met in the middle of it; a hole on the disk.
  const child = await open(join(scratch.path, 'child.bin'), 'w');
  await child.truncate(4e9);
  await child.close();
  const args = [cli, 'delta', 'create', join(scratch.path, 'child.bin'), '--threads', '2', '--json'];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  process_.stdout.on('data', (text) => (out += String(text)));
  while ((await namesIn(scratch.path)).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  const start = performance.now();
  process_.kill(signal);
  const [code] = (await once(process_, 'exit')) as [number];
  expect(performance.now() - start).toBeLessThan(3000);
  expect(code).toBe(130);
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'cancelled' } });
  expect(await namesIn(scratch.path)).toEqual(['child.bin']);
});
