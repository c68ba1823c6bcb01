import type { CallResult, ParsedArgs } from '../../../shared/index.ts';
import type { LibraryContext } from './context.ts';
import { findModel } from './references.ts';
import { Relations } from './relations.ts';

/** How much each tensor of a model changed from its parents. */
export function changes(context: LibraryContext, args: ParsedArgs<'changes'>): CallResult<'changes'> {
  const model = findModel(context, args.model);
  const parents = new Relations(context).parentsOf(model.id).map(({ id, name }) => ({ id, name }));
  return { source: 'none', parents, tensors: [] };
}
