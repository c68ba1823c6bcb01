import { DeltashelfError, type Warning } from '../../../shared/index.ts';
import { parseFile } from '../formats/index.ts';
import type { RandomAccess } from '../streams.ts';
import { digestOf, identify, type Identity } from './hashing.ts';
import type { Digest, NamedFile, Source, SourceFile, SourceSegment } from './source.ts';

/** The files of a model as a source. */
export class ModelSource implements Source {
  readonly kind = 'model';
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly segments: readonly SourceSegment[];
  /** What was odd about the files; every byte is kept all the same. */
  readonly warnings: readonly Warning[];
  readonly #bytes: readonly RandomAccess[];
  readonly #identities = new Map<number, Promise<Identity>>();
  readonly #digests = new Map<number, Promise<Digest>>();

  private constructor(
    name: string,
    files: readonly SourceFile[],
    segments: readonly SourceSegment[],
    warnings: readonly Warning[],
    bytes: readonly RandomAccess[],
  ) {
    this.name = name;
    this.files = files;
    this.segments = segments;
    this.warnings = warnings;
    this.#bytes = bytes;
  }

  /** Parses the headers of all files; their data are not read. */
  static async open(name: string, named: readonly NamedFile[]): Promise<ModelSource> {
    const files: SourceFile[] = [];
    const segments: SourceSegment[] = [];
    const warnings: Warning[] = [];
    for (const [file, { path, bytes }] of named.entries()) {
      const parsed = await parseFile(path, bytes);
      const firstSegment = segments.length;
      for (const segment of parsed.segments) segments.push({ ...segment, number: segments.length, file });
      const endSegment = segments.length;
      files.push({ path, size: bytes.size, format: parsed.format, firstSegment, endSegment });
      warnings.push(...parsed.warnings);
    }
    return new ModelSource(
      name,
      files,
      segments,
      warnings,
      named.map(({ bytes }) => bytes),
    );
  }

  async read(segment: SourceSegment, offset: number, target: Uint8Array): Promise<void> {
    if (offset < 0 || offset + target.length > segment.length) {
      throw new DeltashelfError('internal', `A read beyond the end of a segment of ${this.name}.`);
    }
    await this.#bytesOf(segment.file).read(segment.offset + offset, target);
  }

  digest(segment: SourceSegment, signal?: AbortSignal): Promise<Digest> {
    const identity = this.#identities.get(segment.file);
    const file = this.files[segment.file];
    if (identity && file) {
      return identity.then(({ digests }) => digests[segment.number - file.firstSegment] ?? '');
    }
    return remembered(this.#digests, segment.number, () =>
      digestOf((offset, target) => this.read(segment, offset, target), segment.length, signal),
    );
  }

  async sha256(file: SourceFile, signal?: AbortSignal): Promise<string> {
    return (await this.identify(file, signal)).sha256;
  }

  /** Reads a file once for its SHA-256 and the digests of its segments. */
  identify(file: SourceFile, signal?: AbortSignal, onBytes?: (bytes: number) => void): Promise<Identity> {
    const parts = this.segments.slice(file.firstSegment, file.endSegment);
    const number = this.files.indexOf(file);
    return remembered(this.#identities, number, () =>
      identify(this.#bytesOf(number), parts, signal, onBytes),
    );
  }

  #bytesOf(file: number): RandomAccess {
    const bytes = this.#bytes[file];
    if (!bytes) throw new DeltashelfError('internal', `A file that ${this.name} does not have.`);
    return bytes;
  }
}

/** A value that is computed once; a failure (a cancel, say) is forgotten, so that it can be tried again. */
function remembered<Key, Value>(
  known: Map<Key, Promise<Value>>,
  key: Key,
  compute: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(key);
  if (value) return value;
  const computed = compute();
  known.set(key, computed);
  computed.catch(() => known.delete(key));
  return computed;
}
