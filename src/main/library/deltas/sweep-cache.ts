import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { sweepPointSchema, type SweepPoint } from '../../../shared/index.ts';
import { openFile, replaceFile, type FileSystem } from '../disk/index.ts';

/** Bytes of a remembered point at most. */
const LONGEST = 65_536;

/** Points of sweeps that were measured before, by the content of the models: one small file each. */
export class SweepCache {
  readonly #fs: FileSystem;
  readonly #folder: string | undefined;
  readonly #models: string;

  /**
   * @param folder where they lie; absent: nothing is remembered
   * @param models what names the content of child and bases, and the program that measures
   */
  constructor(fs: FileSystem, folder: string | undefined, models: readonly string[]) {
    this.#fs = fs;
    this.#folder = folder;
    this.#models = models.join('\n');
  }

  /** What was measured; undefined where it was not, or cannot be read: then it is measured again. */
  async find(codec: string): Promise<SweepPoint | undefined> {
    const path = this.#pathOf(codec);
    if (path === undefined) return undefined;
    try {
      const file = await openFile(this.#fs, path);
      try {
        const bytes = new Uint8Array(Math.min(file.size, LONGEST));
        await file.read(0, bytes);
        return sweepPointSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
      } finally {
        await file.close();
      }
    } catch {
      return undefined;
    }
  }

  /** Remembers a point. Where that fails, a later sweep measures it again. */
  async keep(point: SweepPoint): Promise<void> {
    const path = this.#pathOf(point.codec);
    if (path === undefined || this.#folder === undefined) return;
    try {
      await this.#fs.mkdir(this.#folder).catch(() => undefined);
      await replaceFile(this.#fs, path, Buffer.from(`${JSON.stringify(point)}\n`));
    } catch {
      // A cache that cannot be written is no reason to lose what was measured.
    }
  }

  #pathOf(codec: string): string | undefined {
    if (this.#folder === undefined) return undefined;
    const name = createHash('sha256').update(`${this.#models}\n${codec}`).digest('hex').slice(0, 40);
    return join(this.#folder, `${name}.json`);
  }
}
