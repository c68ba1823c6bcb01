import { z } from 'zod';
import { parseFile, type ParsedFile, type TensorInfo } from '../../engine/formats/index.ts';
import { shownPath, type FileSystem } from '../disk/index.ts';
import type { SeenFile } from './look.ts';
import { withStart, type Started } from './read-start.ts';
import { recogniseWdelta } from './wdelta.ts';

/** What the headers of one file say. */
export interface WeightsHeader {
  readonly format: ParsedFile['format'];
  /**
   * `weights`: tensors, or a checkpoint that is known as one and kept as bytes; `wdelta`: a delta of deltatensors;
   * `other`: none of these.
   */
  readonly kind: 'weights' | 'wdelta' | 'other';
  readonly tensors: readonly TensorInfo[];
  /** Why its tensors are not read, or what is odd. */
  readonly warning?: string;
  /** `__metadata__` of a safetensors file, long values left out. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** The length field before a header. */
const lengthBytes = 8;
/** Headers above this are not searched for metadata. Bytes. */
const largestHeader = 16 * 1024 * 1024;
/** Longest value of the metadata that is kept: training options are short, lists of all captions are not. */
const longestValue = 16 * 1024;
/** Magic number of torch's format before 1.6, pickled with protocol 2. */
const legacyTorch = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * Reads the headers of a file; no tensor data.
 * @param path Relative path inside the model, for warnings.
 * @throws DeltashelfError when the file cannot be read or changes meanwhile.
 */
export async function readWeights(fs: FileSystem, file: SeenFile, path: string): Promise<WeightsHeader> {
  return withStart(fs, file, async (bytes) => {
    const wdelta = recogniseWdelta(bytes.start, bytes);
    if (wdelta !== undefined) {
      const warning =
        wdelta.problem && `${shownPath(path)} is kept byte for byte, but not understood: ${wdelta.problem}.`;
      return { format: 'opaque', kind: 'wdelta', tensors: [], ...(warning !== undefined && { warning }) };
    }
    const { format, segments, warnings } = await parseFile(path, bytes);
    const tensors = segments.flatMap(({ tensor }) => tensor ?? []);
    const isLegacy = format === 'opaque' && legacyTorch.every((byte, at) => bytes.start[at] === byte);
    const [warning] = warnings;
    const metadata =
      format === 'safetensors' ? await readMetadata(bytes, segments[0]?.length ?? 0) : undefined;
    return {
      format,
      kind: tensors.length > 0 || isLegacy ? 'weights' : 'other',
      tensors,
      ...(warning && { warning: warning.sentence }),
      ...(metadata !== undefined && { metadata }),
    };
  });
}

const metadataSchema = z.record(z.string(), z.string());

async function readMetadata(
  bytes: Started,
  headerBytes: number,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (headerBytes > largestHeader || headerBytes <= lengthBytes) return undefined;
  const header = new Uint8Array(headerBytes);
  await bytes.read(0, header);
  const text = Buffer.from(header.buffer, lengthBytes);
  const key = text.indexOf('"__metadata__"');
  if (key < 0) return undefined;
  const begin = text.indexOf('{', key);
  try {
    const metadata = metadataSchema.parse(JSON.parse(text.toString('utf8', begin, endOfObject(text, begin))));
    return new Map(Object.entries(metadata).filter(([, value]) => value.length <= longestValue));
  } catch {
    // The header was read by the parser all the same; only what it says of itself is not used.
    return undefined;
  }
}

/** Where an object ends that holds nothing but strings. The header as a whole is JSON already. */
function endOfObject(text: Uint8Array, begin: number): number {
  let inString = false;
  for (let at = begin; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === 0x22) inString = !inString;
    else if (byte === 0x5c) at += 1;
    else if (byte === 0x7d && !inString) return at + 1;
  }
  return text.length;
}
