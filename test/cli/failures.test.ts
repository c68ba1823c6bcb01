// How commands end: exit codes, one sentence, one JSON object, never a stack trace.
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem } from '../../src/main/library/index.ts';
import { applyResultSchema, createResultSchema, DeltashelfError, exitCodes } from '../../src/shared/index.ts';
import { scratchFolder } from '../faults/scratch-folder.ts';
import { changeHandles } from '../faults/short-file-system.ts';
import { namesIn } from '../library/deltas/listing.ts';
import { writeFolderModel } from '../library/deltas/small-family.ts';
import { failureOf, resultOf, runCommand } from './run-command.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);
const oneThread = ['--threads', '1'];

beforeEach(async () => {
  scratch = await scratchFolder();
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
  await runCommand(['delta', 'create', at('child'), '--base', at('base'), ...oneThread]);
});
afterEach(() => scratch[Symbol.asyncDispose]());

const apply = (...args: string[]) => [
  ...['delta', 'apply', at('child.dshelf'), '-o', at('again'), ...oneThread],
  ...args,
];

test.each([
  ['an unknown option', ['delta', 'create', 'x', '--frobnicate'], /unknown option/iu],
  ['an unknown command', ['delta', 'frobnicate'], /unknown command/iu],
  ['no command', [], /command is missing|unknown option/iu],
  ['no subcommand', ['delta'], /command is missing|unknown option/iu],
  ['no child', ['delta', 'create'], /missing required argument/iu],
  ['no output', ['delta', 'apply', 'x.dshelf'], /required option/iu],
  ['no threads', ['delta', 'create', 'x', '--threads', '0'], /whole number from 1 to 256/u],
  ['threads that are no number', ['delta', 'create', 'x', '--threads', 'two'], /whole number/u],
  ['an unknown level', ['delta', 'create', 'x', '--level', 'extreme'], /allowed choices are fast/iu],
  ['a base of nothing', ['delta', 'verify', 'x', '--base-of', 'x.dshelf'], /equals sign/u],
])('usage: %s', async (_, args, says) => {
  const failure = await failureOf(args);
  expect(failure).toMatchObject({ exitCode: 2, code: 'usage' });
  expect(failure.sentence).toMatch(says);
  const words = await runCommand(args);
  expect(words).toMatchObject({ code: 2, out: '' });
  expect(words.err).toMatch(/^[A-Z][^\n]* \[usage\]\n$/u);
});

test('each failure has its exit code and names its file', async () => {
  const other = ['--base', at('child')];
  expect(await failureOf(apply(...other))).toMatchObject({ exitCode: 5, code: 'parent-mismatch' });
  expect(await failureOf(apply('--base', at('nothing')))).toMatchObject({ exitCode: 8, code: 'not-found' });
  const missing = ['delta', 'verify', at('nothing.dshelf'), ...oneThread];
  expect(await failureOf(missing)).toMatchObject({ exitCode: 8, code: 'not-found' });
  const foreign = ['delta', 'inspect', at('child/config.json')];
  expect(await failureOf(foreign)).toMatchObject({ exitCode: 3, code: 'delta-foreign' });
  const again = ['delta', 'create', at('child'), ...oneThread];
  expect(await failureOf(again)).toMatchObject({
    exitCode: 6,
    code: 'target-exists',
    place: { file: at('child.dshelf') },
  });
  await truncate(at('child.dshelf'), 1000);
  const damaged = await failureOf(['delta', 'verify', at('child.dshelf'), ...oneThread]);
  expect(damaged).toMatchObject({ exitCode: 3, code: 'delta-damaged' });
  expect(await namesIn(scratch.path)).toEqual(['base', 'child', 'child.dshelf']);
});

test('a base is needed, and the sentence says which', async () => {
  await using alone = await scratchFolder();
  const file = join(alone.path, 'child.dshelf');
  await writeFile(file, await readFile(at('child.dshelf')));
  const failure = await failureOf(['delta', 'verify', file, ...oneThread]);
  expect(failure).toMatchObject({ exitCode: 5, code: 'parent-missing' });
  expect(failure.sentence).toContain('needs its base base');
});

