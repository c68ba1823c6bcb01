import type { ServerResponse } from 'node:http';
import type { ErrorCode, Failure } from '../../shared/index.ts';

/** Why a request is not answered. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    sentence: string,
    code: ErrorCode = 'refused',
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function sendRefusal(response: ServerResponse, { status, code, message, headers }: Refusal): void {
  const failure: Failure = { error: { code, sentence: message, place: {} } };
  // What is left of the request is not waited for.
  for (const [name, value] of Object.entries({ ...headers, Connection: 'close' })) {
    response.setHeader(name, value);
  }
  sendJson(response, failure, status);
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  response.end(body);
}
