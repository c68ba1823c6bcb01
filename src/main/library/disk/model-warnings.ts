import type { Warning } from '../../../shared/index.ts';
import type { PathProblem } from './safe-path.ts';
import { shownPath } from './shown-path.ts';

const leftOut = 'it is left out and stays where it is';

/** What a person is told of a model that was opened all the same. */
export const modelWarnings = {
  unsafeName: ({ path, sentence }: PathProblem): Warning => ({
    file: path,
    sentence: `${sentence}, so it could not be put back safely; ${leftOut}.`,
  }),
  unportable: ({ path, sentence }: PathProblem): Warning => ({
    file: path,
    sentence: `${sentence}; its bytes are kept exactly, but it may not be restored on every system.`,
  }),
  unreadableName: (path: string): Warning => ({
    file: path,
    sentence: `${shownPath(path)} has a name that is not valid Unicode; ${leftOut}.`,
  }),
  notRegular: (path: string): Warning => ({
    file: path,
    sentence: `${shownPath(path)} is a device, socket or pipe; ${leftOut}.`,
  }),
  temporary: (path: string): Warning => ({
    file: path,
    sentence: `${shownPath(path)} was left behind by an interrupted job and belongs to no model; ${leftOut}.`,
  }),
  readThroughLink: (path: string): Warning => ({
    file: path,
    sentence: `${shownPath(path)} is a link to a file outside the model; its bytes are kept, and it is restored as a regular file.`,
  }),
  outsideFolder: (path: string): Warning => ({
    file: path,
    sentence: `${shownPath(path)} is a link to a folder outside the model; ${leftOut}.`,
  }),
  brokenLink: (path: string): Warning => ({
    file: path,
    sentence: `${shownPath(path)} is a link to something that is missing; ${leftOut}.`,
  }),
  privileged: (path: string): Warning => ({
    file: path,
    sentence: `${shownPath(path)} runs with the rights of its owner; its bytes are kept, but it is restored without that right.`,
  }),
};
