// A process that takes one step of a vault after the other until it is killed: any that the state allows, by chance.
// Before each it prints the name of its phase, after each `done`.
//   worker.ts <folder> <vault> <seed> <phase that the parent waits for>
import { existsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DeltashelfError } from '../../src/shared/index.ts';
import type { ParentPlace } from '../../src/main/library/steps/index.ts';
import type { Sidecar } from '../../src/main/library/vault/index.ts';
import { numbers } from '../bench/pairs.ts';
import { request } from '../library/steps/library.ts';
import { wish } from '../library/steps/reclaimed.ts';
import { fineTunes, openVault, type Phase } from './kill-library.ts';

type Action = () => Promise<unknown>;

const [, , folder = '', vault = '', seed = '0', wanted = ''] = process.argv;
const models = join(folder, 'models');
const random = numbers(Number(seed));

function any<T>(values: readonly T[]): T | undefined {
  return values[Math.floor(random() * values.length)];
}

/** At once, also if the process dies in the next moment. */
function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

tell('open' satisfies Phase);
const steps = await openVault(vault);
tell('done');

const weightsAt = (path: string) => existsSync(join(path, 'model.safetensors'));
const isThere = (name: string) =>
  weightsAt(join(models, name)) || (name > 'b' && existsSync(join(models, name)));
const inQuarantine = (stored: Sidecar) =>
  [...steps.state.quarantine.values()].some((entry) => entry.stored === stored.id);

/** Whether the vault holds its weights as a base, under a second name. */
const isHeld = ({ kind, path }: Sidecar) =>
  statSync(kind === 'file' ? path : join(path, 'model.safetensors')).nlink > 1;

/**
 * The base, or one fine-tune: on disk, or as it is stored. Only one, because the vault holds it from then on, and an
 * original that it holds is not reclaimed any more.
 */
function someParent(child: string): ParentPlace {
  const name = random() < 0.5 || child === 'b' ? 'base' : 'b';
  const stored = [...steps.state.stored.values()].find((each) => each.name === name);
  if (stored && (random() < 0.5 || !isThere(name))) return { kind: 'stored', id: stored.id };
  return { kind: 'path', path: join(models, isThere(name) ? name : 'base'), name };
}

/** What can be done now, with some model each. */
async function choices(): Promise<Partial<Record<Phase, Action>>> {
  const stored = [...steps.state.stored.values()];
  const known = new Set(stored.map((each) => each.name));
  const name = any(fineTunes.filter((each) => isThere(each) && !known.has(each)));
  const one = any(stored);
  const here = stored.filter((each) => isThere(each.name) && !inQuarantine(each));
  const kept = any(here);
  const ready = any(here.filter((each) => each.verifiedAt !== null && !isHeld(each)));
  const gone = any(stored.filter((each) => !isThere(each.name) && !inQuarantine(each)));
  const entry = any([...steps.state.quarantine.keys()]);
  const undoable = (await steps.activity()).some(({ undo }) => undo !== null);
  return {
    ...(name !== undefined && {
      store: () => steps.store({ ...request(join(models, name)), parents: [someParent(name)] }, {}),
    }),
    ...(one && {
      verify: () => steps.verify(one.id, {}),
      rebase: () => steps.rebase(one.id, [someParent(one.name)], {}),
    }),
    ...(ready && {
      reclaim: () => steps.reclaim(wish(folder, [ready.id], { sideFiles: random() < 0.5 }), {}),
    }),
    ...(entry !== undefined && { purge: () => steps.purge([entry], { now: true }, {}) }),
    ...(gone && { reconstruct: () => steps.reconstruct({ id: gone.id }, {}) }),
    ...(kept && { forget: () => steps.forget(kept.id, {}) }),
    ...(undoable && { undo: () => steps.undo(undefined, {}) }),
    ...(stored.length > 0 && { move: () => steps.move(join(folder, `vault-${crypto.randomUUID()}`), {}) }),
  };
}

/** A step may be refused: by chance it is asked for what must not be done. */
async function take(action: Action): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof DeltashelfError) || !['refused', 'target-exists'].includes(error.code))
      throw error;
  }
}

/** Steps that lead to others, and take nothing back. */
const onward: ReadonlySet<string> = new Set<Phase>(['store', 'verify', 'reclaim', 'reconstruct']);

for (;;) {
  const possible = Object.entries(await choices());
  const waited = possible.filter(([phase]) => phase === wanted);
  const leading = possible.filter(([phase]) => onward.has(phase));
  const preferred = waited.length > 0 ? waited : leading;
  const [phase, action] = any(random() < 0.4 ? preferred : possible) ?? any(possible) ?? [];
  if (phase === undefined || action === undefined) throw new Error('Nothing can be done.');
  tell(phase);
  await take(action);
  tell('done');
}
