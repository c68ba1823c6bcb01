import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { Flaw } from './flaw.ts';
import { maxIndexContainers, maxIndexDepth, maxIndexTextBytes, maxIndexValues } from './limits.ts';

/** Up to this many bytes of JSON the strongest setting takes no time worth speaking of. */
const strongestBytes = 1024 * 1024;

const quotation = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

const lengthBytes = 4;

// Payload of an index: u32 bytes of hashes, the hashes, the JSON compressed. Hashes do not compress, and among text they
// spoil what is learned of it.

/** An index as JSON with its hashes beside. */
export interface IndexText {
  readonly json: unknown;
  readonly hashes: Uint8Array;
}

/** The payload of an index record, and the bytes of JSON text in it. */
export function encodeIndex({ json, hashes }: IndexText): { payload: Uint8Array; textBytes: number } {
  const text = Buffer.from(JSON.stringify(json), 'utf8');
  const packed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: text.length <= strongestBytes ? 11 : 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(hashes.length);
  return { payload: Buffer.concat([length, hashes, packed]), textBytes: text.length };
}

/**
 * JSON and hashes of an index from its payload, bounded before it takes memory.
 * @param textBytes what it must come to, if that is known
 * @throws Flaw
 */
export function decodeIndex(payload: Uint8Array, textBytes?: number): IndexText {
  if (textBytes !== undefined && textBytes > maxIndexTextBytes) {
    throw new Flaw(`its text would take ${textBytes} bytes, more than the ${maxIndexTextBytes} allowed`);
  }
  const hashBytes = payload.length < lengthBytes ? Infinity : Buffer.from(payload).readUInt32LE(0);
  if (hashBytes > payload.length - lengthBytes) throw new Flaw('its hashes are longer than it is');
  const hashes = payload.subarray(lengthBytes, lengthBytes + hashBytes);
  let text: Uint8Array;
  try {
    text = brotliDecompressSync(payload.subarray(lengthBytes + hashBytes), {
      maxOutputLength: Math.max(1, textBytes ?? maxIndexTextBytes),
    });
  } catch {
    throw new Flaw('it does not unpack to the text it should hold');
  }
  if (textBytes !== undefined && text.length !== textBytes)
    throw new Flaw('it does not unpack to the text it should hold');
  checkBounds(text);
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text));
    return { json, hashes };
  } catch {
    throw new Flaw('its text is not JSON');
  }
}

/** Refuses JSON text that would take far more memory than its own length, before it is parsed. */
function checkBounds(text: Uint8Array): void {
  let depth = 0;
  let containers = 0;
  let values = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quotation) inString = false;
      continue;
    }
    if (byte === quotation) {
      inString = true;
    } else if (byte === comma) {
      values += 1;
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      containers += 1;
      if (depth > maxIndexDepth) throw new Flaw('its text is nested too deeply');
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1;
    }
  }
  if (containers > maxIndexContainers || values > maxIndexValues) {
    throw new Flaw('its text has more values than any model needs');
  }
}
