import type { IncomingMessage } from 'node:http';
import { limits } from './limits.ts';
import { Refusal } from './refusal.ts';

const jsonType = /^application\/json(?:; ?charset=utf-8)?$/iu;

/**
 * The JSON value that a request holds. Only JSON by its own type: forms of other sites can send texts, not this.
 * @throws Refusal 415, 413, 400
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  if (!jsonType.test(type) || encoding !== undefined) {
    throw new Refusal(415, 'Calls are sent as application/json, not compressed.', 'usage');
  }
  const text = new TextDecoder('utf-8', { fatal: true });
  const body = await readBody(request);
  try {
    return JSON.parse(text.decode(body)) as unknown;
  } catch {
    throw new Refusal(400, 'The call is no JSON.', 'usage');
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > limits.bodyBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function tooLarge(): Refusal {
  return new Refusal(413, `A call has at most ${limits.bodyBytes} bytes.`, 'usage');
}
