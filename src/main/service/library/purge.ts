import type { CallResult, ParsedArgs } from '../../../shared/index.ts';
import type { PurgeOutcome } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { jobControl } from './progress.ts';
import { linkWarnings } from './reclaim.ts';

const tooYoung = 'It is younger than the minimum age; add --now to purge it all the same.';

/** Plans, or deletes quarantined originals for good. */
export async function purge(
  context: LibraryContext,
  { confirmed, now, entries: shown }: ParsedArgs<'purge'>,
  control: CallControl,
): Promise<CallResult<'purge'>> {
  const { steps, away } = context;
  if (away) throw away;
  const ripe = await steps.ripe();
  const wanted = shown && new Set(shown);
  const entries = [...steps.state.quarantine.values()].filter(({ id }) => wanted?.has(id) ?? true);
  const young = entries.filter(({ id }) => !now && !ripe.has(id));
  const due = entries.filter(({ id }) => now || ripe.has(id));
  const warnings = await linkWarnings(
    context,
    due.flatMap(({ stored }) => stored ?? []),
  );
  const outcomes = confirmed
    ? await purgeEntries(
        context,
        due.map(({ id }) => id),
        now,
        control,
      )
    : due.map(({ id, name, bytes }) => ({ entry: id, name, bytes, purged: true, sentence: null }));
  const paths = new Map(entries.map(({ id, path }) => [id, path]));
  const models = outcomes.map(({ entry, name, bytes, purged, sentence }) => ({
    entry,
    name,
    path: paths.get(entry) ?? '',
    outcome: purged ? ('done' as const) : ('refused' as const),
    sentence,
    bytes,
  }));
  return {
    purged: confirmed,
    models: [
      ...models,
      ...young.map(({ id, name, path, bytes }) => ({
        entry: id,
        name,
        path,
        outcome: 'kept' as const,
        sentence: tooYoung,
        bytes,
      })),
    ],
    bytes: outcomes.reduce((sum, { purged, bytes }) => sum + (purged ? bytes : 0), 0),
    warnings,
  };
}

/** Deletes entries, each proven once more just before; the catalogue knows it afterwards. */
export async function purgeEntries(
  context: LibraryContext,
  ids: readonly string[],
  now: boolean,
  control: CallControl,
): Promise<PurgeOutcome[]> {
  const outcomes: PurgeOutcome[] = [];
  for (const id of ids) {
    const { name = '' } = context.steps.state.quarantine.get(id) ?? {};
    outcomes.push(...(await context.steps.purge([id], { now }, jobControl(control, name))));
    if (!context.steps.state.quarantine.has(id)) context.catalogue.vault.released(id);
  }
  context.emit({ event: 'changed' });
  return outcomes;
}
