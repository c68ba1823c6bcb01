import { z } from 'zod';
import {
  activityResultSchema,
  candidatesResultSchema,
  changesResultSchema,
  checkResultSchema,
  compressResultSchema,
  jobsResultSchema,
  listResultSchema,
  outcomeResultSchema,
  overviewResultSchema,
  placesResultSchema,
  planResultSchema,
  purgeResultSchema,
  quarantineResultSchema,
  reclaimResultSchema,
  reconstructResultSchema,
  removeFolderResultSchema,
  scanResultSchema,
  settingsResultSchema,
  showResultSchema,
  takenStepSchema,
  treeResultSchema,
  verifyAllResultSchema,
} from './results.ts';
import { modelLevel, modelReference, modelState, modelSummarySchema, selection } from './values.ts';

const path = z.string().min(1).max(4096);
const nothing = z.strictObject({});

/**
 * Every call of the library: what it is given, what it gives back. One list for all faces: the command line in the
 * same process, a second one over the local socket, and later the window. Arguments are parsed before anything is done.
 */
export const libraryCalls = {
  addFolder: { args: z.strictObject({ path }), result: scanResultSchema },
  removeFolder: { args: z.strictObject({ path }), result: removeFolderResultSchema },
  scan: { args: nothing, result: scanResultSchema },
  list: {
    args: z.strictObject({
      text: z.string().max(1000).optional(),
      state: modelState.optional(),
      sort: z.enum(['name', 'bytes', 'stored', 'frees']).default('name'),
      limit: z.int().min(1).max(100_000).optional(),
    }),
    result: listResultSchema,
  },
  show: { args: z.strictObject({ model: modelReference }), result: showResultSchema },
  tree: {
    args: z.strictObject({
      model: modelReference.optional(),
      /** Tells what is known, instead of finding out first. */
      asKnown: z.boolean().default(false),
    }),
    result: treeResultSchema,
  },
  overview: { args: nothing, result: overviewResultSchema },
  places: { args: nothing, result: placesResultSchema },
  /** How much each tensor of a model changed. */
  changes: { args: z.strictObject({ model: modelReference }), result: changesResultSchema },
  candidates: { args: z.strictObject({ model: modelReference }), result: candidatesResultSchema },
  /** Puts a copy of the sample library into the home, and watches it. */
  addSample: { args: nothing, result: scanResultSchema },
  plan: { args: z.strictObject({ models: selection.models }), result: planResultSchema },
  compress: {
    args: z.strictObject({
      ...selection,
      level: modelLevel.default('fast'),
      /** Compress, verify, reclaim and purge one model after the other, for a disk that is full. */
      asYouGo: z.boolean().default(false),
    }),
    result: compressResultSchema,
  },
  verify: { args: z.strictObject(selection), result: verifyAllResultSchema },
  reclaim: {
    args: z.strictObject({
      ...selection,
      /** False: only the plan is made. */
      confirmed: z.boolean(),
      sideFiles: z.boolean().default(false),
    }),
    result: reclaimResultSchema,
  },
  quarantine: { args: nothing, result: quarantineResultSchema },
  purge: {
    args: z.strictObject({
      confirmed: z.boolean(),
      /** Also what is younger than the minimum age. */
      now: z.boolean().default(false),
      /** Only these entries of the quarantine: what a person was shown, and nothing that came since. */
      entries: z.array(z.string().max(100)).max(100_000).optional(),
    }),
    result: purgeResultSchema,
  },
  reconstruct: {
    args: z.strictObject({ ...selection, to: path.optional() }),
    result: reconstructResultSchema,
  },
  delete: {
    args: z.strictObject({ model: modelReference, confirmed: z.boolean() }),
    result: quarantineResultSchema,
  },
  locate: { args: z.strictObject({ model: modelReference, path }), result: modelSummarySchema },
  undo: { args: z.strictObject({ step: z.string().max(100).optional() }), result: takenStepSchema },
  check: {
    args: z.strictObject({
      ...selection,
      /** Only what was not checked for so many days. */
      olderThanDays: z.int().min(0).optional(),
    }),
    result: checkResultSchema,
  },
  repair: {
    args: z.strictObject({ model: modelReference, from: path.optional() }),
    result: modelSummarySchema,
  },
  settings: {
    args: z.strictObject({ set: z.record(z.string().max(100), z.unknown()).default({}) }),
    result: settingsResultSchema,
  },
  setEdge: {
    args: z.strictObject({
      child: modelReference,
      parents: z
        .array(z.strictObject({ model: modelReference, weight: z.number().optional() }))
        .min(1)
        .max(16),
    }),
    result: treeResultSchema,
  },
  confirmEdge: { args: z.strictObject({ child: modelReference }), result: treeResultSchema },
  /** It has no parent, whatever the evidence. */
  clearEdge: { args: z.strictObject({ child: modelReference }), result: treeResultSchema },
  rebase: {
    args: z.strictObject({ model: modelReference, parents: z.array(modelReference).max(16) }),
    result: modelSummarySchema,
  },
  jobs: { args: nothing, result: jobsResultSchema },
  outcome: { args: z.strictObject({ job: z.int() }), result: outcomeResultSchema },
  controlJob: {
    args: z.strictObject({ id: z.int(), action: z.enum(['cancel', 'pause', 'resume', 'retry']) }),
    result: jobsResultSchema,
  },
  activity: {
    args: z.strictObject({ limit: z.int().min(1).max(10_000).default(100) }),
    result: activityResultSchema,
  },
  moveVault: { args: z.strictObject({ path }), result: settingsResultSchema },
  rebuildCatalogue: { args: nothing, result: scanResultSchema },
} as const;

export type LibraryCall = keyof typeof libraryCalls;
/** As a caller writes them: what has a default may be left out. */
export type CallArgs<Call extends LibraryCall> = z.input<(typeof libraryCalls)[Call]['args']>;
/** As the service reads them. */
export type ParsedArgs<Call extends LibraryCall> = z.output<(typeof libraryCalls)[Call]['args']>;
export type CallResult<Call extends LibraryCall> = z.output<(typeof libraryCalls)[Call]['result']>;
