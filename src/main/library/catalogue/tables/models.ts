import type { ModelProfile } from '../../../lineage/index.ts';
import type { FoundFile, FoundModel } from '../../scan/found-model.ts';
import type { Connection, Statement } from '../connection.ts';
import { summarise } from '../model-summary.ts';
import type { Originals } from '../originals.ts';
import type { Presence } from '../state.ts';
import { folded, sortKey } from '../texts.ts';
import type { HashedPlace, Hashes } from './hashes.ts';
import { filePath, type ModelFiles } from './model-files.ts';
import { modelColumns, toModel, type CatalogueModel, type ModelRow } from './model-row.ts';

/** Where a model was found. */
export interface FoundWhere {
  readonly folder: number | null;
  readonly volume: number | null;
  /** By which the next scan knows that nothing of it changed; null: it is to look. */
  readonly scanSignature: string | null;
}

type FactsRow = { declared: string; blockers: string; left_out: string; warnings: string };

/** The models of the library. Rows stay when a model's volume or files are gone; only `forget` removes one. */
export class Models {
  readonly #connection: Connection;
  readonly #files: ModelFiles;
  readonly #hashes: Hashes;
  readonly #originals: Originals;
  readonly #now: () => Date;
  readonly #byId: Statement<[number], ModelRow>;
  readonly #byPath: Statement<[string], { id: number; signature: string; weights: number }>;
  readonly #signature: Statement<[string], { signature: string | null }>;
  readonly #weightsSignature: Statement<[number], { signature: string }>;
  readonly #byName: Statement<[string], { id: number }>;
  readonly #byShapes: Statement<[string], { id: number }>;
  readonly #ids: Statement<[], { id: number }>;
  readonly #facts: Statement<[number], FactsRow>;
  readonly #blocked: Statement<[], { id: number; blockers: string }>;
  readonly #insert: Statement<unknown[], { id: number }>;
  readonly #update: Statement<unknown[]>;
  readonly #putFacts: Statement<[number, string, string, string, string]>;
  readonly #dropSketch: Statement<[number]>;
  readonly #dropWdeltaParents: Statement<[number, number]>;
  readonly #setPredicted: Statement<[number | null, number]>;
  readonly #setPresence: Statement<[Presence, number, Presence]>;
  readonly #setWhere: Statement<[number, number | null, number, number]>;
  readonly #setPath: Statement<[string, number]>;
  readonly #forgetFiles: Statement<[number]>;
  readonly #delete: Statement<[number]>;

