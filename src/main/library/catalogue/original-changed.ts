/** A file of a stored model, as its sidecar lists it. */
export interface StoredFileFacts {
  readonly path: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly weights: boolean;
}

/** A file of the original, as a scan saw it. */
export interface SeenFileFacts {
  readonly path: string;
  readonly size: number;
  readonly mtimeNs: string;
  /** Hex; null where its bytes were not read since it last changed. */
  readonly sha256: string | null;
}

/**
 * Whether the files of an original are no longer those that were stored: one was added, weights are gone, or bytes
 * differ. Where its bytes were not read again, a file that was written to after `storedAt` counts as changed.
 */
export function originalChanged(
  seen: readonly SeenFileFacts[],
  stored: readonly StoredFileFacts[],
  storedAt: string,
): boolean {
  const left = new Map(stored.map((file) => [file.path, file]));
  const limit = BigInt(Date.parse(storedAt)) * 1_000_000n;
  for (const file of seen) {
    const known = left.get(file.path);
    if (known === undefined || known.size !== file.size) return true;
    if (file.sha256 === null ? BigInt(file.mtimeNs) > limit : file.sha256 !== known.sha256) return true;
    left.delete(file.path);
  }
  return [...left.values()].some(({ weights }) => weights);
}
