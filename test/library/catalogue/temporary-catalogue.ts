import { join } from 'node:path';
import { openCatalogue, type Catalogue } from '../../../src/main/library/catalogue/index.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

/** The time of all tests of the catalogue. */
export const testTime = new Date('2026-11-29T12:00:00.000Z');

/** A new catalogue in a home of its own; both go at the end of the block. */
export async function temporaryCatalogue(): Promise<
  { readonly catalogue: Catalogue; readonly home: string; readonly folder: number } & AsyncDisposable
> {
  const scratch = await scratchFolder();
  const home = join(scratch.path, 'home');
  const { catalogue } = await openCatalogue(nodeFileSystem, home, () => testTime);
  const volume = catalogue.volumes.seen({ identity: 'uuid-1', label: 'Atlas', mountPath: '/' });
  const folder = catalogue.folders.add('/models', volume);
  return {
    catalogue,
    home,
    folder,
    [Symbol.asyncDispose]: async () => {
      catalogue.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}
