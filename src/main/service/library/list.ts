import type { CallResult, ParsedArgs } from '../../../shared/index.ts';
import type { LibraryContext } from './context.ts';
import { storageParentsOf, Summaries } from './describe-model.ts';
import { dependentsOf } from './guard.ts';
import { findModel } from './references.ts';

const wholeList = 100_000;
const sorts = { name: 'name', bytes: 'size', stored: 'stored', frees: 'frees' } as const;

/** All models, or those that a text and a state find. */
export function list(context: LibraryContext, args: ParsedArgs<'list'>): CallResult<'list'> {
  const { text, state, sort, limit = wholeList } = args;
  const { queries } = context.catalogue;
  const filter = { ...(text !== undefined && { text }), ...(state && { state: [state] }) };
  // By name, the best match of a text stands first.
  const order = sort === 'name' ? {} : { sort: sorts[sort] };
  const { models } = queries.list({ ...filter, ...order, limit });
  const summaries = new Summaries(context);
  return {
    models: models.map((model) => summaries.of(model)),
    totals: totalsOf(context, filter),
    warnings: context.notices.map((sentence) => ({ file: context.home, sentence })),
  };
}

/** Sums over the models that a filter takes. */
export function totalsOf(
  { catalogue }: LibraryContext,
  filter: Parameters<typeof catalogue.queries.totals>[0] = {},
): CallResult<'list'>['totals'] {
  const { models, bytes, storedBytes, freesBytes } = catalogue.queries.totals(filter);
  return { models, bytes, storedBytes, freesBytes };
}

/** All about one model. */
export function show(context: LibraryContext, args: ParsedArgs<'show'>): CallResult<'show'> {
  const { catalogue, steps } = context;
  const model = findModel(context, args.model);
  const found = catalogue.models.found(model.id);
  const summaries = new Summaries(context);
  const { relations } = summaries;
  const delta = catalogue.vault.deltas.ofModel(model.id);
  const sidecar = delta && steps.state.stored.get(delta.id);
  const children = catalogue.lineage
    .edgesOf(model.id)
    .filter(({ parent, directed }) => directed && parent === model.id);
  return {
    ...summaries.of(model),
    origin: model.origin,
    files: (found?.files ?? []).map((file) => ({
      path: file.path,
      bytes: file.size,
      role: file.role,
      sha256: catalogue.hashes.get(catalogue.models.hashedPlace(model, file)),
      link: file.linkedTo ?? null,
    })),
    reasons: relations
      .edgesTo(model.id)
      .flatMap(({ parent, reasons }) =>
        reasons.map(({ kind, sentence }) => ({ parent: relations.nameOf(parent), kind, sentence })),
      ),
    contradictions: catalogue.lineage
      .contradictions()
      .filter(({ child }) => child === model.id)
      .map(({ sentence }) => sentence),
    children: children.map(({ child }) => relations.nameOf(child)),
    storageParents: storageParentsOf(context, model.id),
    dependents: dependentsOf(context, model.id).map(({ name }) => name),
    delta: sidecar
      ? {
          file: sidecar.delta.file,
          bytes: sidecar.delta.bytes,
          sha256: sidecar.delta.sha256,
          level: sidecar.delta.level,
          createdAt: sidecar.createdAt,
        }
      : null,
    warnings: [...(found?.warnings ?? [])],
  };
}
