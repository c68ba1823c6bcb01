import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeltashelfError } from '../../../shared/index.ts';
import { ModelSource } from '../../engine/sources/index.ts';
import {
  decodeSketch,
  encodeSketch,
  inferenceSteps,
  sketchModel,
  sketchVersion,
  type DeclaredParent,
  type Lineage,
  type ModelProfile,
  type ModelSketch,
} from '../../lineage/index.ts';
import type { Catalogue } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { LibraryContext } from './context.ts';
import { Exclusive } from './exclusive.ts';
import { openOwn } from './open-own.ts';

/** Time after which inference lets others have a turn. Milliseconds. */
const turnMs = 15;
/** Of each library one learns at a time: a second one finds what the first has learnt. */
const learning = new WeakMap<Catalogue, Exclusive>();

/**
 * Brings the lineage up to date: looks at the bytes of models that were not looked at yet (a few kB of each tensor),
 * and finds out anew who came from whom where anything changed since.
 */
export function refreshLineage(context: LibraryContext, control: CallControl = {}): Promise<void> {
  const one = learning.get(context.catalogue) ?? new Exclusive();
  learning.set(context.catalogue, one);
  return one.run(() => learn(context, control), control.signal);
}

async function learn(context: LibraryContext, control: CallControl): Promise<void> {
  const { catalogue } = context;
  const missing = catalogue.sketches.missing(sketchVersion);
  const totalBytes = missing.reduce((sum, id) => sum + (catalogue.models.get(id)?.bytes ?? 0), 0);
  let doneBytes = 0;
  for (const id of missing) {
    control.signal?.throwIfAborted();
    const { name = '', bytes = 0 } = catalogue.models.get(id) ?? {};
    control.onProgress?.({ phase: 'identify', title: name, doneBytes, totalBytes });
    await sketch(context, id, control);
    doneBytes += bytes;
  }
  const stamp = catalogue.lineage.stamp();
  if (catalogue.lineage.isFresh(stamp)) return;
  const { edges, contradictions } = await infer(context, control.signal);
  catalogue.lineage.replace(edges, contradictions, stamp);
  context.emit({ event: 'changed' });
}

/** Infers in turns, so that who only asks for a list need not wait. */
async function infer(context: LibraryContext, signal: AbortSignal | undefined): Promise<Lineage> {
  const { catalogue } = context;
  const profiles = catalogue.models.ids().flatMap((id) => {
    const profile = catalogue.models.profile(id);
    return profile ? [new SketchedProfile(catalogue, profile)] : [];
  });
  const steps = inferenceSteps(profiles, catalogue.lineage.decisions());
  let began = performance.now();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    if (performance.now() - began < turnMs) continue;
    await nextTurn();
    signal?.throwIfAborted();
    began = performance.now();
  }
}

/** What the catalogue knows of a model. Its tensors and its sketch are read when they are asked for, and not kept. */
class SketchedProfile implements ModelProfile {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly mtimeNs: bigint;
  readonly adapter: boolean;
  readonly declared: ModelProfile['declared'];
  readonly weightsDigest: string | undefined;
  readonly #catalogue: Catalogue;
  readonly #known: ModelProfile;

  constructor(catalogue: Catalogue, known: ModelProfile) {
    this.#catalogue = catalogue;
    this.#known = known;
    this.id = known.id;
    this.name = known.name;
    this.path = known.path;
    this.bytes = known.bytes;
    this.mtimeNs = known.mtimeNs;
    this.adapter = known.adapter;
    this.declared = withWdeltaParents(catalogue, known);
    this.weightsDigest = catalogue.contents.keyOf(known.id) ?? undefined;
  }

  get tensors(): ModelProfile['tensors'] {
    return this.#known.tensors;
  }

  get sketch(): ModelSketch | undefined {
    const bytes = this.#catalogue.sketches.get(this.id, sketchVersion);
    return bytes && decodeSketch(bytes);
  }
}

/** A .wdelta file says who its parent is by a hash; where a model has it, that is what the file declares. */
function withWdeltaParents(
  { wdeltaParents }: Catalogue,
  { id, name, declared }: ModelProfile,
): ModelProfile['declared'] {
  const named = wdeltaParents.parentsOf(id).map((path): DeclaredParent => {
    return { name: path, source: `the parent hash in ${name}`, proven: true };
  });
  return named.length === 0 ? declared : { ...declared, parents: [...named, ...declared.parents] };
}

/** A model that cannot be read now is left without a sketch; the next time it is tried again. */
async function sketch(context: LibraryContext, id: number, { signal }: CallControl): Promise<void> {
  try {
    await using model = await openOwn(context, id);
    const source = await ModelSource.open(model.name, model.files);
    const taken = await sketchModel(source, signal ? { signal } : {});
    context.catalogue.sketches.put(id, sketchVersion, encodeSketch(taken));
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof DeltashelfError) || error.code === 'internal') throw error;
  }
}
