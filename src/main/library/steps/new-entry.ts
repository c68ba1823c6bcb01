import { join } from 'node:path';

import { placeInEntry, notePath, type QuarantineEntry } from '../quarantine/index.ts';
import type { StepContext } from './context.ts';
import type { Movable } from './look-at-original.ts';

/** What is to be moved into quarantine. */
export interface WantedEntry {
  readonly why: QuarantineEntry['why'];
  readonly stored: string | null;
  readonly name: string;
  /** The model's folder or file. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly files: readonly Movable[];
  /** The folder on that volume that holds quarantined originals. */
  readonly place: string;
}

/** Describes an entry in full, before anything of it is there. */
export async function newEntry(context: StepContext, wanted: WantedEntry): Promise<QuarantineEntry> {
  const { why, stored, name, path, kind, place } = wanted;
  const id = crypto.randomUUID();
  const folder = join(place, id);
  const files = wanted.files.map(({ path: from, status, sha256 }, number) => ({
    from,
    to: placeInEntry(folder, number, from),
    size: status.size,
    sha256,
    mtimeNs: status.mtimeNs.toString(),
    mode: status.mode,
    dev: status.dev.toString(),
    ino: status.ino.toString(),
  }));
  return {
    format: 1,
    id,
    why,
    stored,
    name,
    path,
    folder,
    files,
    note: await notePath(context.tools.fs, path, kind),
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    createdAt: context.clock().toISOString(),
    trustedAt: (await context.trusted.now()).toISOString(),
  };
}
