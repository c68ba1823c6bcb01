import { join, resolve } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { shownPath } from '../disk/index.ts';
import type { Sidecar, StoredParent } from '../vault/index.ts';
import type { StepContext } from './context.ts';
import type { ParentPlace } from './steps.ts';

/**
 * Refuses parents that are themselves stored, over whatever way, against the model that is to be stored: without
 * both originals neither would come back. Looks at paths alone, so it costs nothing before the work;
 * `refuseUnfounded` looks at content after it.
 * @param id of the model, where it is stored already
 * @throws DeltashelfError `refused`
 */
export function refuseCircle(
  { vault }: StepContext,
  model: { name: string; path: string },
  parents: readonly ParentPlace[],
  id?: string,
): void {
  const own = resolve(model.path);
  const seen = new Set<string>();
  const waiting: { stored: string | null; path: string | null; name: string }[] = parents.map((place) =>
    place.kind === 'path'
      ? { stored: null, path: resolve(place.path), name: place.name }
      : { stored: place.id, path: null, name: vault.stored.get(place.id)?.name ?? '' },
  );
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { stored: parent, path, name } = next;
    if ((parent === null && path === own) || (parent !== null && parent === id))
      throw circle(model.name, name);
    for (const stored of vault.stored.values()) {
      const isIt = stored.id === parent || (parent === null && stored.path === path);
      if (!isIt || seen.has(stored.id)) continue;
      seen.add(stored.id);
      waiting.push(...stored.parents.map((each) => ({ ...each, name: stored.name })));
    }
  }
}

/**
 * Refuses a stored model that, were all originals of stored models gone, could not be decoded: some of its bytes, or
 * of those it is decoded with, would come from nothing but itself.
 * @param candidate the model as its new delta describes it
 * @throws DeltashelfError `refused`
 */
export async function refuseUnfounded(context: StepContext, candidate: Sidecar): Promise<void> {
  const others = [...context.vault.stored.values()].filter(({ id }) => id !== candidate.id);
  const after = await new Founding(context, [...others, candidate]).founded();
  if (!after.has(candidate.id)) throw circle(candidate.name, candidate.parents[0]?.name ?? '');
  // The new delta may also take the ground from under those that are there.
  const given = new Set(candidate.files.map(({ sha256 }) => sha256));
  const needing = others.filter(({ parents }) =>
    parents.some(({ files }) => files.some(({ sha256 }) => given.has(sha256))),
  );
  const lost = needing.filter(({ id }) => !after.has(id));
  if (lost.length === 0) return;
  const before = await new Founding(context, others).founded();
  const [first] = lost.filter(({ id }) => before.has(id));
  if (first) throw circle(candidate.name, first.name);
}

/** Which stored models rest, over whatever way, on something that is not stored itself. */
class Founding {
  readonly #context: StepContext;
  readonly #all: readonly Sidecar[];
  /** By hash: the stored models that give a file. */
  readonly #givers = new Map<string, Sidecar[]>();
  readonly #anchored: ReadonlySet<string>;
  readonly #paths: ReadonlySet<string>;
  /** Files that were looked for outside, and whether they are there. */
  readonly #outside = new Map<StoredParent['files'][number], boolean>();

  constructor(context: StepContext, all: readonly Sidecar[]) {
    this.#context = context;
    this.#all = all;
    this.#anchored = new Set(
      [...context.vault.anchors.values()].flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
    );
    this.#paths = new Set(all.map(({ path }) => resolve(path)));
    for (const stored of all) {
      for (const { sha256 } of stored.files) {
        const known = this.#givers.get(sha256);
        if (known) known.push(stored);
        else this.#givers.set(sha256, [stored]);
      }
    }
  }

  /**
   * Grows the set from nothing: whatever holds all its parents' files by what is founded already is founded too. What
   * is left over at the end rests on itself. Siblings that share a file would make any search along their ways
   * factorial. The disk is asked only for what nothing else holds.
   * @returns ids
   */
  async founded(): Promise<ReadonlySet<string>> {
    const founded = new Set<string>();
    for (const lookOutside of [false, true]) {
      for (let before = -1; before < founded.size;) {
        before = founded.size;
        for (const stored of this.#all) {
          if (!founded.has(stored.id) && (await this.#isHeld(stored, founded, lookOutside))) {
            founded.add(stored.id);
          }
        }
      }
    }
    return founded;
  }

  async #isHeld(stored: Sidecar, founded: ReadonlySet<string>, lookOutside: boolean): Promise<boolean> {
    for (const parent of stored.parents) {
      for (const file of parent.files) {
        if (this.#isGiven(file, founded)) continue;
        if (!lookOutside || !(await this.#isOutside(stored, parent, file))) return false;
      }
    }
    return true;
  }

  #isGiven({ sha256 }: StoredParent['files'][number], founded: ReadonlySet<string>): boolean {
    if (this.#anchored.has(sha256)) return true;
    const givers = this.#givers.get(sha256);
    // What no stored model gives is a base; whether it is there is another question.
    if (!givers) return true;
    return givers.some(({ id, lossy }) => lossy === undefined && founded.has(id));
  }

  /** Whether a file with these bytes, as far as its size tells, lies where no stored model has its original. */
  async #isOutside(
    stored: Sidecar,
    parent: StoredParent,
    file: StoredParent['files'][number],
  ): Promise<boolean> {
    const known = this.#outside.get(file);
    if (known !== undefined) return known;
    const there = await this.#lookOutside(stored, parent, file);
    this.#outside.set(file, there);
    return there;
  }

  async #lookOutside(
    stored: Sidecar,
    parent: StoredParent,
    file: StoredParent['files'][number],
  ): Promise<boolean> {
    const { hints, tools } = this.#context;
    const paths = [...(parent.path === null ? [] : [parent.path]), ...(await hints(parent))];
    for (const path of paths.map((each) => resolve(each))) {
      if (this.#paths.has(path) || path === resolve(stored.path)) continue;
      for (const place of [join(path, file.path), path]) {
        const status = await tools.fs.stat(place).catch(() => undefined);
        if (status?.kind === 'file' && status.size === file.size) return true;
      }
    }
    return false;
  }
}

function circle(child: string, parent: string): DeltashelfError {
  return new DeltashelfError(
    'refused',
    `${shownPath(child)} cannot be stored this way: ${shownPath(parent)} is decoded with it, so without their originals ` +
      'neither would come back. Nothing was changed. Choose another parent, or rebase the other model first.',
    { file: child },
  );
}
