import type { Failure } from '../../shared/index.ts';
import { takeToken } from './web-token.ts';

/** An answer of the web host, of the shape that its calls have. */
type Answer = { readonly result: unknown } | Failure;

/** Asks the web host, with the key in a header: a cookie would go to every port of this machine. */
export class WebRequests {
  readonly #token: Promise<string>;

  constructor() {
    this.#token = takeToken(async (ticket) => {
      const answer = await send('host/enter', { ticket }, {});
      return 'result' in answer && typeof answer.result === 'string' ? answer.result : undefined;
    });
  }

  /** Makes a call. Never throws: where nobody answers, that is a failure like any other. */
  async post(call: string, args: unknown): Promise<Answer> {
    return send(call, args, await this.#authorization());
  }

  /** Opens the stream of events; its bytes go to `tell`. Ends when the stream does, or throws. */
  async listen(
    tell: (text: string) => void,
    opened: () => void,
    signal: AbortSignal,
  ): Promise<Failure | null> {
    const response = await fetch('/api/events', {
      headers: await this.#authorization(),
      cache: 'no-store',
      redirect: 'error',
      signal,
    });
    if (!response.ok || !response.body) {
      const answer = answerIn(await response.json());
      return answer && 'error' in answer ? answer : unreadable();
    }
    opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) tell(part.value);
    return null;
  }

  async #authorization(): Promise<{ Authorization: string }> {
    return { Authorization: `Bearer ${await this.#token}` };
  }
}

async function send(call: string, args: unknown, headers: Record<string, string>): Promise<Answer> {
  try {
    const response = await fetch(`/api/${call}`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(args),
      cache: 'no-store',
      redirect: 'error',
    });
    return answerIn(await response.json()) ?? unreadable();
  } catch {
    return noAnswer();
  }
}

function answerIn(value: unknown): Answer | undefined {
  const isAnswer = typeof value === 'object' && value !== null && ('result' in value || 'error' in value);
  return isAnswer ? (value as Answer) : undefined;
}

/** What a person is told when the host is gone. */
export function noAnswer(): Failure {
  return failure(
    'in-use',
    'Deltashelf does not answer this page any more. No file is lost: what it had begun is finished or taken back at ' +
      'its next start. Start it again and open the address that it prints.',
  );
}

function unreadable(): Failure {
  return failure(
    'internal',
    'The answer of Deltashelf could not be read. No model, delta or base was changed by that. Load the page again.',
  );
}

function failure(code: Failure['error']['code'], sentence: string): Failure {
  return { error: { code, sentence, place: {} } };
}
