import { z } from 'zod';
import { DeltashelfError, type Failure } from '../../shared/index.ts';
import { windowCallNames } from '../../shared/window/index.ts';
import { noKey } from './guard.ts';
import { Refusal } from './refusal.ts';
import type { Ticket } from './ticket.ts';
import type { TypedPlaces } from './typed-places.ts';
import type { PageService } from './page-service.ts';

type Answer = { readonly result: unknown } | Failure;

const path = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/u);
const completeArgs = z.strictObject({
  text: z
    .string()
    .max(4096)
    .regex(/^[^\0]*$/u),
});
const chooseArgs = z.strictObject({ path });
const enterArgs = z.strictObject({ ticket: z.string().max(100) });
const names: ReadonlySet<string> = new Set(windowCallNames);

/**
 * Answers a call of the page. Those of every window go to the service; two more are a browser's own, as it has no
 * dialog for folders of another machine.
 * @throws Refusal 404 for a call that does not exist, 400 for one that cannot be meant
 */
export async function answerCall(
  name: string,
  args: unknown,
  service: PageService,
  places: TypedPlaces,
): Promise<Answer> {
  switch (name) {
    case 'host/complete': {
      const { text } = parsed(completeArgs, args);
      return { result: await places.complete(text) };
    }
    case 'host/choose': {
      const typed = parsed(chooseArgs, args);
      return asValue(async () => service.chosen(await places.find(typed.path)));
    }
    default:
      if (!names.has(name)) throw new Refusal(404, 'There is no such call.', 'usage');
      return service.answer(name, args);
  }
}

/**
 * Changes a ticket for the token.
 * @throws Refusal 401 where it is not good, or not any more
 */
export function enter(args: unknown, ticket: Ticket | undefined, token: string): Answer {
  if (ticket?.take(parsed(enterArgs, args).ticket)) return { result: token };
  throw noKey();
}

function parsed<Schema extends z.ZodType>(schema: Schema, args: unknown): z.output<Schema> {
  const { data, success } = schema.safeParse(args);
  if (!success) throw new Refusal(400, 'The call has other arguments. Nothing was done.', 'usage');
  return data;
}

async function asValue(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { result: await work() };
  } catch (error) {
    if (!(error instanceof DeltashelfError)) throw error;
    const { code, message: sentence, place } = error;
    return { error: { code, sentence, place } };
  }
}
