// `serve`: what it asks of the web host, and what it prints.
import { expect, test } from 'vitest';
import { serveResultSchema, type ServeRequest } from '../../src/shared/index.ts';
import { failureOf, resultOf, runCommand } from './run-command.ts';

const address = 'http://127.0.0.1:8123/#token=key';

/** A web host that listens at once and ends. */
function host() {
  const asked: ServeRequest[] = [];
  return {
    asked,
    serve: async (request: ServeRequest): Promise<void> => {
      asked.push(request);
      request.onAddress(address);
    },
  };
}

test('the address stands on stdout alone, on one line', async () => {
  const { serve } = host();
  const { code, out, err } = await runCommand(['serve'], { serve });
  expect({ code, out }).toEqual({ code: 0, out: `${address}\n` });
  expect(err).toContain('Ctrl+C');
});

test('with --json it is one object', async () => {
  const { serve } = host();
  expect(await resultOf(serveResultSchema, ['serve'], { serve })).toEqual({ address });
});

test('without options: a free port, no roots but the usual, and the browser', async () => {
  const { serve, asked } = host();
  await runCommand(['serve'], { serve });
  expect(asked).toMatchObject([{ roots: [], open: true }]);
  expect(asked[0]).not.toHaveProperty('port');
  expect(asked[0]).not.toHaveProperty('home');
});

test('options are handed on', async () => {
  const { serve, asked } = host();
  const args = [
    '--port',
    '8123',
    '--root',
    '/a',
    '--root',
    '/b',
    '--no-open',
    '--home',
    '/h',
    '--threads',
    '2',
  ];
  await runCommand(['serve', ...args], { serve });
  expect(asked).toMatchObject([{ port: 8123, roots: ['/a', '/b'], open: false, home: '/h', threads: 2 }]);
});

test.each(['0', '65536', '-1', 'http', '80.5', ''])('%j is no port', async (port) => {
  const { serve, asked } = host();
  expect(await failureOf(['serve', '--port', port], { serve })).toMatchObject({ code: 'usage' });
  expect(asked).toEqual([]);
});
