// One test for each thing that a web page, another program or another person could try on the web host.
import { once } from 'node:events';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Pages } from '../../src/main/web/pages.ts';
import { limits } from '../../src/main/web/limits.ts';
import { windowCallNames } from '../../src/shared/window/index.ts';
import { startHost, type StartedHost } from './started-host.ts';

let started: StartedHost;

beforeAll(async () => {
  started = await startHost();
});

afterAll(() => started[Symbol.asyncDispose]());

/** All that is sent, as it is, until the other side closes or says nothing more for a while. */
function sendRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(started.host.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (answer += part));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.setTimeout(2000, () => socket.destroy());
  });
}

/** The paths of the host, each asked in the way that it answers to. */
const doors = [
  ['the page', '/', 'GET'],
  ['a call', '/api/list', 'POST'],
  ['the events', '/api/events', 'GET'],
] as const;

describe.each(doors)('%s', (_door, path, method) => {
  const asked = (headers: Record<string, string>) => ({
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${started.token}`, ...headers },
    ...(method === 'POST' && { body: '{}' }),
  });

  test.each([
    'evil.example',
    'evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    'localhost.evil.example:PORT',
    '127.0.0.1.:PORT',
    '[::1]:PORT',
    'user@127.0.0.1:PORT',
  ])('a name that leads here but is not ours (DNS rebinding) is refused: %s', async (name) => {
    const host = name.replace('PORT', String(started.host.port));
    const { status } = await started.ask(path, asked({ Host: host }));
    expect(status).toBe(421);
  });

  test.each([
    'null',
    'http://evil.example',
    'https://127.0.0.1:PORT',
    'http://127.0.0.1:1',
    'http://127.0.0.1',
    'http://localhost:PORT',
    'http://127.0.0.1:PORT.evil.example',
    'file://',
    'not an address',
    '',
  ])('a page of another origin is refused, also where it knows the token: %s', async (name) => {
    const origin = name.replace('PORT', String(started.host.port));
    const { status, headers } = await started.ask(path, asked({ Origin: origin }));
    expect(status).toBe(403);
    expect(Object.keys(headers).filter((each) => each.startsWith('access-control'))).toEqual([]);
  });

  test.each([
    ['two names of the host', 'Host: 127.0.0.1:PORT\r\nHost: evil.example\r\n'],
    ['the same twice', 'Host: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n'],
    ['none', ''],
    ['an empty one', 'Host:\r\n'],
  ])('%s in one request is refused', async (_name, lines) => {
    const hosts = lines.replaceAll('PORT', String(started.host.port));
    const answer = await sendRaw(`${method} ${path} HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4(?:00|21) /u);
  });

  test('what a browser asks before a foreign call (OPTIONS) gets no leave', async () => {
    const { status, headers } = await started.ask(path, {
      method: 'OPTIONS',
      headers: { Origin: 'http://evil.example', 'Access-Control-Request-Method': 'POST' },
    });
    expect(status).toBe(403);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    const { headers: own } = asked({ Origin: started.origin });
    const { status: ownStatus } = await started.ask(path, { headers: own, method: 'OPTIONS' });
    expect(ownStatus).toBe(405);
  });

  test('every answer carries the headers that shut the page in', async () => {
    const answers = [
      await started.ask(path, asked({ Host: 'evil.example' })),
      await started.ask(path, { method: 'DELETE', headers: { Authorization: `Bearer ${started.token}` } }),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
          "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      });
    }
  });
});

describe('the token', () => {
  test('has 192 bits, is new with each start, and stands only in the fragment', async () => {
    await using other = await startHost();
    expect(started.token).toMatch(/^[\w-]{32}$/u);
    expect(other.token).not.toBe(started.token);
    const address = new URL(started.host.address);
    expect(address.pathname + address.search).toBe('/');
  });

  test.each([
    ['none', undefined],
    ['an empty one', 'Bearer '],
    ['a wrong one', `Bearer ${'A'.repeat(32)}`],
    ['the right one without its scheme', 'TOKEN'],
    ['the right one with another scheme', 'Basic TOKEN'],
    ['the right one and more', 'Bearer TOKEN,'],
    ['the beginning of the right one', 'Bearer TOKE'],
  ])('%s opens neither calls nor events', async (_name, text) => {
    const authorization = text?.replace('TOKEN', started.token).replace('TOKE', started.token.slice(0, 31));
    const headers = {
      'Content-Type': 'application/json',
      ...(authorization !== undefined && { Authorization: authorization }),
    };
    const before = started.service.asked.length;
    for (const path of ['/api/list', '/api/host/choose', '/api/host/complete', '/api/nothing']) {
      const { status, body } = await started.ask(path, { method: 'POST', headers, body: '{}' });
      expect(status, path).toBe(401);
      expect(JSON.parse(body)).toMatchObject({ error: { code: 'refused' } });
    }
    expect((await started.ask('/api/events', { headers })).status).toBe(401);
    expect(started.service.asked).toHaveLength(before);
  });

  test.each(['/api/list?token=TOKEN', '/api/list?access_token=TOKEN'])(
    'is not taken from the address: %s',
    async (path) => {
      const { status } = await started.ask(path.replace('TOKEN', started.token), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
      });
      expect(status).toBe(401);
    },
  );

  test('is not taken from a cookie, and no cookie is set: all ports of 127.0.0.1 share them', async () => {
    const { status } = await started.ask('/api/list', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: `token=${started.token}` },
      body: '{}',
    });
    expect(status).toBe(401);
    for (const { headers } of [await started.ask('/'), await started.call('list', {})]) {
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  test('stands in no file and no answer of the host', async () => {
    for (const path of ['/', '/assets/main.js', '/nothing']) {
      const { body, headers } = await started.ask(path);
      expect(body + JSON.stringify(headers)).not.toContain(started.token);
    }
  });
});

