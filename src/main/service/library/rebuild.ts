import type { CallResult } from '../../../shared/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { rebuildCatalogue as remakeCatalogue } from '../../library/index.ts';
import { readDecisions } from './decisions.ts';
import { scanAll } from './folders.ts';
import { refreshLineage } from './learn.ts';

/** Makes the catalogue anew from folders and vault; what a person decided is taken from the vault. */
export async function rebuildCatalogue(
  context: LibraryContext,
  _args: unknown,
  control: CallControl,
): Promise<CallResult<'rebuildCatalogue'>> {
  const { catalogue, steps, fs, home } = context;
  let result: CallResult<'rebuildCatalogue'> | undefined;
  const rescan = async (): Promise<void> => {
    result = await scanAll(context, catalogue.folders.list(), control);
  };
  await remakeCatalogue(fs, home, catalogue, {
    vault: steps.state,
    decisions: await readDecisions(context),
    rescan,
  });
  await refreshLineage(context, control);
  if (!result) throw new Error('a rebuild scans');
  return result;
}
