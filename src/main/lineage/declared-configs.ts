import { z } from 'zod';
import { jsonOf, nameSchema, numberSchema } from './declared-texts.ts';
import type { DeclaredParent } from './facts.ts';

// Configurations that transformers, PEFT and diffusers write beside the weights.

const configSchema = z
  .object({
    _name_or_path: nameSchema,
    _class_name: nameSchema,
    architectures: z.tuple([nameSchema]).rest(z.unknown()).optional().catch(undefined),
    base_model_name_or_path: nameSchema,
    global_step: numberSchema,
  })
  .optional()
  .catch(undefined);

/** What one configuration says. */
export interface ConfigFacts {
  readonly parents: readonly DeclaredParent[];
  readonly architecture?: string;
  /** Step of a training run, of `trainer_state.json`. */
  readonly step?: number;
}

/** Reads a configuration; `path` names it in the facts. */
export function readConfig(path: string, text: string): ConfigFacts {
  const config = configSchema.parse(jsonOf(text));
  if (!config) return { parents: [] };
  const keys = ['base_model_name_or_path', '_name_or_path'] as const;
  const parents = keys.flatMap((key): DeclaredParent[] => {
    const name = config[key];
    return name === undefined ? [] : [{ name, source: `${path} ${key}` }];
  });
  const architecture = config.architectures?.[0] ?? config._class_name;
  const step = config.global_step;
  return {
    parents,
    ...(architecture !== undefined && { architecture }),
    ...(step !== undefined && isStep(step) && { step }),
  };
}

/** Whether a number counts steps. */
export function isStep(step: number): boolean {
  return Number.isSafeInteger(step) && step >= 0;
}
