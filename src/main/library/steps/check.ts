import { join } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import { hashFile, orMissing, shownPath } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import { stagedControl } from '../staged-control.ts';
import type { Anchor, Sidecar, StoredParent, VaultState } from '../vault/index.ts';
import { checkAnchor } from './check-anchor.ts';
import type { StepContext } from './context.ts';
import { hasBytes, originalPath } from './originals.ts';
import { dependentsOf } from './roots.ts';
import type { CheckFinding } from './steps.ts';
import { verifyStored } from './verify.ts';

/** Which part of a vault is to be checked. */
export interface CheckSelection {
  /** Only so much of all that could be, 0 to 1, those first that were checked longest ago. Default 1. */
  readonly share?: number;
  /** Only what was not checked for so many days. */
  readonly notForDays?: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Ids of stored models and anchored bases that a check is to look at, those first that were checked longest ago. */
export function idsToCheck(
  state: VaultState,
  { share = 1, notForDays = 0 }: CheckSelection,
  now: Date,
): string[] {
  const checked = [
    ...[...state.anchors.values()].map(({ id, checkedAt }) => ({ id, at: Date.parse(checkedAt) })),
    ...[...state.stored.values()].map(({ id, verifiedAt }) => ({
      id,
      at: verifiedAt === null ? 0 : Date.parse(verifiedAt),
    })),
  ];
  // A date in the future tells nothing of when it was.
  const due = checked.filter(({ at }) => at > now.getTime() || at <= now.getTime() - notForDays * dayMs);
  return due
    .sort((left, right) => left.at - right.at)
    .slice(0, Math.ceil(checked.length * share))
    .map(({ id }) => id);
}

/**
 * Decodes and compares stored models, reads and compares anchored bases. What is wrong becomes a finding; only a
 * cancelled check throws.
 */
export async function check(
  context: StepContext,
  ids: readonly string[],
  control: JobControl,
): Promise<CheckFinding[]> {
  const { vault } = context;
  const things = ids.map((id) => vault.anchors.get(id) ?? vault.stored.get(id));
  const controls = stagedControl(control, things.map(bytesOf));
  const bases = new ChangedBases(context);
  const findings: CheckFinding[] = [];
  for (const [place, id] of ids.entries()) {
    const own = controls[place] ?? control;
    const anchor = vault.anchors.get(id);
    const stored = vault.stored.get(id);
    if (anchor) findings.push(await checkBase(context, anchor, own));
    else if (stored) findings.push(await checkModel(context, stored, bases, own));
    else
      findings.push({
        id,
        name: id,
        ok: false,
        sentence: `The vault holds nothing of the id ${id}.`,
        affected: [],
        repairableFrom: [],
      });
  }
  return findings;
}

async function checkModel(
  context: StepContext,
  stored: Sidecar,
  bases: ChangedBases,
  control: JobControl,
): Promise<CheckFinding> {
  const { id, name } = stored;
  try {
    await verifyStored(context, id, control);
    return {
      id,
      name,
      ok: true,
      sentence: await bases.sentence(stored, control),
      affected: [],
      repairableFrom: [],
    };
  } catch (error) {
    control.signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
    const hashes = stored.files.map(({ sha256 }) => sha256);
    const affected = new Set([id, ...dependentsOf(context.vault, hashes).map((each) => each.id)]);
    const changed = await bases.sentence(stored, control);
    const sentence = changed === null ? error.message : `${error.message} ${changed}`;
    return {
      id,
      name,
      ok: false,
      sentence,
      affected: [...affected],
      repairableFrom: await copiesOf(context, stored, control),
    };
  }
}

async function checkBase(context: StepContext, anchor: Anchor, control: JobControl): Promise<CheckFinding> {
  const { id, name, files } = anchor;
  const sentence = await checkAnchor(context, anchor, control);
  if (sentence === null) return { id, name, ok: true, sentence, affected: [], repairableFrom: [] };
  const affected = dependentsOf(
    context.vault,
    files.map(({ sha256 }) => sha256),
  ).map((each) => each.id);
  const whole = await isAllThere(context, anchor, control);
  return { id, name, ok: false, sentence, affected, repairableFrom: whole ? [anchor.path] : [] };
}

/** Places of exact copies: the original where it lay, in quarantine, the delta in another vault. */
async function copiesOf(context: StepContext, stored: Sidecar, control: JobControl): Promise<string[]> {
  const { vault, tools, settings } = context;
  const places: string[] = [];
  if (await isAllThere(context, stored, control)) places.push(stored.path);
  for (const entry of vault.quarantine.values()) if (entry.stored === stored.id) places.push(entry.folder);
  for (const other of settings.otherVaults) {
    const copy = join(other, stored.delta.file);
    const sha256 = await hashFile(tools.fs, copy).catch(() => undefined);
    if (sha256 === stored.delta.sha256) places.push(copy);
  }
  return places;
}

async function isAllThere(
  context: StepContext,
  model: Pick<Sidecar, 'kind' | 'path' | 'files'>,
  control: JobControl,
): Promise<boolean> {
  for (const file of model.files) {
    if (!(await hasBytes(context, originalPath(model, file), file, control))) return false;
  }
  return true;
}

/** Bases that lie where they lay and are not what they were, each read once in a check. */
class ChangedBases {
  readonly #context: StepContext;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(context: StepContext) {
    this.#context = context;
  }

  async sentence({ parents, name }: Sidecar, control: JobControl): Promise<string | null> {
    for (const parent of parents) {
      if (parent.path === null || parent.stored !== null) continue;
      for (const file of parent.files) {
        if (!(await this.#isChanged(parent.path, file, control))) continue;
        return (
          `${shownPath(file.path)} of the base ${shownPath(parent.name)} in ${shownPath(parent.path)} changed since ` +
          `${shownPath(name)} was stored.`
        );
      }
    }
    return null;
  }

  #isChanged(path: string, file: StoredParent['files'][number], control: JobControl): Promise<boolean> {
    const key = `${path}\0${file.path}\0${file.sha256}`;
    const known = this.#known.get(key) ?? this.#look(path, file, control);
    this.#known.set(key, known);
    return known;
  }

  async #look(path: string, file: StoredParent['files'][number], control: JobControl): Promise<boolean> {
    const { fs } = this.#context.tools;
    for (const place of [join(path, ...file.path.split('/')), path]) {
      const status = await orMissing(fs.stat(place)).catch(() => undefined);
      if (status?.kind === 'file') return !(await hasBytes(this.#context, place, file, control));
    }
    return false;
  }
}

function bytesOf(thing: Anchor | Sidecar | undefined): number {
  return thing?.files.reduce((sum, { size }) => sum + size, 0) ?? 0;
}
