import { DeltashelfError, type CallResult, type PlacesResult } from '../../../shared/index.ts';
import {
  isInside,
  knownPlaces,
  scanFolder,
  Settler,
  systemClock,
  UniqueBytes,
  type KnownPlace,
} from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { GuessFreed } from './guess-freed.ts';

/** Time for looking into all places together. Milliseconds. */
const patienceMs = 5000;

type Found = Pick<PlacesResult['places'][number], 'models' | 'bytes' | 'freesBytes'>;
const notLooked: Found = { models: null, bytes: null, freesBytes: null };

/**
 * Folders in which programs that people have keep models, with what lies in them as far as headers tell within a few
 * seconds. Reads only, and keeps nothing.
 */
export async function places(
  context: LibraryContext,
  _args: unknown,
  { signal }: CallControl,
): Promise<CallResult<'places'>> {
  const start = performance.now();
  const { fs, catalogue, surroundings } = context;
  const known = await knownPlaces(fs, surroundings);
  const watched = catalogue.folders.list().map(({ path }) => path);
  const rows: PlacesResult['places'] = [];
  for (const place of known) {
    const leftMs = start + patienceMs - performance.now();
    const found = leftMs > 0 ? await lookInto(context, place, leftMs, signal) : notLooked;
    const { name, path } = place;
    rows.push({ name, path, ...found, watched: watched.some((folder) => isInside(folder, path)) });
  }
  return { places: rows, seconds: (performance.now() - start) / 1000 };
}

/** What was found when the time is over is what is told. */
async function lookInto(
  { fs }: LibraryContext,
  { path }: KnownPlace,
  leftMs: number,
  signal: AbortSignal | undefined,
): Promise<Found> {
  const late = AbortSignal.timeout(Math.ceil(leftMs));
  const either = signal ? AbortSignal.any([signal, late]) : late;
  // What is being downloaded counts with what is there of it.
  const tools = { fs, settler: new Settler(systemClock, { quietMs: 0, oldMs: 0 }) };
  const bytes = new UniqueBytes();
  const freed = new GuessFreed();
  let models = 0;
  try {
    for await (const finding of scanFolder(tools, path, () => undefined, { signal: either })) {
      if (finding.kind !== 'model') continue;
      models += 1;
      for (const file of finding.model.files) bytes.add(file);
      freed.add(finding.model);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!late.aborted && (!(error instanceof DeltashelfError) || error.code === 'internal')) throw error;
    if (models === 0) return notLooked;
  }
  return { models, bytes: bytes.bytes, freesBytes: freed.bytes };
}
