import type { Failure, JobSummary } from '../../src/shared/index.ts';
import type {
  ChosenPlace,
  WindowAnswer,
  WindowArgs,
  WindowCall,
  WindowEvent,
  WindowHost,
  WindowResult,
} from '../../src/shared/window/index.ts';
import * as library from './fake-library.ts';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type Answers = { [Call in WindowCall]: (args: WindowArgs<Call>) => WindowResult<Call> };

/** A call that the page made. */
export interface Asked {
  readonly call: WindowCall;
  readonly args: unknown;
}

/** A window's host for tests: a small library in memory. What the page asked is kept, and any answer can be replaced. */
export interface FakeHost extends WindowHost {
  readonly world: ReturnType<typeof worldOf>;
  readonly asked: Asked[];
  /** Replaces the answer to one call. */
  answer<Call extends WindowCall>(call: Call, answer: (args: WindowArgs<Call>) => WindowResult<Call>): void;
  /** Lets one call fail. */
  fail(call: WindowCall, sentence: string, code?: Failure['error']['code']): void;
  tell(event: WindowEvent): void;
  /** What the page asked with one call. */
  askedFor(call: WindowCall): unknown[];
}

function worldOf() {
  return {
    models: [...library.models],
    overview: library.overview,
    jobs: [...library.jobs],
    quarantine: library.quarantine,
    steps: [...library.steps],
    settings: { ...library.settings },
    /** Number of the job that is begun next. */
    nextJob: 100,
  };
}

export interface FakeHostOptions {
  readonly kind?: WindowHost['kind'];
  readonly platform?: WindowHost['platform'];
  /** What the dialog of folders gives. */
  readonly chosen?: ChosenPlace | null;
}

export function fakeHost({
  kind = 'desktop',
  platform = 'linux',
  chosen = null,
}: FakeHostOptions = {}): FakeHost {
  const world = worldOf();
  const asked: Asked[] = [];
  const listeners = new Set<(event: WindowEvent) => void>();
  const failures = new Map<WindowCall, Failure>();
  const answers: Mutable<Answers> = answersOf(world);
  const calls = Object.fromEntries(
    (Object.keys(answers) as WindowCall[]).map((call) => [
      call,
      (args: unknown): Promise<WindowAnswer<WindowCall>> => {
        asked.push({ call, args });
        const failure = failures.get(call);
        if (failure) return Promise.resolve(failure);
        const answer = answers[call] as (args: unknown) => WindowResult<WindowCall>;
        return Promise.resolve({ result: answer(args) });
      },
    ]),
  ) as unknown as WindowHost['calls'];
  return {
    kind,
    platform,
    calls,
    world,
    asked,
    folders:
      kind === 'desktop'
        ? {
            kind: 'dialog',
            choose: () => Promise.resolve(chosen),
            dropped: () => Promise.resolve(chosen ? [chosen] : []),
          }
        : {
            kind: 'typed',
            complete: (text) => Promise.resolve(folders.filter((path) => path.startsWith(text))),
            choose: (path) =>
              Promise.resolve(
                folders.includes(path)
                  ? { result: { place: `place of ${path}`, path } }
                  : failureOf(`There is no folder ${path}. Nothing was done.`, 'not-found'),
              ),
          },
    ...(kind === 'desktop' && { showInFolder: () => Promise.resolve() }),
    onEvent: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    answer: (call, answer) => {
      (answers as Record<WindowCall, unknown>)[call] = answer;
      failures.delete(call);
    },
    fail: (call, sentence, code = 'internal') => void failures.set(call, failureOf(sentence, code)),
    tell: (event) => {
      for (const listener of listeners) listener(event);
    },
    askedFor: (wanted) => asked.filter(({ call }) => call === wanted).map(({ args }) => args),
  };
}

/** Folders that the fake web host knows. */
const folders = ['/home', '/home/ada', '/home/ada/models', '/home/ada/movies', '/mnt/atlas'];

function failureOf(sentence: string, code: Failure['error']['code']): Failure {
  return { error: { code, sentence, place: {} } };
}

