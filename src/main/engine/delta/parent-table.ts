import type { PredictorInput } from '../predictors/index.ts';
import type { Source } from '../sources/index.ts';
import { inputDigestBytes } from './layout.ts';
import type { DeltaParent, ParentFile, ParentSegment } from './index-types.ts';

/** Collects which segments of which parents a delta uses, and describes them by content. */
export class ParentTable {
  readonly #parents = new Map<Source, Map<number, number>>();

  /** Names an input; the same input has the same name each time. */
  use({ source, segment }: PredictorInput): { parent: number; segment: number } {
    const used = this.#parents.get(source) ?? new Map<number, number>();
    this.#parents.set(source, used);
    let number = used.get(segment.number);
    if (number === undefined) used.set(segment.number, (number = used.size));
    return { parent: [...this.#parents.keys()].indexOf(source), segment: number };
  }

  /** Parents in the order of first use, with the segments that were used. */
  async describe(): Promise<DeltaParent[]> {
    const parents: DeltaParent[] = [];
    for (const [source, used] of this.#parents) {
      const files: ParentFile[] = [];
      const segments: ParentSegment[] = [];
      const fileNumbers = new Map<number, number>();
      for (const number of used.keys()) {
        const segment = source.segments[number];
        const file = segment && source.files[segment.file];
        if (!segment || !file) throw new Error('an input is a segment of its source');
        let place = fileNumbers.get(segment.file);
        if (place === undefined) {
          fileNumbers.set(segment.file, (place = files.length));
          files.push({ path: file.path, size: file.size, sha256: await source.sha256(file) });
        }
        segments.push({
          digest: (await source.digest(segment)).slice(0, inputDigestBytes(segment.length) * 2),
          file: place,
          offset: segment.offset,
          length: segment.length,
          ...(segment.tensor && { tensor: segment.tensor }),
        });
      }
      parents.push({ name: source.name, kind: source.kind, files, segments });
    }
    return parents;
  }
}
