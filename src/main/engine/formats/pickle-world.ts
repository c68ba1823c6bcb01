import type { PickleValue } from './pickle-values.ts';

/** What the names in a pickle mean. The machine itself knows no name and calls nothing but this. */
export interface PickleWorld {
  /** @throws Malformed for every name that is not allowed. */
  global(module: string, name: string): PickleValue;
  /** The description of what calling `callable` would make. */
  reduce(callable: PickleValue, args: PickleValue): PickleValue;
  /** Accepts or refuses a state that would be set on `target`. */
  build(target: PickleValue, state: PickleValue): void;
  /** What a persistent id stands for. */
  persistent(id: PickleValue): PickleValue;
}
