import { createHash } from 'node:crypto';
import type { Contradiction, Decision, LineageEdge } from '../../../lineage/index.ts';
import type { Connection, Statement } from '../connection.ts';
import { familiesOf } from '../families.ts';

interface EdgeRow {
  child: number;
  parent: number;
  weight: number | null;
  evidence: LineageEdge['evidence'];
  confidence: number;
  directed: number;
  reasons: string;
}

interface DecidedRow {
  child: number;
  parent: number | null;
  weight: number | null;
}

/** Who came from whom: edges that were inferred or confirmed, what a person decided, what contradicts. */
export class Lineage {
  readonly #connection: Connection;
  readonly #now: () => Date;
  readonly #edges: Statement<[], EdgeRow>;
  readonly #edgesOf: Statement<[number, number], EdgeRow>;
  readonly #clearEdges: Statement<[]>;
  readonly #insertEdge: Statement<[number, number, number | null, string, number, number, string]>;
  readonly #decisions: Statement<[], DecidedRow>;
  readonly #decide: Statement<[number, string]>;
  readonly #clearDecision: Statement<[number]>;
  readonly #decideParent: Statement<[number, number, number | null]>;
  readonly #contradictions: Statement<[], Contradiction>;
  readonly #clearContradictions: Statement<[]>;
  readonly #insertContradiction: Statement<[number, number | null, string, string]>;
  readonly #inputs: Statement<[]>;
  readonly #wdeltaParents: Statement<[]>;
  readonly #stamp: Statement<[], { stamp: string }>;
  readonly #setStamp: Statement<[string]>;
  readonly #names: Statement<[], { id: number; name: string }>;
  readonly #clearFamilies: Statement<[]>;
  readonly #leaveFamilies: Statement<[]>;
  readonly #insertFamily: Statement<[number, string]>;
  readonly #joinFamily: Statement<[number, number]>;

