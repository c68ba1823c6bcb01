import { z } from 'zod';
import { jobSchema } from './results.ts';

/** What the service tells while it works: at most ten a second for each job. */
export const libraryEventSchema = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('job'), job: jobSchema }),
  /** Something in the library is not as it was: lists are worth asking for again. */
  z.strictObject({ event: z.literal('changed') }),
  /** A base with dependents changed or vanished: its children, and what to do. */
  z.strictObject({ event: z.literal('alarm'), sentence: z.string(), models: z.array(z.string()) }),
]);
export type LibraryEvent = z.infer<typeof libraryEventSchema>;
