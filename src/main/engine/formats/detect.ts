import type { RandomAccess } from '../streams.ts';
import { assertCovers, withGaps } from './coverage.ts';
import { readExactly } from './cursor.ts';
import { looksLikeGguf, readGguf } from './gguf.ts';
import { Malformed, quote, ReadFailure } from './malformed.ts';
import { looksLikeSafetensors, readSafetensors } from './safetensors.ts';
import type { FileFormat, ParsedFile, Segment } from './segments.ts';
import { looksLikeCheckpoint, readTorch } from './torch.ts';
import { looksLikeZip, readZip } from './zip.ts';

/** Bytes from the beginning of a file that decide which reader is asked. */
const headBytes = 64;

/** A file with such an ending says that it holds weights: where it is not understood, a person is told. */
const modelEndings = ['.safetensors', '.gguf', '.bin', '.pt', '.pth', '.ckpt'];

/** What a reader found: the segments; or why it could not read, and whether the content itself claimed the format. */
type Outcome =
  | { readonly format: FileFormat; readonly segments: Segment[] }
  | { readonly reason: string; readonly claimed: boolean };

/**
 * Cuts a file into segments. The content decides which format it is; a name only decides whether a person is warned
 * when nothing fits. Reads structure only, never tensor data, in bounded memory.
 * A file that is malformed or not understood is opaque: one raw segment (none if it is empty).
 * @param path Relative path, for the warnings and for its ending.
 * @throws only what `bytes.read` throws.
 */
export async function parseFile(path: string, bytes: RandomAccess): Promise<ParsedFile> {
  try {
    const outcome = await recognise(path, bytes);
    if ('segments' in outcome) return { ...outcome, warnings: [] };
    const warn = outcome.claimed || modelEndings.some((ending) => path.toLowerCase().endsWith(ending));
    return opaque(path, bytes.size, warn ? outcome.reason : undefined);
  } catch (error) {
    if (error instanceof ReadFailure) throw error.cause;
    return opaque(path, bytes.size, `our reader of this format failed (${String(error)})`);
  }
}

async function recognise(path: string, bytes: RandomAccess): Promise<Outcome> {
  const head = new Uint8Array(Math.min(headBytes, bytes.size));
  if (head.length > 0) await readExactly(bytes, 0, head);
  if (looksLikeGguf(head))
    return attempt(
      'gguf',
      bytes,
      () => true,
      () => readGguf(bytes),
    );
  if (looksLikeZip(head)) return recogniseArchive(bytes);
  if (looksLikeSafetensors(head, bytes.size)) {
    return attempt(
      'safetensors',
      bytes,
      () => head[8] === 0x7b,
      () => readSafetensors(bytes, head),
    );
  }
  const foreign = foreignContent(head);
  if (foreign === undefined && path.toLowerCase().endsWith('.safetensors')) {
    return attempt(
      'safetensors',
      bytes,
      () => true,
      () => readSafetensors(bytes, head),
    );
  }
  return { reason: foreign ?? 'its content is of no format that is read here', claimed: false };
}

async function recogniseArchive(bytes: RandomAccess): Promise<Outcome> {
  let claimed = false;
  return attempt(
    'torch',
    bytes,
    () => claimed,
    async () => {
      const entries = await readZip(bytes);
      claimed = looksLikeCheckpoint(entries);
      if (!claimed) throw new Malformed('it is a zip archive without a checkpoint inside');
      return readTorch(bytes, entries);
    },
  );
}

async function attempt(
  format: FileFormat,
  bytes: RandomAccess,
  claimed: () => boolean,
  read: () => Promise<Segment[]>,
): Promise<Outcome> {
  try {
    const segments = await read();
    assertCovers(segments, bytes.size);
    return { format, segments };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return { reason: error.message, claimed: claimed() };
  }
}

/** Content that is known not to be weights, in words for a person. */
function foreignContent(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'it is empty';
  const text = new TextDecoder('latin1').decode(head);
  if (text.startsWith('version https://git-lfs'))
    return 'it is a Git LFS pointer, not the weights themselves';
  if (head[0] === 0x80) return 'it is a bare pickle, as torch wrote before version 1.6';
  return undefined;
}

function opaque(file: string, size: number, reason: string | undefined): ParsedFile {
  const warnings =
    reason === undefined
      ? []
      : [
          {
            file,
            sentence: `${quote(file)} is kept byte for byte, but its tensors are not read: ${reason}.`,
          },
        ];
  return { format: 'opaque', segments: withGaps([], size, 'raw'), warnings };
}
