import { basename } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath, type FileStatus } from '../disk/index.ts';
import { readFailure } from '../disk/failures.ts';
import type { KnownModels, ScanFinding, ScanTools } from './findings.ts';
import { lookInto, type Look } from './look.ts';
import { originOfPath } from './origin.ts';
import { Walk } from './walk.ts';

/** How far a scan has come. */
export interface ScanProgress {
  readonly folders: number;
  /** Models found so far, unchanged ones included. */
  readonly models: number;
  readonly skipped: number;
  /** Folder that was entered last. */
  readonly path: string;
}

/** What a scan accepts. */
export interface ScanControl {
  /** Its reason is thrown, between two models. */
  readonly signal?: AbortSignal;
  /** Told at most ten times a second, and once at the end. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

const shortestPauseMs = 100;
/** Models that are read at a time: reading waits for the disk most of the time. */
const mostAhead = 4;

/**
 * Walks a watched folder at any depth and recognises models by content, from headers and small texts alone. Findings
 * come one at a time, in the order of the walk, so that a large library needs no large memory. Nothing is written, no
 * link to a folder is followed, and whatever cannot be read is skipped with a sentence. What is still changing is
 * looked at again at the end, after the settler's pause, and skipped as `unsettled` if it still is.
 * @param known gives the signature that came with a model before: one that is the same is not opened again
 * @throws DeltashelfError `not-found` or `not-readable` for `root` itself, and the signal's reason; nothing else
 */
export async function* scanFolder(
  tools: ScanTools,
  root: string,
  known: KnownModels,
  control: ScanControl = {},
): AsyncGenerator<ScanFinding> {
  control.signal?.throwIfAborted();
  const walk = new Walk(tools, known, control.signal);
  const counts = { models: 0, skipped: 0 };
  let toldAt = performance.now();
  const tell = (): void => {
    control.onProgress?.({ folders: walk.folders, ...counts, path: walk.path });
    toldAt = performance.now();
  };
  for await (const finding of allFindings(tools, root, walk)) {
    counts[finding.kind === 'skipped' ? 'skipped' : 'models'] += 1;
    if (performance.now() - toldAt >= shortestPauseMs) tell();
    yield finding;
    control.signal?.throwIfAborted();
  }
  tell();
}

/** The findings in the order of the walk, a few models being read ahead. */
async function* allFindings(tools: ScanTools, root: string, walk: Walk): AsyncGenerator<ScanFinding> {
  const ahead: Promise<ScanFinding | undefined>[] = [];
  try {
    for await (const finding of walkThrough(tools, root, walk)) {
      ahead.push(finding.kind === 'reading' ? finding.finding : Promise.resolve(finding));
      const next = ahead.length > mostAhead ? await ahead.shift() : undefined;
      if (next !== undefined) yield next;
    }
    for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
      const finding = await next;
      if (finding !== undefined) yield finding;
    }
  } finally {
    // Whoever stops taking findings waits until no file is open any more.
    await Promise.all(ahead);
  }
}

async function* walkThrough({ fs }: ScanTools, root: string, walk: Walk): ReturnType<Walk['root']> {
  let path: string;
  let status: FileStatus;
  let look: Look | undefined;
  try {
    path = await fs.realpath(root);
    status = await fs.lstat(path);
    if (status.kind === 'folder') look = await lookInto(fs, path);
  } catch (error) {
    throw readFailure(error, root);
  }
  if (look === undefined) {
    throw new DeltashelfError(
      'not-readable',
      `${shownPath(root)} is no folder; choose the folder that holds your models.`,
      { file: root },
    );
  }
  yield* walk.root({ name: basename(path), path, status }, look, originOfPath(path));
  yield* walk.again();
}
