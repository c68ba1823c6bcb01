import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeltashelfError } from '../../shared/index.ts';
import { EventStream } from './event-stream.ts';
import { checkOrigin, checkToken, newToken } from './guard.ts';
import { securityHeaders } from './headers.ts';
import { answerCall, enter } from './host-calls.ts';
import { limits } from './limits.ts';
import type { PageService } from './page-service.ts';
import type { Pages } from './pages.ts';
import { readJson } from './read-json.ts';
import { Refusal, sendJson, sendRefusal } from './refusal.ts';
import { Ticket } from './ticket.ts';
import type { TypedPlaces } from './typed-places.ts';

/** What a web host shows and answers with. */
export interface WebHostOptions {
  readonly service: PageService;
  readonly pages: Pages;
  readonly places: TypedPlaces;
  /** 0: one that is free. */
  readonly port: number;
}

type Times = Readonly<Record<'headersMs' | 'requestMs', number>>;

/**
 * Shows the page of the library to a browser on this machine, and answers its calls. Listens on 127.0.0.1 alone; who
 * asks must know a token that is new with each start.
 */
export class WebHost {
  readonly #options: WebHostOptions;
  readonly #server: Server;
  readonly #token = newToken();
  readonly #streams = new Set<EventStream>();
  readonly #stopTelling: () => void;
  #ticket: Ticket | undefined;
  #port = 0;
  #heartbeat: NodeJS.Timeout | undefined;

  private constructor(options: WebHostOptions, { headersMs, requestMs }: Times) {
    this.#options = options;
    this.#server = createServer(
      {
        maxHeaderSize: limits.headerBytes,
        headersTimeout: headersMs,
        requestTimeout: requestMs,
        connectionsCheckingInterval: headersMs,
      },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.maxHeadersCount = limits.headers;
    this.#server.maxConnections = limits.connections;
    this.#stopTelling = options.service.onEvent((event) => {
      for (const stream of this.#streams) stream.tell(event);
    });
  }

  /** @throws DeltashelfError `in-use`, `usage` where the port cannot be had */
  static async start(options: WebHostOptions, times: Times = limits): Promise<WebHost> {
    const host = new WebHost(options, times);
    try {
      host.#server.listen({ host: '127.0.0.1', port: options.port, exclusive: true });
      await once(host.#server, 'listening');
    } catch (error) {
      host.#stopTelling();
      throw noPort(options.port, error);
    }
    host.#port = (host.#server.address() as AddressInfo).port;
    return host;
  }

  get port(): number {
    return this.#port;
  }

  /** Where the page is. The token stands in the fragment, which no browser sends and no log keeps. */
  get address(): string {
    return `http://127.0.0.1:${this.#port}/#token=${this.#token}`;
  }

  /** The same for a browser that is started with it, where others could read it: good once, and soon not any more. */
  addressForOnce(): string {
    this.#ticket = new Ticket();
    return `http://127.0.0.1:${this.#port}/#ticket=${this.#ticket.text}`;
  }

  /** Ends the streams of events; pages open theirs again. */
  endStreams(): void {
    for (const stream of this.#streams) stream.end();
  }

  /** Ends all streams and connections; once more does nothing. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#stopTelling();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.endStreams();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else sendRefusal(response, error instanceof Refusal ? error : unexpected(error));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    checkOrigin(request, this.#port);
    const [path = ''] = (request.url ?? '').split('?', 1);
    if (!path.startsWith('/api/')) {
      if (request.method !== 'GET' && request.method !== 'HEAD') throw wrongMethod('GET, HEAD');
      const acceptsGzip = /\bgzip\b/u.test(request.headersDistinct['accept-encoding']?.join() ?? '');
      this.#options.pages.send(path, acceptsGzip, response);
      return;
    }
    if (path === '/api/host/enter' && request.method === 'POST') {
      sendJson(response, enter(await readJson(request), this.#ticket, this.#token));
      return;
    }
    checkToken(request, this.#token);
    if (path === '/api/events') {
      if (request.method !== 'GET') throw wrongMethod('GET');
      this.#openStream(response);
      return;
    }
    // Whatever a browser may be led to ask for by a link or a picture changes nothing.
    if (request.method !== 'POST') throw wrongMethod('POST');
    const { service, places } = this.#options;
    const args = await readJson(request);
    sendJson(response, await answerCall(path.slice('/api/'.length), args, service, places));
  }

  #openStream(response: ServerResponse): void {
    if (this.#streams.size >= limits.streams) {
      throw new Refusal(503, 'Too many pages of this Deltashelf are open. Close some of them.', 'in-use');
    }
    const stream = new EventStream(response);
    this.#streams.add(stream);
    this.#heartbeat ??= setInterval(() => {
      for (const each of this.#streams) each.beat();
    }, limits.heartbeatMs);
    response.on('close', () => {
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    });
  }
}

function wrongMethod(allowed: string): Refusal {
  return new Refusal(405, `Here one asks by ${allowed}.`, 'usage', { Allow: allowed });
}

function unexpected(error: unknown): Refusal {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Refusal(
    500,
    `Something went wrong that should not have (${what}). No model, delta or base was changed by it.`,
    'internal',
  );
}

function noPort(port: number, error: unknown): DeltashelfError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new DeltashelfError(
      'in-use',
      `Port ${port} is used by another program. Nothing was done. Choose another with --port, or leave it away.`,
      {},
      error,
    );
  }
  return new DeltashelfError(
    'usage',
    `Port ${port} cannot be used here. Nothing was done. Choose one from 1024 with --port, or leave it away.`,
    {},
    error,
  );
}