  constructor(connection: Connection, now: () => Date) {
    this.#connection = connection;
    this.#now = now;
    this.#edges = connection.prepare('SELECT * FROM edges ORDER BY child, parent');
    this.#edgesOf = connection.prepare(
      'SELECT * FROM edges WHERE child = ? OR parent = ? ORDER BY child, parent',
    );
    this.#clearEdges = connection.prepare('DELETE FROM edges');
    this.#insertEdge = connection.prepare('INSERT INTO edges VALUES (?, ?, ?, ?, ?, ?, ?)');
    this.#decisions = connection.prepare(`
      SELECT d.child, p.parent, p.weight FROM decisions d LEFT JOIN decided_parents p ON p.child = d.child
      ORDER BY d.child, p.parent`);
    this.#decide = connection.prepare('INSERT INTO decisions VALUES (?, ?)');
    this.#clearDecision = connection.prepare('DELETE FROM decisions WHERE child = ?');
    this.#decideParent = connection.prepare('INSERT INTO decided_parents VALUES (?, ?, ?)');
    this.#contradictions = connection.prepare(
      'SELECT child, parent, declared, sentence FROM contradictions ORDER BY id',
    );
    this.#clearContradictions = connection.prepare('DELETE FROM contradictions');
    this.#insertContradiction = connection.prepare(
      'INSERT INTO contradictions (child, parent, declared, sentence) VALUES (?, ?, ?, ?)',
    );
    this.#inputs = connection.prepare(`
      SELECT m.id, m.path, m.scan_signature, m.weights_signature, s.version FROM models m
      LEFT JOIN sketches s ON s.model = m.id ORDER BY m.id`);
    this.#wdeltaParents = connection.prepare(
      'SELECT child, parent FROM wdelta_parents WHERE matches = 1 ORDER BY child, parent',
    );
    this.#stamp = connection.prepare('SELECT stamp FROM lineage_stamp');
    this.#setStamp = connection.prepare('INSERT OR REPLACE INTO lineage_stamp VALUES (1, ?)');
    this.#names = connection.prepare('SELECT id, name FROM models');
    this.#clearFamilies = connection.prepare('DELETE FROM families');
    this.#leaveFamilies = connection.prepare('UPDATE models SET family = NULL WHERE family IS NOT NULL');
    this.#insertFamily = connection.prepare('INSERT INTO families VALUES (?, ?)');
    this.#joinFamily = connection.prepare('UPDATE models SET family = ? WHERE id = ?');
  }

  edges(): LineageEdge[] {
    return this.#edges.all().map(toEdge);
  }

  /** Edges to the parents of a model, and from its children. */
  edgesOf(model: number): LineageEdge[] {
    return this.#edgesOf.all(model, model).map(toEdge);
  }

  contradictions(): Contradiction[] {
    return this.#contradictions.all();
  }

  /** Names all that lineage is inferred from: models, their files and sketches, parents that .wdelta files
   * name by their hash, and a person's word. */
  stamp(): string {
    const hash = createHash('sha256');
    for (const row of this.#inputs.iterate()) hash.update(JSON.stringify(row));
    for (const row of this.#wdeltaParents.iterate()) hash.update(JSON.stringify(row));
    return hash.update(JSON.stringify(this.#decisions.all())).digest('hex');
  }

  /** Whether the edges were inferred from what has that stamp. */
  isFresh(stamp: string): boolean {
    return this.#stamp.get()?.stamp === stamp;
  }

  /**
   * Puts what was inferred in the place of what was inferred before, and groups the models into families anew. What is
   * said of models that were forgotten meanwhile is left out.
   * @param stamp taken before inference began
   */
  replace(edges: readonly LineageEdge[], contradictions: readonly Contradiction[], stamp: string): void {
    this.#connection.write(() => {
      const names = new Map(this.#names.all().map(({ id, name }) => [id, name]));
      const known = edges.filter(({ child, parent }) => names.has(child) && names.has(parent));
      this.#setStamp.run(stamp);
      this.#clearEdges.run();
      for (const { child, parent, weight, evidence, confidence, directed, reasons } of known) {
        const why = JSON.stringify(reasons);
        this.#insertEdge.run(child, parent, weight ?? null, evidence, confidence, directed ? 1 : 0, why);
      }
      this.#clearContradictions.run();
      for (const { child, parent, declared, sentence } of contradictions) {
        if (!names.has(child) || (parent !== null && !names.has(parent))) continue;
        this.#insertContradiction.run(child, parent, declared, sentence);
      }
      this.#groupFamilies(known, names);
    });
  }

  /** What a person said. Lineage has to let it win. */
  decisions(): Decision[] {
    const parents = new Map<number, { parent: number; weight?: number }[]>();
    for (const { child, parent, weight } of this.#decisions.all()) {
      const list = parents.get(child) ?? [];
      if (parent !== null) list.push(weight === null ? { parent } : { parent, weight });
      parents.set(child, list);
    }
    return [...parents].map(([child, list]) => ({ child, parents: list }));
  }

  /** Keeps a person's word; takes the place of what they said before of the same model. */
  decide({ child, parents }: Decision): void {
    this.#connection.writeDurably(() => {
      this.#clearDecision.run(child);
      this.#decide.run(child, this.#now().toISOString());
      for (const { parent, weight } of parents) this.#decideParent.run(child, parent, weight ?? null);
    });
  }

  /** Takes a person's word back: what is inferred counts again. */
  clearDecision(child: number): void {
    this.#connection.writeDurably(() => this.#clearDecision.run(child));
  }

  #groupFamilies(edges: readonly LineageEdge[], names: ReadonlyMap<number, string>): void {
    this.#leaveFamilies.run();
    this.#clearFamilies.run();
    for (const { root, members } of familiesOf(edges)) {
      this.#insertFamily.run(root, names.get(root) ?? '');
      for (const member of members) this.#joinFamily.run(root, member);
    }
  }
}

function toEdge({ weight, directed, reasons, ...row }: EdgeRow): LineageEdge {
  const edge = { ...row, directed: directed === 1, reasons: JSON.parse(reasons) as LineageEdge['reasons'] };
  return weight === null ? edge : { ...edge, weight };
}
