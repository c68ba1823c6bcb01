import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath } from '../disk/index.ts';
import { errnoOf } from '../disk/failures.ts';
import type { SkippedPlace, SkipReason } from './found-model.ts';

function skip(why: SkipReason, sentence: (path: string) => string): (path: string) => SkippedPlace {
  return (path) => ({ path, why, sentence: sentence(shownPath(path)) });
}

/** What a person is told of a place that is not listed as a model. */
export const skipped = {
  unsettled: skip('unsettled', (path) =>
    `${path} is still being written; it is listed when it has stopped changing.`),
  unreadable: (path: string, reason: string): SkippedPlace => ({
    path,
    why: 'unreadable',
    sentence: `${shownPath(path)} could not be read (${reason}), so what is in it is not known; nothing was changed. Check its permissions and its disk, then scan again.`,
  }),
  loop: skip('link-loop', (path) =>
    `${path} leads back to a folder that it lies in; it is not followed, and its models are listed once.`),
  folderLink: skip('link', (path) =>
    `${path} is a link to a folder and is not followed; add the folder it points to, to see its models.`),
  brokenLink: skip('link', (path) => `${path} is a link to something that is missing; nothing is lost here.`),
  tooManyNames: (path: string, limit: number): SkippedPlace => ({
    path,
    why: 'too-many-names',
    sentence: `${shownPath(path)} holds more than ${limit} names, too many for one model; add a folder inside it.`,
  }),
  tooDeep: skip('too-deep', (path) =>
    `${path} lies too many folders deep and is not looked into; add it by itself.`),
  temporary: skip('temporary', (path) => `${path} is an unfinished download or copy; it is left alone.`),
  gone: skip('gone', (path) => `${path} vanished during the scan; nothing of it was read.`),
  undecodable: skip('name', (path) =>
    `${path} has a name that is not valid Unicode and cannot be opened; rename it to see it here.`),
  unsafeName: (path: string, problem: string): SkippedPlace => ({
    path,
    why: 'name',
    sentence: `${problem}, so a model of that name could not be put back safely; rename it to see it here.`,
  }),
  malformed: (path: string, reason: string): SkippedPlace => ({
    path,
    why: 'malformed',
    sentence: `${shownPath(path)} is not listed as a model: ${reason} It is left as it is.`,
  }),
  vault: skip('own', (path) => `${path} is a vault: its delta files are not models of this folder.`),
  quarantine: skip('own', (path) =>
    `${path} holds originals that were moved aside: they are not models of this folder.`),
};

/** What is told of a place at which a call failed, whatever it threw. */
export function skippedBy(error: unknown, path: string): SkippedPlace {
  const code = errnoOf(error) ?? (error instanceof DeltashelfError ? error.code : undefined);
  const cause = error instanceof DeltashelfError ? errnoOf(error.cause) : undefined;
  if (code === 'ENOENT' || code === 'not-found' || cause === 'ENOENT') return skipped.gone(path);
  if (code === 'ELOOP') return skipped.loop(path);
  if (code === 'changed-while-reading') return skipped.unsettled(path);
  const words: Readonly<Record<string, string>> = {
    EACCES: 'it may not be read',
    EPERM: 'it may not be read',
    EIO: 'the disk failed',
    EMFILE: 'too many files are open',
  };
  const known = words[cause ?? code ?? ''];
  return skipped.unreadable(path, known ?? (error instanceof Error ? error.message : String(error)));
}