describe('the ticket that a browser is started with', () => {
  const enter = (own: StartedHost, ticket: unknown, headers: Record<string, string> = {}) =>
    own.ask('/api/host/enter', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ ticket }),
    });
  const ticketOf = (own: StartedHost): string => own.host.addressForOnce().split('#ticket=')[1] ?? '';

  test('gives the token, once', async () => {
    await using own = await startHost();
    const ticket = ticketOf(own);
    expect(ticket).toMatch(/^[\w-]{32}$/u);
    expect(JSON.parse((await enter(own, ticket)).body)).toEqual({ result: own.token });
    expect((await enter(own, ticket)).status).toBe(401);
  });

  test('is no token, and the token is no ticket', async () => {
    await using own = await startHost();
    const authorization = { Authorization: `Bearer ${ticketOf(own)}` };
    expect((await own.call('list', {}, authorization)).status).toBe(401);
    expect((await enter(own, own.token)).status).toBe(401);
  });

  test('is good for a minute', async () => {
    await using own = await startHost();
    const ticket = ticketOf(own);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 60_001);
    try {
      expect((await enter(own, ticket)).status).toBe(401);
    } finally {
      clock.mockRestore();
    }
  });

  test('is worth nothing to another site, and none is there unless a browser was started', async () => {
    await using own = await startHost();
    expect((await enter(own, '')).status).toBe(401);
    const ticket = ticketOf(own);
    expect((await enter(own, ticket, { Origin: 'http://evil.example' })).status).toBe(403);
    expect((await enter(own, ticket, { Host: 'evil.example' })).status).toBe(421);
    expect((await enter(own, ticket, { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await enter(own, [ticket])).status).toBe(400);
    expect((await own.ask(`/api/host/enter?ticket=${ticket}`)).status).toBe(401);
    expect((await enter(own, ticket)).status).toBe(200);
  });
});

describe('a call', () => {
  test('of the page itself is answered', async () => {
    const { status, body, headers } = await started.call('list', { text: 'a' });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({ result: { name: 'list', args: { text: 'a' } } });
    expect(headers['cache-control']).toBe('no-store');
  });

  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])('by %s does nothing', async (method) => {
    const before = started.service.asked.length;
    for (const name of windowCallNames) {
      const { status, headers } = await started.ask(`/api/${name}`, {
        method,
        headers: { Authorization: `Bearer ${started.token}` },
      });
      expect(status).toBe(405);
      expect(headers.allow).toBe('POST');
    }
    expect(started.service.asked).toHaveLength(before);
  });

  test.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
    'application/json; charset=utf-16',
    'application/jsonp',
  ])('of a type that a form of another site could send does nothing: %s', async (type) => {
    const before = started.service.asked.length;
    const { status } = await started.ask('/api/list', {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${started.token}`,
        ...(type !== undefined && { 'Content-Type': type }),
      },
      body: '{}',
    });
    expect(status).toBe(415);
    expect(started.service.asked).toHaveLength(before);
  });

  test.each([
    'nothing',
    'constructor',
    '__proto__',
    'toString',
    'list/',
    'list/../list',
    'LIST',
    'addfolder',
    'rebuildCatalogue',
    'host/',
    'host/info',
    'host%2fchoose',
    '',
  ])('that does not exist is refused: %j', async (name) => {
    const before = started.service.asked.length;
    const { status } = await started.call(name, {});
    expect(status).toBe(404);
    expect(started.service.asked).toHaveLength(before);
  });

  test.each(['', '{', 'undefined', '{}{}', Buffer.from([0x22, 0xff, 0x22])])(
    'that is no JSON is refused: %j',
    async (body) => {
      const { status } = await started.ask('/api/list', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${started.token}` },
        body,
      });
      expect(status).toBe(400);
    },
  );
});

