import { createHash } from 'node:crypto';
import { DeltashelfError } from '../../../shared/index.ts';
import type { Pool } from '../pool/index.ts';
import type { Control, Progress, Sink } from '../streams.ts';
import { Decoder, type DecodedPiece, type Piece } from './decode.ts';
import type { DeltaFileEntry } from './index-types.ts';
import type { FoundParents } from './parents.ts';
import type { DeltaFile } from './reader.ts';

/** Receives the files of a model, one after another. */
export interface ModelSink {
  /** Begins a file; the one before has ended. */
  begin(file: DeltaFileEntry): Promise<Sink>;
  /** Ends the file that was begun last: all its bytes came, and they are the right ones. */
  end(file: DeltaFileEntry): Promise<void>;
}

/** A delta that is to be decoded. */
export interface ApplyRequest {
  readonly pool: Pool;
  readonly delta: DeltaFile;
  readonly parents: FoundParents;
  readonly sink: ModelSink;
}

/** Pieces under way per thread: one is decoded while others are read, and while this thread hashes. */
const AHEAD = 4;

/**
 * Decodes all files of a delta and checks the SHA-256 of each. Memory: a few pieces per thread.
 * @returns bytes of the model
 * @throws DeltashelfError `delta-damaged` and what parents and sink throw; the sink is then to be discarded
 */
export async function applyDelta(request: ApplyRequest, control: Control = {}): Promise<number> {
  const { pool, delta, parents, sink } = request;
  const decoder = new Decoder(pool, delta, parents.resolve);
  const { files, segments } = delta.index;
  const totalBytes = files.reduce((sum, file) => sum + file.size, 0);
  const progress: Progress = { phase: 'decode', doneBytes: 0, totalBytes };
  let doneBytes = 0;
  try {
    for (const file of files) {
      control.signal?.throwIfAborted();
      const target = await sink.begin(file);
      const hash = createHash('sha256');
      const pieces = segments
        .slice(file.firstSegment, file.endSegment)
        .flatMap((segment) => decoder.pieces(segment));
      for await (const piece of inOrder(decoder, pieces, pool.threads * AHEAD, control.signal)) {
        const { bytes } = piece;
        try {
          const written = target.write(bytes);
          // Meanwhile the sink takes them.
          hash.update(bytes);
          await written;
        } finally {
          piece.free();
        }
        doneBytes += bytes.length;
        control.onProgress?.({ ...progress, doneBytes });
      }
      if (hash.digest('hex') !== file.sha256) throw contentDiffers(file);
      await sink.end(file);
    }
  } finally {
    await decoder.close();
  }
  return totalBytes;
}

/** Decodes several pieces at once and gives them in order, for the caller to free; in the end waits for those under way. */
async function* inOrder(
  decoder: Decoder,
  pieces: readonly Piece[],
  width: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<DecodedPiece> {
  const running: Promise<DecodedPiece>[] = [];
  let next = 0;
  try {
    while (next < pieces.length || running.length > 0) {
      signal?.throwIfAborted();
      for (; running.length < width; next += 1) {
        const piece = pieces[next];
        if (!piece) break;
        const decoded = decoder.decode(piece);
        decoded.catch(() => undefined);
        running.push(decoded);
      }
      const first = running.shift();
      if (first) yield await first;
    }
  } finally {
    for (const unused of await Promise.allSettled(running)) {
      if (unused.status === 'fulfilled') unused.value.free();
    }
  }
}

function contentDiffers(file: DeltaFileEntry): DeltashelfError {
  return new DeltashelfError(
    'delta-damaged',
    `${file.path} came out different from what was stored: its SHA-256 is not the recorded one, although every ` +
      'record and every base was checked. Nothing was written. Use another copy of the delta, and test this ' +
      "machine's memory.",
    { file: file.path },
  );
}
