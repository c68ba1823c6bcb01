import { join } from 'node:path';
import type { Warning } from '../../../shared/index.ts';
import type { Pool } from '../../engine/pool/index.ts';
import type { FileSystem } from '../disk/index.ts';
import type { JobControl } from '../job-meter.ts';
import { Journal, type TakenStep } from '../journal/index.ts';
import { TrustedClock, type QuarantineEntry } from '../quarantine/index.ts';
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
import { linkedBases, type LinkedBase } from './linked-bases.ts';
import { move, VaultMoved } from './move.ts';
import { planReclaim } from './plan-reclaim.ts';
import { purge, ripeEntries } from './purge.ts';
import { Queue } from './queue.ts';
import { rebase } from './rebase.ts';
import { reclaim } from './reclaim.ts';
import { reconstruct } from './reconstruct.ts';
import { recover } from './recover.ts';
import { remove } from './remove.ts';
import { repair } from './repair.ts';
import { store } from './store.ts';
import { undo } from './undo.ts';
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
    const recovered = await recover(context, 'open');
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
    trusted: await openTrusted(fs, vault, clock),
    settings: options.settings ?? { copyBases: true, otherVaults: [] },
  };
}

/** Where the clock was lost, no time has passed since the last original was moved. */
function openTrusted(fs: FileSystem, vault: Vault, clock: () => Date): Promise<TrustedClock> {
  const moments = [...vault.quarantine.values()].map(({ trustedAt }) => Date.parse(trustedAt));
  const since = moments.length > 0 ? new Date(Math.max(...moments)) : undefined;
  return TrustedClock.open(fs, join(vault.path, vaultLayout.clock), since, {
    now: () => clock().getTime(),
    running: () => performance.now(),
  });
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
    return this.#run(control, () => store(this.#context, request, control));
  }

  verify(id: string, control: JobControl): Promise<Sidecar> {
    return this.#run(control, () => verifyStored(this.#context, id, control));
  }

  planReclaim(request: ReclaimRequest): Promise<ReclaimPlan> {
    return planReclaim(this.#context, request);
  }

  linkedBases(ids: readonly string[]): Promise<readonly LinkedBase[]> {
    const { vault } = this.#context;
    return linkedBases(
      this.#context,
      ids.flatMap((id) => vault.stored.get(id) ?? []),
    );
  }

  reclaim(request: ReclaimRequest, control: JobControl): Promise<QuarantineEntry[]> {
    return this.#run(control, () => reclaim(this.#context, request, control));
  }

  purge(entries: readonly string[], options: { now: boolean }, control: JobControl): Promise<PurgeOutcome[]> {
    return this.#run(control, () => purge(this.#context, entries, options, control));
  }

  reconstruct(
    request: ReconstructRequest,
    control: JobControl,
  ): Promise<{ output: string; warnings: Warning[] }> {
    return this.#run(control, () => reconstruct(this.#context, request, control));
  }

  undo(step: string | undefined, control: JobControl): Promise<TakenStep> {
    return this.#run(control, () => undo(this.#context, step, control));
  }

  remove(
    model: { name: string; path: string; files: readonly string[] },
    watched: readonly string[],
    control: JobControl,
  ): Promise<QuarantineEntry> {
    return this.#run(control, () => remove(this.#context, model, watched, control));
  }

  rebase(id: string, parents: readonly ParentPlace[], control: JobControl): Promise<Sidecar> {
    return this.#run(control, () => rebase(this.#context, id, parents, control));
  }

  check(ids: readonly string[], control: JobControl): Promise<CheckFinding[]> {
    return this.#run(control, () => check(this.#context, ids, control));
  }

  repair(id: string, from: string | undefined, control: JobControl): Promise<Sidecar> {
    return this.#run(control, () => repair(this.#context, id, from, control));
  }

  forget(id: string, control: JobControl): Promise<void> {
    return this.#run(control, () => forget(this.#context, id, control));
  }

  move(target: string, control: JobControl): Promise<void> {
    return this.#run(control, async () => {
      // Opening ends the step.
      await this.#openAt(await move(this.#context, target, control));
    });
  }

  ripe(): Promise<ReadonlySet<string>> {
    return ripeEntries(this.#context);
  }

  readDecisions(): Promise<unknown> {
    return this.#context.vault.readDecisions();
  }

  writeDecisions(document: unknown): Promise<void> {
    return this.#run({}, () => this.#context.vault.writeDecisions(document));
  }

  relocate(id: string, path: string): Promise<void> {
    return this.#run({}, async () => {
      const stored = this.#context.vault.stored.get(id);
      if (stored && stored.path !== path) await this.#context.vault.putStored({ ...stored, path });
    });
  }

  activity(): Promise<TakenStep[]> {
    return this.#context.journal.activity();
  }

  /** What an earlier step could not put right after it failed is put right before the next one begins. */
  #run<T>(control: JobControl, work: () => Promise<T>): Promise<T> {
    return this.#queue.run(control, async () => {
      try {
        await recover(this.#context, 'write');
      } catch (error) {
        if (!(error instanceof VaultMoved)) throw error;
        await this.#openAt(error.to);
      }
      return work();
    });
  }

  async #openAt(vaultPath: string): Promise<void> {
    this.#context.vault.close();
    const { context } = await openContext({ ...this.#options, vaultPath, create: false });
    this.#context = context;
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#context.vault.close();
  }
}
