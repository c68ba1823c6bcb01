import { basename, join } from 'node:path';
import type { TensorInfo } from '../../../engine/formats/index.ts';
import type { FoundFile, FoundModel, FoundTensor } from '../../scan/found-model.ts';
import type { Connection, Statement } from '../connection.ts';
import { isNumbered } from './hashes.ts';
import type { Layouts } from './layouts.ts';
import type { CatalogueModel } from './model-row.ts';

/** A row of `files`. */
interface Row {
  path: string;
  role: FoundFile['role'];
  format: FoundFile['format'];
  size: number;
  mtime_ns: string;
  mode: number;
  dev: string;
  ino: string;
  names: number;
  linked_to: string | null;
  layout: number | null;
}

type Values = [
  number,
  number,
  string,
  string,
  string,
  number,
  string,
  number,
  string,
  string,
  number,
  string | null,
  number | null,
];

/** Files of models, and the tensors in them. */
export class ModelFiles {
  readonly #layouts: Layouts;
  readonly #list: Statement<[number], Row>;
  readonly #clear: Statement<[number]>;
  readonly #insert: Statement<Values>;
  readonly #places: Statement<[number], { ino: string; dev: string }>;
  readonly #markShared: Statement<[string, string]>;
  readonly #holders: Statement<[string, string, number], { model: number }>;
  readonly #withContent: Statement<[Uint8Array], { model: number }>;

  constructor(connection: Connection, layouts: Layouts) {
    this.#layouts = layouts;
    this.#list = connection.prepare('SELECT * FROM files WHERE model = ? ORDER BY position');
    this.#clear = connection.prepare('DELETE FROM files WHERE model = ?');
    this.#insert = connection.prepare(`
      INSERT INTO files (model, position, path, role, format, size, mtime_ns, mode, dev, ino, names, linked_to, layout)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#places = connection.prepare('SELECT DISTINCT ino, dev FROM files WHERE model = ?');
    this.#markShared = connection.prepare(`
      UPDATE files SET shared = (SELECT count(*) > 1 FROM files f WHERE f.ino = files.ino AND f.dev = files.dev)
      WHERE ino = ? AND dev = ?`);
    this.#holders = connection.prepare(
      'SELECT DISTINCT model FROM files WHERE ino = ? AND dev = ? AND size = ? ORDER BY model',
    );
    this.#withContent = connection.prepare(`
      SELECT DISTINCT f.model FROM hashes h
      JOIN files f ON f.ino = h.ino AND f.size = h.size AND f.mtime_ns = h.mtime_ns
      WHERE h.sha256 = ? AND h.ino <> '0' AND f.role = 'weights'`);
  }

  list(model: number): FoundFile[] {
    return this.#list.all(model).map(toFile);
  }

  /** Tensors of a model, in the order of its files. */
  tensors(model: number): FoundTensor[] {
    return this.#list
      .all(model)
      .flatMap(({ layout }, file) =>
        layout === null ? [] : this.#layouts.read(layout).map((tensor) => ({ ...tensor, file })),
      );
  }

  /** Models with a file of that place and size. */
  holders({ ino, dev, size }: Pick<FoundFile, 'ino' | 'dev' | 'size'>): number[] {
    return this.#holders.all(ino, dev, size).map(({ model }) => model);
  }

  /** Models with a weights file of that content, as far as files were read and are numbered. */
  withWeights(sha256: string): number[] {
    return this.#withContent.all(Buffer.from(sha256, 'hex')).map(({ model }) => model);
  }

  /**
   * Puts the files of a model in the place of those it had.
   * @returns a key that models with the same tensors in the same files have alike; empty without tensors
   */
  replace(model: number, found: FoundModel): string {
    this.clear(model);
    const perFile: TensorInfo[][] = found.files.map(() => []);
    for (const tensor of found.tensors) perFile[tensor.file]?.push(tensor);
    const keys: string[] = [];
    found.files.forEach((file, position) => {
      const tensors = perFile[position] ?? [];
      const layout = tensors.length === 0 ? undefined : this.#layouts.keep(tensors);
      if (layout !== undefined && file.role === 'weights') keys.push(layout.key);
      this.#insert.run(...values(model, position, file, layout?.id ?? null));
      if (isNumbered(file.ino)) this.#markShared.run(file.ino, file.dev);
    });
    return keys.join('.');
  }

  clear(model: number): void {
    const places = this.#places.all(model);
    this.#clear.run(model);
    for (const { ino, dev } of places) if (isNumbered(ino)) this.#markShared.run(ino, dev);
  }
}

function values(model: number, position: number, file: FoundFile, layout: number | null): Values {
  const { path, role, format, size, mtimeNs, mode, dev, ino, names } = file;
  return [
    model,
    position,
    path,
    role,
    format,
    size,
    mtimeNs,
    mode,
    dev,
    ino,
    names,
    file.linkedTo ?? null,
    layout,
  ];
}

function toFile(row: Row): FoundFile {
  const { path, role, format, size, mode, dev, ino, names, mtime_ns: mtimeNs, linked_to: linkedTo } = row;
  const file = { path, role, format, size, mtimeNs, mode, dev, ino, names };
  return linkedTo === null ? file : { ...file, linkedTo };
}

/** Absolute path of a file of a model. */
export function filePath(
  model: Pick<CatalogueModel, 'path' | 'layout'>,
  file: Pick<FoundFile, 'path'>,
): string {
  // A model that is one file has its own name as the relative one.
  return file.path === basename(model.path) && isOneFile(model.layout)
    ? model.path
    : join(model.path, file.path);
}

function isOneFile(layout: CatalogueModel['layout']): boolean {
  return layout === 'file' || layout === 'lora' || layout === 'wdelta';
}
