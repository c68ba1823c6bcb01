// Cancelled work says so, and leaves nothing behind.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../src/main/library/index.ts';
import { applyDeltaFile } from '../../../src/main/library/deltas/apply-delta.ts';
import { createDeltaFile } from '../../../src/main/library/deltas/create-delta.ts';
import { verifyDeltaFile } from '../../../src/main/library/deltas/verify-delta.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';
import { changeHandles } from '../../faults/short-file-system.ts';
import { namesIn } from './listing.ts';
import { writeFolderModel } from './small-family.ts';
import { toolsWith } from './tools.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
const at = (name: string): string => join(scratch.path, name);

beforeEach(async () => {
  scratch = await scratchFolder();
  await writeFolderModel(at('base'), 0);
  await writeFolderModel(at('child'), 1);
  await createDeltaFile(toolsWith(), { child: at('child'), bases: [at('base')] }, {});
});
afterEach(() => scratch[Symbol.asyncDispose]());

/** Cancels at the `n`-th read; the answer says whether there were that many. */
async function cancelledAt(
  n: number,
  work: (fs: FileSystem, signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  const reason = new DeltashelfError('cancelled', 'Enough.');
  const controller = new AbortController();
  let reads = 0;
  const fs = changeHandles(nodeFileSystem, (handle) => ({
    ...handle,
    read(target, position) {
      if (reads === n) controller.abort(reason);
      reads += 1;
      return handle.read(target, position);
    },
  }));
  const error: unknown = await work(fs, controller.signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (reads <= n) return false;
  expect(error).toMatchObject({ code: 'cancelled' });
  expect(await namesIn(scratch.path)).toEqual(['base', 'child', 'child.dshelf']);
  return true;
}

test.each(['create', 'apply', 'verify'] as const)('%s is cancelled at every read', async (call) => {
  let n = 0;
  const bases = [at('base')];
  while (
    await cancelledAt(n, (fs, signal) => {
      const tools = toolsWith(fs);
      const file = at('child.dshelf');
      if (call === 'create')
        return createDeltaFile(tools, { child: at('child'), bases, output: at('n.dshelf') }, { signal });
      if (call === 'apply') return applyDeltaFile(tools, { file, bases, output: at('again') }, { signal });
      return verifyDeltaFile(tools, { file, bases }, { signal });
    })
  )
    n += 1;
  expect(n).toBeGreaterThan(10);
  expect(toolsWith().pool.memory.used).toBe(0);
});
