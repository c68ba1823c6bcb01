import {
  DeltashelfError,
  libraryCalls,
  type CallArgs,
  type CallResult,
  type ChosenPlace,
  type Failure,
  type LibraryCall,
  type LibraryEvent,
  type ParsedWindowArgs,
  type WindowCall,
} from '../../../shared/index.ts';
import type { LibraryClient } from '../client.ts';
import { toFailure } from '../host/wire.ts';
import { parseCall } from './parse-call.ts';
import { Places } from './places.ts';

/**
 * The library as pages may use it, for every host of pages. Pages name models by number and folders by the names they
 * were given; long work is begun as a job that outlives the page. Failures are values.
 */
export class WindowService {
  readonly #library: LibraryClient;
  readonly #places = new Places();

  constructor(library: LibraryClient) {
    this.#library = library;
  }

  /** Answers a call of a page; never throws. `name` and `args` are whatever it sent. */
  async answer(name: string, args: unknown): Promise<{ result: unknown } | Failure> {
    try {
      const parsed = parseCall(name, args);
      const answer = this.#answers[parsed.call] as (args: unknown) => Promise<unknown>;
      return { result: await answer(parsed.args) };
    } catch (error) {
      return toFailure(error);
    }
  }

  /** Gives a name to a folder that a person chose: in a dialog, by a drop, or typed. @param path absolute */
  chosen(path: string): ChosenPlace {
    return this.#places.name(path);
  }

  /**
   * The folder or file that may be shown in the system's file manager: of a model, or what a job wrote.
   * @throws DeltashelfError
   */
  async pathOf(what: { readonly model: number } | { readonly job: number }): Promise<string> {
    if ('model' in what) return (await this.#library.call('show', { model: `#${what.model}` })).path;
    const { call, result } = await this.#library.call('outcome', { job: what.job });
    const written =
      call === 'reconstruct' ? libraryCalls.reconstruct.result.safeParse(result).data?.models : [];
    const [output] = (written ?? []).flatMap((model) => model.output ?? []);
    if (output !== undefined) return output;
    throw new DeltashelfError('usage', `Job ${what.job} wrote no files to show. Nothing was done.`);
  }

  /** Tells what happens in the library; the answer ends it. */
  onEvent(listener: (event: LibraryEvent) => void): () => void {
    return this.#library.onEvent(listener);
  }

  readonly #answers: {
    readonly [Call in WindowCall]: (args: ParsedWindowArgs<Call>) => Promise<unknown>;
  } = {
    overview: () => this.#ask('overview', {}),
    places: async () => {
      const { places, seconds } = await this.#ask('places', {});
      return { places: places.map((each) => ({ ...each, place: this.chosen(each.path).place })), seconds };
    },
    list: (args) => this.#ask('list', args),
    show: ({ model }) => this.#ask('show', { model: reference(model) }),
    changes: ({ model }) => this.#ask('changes', { model: reference(model) }),
    lineage: ({ model }) =>
      this.#ask('tree', { ...(model !== undefined && { model: reference(model) }), asKnown: true }),
    candidates: ({ model }) => this.#ask('candidates', { model: reference(model) }),
    plan: ({ models }) => this.#ask('plan', { models: models.map(reference) }),
    reclaimPlan: ({ models, ...rest }) =>
      this.#ask('reclaim', { models: models.map(reference), ...rest, confirmed: false }),
    purgePlan: ({ now }) => this.#ask('purge', { now, confirmed: false }),
    deletePlan: ({ model }) => this.#ask('delete', { model: reference(model), confirmed: false }),
    quarantine: () => this.#ask('quarantine', {}),
    jobs: () => this.#ask('jobs', {}),
    outcome: (args) => this.#ask('outcome', args),
    activity: (args) => this.#ask('activity', args),
    settings: () => this.#ask('settings', {}),

    addFolder: ({ place }) => this.#begin('addFolder', { path: this.#places.pathOf(place) }),
    addSample: () => this.#begin('addSample', {}),
    removeFolder: async ({ folder }) => this.#ask('removeFolder', { path: await this.#folderAt(folder) }),
    scan: () => this.#begin('scan', {}),
    compress: ({ models, ...rest }) => this.#begin('compress', { models: models.map(reference), ...rest }),
    verify: ({ models, all }) => this.#begin('verify', { models: models.map(reference), all }),
    reclaim: ({ models, ...rest }) =>
      this.#begin('reclaim', { models: models.map(reference), ...rest, confirmed: true }),
    purge: ({ now, entries }) => this.#begin('purge', { now, entries, confirmed: true }),
    reconstruct: ({ models, all, to }) =>
      this.#begin('reconstruct', {
        models: models.map(reference),
        all,
        ...(to !== undefined && { to: this.#places.pathOf(to) }),
      }),
    delete: ({ model }) => this.#begin('delete', { model: reference(model), confirmed: true }),
    check: ({ models, all }) => this.#begin('check', { models: models.map(reference), all }),
    repair: ({ model, from }) =>
      this.#begin('repair', {
        model: reference(model),
        ...(from !== undefined && { from: this.#places.pathOf(from) }),
      }),
    locate: ({ model, place }) =>
      this.#ask('locate', { model: reference(model), path: this.#places.pathOf(place) }),
    moveVault: ({ place }) => this.#begin('moveVault', { path: this.#places.pathOf(place) }),
    undo: (args) => this.#ask('undo', args),
    setEdge: ({ child, parents }) =>
      this.#ask('setEdge', {
        child: reference(child),
        parents: parents.map(({ model, weight }) => ({
          model: reference(model),
          ...(weight !== undefined && { weight }),
        })),
      }),
    confirmEdge: ({ child }) => this.#ask('confirmEdge', { child: reference(child) }),
    clearEdge: ({ child }) => this.#ask('clearEdge', { child: reference(child) }),
    controlJob: (args) => this.#ask('controlJob', args),
    setSettings: ({ set }) => this.#ask('settings', { set: this.#withPaths(set) }),
  };

  #ask<Call extends LibraryCall>(call: Call, args: CallArgs<Call>): Promise<CallResult<Call>> {
    return this.#library.call(call, args);
  }

  async #begin<Call extends LibraryCall>(call: Call, args: CallArgs<Call>): Promise<{ job: number }> {
    return { job: await this.#library.begin(call, args) };
  }

  async #folderAt(id: number): Promise<string> {
    const { folders } = await this.#library.call('overview', {});
    const folder = folders.find((each) => each.id === id);
    if (folder) return folder.path;
    throw new DeltashelfError('not-found', 'That folder is not watched any more. Nothing was done.');
  }

  /** The one setting that is a path, and that a person may change so: a page gives the name of a place for it. */
  #withPaths(set: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { vaultCopyPath, ...others } = set;
    if (vaultCopyPath === undefined || vaultCopyPath === null) return { ...set };
    if (typeof vaultCopyPath === 'string')
      return { ...others, vaultCopyPath: this.#places.pathOf(vaultCopyPath) };
    throw new DeltashelfError('usage', 'A folder is given by its name. Nothing was changed.');
  }
}

function reference(model: number): string {
  return `#${model}`;
}
