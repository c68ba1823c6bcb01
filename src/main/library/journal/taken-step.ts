import { z } from 'zod';

/** Kinds of steps that change a person's disk or vault. */
export const stepKinds = [
  'compress',
  'reclaim',
  'purge',
  'reconstruct',
  'delete',
  'undo',
  'rebase',
  'repair',
  'forget',
  'move-vault',
] as const;
export type StepKind = (typeof stepKinds)[number];

const text = z.string().max(16_384);

/** What a finished step leaves for Activity and for `undo`. */
export const takenSchema = z.strictObject({
  kind: z.enum(stepKinds),
  name: text,
  /** What `undo` would do; null where it cannot be taken back. */
  undo: text.nullable(),
  sentence: text,
  /** Names what `undo` would take back: the quarantine entry, the stored model. */
  subject: text.nullable(),
  /** Steps that can no longer be taken back because of this one, by their id. */
  closes: z.array(z.string().max(40)).max(1000),
});
export type Taken = z.infer<typeof takenSchema>;

/** A step that was taken, as Activity shows it and `undo` takes it back. */
export interface TakenStep {
  readonly id: string;
  readonly kind: StepKind;
  readonly name: string;
  readonly at: string;
  /** What `undo` would do; null where it cannot be taken back. */
  readonly undo: string | null;
  readonly sentence: string;
}
