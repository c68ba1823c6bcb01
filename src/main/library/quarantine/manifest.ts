import { z } from 'zod';

const text = z.string().max(4096);
const decimal = z.string().regex(/^\d{1,20}$/u);

/** Purging is offered after so many days in quarantine. */
export const usualAgeDays = 14;

/** An original that was moved aside, with all that is needed to put it back or to know that it may go. */
export const quarantinedFileSchema = z.strictObject({
  /** Absolute path it had. */
  from: text,
  /** Absolute path in quarantine. */
  to: text,
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  mtimeNs: z.string().regex(/^-?\d{1,19}$/u),
  mode: z.int(),
  dev: decimal,
  ino: decimal,
});
export type QuarantinedFile = z.infer<typeof quarantinedFileSchema>;

/** One reclaim (or deletion) of one model. A copy lies in the vault and one beside the files. */
export const quarantineEntrySchema = z.strictObject({
  format: z.literal(1),
  id: z.uuid(),
  /** `deleted`: nothing brings it back after the purge; else the stored model of that id does. */
  why: z.enum(['reclaimed', 'deleted']),
  stored: z.uuid().nullable(),
  name: text,
  /** The model's folder or file. */
  path: text,
  /** The folder in quarantine that holds its files. */
  folder: text,
  files: z.array(quarantinedFileSchema).max(100_000),
  /** The note that was left where the model was. */
  note: text.nullable(),
  bytes: z.int().min(0),
  createdAt: z.iso.datetime(),
  /** The same moment on the trusted clock: from here the age is counted. */
  trustedAt: z.iso.datetime(),
});
export type QuarantineEntry = z.infer<typeof quarantineEntrySchema>;
