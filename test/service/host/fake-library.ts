import {
  DeltashelfError,
  type CallArgs,
  type CallResult,
  type LibraryCall,
  type LibraryEvent,
} from '../../../src/shared/index.ts';
import type { CallControl, LibraryClient } from '../../../src/main/service/client.ts';

type Answerer = (args: never, control: CallControl) => Promise<unknown>;

/** A library of which the test says what each call answers. */
export class FakeLibrary implements LibraryClient {
  readonly calls: { readonly call: string; readonly args: unknown }[] = [];
  /** Those of the calls that were begun and not waited for. */
  readonly begun: { readonly call: string; readonly args: unknown }[] = [];
  readonly #answers: Partial<Record<LibraryCall, Answerer>>;
  readonly #listeners = new Set<(event: LibraryEvent) => void>();

  constructor(answers: Partial<Record<LibraryCall, Answerer>>) {
    this.#answers = answers;
  }

  async call<Call extends LibraryCall>(
    call: Call,
    args: CallArgs<Call>,
    control: CallControl = {},
  ): Promise<CallResult<Call>> {
    this.calls.push({ call, args });
    const answer = this.#answers[call];
    if (!answer) throw new DeltashelfError('usage', `The test has no answer to ${call}.`);
    return (await answer(args as never, control)) as CallResult<Call>;
  }

  async begin<Call extends LibraryCall>(call: Call, args: CallArgs<Call>): Promise<number> {
    this.begun.push({ call, args });
    return (await this.call(call, args)) as unknown as number;
  }

  emit(event: LibraryEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  onEvent(listener: (event: LibraryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
