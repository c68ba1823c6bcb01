import { join } from 'node:path';
import type { Look, SeenFolder } from './look.ts';

/** Characters of a revision that are shown. */
const shownRevision = 8;

/** Whether a folder is a Hugging Face cache: it holds repositories, and what they share is not looked into. */
export function isHubCache({ folders }: Look): boolean {
  return folders.some(({ name }) => name.startsWith('models--'));
}

/** Folders of a Hugging Face cache that may hold models: not the shared blobs, locks, datasets and spaces. */
export function hubFolders({ folders }: Look): SeenFolder[] {
  return folders.filter(
    ({ name }) => !['blobs', '.locks'].includes(name) && !/^(?:datasets|spaces)--/u.test(name),
  );
}

/** Name of the repository that a folder of a Hugging Face cache holds: `models--org--name` is `org/name`. */
export function repositoryOf(folder: string, { folders }: Look): string | undefined {
  if (!folder.startsWith('models--') || !folders.some(({ name }) => name === 'snapshots')) return undefined;
  return folder.slice('models--'.length).split('--').join('/');
}

/** Folder with the revisions of a repository. */
export function snapshotsOf({ path }: Look): string {
  return join(path, 'snapshots');
}

export function revisionName(repository: string, revision: string): string {
  return `${repository}@${revision.slice(0, shownRevision)}`;
}
