import { DeltashelfError } from '../../../shared/index.ts';
import { ModelSource } from '../../engine/sources/index.ts';
import { isParentOf, readOutline, type WdeltaOutline } from '../../engine/wdelta/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { openOwn } from './open-own.ts';

/**
 * Looks for the parents of .wdelta files among the models of the library. Only models that have the tensors of a file
 * are read, once for each way to take its hash; what came of it is kept.
 * @returns whether one was found
 */
export async function matchWdeltas(context: LibraryContext, control: CallControl): Promise<boolean> {
  const { wdeltaParents } = context.catalogue;
  let found = false;
  for (const child of wdeltaParents.open()) {
    const untried = wdeltaParents.untried(child);
    const outline = untried.length > 0 ? await outlineOf(context, child, control) : undefined;
    if (outline && (await findParent(context, child, outline, untried, control))) found = true;
  }
  return found;
}

async function findParent(
  context: LibraryContext,
  child: number,
  outline: WdeltaOutline,
  parents: readonly number[],
  control: CallControl,
): Promise<boolean> {
  for (const parent of parents) {
    control.signal?.throwIfAborted();
    const matches = await ifReadable(control, async () => {
      await using opened = await openOwn(context, parent);
      const source = await ModelSource.open(opened.name, opened.files);
      return await isParentOf(outline, [source], control.signal ? { signal: control.signal } : {});
    });
    if (matches === undefined) continue;
    context.catalogue.wdeltaParents.put(child, parent, matches);
    if (matches) return true;
  }
  return false;
}

function outlineOf(
  context: LibraryContext,
  child: number,
  control: CallControl,
): Promise<WdeltaOutline | undefined> {
  return ifReadable(control, async () => {
    await using opened = await openOwn(context, child);
    const [file] = opened.files;
    return file && (await readOutline(file.bytes, file.path));
  });
}

/** Undefined where something cannot be read now, or is damaged: it is tried again when it is seen again. */
async function ifReadable<Result>(
  { signal }: CallControl,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    return undefined;
  }
}
