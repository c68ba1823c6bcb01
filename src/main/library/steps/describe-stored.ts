import { basename, resolve } from 'node:path';
import type { InspectDeltaResult } from '../../../shared/index.ts';
import { inspectDeltaFile } from '../deltas/index.ts';
import { hashFile } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import type { Sidecar, StoredParent } from '../vault/index.ts';
import type { StepContext } from './context.ts';

type Known = Omit<StoredParent, 'files'>;

const none: Known = { name: '', path: null, stored: null };

/** What a sidecar says that its delta does not know. */
export interface Described {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  /** Name of the delta file in the vault. */
  readonly file: string;
  readonly lineage: Sidecar['lineage'];
  /** Paths of the files that reclaim moves; null: those that are understood tensor by tensor. */
  readonly weights: readonly string[] | null;
  /** Where parents are, by the name of their folder, file or stored model. */
  readonly parents: readonly Known[];
}

/**
 * A sidecar from a complete delta file.
 * @param place where the delta lies now
 */
export async function describeStored(
  context: StepContext,
  described: Described,
  place: string,
  control: JobControl,
): Promise<Sidecar> {
  const { tools, clock } = context;
  const inspected = await inspectDeltaFile(tools, { file: place }, control.signal);
  const sha256 = await hashFile(tools.fs, place, control);
  const { id, name, path, file, lineage } = described;
  const weights = described.weights && new Set(described.weights);
  return {
    format: 1,
    id,
    name,
    kind: inspected.kind,
    path: resolve(path),
    delta: { file, bytes: inspected.storedBytes, sha256, level: inspected.level },
    originalBytes: inspected.originalBytes,
    files: inspected.files.map((each) => ({
      path: each.path,
      size: each.bytes,
      sha256: each.sha256,
      weights: weights?.has(each.path) ?? each.format !== 'opaque',
    })),
    parents: parentsOf(inspected, described.parents),
    lineage,
    createdAt: clock().toISOString(),
    verifiedAt: null,
  };
}

/** The delta names parents in the order of their first use, and only those that it uses. */
function parentsOf({ parents }: InspectDeltaResult, known: readonly Known[]): StoredParent[] {
  const left = [...known];
  return parents.map(({ name, kind, files }) => {
    const alike = left.filter((each) => (each.stored !== null) === (kind === 'delta'));
    const isNamed = (each: Known): boolean =>
      each.name === name || (each.path !== null && basename(each.path) === name);
    const of = left.indexOf(alike.find(isNamed) ?? alike[0] ?? none);
    const [found] = of === -1 ? [] : left.splice(of, 1);
    return {
      name: found?.name ?? name,
      path: found?.path ?? null,
      stored: found?.stored ?? null,
      files: files.map(({ path, bytes, sha256 }) => ({ path, size: bytes, sha256 })),
    };
  });
}