describe('limits', () => {
  const large = (bytes: number): string => JSON.stringify({ text: 'x'.repeat(bytes) });

  test('a body above the limit is refused by its length, before it is read', async () => {
    const before = started.service.asked.length;
    const answer = await sendRaw(
      `POST /api/list HTTP/1.1\r\nHost: 127.0.0.1:${started.host.port}\r\nContent-Type: application/json\r\n` +
        `Authorization: Bearer ${started.token}\r\nContent-Length: 10000000000\r\n\r\n{`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /u);
    expect(started.service.asked).toHaveLength(before);
  });

  test('a body above the limit is refused also where its length is not told', async () => {
    const text = large(limits.bodyBytes);
    const answer = await sendRaw(
      `POST /api/list HTTP/1.1\r\nHost: 127.0.0.1:${started.host.port}\r\nContent-Type: application/json\r\n` +
        `Authorization: Bearer ${started.token}\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /u);
  });

  test('a body just below the limit is read', async () => {
    const { status } = await started.call('list', { text: 'x'.repeat(limits.bodyBytes - 20) });
    expect(status).toBe(200);
  });

  test('headers above the limit are refused', async () => {
    const { status } = await started.ask('/', { headers: { 'X-Long': 'x'.repeat(limits.headerBytes) } });
    expect(status).toBe(431);
  });

  test.each([
    ['headers', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT'],
    [
      'a body',
      'POST /api/list HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nAuthorization: Bearer TOKEN\r\n' +
        'Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{',
    ],
    ['nothing', ''],
  ])('who begins to send %s and does not go on is not waited for', async (_, begun) => {
    await using own = await startHost(undefined, { headersMs: 200, requestMs: 400 });
    const text = begun.replace('PORT', String(own.host.port)).replace('TOKEN', own.token);
    const socket = connect(own.host.port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('error', () => undefined).on('data', (part) => (answer += part.toString()));
    // Without a limit this waits until the test is over.
    await once(socket, 'close');
    expect(answer.slice(0, 13)).toBe('HTTP/1.1 408 ');
  });

  test('connections above the limit are closed', async () => {
    await using own = await startHost();
    const held = Array.from({ length: limits.connections + 5 }, () => connect(own.host.port, '127.0.0.1'));
    const dropped = held.map(
      (socket) =>
        new Promise<boolean>((resolve) => {
          socket.on('close', () => resolve(true));
          socket.on('error', () => resolve(true));
          setTimeout(() => resolve(false), 500).unref();
        }),
    );
    expect((await Promise.all(dropped)).filter(Boolean)).toHaveLength(5);
    for (const socket of held) socket.destroy();
  });

  test('pages that listen are limited; others are told why', async () => {
    await using own = await startHost();
    const authorization = { Authorization: `Bearer ${own.token}` };
    const streams = await Promise.all(
      Array.from({ length: limits.streams }, () =>
        fetch(`${own.origin}/api/events`, { headers: authorization }),
      ),
    );
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
    expect((await own.ask('/api/events', { headers: authorization })).status).toBe(503);
    for (const { body } of streams) await body?.cancel();
  });
});

describe('the pages', () => {
  test('are shown without the token: they hold no secret', async () => {
    const { status, headers, body } = await started.ask('/');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toContain('<title>Deltashelf</title>');
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%2fsecret.txt',
    '/.%2e/secret.txt',
    '/%252e%252e%252fsecret.txt',
    '/..%5csecret.txt',
    '/..\\secret.txt',
    '/assets%5c..%5c..%5csecret.txt',
    '/index.html%00.js',
    '/%00',
    '/%',
    '/%c0%ae%c0%ae/secret.txt',
    '//secret.txt',
    '/./index.html',
    '/assets//main.js',
    '/assets/',
    '/assets',
    '/C:/secret.txt',
    '/INDEX.HTML',
    'http://evil.example/index.html',
    '*',
  ])('lead nowhere else: %s', async (path) => {
    const answer = await sendRaw(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${started.host.port}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /u);
    expect(answer).not.toContain('secret\n');
  });

  test('are what the host found when it started; a link among them is none', async () => {
    await using own = await startHost();
    const pages = join(own.folder, 'pages');
    await symlink(join(own.folder, 'secret.txt'), join(pages, 'assets/link.js'));
    await writeFile(join(pages, 'later.js'), 'late');
    expect((await own.ask('/later.js')).status).toBe(404);
    const read = await Pages.read(pages);
    expect(() => read.send('/assets/link.js', false, undefined as never)).toThrow('no such page');
  });

  test('of which there are none: the host does not start', async () => {
    await expect(Pages.read(join(started.folder, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('nobody on the network reaches the host', async () => {
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  // Another address of the loop stands for the network where there is none.
  for (const address of [...others, '127.0.0.2']) {
    const reached = await new Promise<boolean>((resolve) => {
      const socket = connect(started.host.port, address, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    expect(reached, address).toBe(false);
  }
});

test('nothing is written: the host keeps no log and no file', async () => {
  expect((await readdir(started.folder)).sort()).toEqual(['home', 'pages', 'secret.txt']);
});