  constructor(
    connection: Connection,
    files: ModelFiles,
    hashes: Hashes,
    originals: Originals,
    now: () => Date,
  ) {
    this.#connection = connection;
    this.#files = files;
    this.#hashes = hashes;
    this.#originals = originals;
    this.#now = now;
    this.#byId = connection.prepare(`SELECT ${modelColumns} WHERE m.id = ?`);
    this.#byPath = connection.prepare(
      'SELECT id, weights_signature AS signature, weight_bytes AS weights FROM models WHERE path = ?',
    );
    this.#signature = connection.prepare('SELECT scan_signature AS signature FROM models WHERE path = ?');
    this.#weightsSignature = connection.prepare(
      'SELECT weights_signature AS signature FROM models WHERE id = ?',
    );
    this.#byName = connection.prepare('SELECT id FROM models WHERE name = ? ORDER BY id');
    this.#byShapes = connection.prepare('SELECT id FROM models WHERE shapes = ? ORDER BY id');
    this.#ids = connection.prepare('SELECT id FROM models ORDER BY id');
    this.#facts = connection.prepare(
      'SELECT declared, blockers, left_out, warnings FROM model_facts WHERE model = ?',
    );
    this.#blocked = connection.prepare(
      'SELECT m.id, f.blockers FROM models m JOIN model_facts f ON f.model = m.id WHERE m.blocked = 1',
    );
    this.#insert = connection.prepare(`
      INSERT INTO models (${written.join(', ')}, first_seen_at)
      VALUES (${written.map(() => '?').join(', ')}, ?) RETURNING id`);
    this.#update = connection.prepare(
      `UPDATE models SET ${written.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
    );
    this.#putFacts = connection.prepare(
      'INSERT OR REPLACE INTO model_facts (model, declared, blockers, left_out, warnings) VALUES (?, ?, ?, ?, ?)',
    );
    this.#dropSketch = connection.prepare('DELETE FROM sketches WHERE model = ?');
    this.#dropWdeltaParents = connection.prepare('DELETE FROM wdelta_parents WHERE child = ? OR parent = ?');
    this.#setPredicted = connection.prepare('UPDATE models SET predicted_bytes = ? WHERE id = ?');
    this.#setPresence = connection.prepare('UPDATE models SET presence = ? WHERE id = ? AND presence <> ?');
    this.#setWhere = connection.prepare(
      'UPDATE models SET folder = ?, volume = ? WHERE id = ? AND folder IS NOT ?',
    );
    this.#setPath = connection.prepare('UPDATE models SET path = ? WHERE id = ?');
    this.#forgetFiles = connection.prepare(
      `UPDATE models SET weights_signature = '', scan_signature = NULL WHERE id = ?`,
    );
    this.#delete = connection.prepare('DELETE FROM models WHERE id = ?');
  }

  get(id: number): CatalogueModel | undefined {
    const row = this.#byId.get(id);
    return row && toModel(row);
  }

  idAt(path: string): number | undefined {
    return this.#byPath.get(path)?.id;
  }

  /** Answers the signature that a scan gave to the model at a path, so that it need not open an unchanged one again. */
  signatures(): (path: string) => string | undefined {
    return (path) => this.#signature.get(path)?.signature ?? undefined;
  }

  /** Names the weights files of a model as the last scan saw them; empty where it saw none. */
  weightsSignature(id: number): string {
    return this.#weightsSignature.get(id)?.signature ?? '';
  }

  /** Models of exactly that name. */
  named(name: string): number[] {
    return this.#byName.all(name).map(({ id }) => id);
  }

  ids(): number[] {
    return this.#ids.all().map(({ id }) => id);
  }

  files(id: number): FoundFile[] {
    return this.#files.list(id);
  }

  /** What to look up in `Hashes` for a file of a model. */
  hashedPlace(model: Pick<CatalogueModel, 'path' | 'layout'>, file: FoundFile): HashedPlace {
    const { size, mtimeNs, dev, ino } = file;
    return { path: file.linkedTo ?? filePath(model, file), size, mtimeNs, dev, ino };
  }

  /**
   * Keeps the SHA-256 of a file, and what follows from it for the state of its model.
   * @param file as it was before and after its bytes were read
   */
  hashed(id: number, file: FoundFile, sha256: string): void {
    const model = this.get(id);
    if (model === undefined) return;
    this.#connection.write(() => {
      this.#hashes.put(this.hashedPlace(model, file), sha256);
      this.#originals.refresh(id);
    });
  }

  /** The model as the last scan found it. */
  found(id: number): FoundModel | undefined {
    const row = this.#byId.get(id);
    const facts = this.#facts.get(id);
    if (row === undefined || facts === undefined) return undefined;
    const leftOut = JSON.parse(facts.left_out) as string[];
    return {
      path: row.path,
      name: row.name,
      layout: row.layout,
      origin: row.origin,
      files: this.#files.list(id),
      tensors: this.#files.tensors(id),
      declared: JSON.parse(facts.declared) as FoundModel['declared'],
      ...(leftOut.length > 0 && { leftOut }),
      blockers: JSON.parse(facts.blockers) as FoundModel['blockers'],
      warnings: JSON.parse(facts.warnings) as FoundModel['warnings'],
    };
  }

  /** Why originals cannot be reclaimed, of all models of which they cannot. */
  blocked(): Map<number, FoundModel['blockers']> {
    return new Map(
      this.#blocked.all().map(({ id, blockers }) => [id, JSON.parse(blockers) as FoundModel['blockers']]),
    );
  }

  /** Models of which a weights file has that content, as far as it was read. */
  withWeights(sha256: string): number[] {
    return this.#files.withWeights(sha256);
  }

  /** What lineage wants to know of a model, but for its sketch. Its tensors are read each time they are asked for. */
  profile(id: number): ModelProfile | undefined {
    const row = this.#byId.get(id);
    const facts = this.#facts.get(id);
    if (row === undefined || facts === undefined) return undefined;
    const files = this.#files.list(id);
    const weights = new Set(files.flatMap(({ role }, index) => (role === 'weights' ? [index] : [])));
    const tensors = (): ModelProfile['tensors'] =>
      this.#files.tensors(id).filter(({ file }) => weights.has(file));
    return {
      id,
      name: row.name,
      path: row.path,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      mtimeNs: files
        .filter(({ role }) => role === 'weights')
        .map(({ mtimeNs }) => BigInt(mtimeNs))
        .reduce((late, time) => (time > late ? time : late), 0n),
      adapter: row.layout === 'adapter' || row.layout === 'lora',
      get tensors() {
        return tensors();
      },
      declared: JSON.parse(facts.declared) as ModelProfile['declared'],
    };
  }

  /** Models with the same tensors (names, types, shapes) in the same files, itself included. */
  withShapesOf(id: number): number[] {
    const shapes = this.#byId.get(id)?.shapes ?? '';
    return shapes === '' ? [] : this.#byShapes.all(shapes).map((row) => row.id);
  }

  /**
   * Writes a model as a scan found it, under the id of the model that has its path. `ScanSession` finds the ids of
   * models that were moved.
   * @returns its id, and whether it is new or its weights are not those that were there
   */
  put(found: FoundModel, where: FoundWhere): { id: number; news: 'new' | 'changed' | 'none' } {
    return this.#connection.write(() => {
      const there = this.#byPath.get(found.path);
      if (there !== undefined && there.weights > 0 && !found.files.some(({ role }) => role === 'weights')) {
        // Its weights were moved or taken away; what is known of them stays.
        this.setPresence(there.id, 'gone');
        return { id: there.id, news: 'none' };
      }
      const { values, weightsSignature } = columnsOf(found, where);
      const id = there?.id ?? this.#insert.get(...values, this.#now().toISOString())?.id ?? 0;
      const shapes = this.#files.replace(id, found);
      this.#update.run(...values.with(written.indexOf('shapes'), shapes), id);
      const { declared, blockers, leftOut = [], warnings } = found;
      const texts = {
        declared: JSON.stringify(declared),
        blockers: JSON.stringify(blockers),
        warnings: JSON.stringify(warnings),
      };
      this.#putFacts.run(id, texts.declared, texts.blockers, JSON.stringify(leftOut), texts.warnings);
      const changed = there !== undefined && there.signature !== '' && there.signature !== weightsSignature;
      if (changed) this.#forgetContent(id);
      this.#originals.refresh(id);
      // Where it had been moved aside, what lies there now may be another one.
      if (there?.signature === '' && this.get(id)?.state === 'changed') this.#forgetContent(id);
      return { id, news: there === undefined ? 'new' : changed ? 'changed' : 'none' };
    });
  }

  /** Keeps what the plan predicts for a model's delta; null: it is kept as it is, or nobody knows. */
  setPredicted(id: number, bytes: number | null): void {
    this.#connection.write(() => {
      this.#setPredicted.run(bytes, id);
      this.#originals.refresh(id);
    });
  }

  /** Notes the watched folder that a model lies in: one that is watched again finds those that were kept without it. */
  setWhere(id: number, folder: number, volume: number | null): void {
    this.#connection.write(() => {
      if (this.#setWhere.run(folder, volume, id, folder).changes > 0) this.#originals.refresh(id);
    });
  }

  /** Notes whether the weights of a model lie where they lay. */
  setPresence(id: number, presence: Presence): void {
    this.#connection.write(() => {
      if (this.#setPresence.run(presence, id, presence).changes > 0) this.#originals.refresh(id);
    });
  }

  /**
   * Notes that the weights of a model were moved aside. A file with the same size, time and number is another one from
   * now on: volumes give numbers again.
   */
  setAside(id: number): void {
    this.#connection.write(() => {
      this.#forgetFiles.run(id);
      this.setPresence(id, 'gone');
    });
  }

  /**
   * Finds that a new row is a model that had another path: the older id takes the place, with all that is known and was
   * decided under it.
   */
  adopt(newer: number, older: number): void {
    this.#connection.write(() => {
      const found = this.found(newer);
      const row = this.#byId.get(newer);
      if (found === undefined || row === undefined) return;
      this.forget(newer);
      this.#setPath.run(found.path, older);
      this.put(found, { folder: row.folder, volume: row.volume, scanSignature: row.scan_signature });
    });
  }

  /** Removes the row of a model. No file is touched. */
  forget(id: number): void {
    this.#connection.write(() => {
      this.#files.clear(id);
      this.#delete.run(id);
    });
  }

  #forgetContent(id: number): void {
    this.#dropSketch.run(id);
    this.#dropWdeltaParents.run(id, id);
    this.#setPredicted.run(null, id);
  }
}

