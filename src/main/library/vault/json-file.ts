import type { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { openFile, replaceFile, shownPath, type FileSystem } from '../disk/index.ts';

/** A sidecar with 100,000 files stays below it. */
const largestBytes = 64 * 2 ** 20;

/**
 * Reads a JSON file that anybody may have written.
 * @throws DeltashelfError `not-found`, `not-readable`; `vault-damaged` where it is not what it must be
 */
export async function readJson<T>(fs: FileSystem, path: string, schema: z.ZodType<T>): Promise<T> {
  const file = await openFile(fs, path, { followLinks: false });
  try {
    if (file.size > largestBytes) throw damaged(path, `is larger than ${largestBytes} bytes`);
    const bytes = new Uint8Array(file.size);
    await file.read(0, bytes);
    return parse(path, bytes, schema);
  } finally {
    await file.close().catch(() => undefined);
  }
}

/** Writes it anew, readable, whole or not at all. */
export async function writeJson(fs: FileSystem, path: string, value: unknown): Promise<void> {
  await replaceFile(fs, path, Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`));
}

function parse<T>(path: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(path, 'is not JSON', error);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(path, `is wrong at ${shownPath(issue?.path.join('.') ?? '')}`, parsed.error);
}

/** What a person is told of a file of the vault that is not what it must be. */
export function damaged(path: string, what: string, cause?: unknown): DeltashelfError {
  return new DeltashelfError(
    'vault-damaged',
    `${shownPath(path)} ${what}. It is kept as it is and was not used. Restore it from a copy of the vault, or let ` +
      'the library make it again from the delta beside it.',
    { file: path },
    cause,
  );
}