test('a full disk', async () => {
  const fs = { ...nodeFileSystem, statfs: () => Promise.resolve({ availableBytes: 1 }) };
  const failure = await failureOf(apply('--base', at('base')), { fs });
  expect(failure).toMatchObject({ exitCode: 7, code: 'disk-full' });
});

test('a read-only target', async () => {
  const fs = {
    ...nodeFileSystem,
    mkdir: () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' })),
  };
  const failure = await failureOf(apply('--base', at('base')), { fs });
  expect(failure).toMatchObject({ exitCode: 7, code: 'not-writable' });
});

test('a cancel', async () => {
  const controller = new AbortController();
  const fs = changeHandles(nodeFileSystem, (handle) => ({
    ...handle,
    write(bytes, position) {
      controller.abort(new DeltashelfError('cancelled', 'Cancelled.'));
      return handle.write(bytes, position);
    },
  }));
  const { signal } = controller;
  const failure = await failureOf(apply('--base', at('base')), { fs, signal });
  expect(failure).toMatchObject({ exitCode: 130, code: 'cancelled' });
  expect(await namesIn(scratch.path)).toEqual(['base', 'child', 'child.dshelf']);
});

test('an unexpected failure is a sentence, and its details only for those who ask', async () => {
  const loadRuntime = () => Promise.reject(new TypeError('a bug'));
  const quiet = await runCommand(apply('--base', at('base')), { loadRuntime });
  expect(quiet.code).toBe(1);
  expect(quiet.err).toMatch(/^[^\n]*a bug[^\n]*\[[a-z-]+\]\n$/u);
  const detailed = await runCommand(apply('--base', at('base')), { loadRuntime, debug: true });
  expect(detailed.err).toMatch(/failures\.test\.ts/u);
});

test('a malformed model is stored as opaque bytes, with a warning', async () => {
  const bytes = Buffer.from('\u0010\0\0\0\0\0\0\0{"a":[not json!]}and some bytes', 'latin1');
  await writeFile(at('odd.safetensors'), bytes);
  const args = ['delta', 'create', at('odd.safetensors'), ...oneThread];
  const { warnings, output } = await resultOf(createResultSchema, args);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.file).toBe('odd.safetensors');
  const words = await runCommand([...args, '-o', at('odd-2.dshelf')]);
  expect(words.code).toBe(0);
  expect(words.err).toMatch(/^Warning: .*odd\.safetensors/u);
  await resultOf(applyResultSchema, ['delta', 'apply', output, '-o', at('again'), ...oneThread]);
  expect(await readFile(at('again/odd.safetensors'))).toEqual(bytes);
});

test('names cannot steer the terminal', async () => {
  const name = 'bad\u001b[2Jname\u202e.bin';
  await writeFile(at(name), 'x');
  const args = ['delta', 'create', at(name), ...oneThread];
  const created = await runCommand([...args, '-o', at('n.dshelf')]);
  const inspected = await runCommand(['delta', 'inspect', at('n.dshelf')]);
  const failed = await runCommand(['delta', 'create', at(name), '-o', at('n.dshelf'), ...oneThread]);
  const json = await runCommand(['delta', 'inspect', at('n.dshelf'), '--json']);
  for (const { out, err } of [created, inspected, failed, json]) {
    expect(out + err).toMatch(/^[\n\x20-\x7e]*$/u);
  }
  expect(inspected.out).toContain('bad\\u{1b}[2Jname\\u{202e}.bin');
  expect(JSON.parse(json.out)).toMatchObject({ name });
});

test('help and version end well, for every command', async () => {
  expect((await runCommand(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/u);
  for (const command of [
    [],
    ['delta'],
    ['delta', 'create'],
    ['delta', 'apply'],
    ['delta', 'inspect'],
    ['demo'],
  ]) {
    const { code, out, err } = await runCommand([...command, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Usage: deltashelf/u);
  }
});

test('docs/cli.md lists every exit code', async () => {
  const text = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  for (const [code, exitCode] of Object.entries(exitCodes)) {
    expect(text).toMatch(new RegExp(`\\| ${exitCode} +\\|.*\`${code}\``, 'u'));
  }
});