const written = [
  'path',
  'name',
  'name_folded',
  'path_folded',
  'name_sorted',
  'layout',
  'origin',
  'folder',
  'volume',
  'presence',
  'bytes',
  'weight_bytes',
  'dtype',
  'tensors',
  'elements',
  'shapes',
  'scan_signature',
  'weights_signature',
  'changed_at',
  'blocked',
] as const;

function columnsOf(
  found: FoundModel,
  { folder, volume, scanSignature }: FoundWhere,
): { values: unknown[]; weightsSignature: string } {
  const { bytes, weightBytes, dtype, tensors, elements, weightsSignature, changedAt } = summarise(found);
  const row: Record<(typeof written)[number], unknown> = {
    path: found.path,
    name: found.name,
    name_folded: folded(found.name),
    path_folded: folded(found.path),
    name_sorted: sortKey(found.name),
    layout: found.layout,
    origin: found.origin,
    folder,
    volume,
    presence: 'whole' satisfies Presence,
    bytes,
    weight_bytes: weightBytes,
    dtype,
    tensors,
    elements,
    shapes: '',
    scan_signature: scanSignature,
    weights_signature: weightsSignature,
    changed_at: changedAt,
    blocked: found.blockers.length > 0 ? 1 : 0,
  };
  return { values: written.map((name) => row[name]), weightsSignature };
}
