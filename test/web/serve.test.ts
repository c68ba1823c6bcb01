// The built `deltashelf serve`, as processes of their own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { failureSchema, serveResultSchema } from '../../src/shared/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';

const cli = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url));

/** Starts it, and waits for its first line. */
async function serve(...args: readonly string[]): Promise<{ child: ChildProcess; line: unknown }> {
  const child = spawn(process.execPath, [cli, 'serve', '--no-open', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, line: JSON.parse(line) as unknown };
}

async function endOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

function overview(address: string): Promise<Response> {
  const { hash, origin } = new URL(address);
  return fetch(`${origin}/api/overview`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${hash.replace('#token=', '')}`,
      'Content-Type': 'application/json',
    },
    body: '{}',
  });
}

test('Ctrl+C ends it, and leaves nothing that listens', async () => {
  await using scratch = await scratchFolder();
  const { child, line } = await serve('--home', join(scratch.path, 'home'));
  const { address } = serveResultSchema.parse(line);
  expect((await overview(address)).status).toBe(200);
  child.kill('SIGINT');
  expect(await endOf(child)).toBe(0);
  await expect(overview(address)).rejects.toThrow();
  expect(await readdir(join(scratch.path, 'home'))).not.toContain('service.sock');
});

test('a port that is taken, and a root that is not there, are told in words', async () => {
  await using scratch = await scratchFolder();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const home = join(scratch.path, 'home');
  const port = String((taken.address() as AddressInfo).port);
  const used = await serve('--home', home, '--port', port);
  expect(failureSchema.parse(used.line).error).toMatchObject({ code: 'in-use' });
  expect(await endOf(used.child)).toBe(10);
  const lost = await serve('--home', home, '--root', join(scratch.path, 'nothing'));
  expect(failureSchema.parse(lost.line).error).toMatchObject({ code: 'not-found' });
  expect(await endOf(lost.child)).toBe(8);
});

test('two of one home show one library, and the second goes on when the first ends', async () => {
  await using scratch = await scratchFolder();
  const home = join(scratch.path, 'home');
  await mkdir(home);
  const first = await serve('--home', home);
  const second = await serve('--home', home);
  const { address } = serveResultSchema.parse(second.line);
  expect(await (await overview(address)).json()).toMatchObject({ result: { folders: [] } });
  first.child.kill('SIGKILL');
  await endOf(first.child);
  // Who asks in the moment between is told that the other one is gone.
  let answer: { result?: unknown } = {};
  while (answer.result === undefined) answer = (await (await overview(address)).json()) as typeof answer;
  expect(answer).toMatchObject({ result: { folders: [] } });
  second.child.kill('SIGINT');
  expect(await endOf(second.child)).toBe(0);
});
