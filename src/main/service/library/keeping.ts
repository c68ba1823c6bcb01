import { resolve } from 'node:path';
import { DeltashelfError, type CallResult, type ParsedArgs } from '../../../shared/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { mirrorDecisions } from './decisions.ts';
import { scanAll } from './folders.ts';
import { jobControl } from './progress.ts';

/** Shows settings, after changing those that are given. A change that is refused changes none. */
export function settings(context: LibraryContext, { set }: ParsedArgs<'settings'>): CallResult<'settings'> {
  if ('vaultPath' in set) throw vaultMoves();
  const { catalogue } = context;
  catalogue.write(() => {
    for (const [key, value] of Object.entries(set)) catalogue.settings.set(key, value);
  });
  if (Object.keys(set).length > 0) mirrorDecisions(context);
  return { settings: { ...catalogue.settings.all() } };
}

/** What was done, the latest first. */
export async function activity(
  { steps, catalogue }: LibraryContext,
  { limit }: ParsedArgs<'activity'>,
): Promise<CallResult<'activity'>> {
  const taken = (await steps.activity()).slice(0, limit);
  const others = catalogue.activity.list(limit).map(({ id, kind, name, at, sentence }) => ({
    id: `#${id}`,
    kind,
    name,
    at,
    sentence,
    undo: null,
  }));
  const all = [...taken, ...others].sort((a, b) => (a.at < b.at ? 1 : -1));
  return { steps: all.slice(0, limit) };
}

/** Takes a step back; what is on disk then is seen at once. */
export async function undo(
  context: LibraryContext,
  { step }: ParsedArgs<'undo'>,
  control: CallControl,
): Promise<CallResult<'undo'>> {
  const { catalogue, steps } = context;
  const taken = await steps.undo(step, jobControl(control, ''));
  catalogue.vault.sync(steps.state);
  await scanAll(context, catalogue.folders.list(), control);
  return taken;
}

/** Moves the vault. */
export async function moveVault(
  context: LibraryContext,
  { path }: ParsedArgs<'moveVault'>,
  control: CallControl,
): Promise<CallResult<'moveVault'>> {
  const { catalogue, steps } = context;
  await steps.move(resolve(path), jobControl(control, 'vault'));
  catalogue.settings.set('vaultPath', steps.vaultPath);
  return { settings: { ...catalogue.settings.all() } };
}

function vaultMoves(): DeltashelfError {
  return new DeltashelfError(
    'usage',
    'The vault is not moved by a setting. Nothing was changed; its files go along with: deltashelf vault move <folder>.',
  );
}
