import { z } from 'zod';
import { listOf, nameSchema, yamlOf } from './declared-texts.ts';
import type { DeclaredFacts, DeclaredParent } from './facts.ts';

// Model cards: README.md with YAML between two lines of dashes, as huggingface.co reads it.

const relations = ['finetune', 'adapter', 'merge', 'quantized'] as const;

const cardSchema = z
  .object({
    base_model: z.unknown().optional(),
    base_model_relation: z.enum(relations).optional().catch(undefined),
  })
  .optional()
  .catch(undefined);

/** Lines of front matter that are looked at. */
const frontMatter = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/u;

/** Parents and relation that a model card names. */
export function readCard(text: string): Pick<DeclaredFacts, 'parents' | 'relation'> {
  const yaml = frontMatter.exec(text)?.[1];
  const card = yaml === undefined ? undefined : cardSchema.parse(yamlOf(yaml));
  if (!card) return { parents: [] };
  const parents = listOf(card.base_model).flatMap((entry): DeclaredParent[] => {
    const name = nameSchema.parse(entry);
    return name === undefined ? [] : [{ name, source: 'README.md base_model' }];
  });
  return { parents, ...(card.base_model_relation && { relation: card.base_model_relation }) };
}
