import type { Standing } from './problem.ts';
import type { PlanModel, PlannedModel } from './storage-plan.ts';
import type { Times } from './times.ts';

/** Models whose place no plan changes: stored ones, what they are stored against, and what has to stay. */
export class Settled {
  readonly #models: ReadonlyMap<number, PlanModel>;
  readonly #times: Times;
  readonly #settled = new Set<number>();

  constructor(models: readonly PlanModel[], times: Times) {
    this.#models = new Map(models.map((model) => [model.id, model]));
    this.#times = times;
    for (const { id, role } of models) {
      if (role.kind === 'kept' || role.kind === 'stored') this.#settled.add(id);
      if (role.kind === 'stored' && role.parent !== null) this.#settled.add(role.parent);
    }
  }

  has(id: number): boolean {
    return this.#settled.has(id);
  }

  /** Depth of a settled model, and seconds until it can be read. */
  standing(id: number): Standing | undefined {
    return this.#settled.has(id) ? this.#standing(id, new Set()) : undefined;
  }

  #standing(id: number, below: ReadonlySet<number>): Standing {
    const model = this.#models.get(id);
    if (!model || below.has(id)) return { depth: 0, seconds: 0 };
    const { role, bytes } = model;
    if (role.kind !== 'stored') return { depth: 0, seconds: this.#times.read(bytes) };
    const own = this.#times.decode(bytes);
    if (role.parent === null) return { depth: 1, seconds: own };
    const parent = this.#standing(role.parent, new Set([...below, id]));
    return { depth: parent.depth + 1, seconds: parent.seconds + own };
  }

  planned(): Omit<PlannedModel, 'reason'>[] {
    return [...this.#settled].flatMap((id) => {
      const model = this.#models.get(id);
      if (!model) return [];
      const { role, bytes } = model;
      const stored = role.kind === 'stored' ? role : undefined;
      const { depth, seconds } = this.#standing(id, new Set());
      return {
        model: id,
        action: 'keep' as const,
        parent: stored?.parent ?? null,
        depth,
        originalBytes: bytes,
        predictedBytes: stored?.bytes ?? bytes,
        secondsToReconstruct: depth === 0 ? 0 : seconds,
      };
    });
  }
}
