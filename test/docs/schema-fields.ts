import { z } from 'zod';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** The fields of a result: `leaves` must be told, `all` may be. `models[].name` is the name of each of several models. */
export interface SchemaFields {
  readonly leaves: ReadonlySet<string>;
  readonly all: ReadonlySet<string>;
}

/** Walks a schema, through lists, what may be null, and what may be one of several. */
export function schemaFields(schema: z.ZodType): SchemaFields {
  const leaves = new Set<string>();
  const all = new Set<string>();
  const walk = ({ properties, items, anyOf, oneOf }: JsonSchema, path: string): void => {
    const choices = [...(anyOf ?? []), ...(oneOf ?? [])];
    if (path !== '') all.add(path);
    if (items) walk(items, `${path}[]`);
    for (const [name, inner] of Object.entries(properties ?? {})) {
      walk(inner, path === '' ? name : `${path}.${name}`);
    }
    const inner = choices.filter((choice) => choice.properties ?? choice.items);
    for (const choice of inner) walk(choice, path);
    if (path !== '' && !items && !properties && inner.length === 0) leaves.add(path);
  };
  walk(z.toJSONSchema(schema, { unrepresentable: 'any' }) as JsonSchema, '');
  return { leaves, all };
}