function answersOf(world: ReturnType<typeof worldOf>): Answers {
  const named = (ids: readonly number[] = []) => world.models.filter(({ id }) => ids.includes(id));
  const begin = () => ({ job: world.nextJob++ });
  const outcomeOf = ({ name, path }: { name: string; path: string }) =>
    ({ name, path, outcome: 'done', sentence: null }) as const;
  return {
    overview: () => world.overview,
    places: () => ({
      places: [
        {
          ...{ name: 'Hugging Face cache', path: '/home/ada/.cache/huggingface/hub', place: 'hf' },
          ...{ models: 19, bytes: 214_000_000_000, freesBytes: 96_000_000_000, watched: false },
        },
        {
          ...{ name: 'Ollama', path: '/home/ada/.ollama/models', place: 'ollama' },
          ...{ models: 6, bytes: 31_000_000_000, freesBytes: 0, watched: false },
        },
        {
          ...{ name: 'ComfyUI', path: '/home/ada/ComfyUI/models', place: 'comfy' },
          ...{ models: null, bytes: null, freesBytes: null, watched: false },
        },
      ],
      seconds: 1.2,
    }),
    list: () => ({ models: [...world.models], totals: world.overview.totals, warnings: [] }),
    show: ({ model }) => {
      const [found] = named([model]);
      if (!found) throw new Error(`the fake library has no model ${model}`);
      return {
        ...found,
        ...{ origin: '', files: [], reasons: [], contradictions: [], children: [], storageParents: [] },
        ...{ dependents: [], delta: null, warnings: [] },
      };
    },
    changes: () => ({ source: 'none', parents: [], tensors: [] }),
    lineage: () => ({ models: [] }),
    candidates: () => ({ candidates: [] }),
    plan: () => ({ models: [], originalBytes: 0, predictedBytes: 0, freesBytes: 0 }),
    reclaimPlan: ({ models = [], sideFiles = false }) => {
      const rows = named(models).map((model) =>
        model.blocked === null
          ? {
              ...outcomeOf(model),
              files: [{ path: model.path, bytes: model.bytes }],
              stay: sideFiles ? [] : ['config.json'],
              bytes: model.bytes,
            }
          : {
              ...outcomeOf(model),
              ...{ outcome: 'refused' as const, sentence: model.blocked, files: [], stay: [], bytes: 0 },
            },
      );
      return { moved: false, models: rows, bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    purgePlan: ({ now = false }) => {
      const rows = world.quarantine.entries.map((entry) => ({
        ...outcomeOf(entry),
        entry: entry.id,
        ...(!(now || entry.ripe) && {
          outcome: 'kept' as const,
          sentence: 'It is younger than the minimum age.',
        }),
        bytes: entry.bytes,
      }));
      const due = rows.filter(({ outcome }) => outcome === 'done');
      return { purged: false, models: rows, bytes: due.reduce((sum, { bytes }) => sum + bytes, 0) };
    },
    deletePlan: ({ model }) => ({
      entries: named([model]).map(({ name, path, bytes }) => ({
        ...{ id: 'plan', name, path, why: 'deleted', files: [{ path, bytes }], bytes },
        ...{ createdAt: library.now, ripe: false },
      })),
      bytes: named([model]).reduce((sum, { bytes }) => sum + bytes, 0),
    }),
    quarantine: () => world.quarantine,
    jobs: () => ({ jobs: world.jobs }),
    outcome: ({ job }) => {
      const { kind } = world.jobs.find(({ id }) => id === job) ?? { kind: 'compress' };
      if (kind === 'scan') return { call: kind, result: { models: 8, added: 3, changed: 1, missing: 0 } };
      return {
        call: 'compress',
        result: {
          models: named([2, 3]).map((model) => ({
            ...outcomeOf(model),
            ...{ parent: 'sd_xl_base_1.0', originalBytes: model.bytes, storedBytes: model.storedBytes ?? 0 },
            ...{ ratio: 0.3, verified: true, seconds: 108 },
          })),
          ...{ originalBytes: 13_876_156_668, storedBytes: 4_290_000_000, warnings: [], seconds: 628 },
        },
      };
    },
    activity: ({ limit = 100 }) => ({ steps: world.steps.slice(0, limit) }),
    settings: () => ({ settings: world.settings }),
    addFolder: begin,
    addSample: begin,
    removeFolder: ({ folder }) => {
      const gone = world.overview.folders.find(({ id }) => id === folder);
      world.overview = {
        ...world.overview,
        folders: world.overview.folders.filter(({ id }) => id !== folder),
      };
      return { path: gone?.path ?? '', forgotten: gone?.models ?? 0 };
    },
    scan: begin,
    compress: begin,
    verify: begin,
    reclaim: begin,
    purge: begin,
    reconstruct: begin,
    delete: begin,
    check: begin,
    repair: begin,
    locate: ({ model }) => {
      const [found] = named([model]);
      if (!found) throw new Error(`the fake library has no model `);
      return found;
    },
    moveVault: begin,
    undo: ({ step }) => {
      const found = world.steps.find(({ id, undo }) => (step === undefined ? undo !== null : id === step));
      if (!found) throw new Error('the fake library has no such step');
      world.steps = world.steps.map((each) => (each === found ? { ...each, undo: null } : each));
      return found;
    },
    setEdge: () => ({ models: [] }),
    confirmEdge: () => ({ models: [] }),
    clearEdge: () => ({ models: [] }),
    controlJob: ({ id, action }) => {
      const state = ({ cancel: 'cancelled', pause: 'paused', resume: 'running', retry: 'waiting' } as const)[
        action
      ];
      const cause = action === 'pause' ? 'person' : null;
      world.jobs = world.jobs.map((job): JobSummary => (job.id === id ? { ...job, state, cause } : job));
      return { jobs: world.jobs };
    },
    setSettings: ({ set }) => {
      world.settings = { ...world.settings, ...set };
      return { settings: world.settings };
    },
  };
}
