import type { Finding, KnownModels, ScanFinding, ScanTools } from './findings.ts';
import type { SkippedPlace } from './found-model.ts';
import type { SeenFile } from './look.ts';
import { makeModel, signedFile, type ModelPlace } from './make-model.ts';
import { sign } from './signature.ts';
import { skippedBy } from './skipped.ts';

/** Decides what becomes of a place that may be a model: known as it is, still changing, or to be read. */
export class Offers {
  readonly #tools: ScanTools;
  readonly #known: KnownModels;
  readonly #signal: AbortSignal | undefined;

  constructor(tools: ScanTools, known: KnownModels, signal: AbortSignal | undefined) {
    this.#tools = tools;
    this.#known = known;
    this.#signal = signal;
  }

  /** Takes a place whatever its age. @throws the signal's reason */
  take(place: ModelPlace): Finding {
    this.#signal?.throwIfAborted();
    const signature = signatureOf(place);
    if (this.#known(place.path) === signature) return { kind: 'unchanged', path: place.path, signature };
    return { kind: 'reading', finding: this.#read(place, signature) };
  }

  /**
   * Takes a place that may still be written to.
   * @param partial unfinished files in it: while one grows, the model is not whole
   * @returns undefined where it has not settled
   */
  takeSettled(place: ModelPlace, partial: readonly SeenFile[] = []): Finding | undefined {
    const isKnown = this.#known(place.path) === signatureOf(place);
    return isKnown || this.#hasSettled([...place.files, ...partial]) ? this.take(place) : undefined;
  }

  async #read(place: ModelPlace, signature: string): Promise<ScanFinding | undefined> {
    const made = await makeModel(this.#tools.fs, place).catch((error: unknown) =>
      skippedBy(error, place.path),
    );
    if (!('why' in made)) return { kind: 'model', model: made, signature };
    return isNews(place, made) ? { kind: 'skipped', place: made } : undefined;
  }

  /** Every file is looked at, so that the second look finds them all noted. */
  #hasSettled(files: readonly SeenFile[]): boolean {
    const settled = files.map(({ path, status }) => this.#tools.settler.look(path, status));
    return !settled.includes(false);
  }
}

function signatureOf({ name, files }: ModelPlace): string {
  return sign(name, files.map(signedFile));
}

/** A file with a name of no format was only opened to find out: that it is no model is no news. */
function isNews({ layout, path }: ModelPlace, { why }: SkippedPlace): boolean {
  if (layout !== 'file' || why !== 'malformed') return true;
  return /\.(?:safetensors|sft|gguf|ckpt|wdelta)$/iu.test(path);
}
