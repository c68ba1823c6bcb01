import { areRelated } from './infer-kinship.ts';
import { bareName, bareShape, type Layout } from './infer-layout.ts';
import type { ModelProfile } from './profile.ts';

/** A model with the parts of it that compare. */
export interface Known {
  readonly profile: ModelProfile;
  /** Made when it is asked for, and not kept. Undefined before its bytes were looked at. */
  readonly layout: Layout | undefined;
}

/** Whether one model may have come from another, as far as their bytes tell. */
export interface Comparison {
  /** `unknown`: their tensors have different names or types, or were not looked at yet. */
  readonly verdict: 'related' | 'unknown' | 'contradicted';
  /** To follow "but" or a comma: "they share no weights". */
  readonly sentence: string;
}

/** Compares a full model with one that is said to be its parent. */
export function comparison(child: Known, parent: Known): Comparison {
  const shapes = compareShapes(child.profile, parent.profile);
  if (shapes) return shapes;
  const [own, layout] = [child.layout, parent.layout];
  if (!own || !layout) {
    return { verdict: 'unknown', sentence: 'their weights were not compared yet' };
  }
  const shared = [...own.keys()].filter((key) => layout.has(key)).length;
  if (shared === 0 || shared * 2 < own.size) {
    return { verdict: 'unknown', sentence: 'their tensors do not compare' };
  }
  return areRelated(own, layout)
    ? { verdict: 'related', sentence: 'their weights are related' }
    : { verdict: 'contradicted', sentence: 'their weights have nothing in common' };
}

/** A contradiction where most tensors of the same name have other shapes. */
function compareShapes({ tensors }: ModelProfile, parent: ModelProfile): Comparison | undefined {
  const known = new Map(
    parent.tensors.map(({ name, shape }) => [bareName(name), bareShape(shape).join('x')]),
  );
  const common = tensors.filter(({ name }) => known.has(bareName(name)));
  const other = common.filter(({ name, shape }) => known.get(bareName(name)) !== bareShape(shape).join('x'));
  if (common.length * 2 < tensors.length || other.length * 2 <= common.length) return undefined;
  return {
    verdict: 'contradicted',
    sentence: `${other.length} of the ${common.length} tensors that both have differ in shape`,
  };
}
