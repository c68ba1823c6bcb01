import { join } from 'node:path';
import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import type { Pool } from '../../engine/pool/index.ts';
import type { FileSystem } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import { Journal, type TakenStep } from '../journal/index.ts';
import type { QuarantineEntry } from '../quarantine/manifest.ts';
import {
  openVault,
  vaultLayout,
  type Sidecar,
  type Vault,
  type VaultProblem,
  type VaultState,
} from '../vault/index.ts';
import { adoptDeltas } from './adopt-deltas.ts';
import { check } from './check.ts';
import type { StepContext } from './context.ts';
import { forget } from './forget.ts';
import { move, VaultMoved } from './move.ts';
import { Queue } from './queue.ts';
import { rebase } from './rebase.ts';
import { reconstruct } from './reconstruct.ts';
import { recover } from './recover.ts';
import { repair } from './repair.ts';
import { store } from './store.ts';
import { verifyStored } from './verify.ts';
import type {
  CheckFinding,
  ParentPlace,
  PurgeOutcome,
  ReclaimPlan,
  ReclaimRequest,
  ReconstructRequest,
  Recovered,
  Steps,
  StoreRequest,
} from './steps.ts';

/** What steps are made of. */
export interface OpenStepsOptions extends Partial<Pick<StepContext, 'hints' | 'settings' | 'clock'>> {
  readonly fs: FileSystem;
  readonly pool: Pool;
  /** Program and version, written into delta files for people. */
  readonly writer: string;
  readonly vaultPath: string;
  /** Makes a vault where there is none. Default true. */
  readonly create?: boolean;
}

/**
 * Opens a vault, takes its lock and puts right what was interrupted.
 * @throws DeltashelfError `in-use`, `not-found`, `target-exists`, `vault-damaged`; then nothing is held
 */
export async function openSteps(options: OpenStepsOptions): Promise<Steps> {
  const { context, recovered } = await openContext(options);
  return new OpenedSteps(options, context, recovered);
}

async function openContext(
  options: OpenStepsOptions,
): Promise<{ context: StepContext; recovered: Recovered[] }> {
  const { fs, vaultPath, create = true } = options;
  const vault = await openVault(fs, vaultPath, { create });
  try {
    const context = await contextOf(options, vault);
    const recovered = await recover(context);
    await vault.sweep();
    recovered.push(...(await adoptDeltas(context)));
    return { context, recovered };
  } catch (error) {
    vault.close();
    if (error instanceof VaultMoved) return openContext({ ...options, vaultPath: error.to, create: false });
    throw error;
  }
}

async function contextOf(options: OpenStepsOptions, vault: Vault): Promise<StepContext> {
  const { fs, pool, writer, clock = () => new Date() } = options;
  return {
    tools: { fs, pool, writer },
    vault,
    journal: await Journal.open(fs, join(vault.path, vaultLayout.journal), clock),
    clock,
    hints: options.hints ?? (() => Promise.resolve([])),
    settings: options.settings ?? { copyBases: true, otherVaults: [] },
  };
}

class OpenedSteps implements Steps {
  readonly recovered: readonly Recovered[];
  readonly #options: OpenStepsOptions;
  #context: StepContext;
  /** One writer: steps that are asked for together follow each other. */
  readonly #queue = new Queue();

  constructor(options: OpenStepsOptions, context: StepContext, recovered: readonly Recovered[]) {
    this.#options = options;
    this.#context = context;
    this.recovered = recovered;
  }

  get state(): VaultState {
    return this.#context.vault;
  }

  get vaultPath(): string {
    return this.#context.vault.path;
  }

  get problems(): readonly VaultProblem[] {
    return this.#context.vault.problems;
  }

  store(request: StoreRequest, control: JobControl): Promise<{ stored: Sidecar; warnings: Warning[] }> {
    return this.#queue.run(control, () => store(this.#context, request, control));
  }

  verify(id: string, control: JobControl): Promise<Sidecar> {
    return this.#queue.run(control, () => verifyStored(this.#context, id, control));
  }

  planReclaim(): Promise<ReclaimPlan> {
    return notYet('planReclaim');
  }

  reclaim(_request: ReclaimRequest, control: JobControl): Promise<QuarantineEntry[]> {
    return this.#queue.run(control, () => notYet('reclaim'));
  }

  purge(
    _entries: readonly string[],
    _options: { now: boolean },
    control: JobControl,
  ): Promise<PurgeOutcome[]> {
    return this.#queue.run(control, () => notYet('purge'));
  }

  reconstruct(
    request: ReconstructRequest,
    control: JobControl,
  ): Promise<{ output: string; warnings: Warning[] }> {
    return this.#queue.run(control, () => reconstruct(this.#context, request, control));
  }

  undo(_step: string | undefined, control: JobControl): Promise<TakenStep> {
    return this.#queue.run(control, () => notYet('undo'));
  }

  remove(
    _model: { name: string; path: string; files: readonly string[] },
    _watched: readonly string[],
    control: JobControl,
  ): Promise<QuarantineEntry> {
    return this.#queue.run(control, () => notYet('remove'));
  }

  rebase(id: string, parents: readonly ParentPlace[], control: JobControl): Promise<Sidecar> {
    return this.#queue.run(control, () => rebase(this.#context, id, parents, control));
  }

  check(ids: readonly string[], control: JobControl): Promise<CheckFinding[]> {
    return this.#queue.run(control, () => check(this.#context, ids, control));
  }

  repair(id: string, from: string | undefined, control: JobControl): Promise<Sidecar> {
    return this.#queue.run(control, () => repair(this.#context, id, from, control));
  }

  forget(id: string, control: JobControl): Promise<void> {
    return this.#queue.run(control, () => forget(this.#context, id, control));
  }

  move(target: string, control: JobControl): Promise<void> {
    return this.#queue.run(control, async () => {
      const vaultPath = await move(this.#context, target, control);
      this.#context.vault.close();
      // Opening ends the step.
      const { context } = await openContext({ ...this.#options, vaultPath, create: false });
      this.#context = context;
    });
  }

  activity(): Promise<TakenStep[]> {
    return this.#context.journal.activity();
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#context.vault.close();
  }
}

function notYet(step: string): Promise<never> {
  return Promise.reject(new DeltashelfError('internal', `The step ${step} is not there yet.`));
}
