// Names as they were written somewhere, looked up among the models of a library: `org/name`, a folder's name, a path
// of this or of another machine, a name in a Hugging Face cache.

/** What is known of a model by name. */
export interface NamedModel {
  readonly id: number;
  /** As people call it: a folder's or file's name, `org/name`, `org/name@revision`. */
  readonly name: string;
  readonly path: string;
}

const extension = /\.(?:safetensors|bin|pth?|ckpt|gguf|onnx)$/iu;
const organisation = /^[\w.-]+\/[\w.-]+$/u;
const cachePath = /models--([^/]+?)--([^/]+)(?:\/snapshots\/([^/]+))?/u;

/** Models of a library by every name they go by. */
export class ModelNames {
  readonly #byName = new Map<string, Set<number>>();

  constructor(models: readonly NamedModel[]) {
    for (const { id, name, path } of models) {
      for (const key of keysOfModel(name, slashed(path))) {
        const ids = this.#byName.get(key);
        if (ids) ids.add(id);
        else this.#byName.set(key, new Set([id]));
      }
    }
  }

  /**
   * Models that a written name may mean, `child` itself left out: those that the most exact reading finds. More than
   * one means that the name does not tell them apart.
   * @param written as it stands in a card or configuration
   * @param child the model that names it
   */
  find(written: string, child: NamedModel): number[] {
    for (const key of keysOfWritten(slashed(written), slashed(child.path))) {
      const found = [...(this.#byName.get(key) ?? [])];
      // A model that names itself was saved after it was loaded by that name: that says nothing of others.
      if (found.includes(child.id)) return [];
      if (found.length > 0) return found;
    }
    return [];
  }
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/').replace(/\/+$/u, '');
}

function bare(name: string): string {
  return name.replace(extension, '').toLowerCase();
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function keysOfModel(name: string, path: string): string[] {
  const [whole = name, revision] = name.split('@');
  const folders = parts(path);
  const last = parts(whole).at(-1) ?? whole;
  return [
    `path ${path.toLowerCase()}`,
    ...(revision === undefined ? [] : [`full ${bare(whole)}@${revision.toLowerCase()}`]),
    ...(whole.includes('/') ? [`full ${bare(whole)}`] : []),
    ...(folders.length > 1 ? [`full ${bare(folders.slice(-2).join('/'))}`] : []),
    `last ${bare(last)}`,
    // The name of an organisation that differs is another model: what has none may be it.
    ...(whole.includes('/') ? [] : [`alone ${bare(last)}`]),
  ];
}

/** Keys to look for, the most exact first. */
function keysOfWritten(written: string, childPath: string): string[] {
  const cached = cachePath.exec(written);
  if (cached) {
    const [, org = '', name = '', revision] = cached;
    const full = `${org}/${name}`.toLowerCase();
    return [
      ...(revision === undefined ? [] : [`full ${full}@${revision.toLowerCase()}`]),
      `full ${full}`,
      `alone ${name.toLowerCase()}`,
    ];
  }
  const [whole = written, revision] = written.split('@');
  const folders = parts(whole);
  const last = folders.at(-1);
  if (last === undefined) return [];
  const exact = revision === undefined ? [] : [`full ${bare(whole)}@${revision.toLowerCase()}`];
  const relative = written.startsWith('/') || /^[a-z]:/iu.test(written) ? written : beside(childPath, whole);
  const paths = [`path ${relative.toLowerCase()}`, ...exact];
  const full = folders.length > 1 ? [`full ${bare(folders.slice(-2).join('/'))}`] : [];
  const isName = organisation.test(whole) && !whole.startsWith('.');
  return [...paths, ...full, isName ? `alone ${bare(last)}` : `last ${bare(last)}`];
}

/** A relative path, taken from the folder that holds the child. */
function beside(childPath: string, written: string): string {
  const folders = childPath.split('/').slice(0, -1);
  for (const part of parts(written)) {
    if (part === '..') folders.pop();
    else folders.push(part);
  }
  return folders.join('/');
}
