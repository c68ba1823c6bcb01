import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import type { Catalogue } from './catalogue.ts';
import { contentKey } from './contents.ts';
import { defaultSettings } from './tables/settings.ts';

const text = z.string().max(4096);
const most = 100_000;

/** A model, named so that it is found again without the catalogue. */
const namedModelSchema = z.strictObject({
  /** For people. */
  name: text,
  /** Where it lay. */
  path: text,
  /** SHA-256 of its weights files, sorted; null where their bytes had not been read. */
  weights: z
    .array(z.string().regex(/^[0-9a-f]{64}$/u))
    .max(most)
    .nullable(),
});

/**
 * What a person decided, as the vault keeps it: what was said of the parents of models (`parents` empty: it has none),
 * and the watched folders and settings of the home.
 */
export const decisionsSchema = z.strictObject({
  format: z.literal(1),
  folders: z.array(text).max(most).optional(),
  /** Those that are not as they are by default. */
  settings: z.record(text, z.json()).optional(),
  decisions: z
    .array(
      z.strictObject({
        child: namedModelSchema,
        parents: z.array(namedModelSchema.extend({ weight: z.number().optional() })).max(64),
      }),
    )
    .max(most),
});
export type DecisionsDocument = z.infer<typeof decisionsSchema>;
type NamedModel = z.infer<typeof namedModelSchema>;

/**
 * What a person decided, for the vault to keep.
 * @param before what it keeps now: decisions about models that are not here stay in it
 */
export function exportDecisions(
  catalogue: Catalogue,
  before: DecisionsDocument | null = null,
): DecisionsDocument {
  const named = (id: number): NamedModel => {
    const { name = '', path = '' } = catalogue.models.get(id) ?? {};
    return { name, path, weights: catalogue.contents.weightHashes(id) };
  };
  const decisions = catalogue.lineage.decisions().map(({ child, parents }) => ({
    child: named(child),
    parents: parents.map(({ parent, ...weight }) => ({ ...named(parent), ...weight })),
  }));
  return {
    format: 1,
    ...exportSurroundings(catalogue),
    decisions: [...decisions, ...leftOf(catalogue, before)],
  };
}

/** Watched folders and settings. Where the vault is, it need not be told. */
export function exportSurroundings(catalogue: Catalogue): Required<Surroundings> {
  const defaults: Record<string, unknown> = { ...defaultSettings };
  const set = Object.entries(catalogue.settings.all()).filter(
    ([key, value]) => key !== 'vaultPath' && value !== defaults[key],
  );
  return { folders: catalogue.folders.list().map(({ path }) => path), settings: Object.fromEntries(set) };
}

type Surroundings = Pick<DecisionsDocument, 'folders' | 'settings'>;

/** Takes over watched folders and settings into a catalogue that was made just now. What is not understood is left. */
export function importSurroundings(
  catalogue: Catalogue,
  { folders = [], settings = {} }: Surroundings,
): void {
  catalogue.write(() => {
    for (const path of folders) if (isAbsolute(path)) catalogue.folders.add(path, null);
    for (const [key, value] of Object.entries(settings)) {
      if (key !== 'vaultPath') setIfSound(catalogue, key, value);
    }
  });
}

/** Sets a setting that was written by whatever version; one that is not understood has its default. */
export function setIfSound(catalogue: Catalogue, key: string, value: unknown): void {
  try {
    catalogue.settings.set(key, value);
  } catch (error) {
    if (!(error instanceof DeltashelfError) || error.code !== 'usage') throw error;
  }
}

/** Decisions of a document that name a model which is not here, but for those that were decided anew here. */
function leftOf(catalogue: Catalogue, document: DecisionsDocument | null): DecisionsDocument['decisions'] {
  if (document === null || document.decisions.length === 0) return [];
  const find = finder(catalogue);
  const decided = new Set(catalogue.lineage.decisions().map(({ child }) => child));
  return document.decisions.filter(({ child, parents }) => {
    const id = find(child);
    if (id !== undefined && decided.has(id)) return false;
    return id === undefined || parents.some((parent) => find(parent) === undefined);
  });
}

/**
 * Takes over what a person decided before, where all models of a decision are known: by content where it was read,
 * else by path. What was decided here since stays.
 * @returns decisions that name a model which is not here; they are to stay in the vault
 */
export function importDecisions(
  catalogue: Catalogue,
  document: DecisionsDocument,
): DecisionsDocument['decisions'] {
  const find = finder(catalogue);
  return catalogue.write(() => {
    const decided = new Set(catalogue.lineage.decisions().map(({ child }) => child));
    return document.decisions.filter(({ child, parents }) => {
      const id = find(child);
      const known = parents.flatMap(({ weight, ...model }) => {
        const parent = find(model);
        if (parent === undefined || parent === id) return [];
        return [weight === undefined ? { parent } : { parent, weight }];
      });
      if (id === undefined || known.length < parents.length) return true;
      if (!decided.has(id)) catalogue.lineage.decide({ child: id, parents: known });
      return false;
    });
  });
}

/** Finds models by content, then by path where content was not read on one of the sides. */
function finder(catalogue: Catalogue): (model: NamedModel) => number | undefined {
  const byContent = new Map<string, number>();
  for (const id of catalogue.models.ids()) {
    const key = catalogue.contents.keyOf(id);
    if (key !== null && !byContent.has(key)) byContent.set(key, id);
  }
  return ({ path, weights }) => {
    const there = catalogue.models.idAt(path);
    const key = weights === null ? null : contentKey(weights);
    if (there !== undefined && key !== null) {
      const found = catalogue.contents.keyOf(there);
      if (found === null || found === key) return there;
    }
    return key === null ? there : byContent.get(key);
  };
}
