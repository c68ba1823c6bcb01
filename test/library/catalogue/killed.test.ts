import Sqlite from 'better-sqlite3';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockHome, openCatalogue } from '../../../src/main/library/catalogue/index.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

const rounds = 5;

/** Runs a program of this folder, and kills it (SIGKILL) some moments after it has printed its first line. */
async function runAndKill(program: string, home: string, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += String(text)));
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [, signal] = (await closed) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  // The last line may be cut.
  return output.split('\n').slice(0, -1);
}

test('a catalogue whose process is killed in the middle of a write is sound and keeps all it had told', async () => {
  await using scratch = await scratchFolder();
  for (let round = 0; round < rounds; round++) {
    const told = await runAndKill('killed-writer.ts', scratch.path, 5 + round * 23);
    const { catalogue, report } = await openCatalogue(nodeFileSystem, scratch.path);
    expect(report.setAside).toBeNull();
    const kept = new Set(catalogue.activity.list(100_000).map(({ id }) => String(id)));
    expect(told.filter((id) => !kept.has(id))).toEqual([]);
    // A model is written whole or not at all.
    for (const id of catalogue.models.ids()) expect(catalogue.models.found(id)?.tensors).toHaveLength(2);
    expect(catalogue.lineage.decisions()).toHaveLength(1);
    catalogue.close();
    const database = new Sqlite(join(scratch.path, 'catalogue.sqlite'));
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(database.pragma('foreign_key_check')).toEqual([]);
    database.close();
  }
});

test('the lock of a home is free when its process was killed', async () => {
  await using scratch = await scratchFolder();
  const held = await holdLock(scratch.path);
  await expect(lockHome(nodeFileSystem, scratch.path)).rejects.toMatchObject({ code: 'in-use' });
  await held.kill();
  (await lockHome(nodeFileSystem, scratch.path)).release();
});

/** Another process that holds the lock of a home. */
async function holdLock(home: string): Promise<{ kill: () => Promise<void> }> {
  const room = join(import.meta.dirname, '../../../src/main/library');
  const program = `
    const { lockHome } = await import(${JSON.stringify(join(room, 'catalogue/index.ts'))});
    const { nodeFileSystem } = await import(${JSON.stringify(join(room, 'disk/index.ts'))});
    await lockHome(nodeFileSystem, process.argv[1]);
    process.stdout.write('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
