import { z } from 'zod';
import { libraryCalls } from '../library/calls.ts';
import { modelLevel } from '../library/values.ts';
import type { WindowCall } from './call-names.ts';

const nothing = z.strictObject({});
/** Number of a model in the catalogue. */
const model = z.int().min(1);
const models = z.array(model).max(100_000).default([]);
const all = z.boolean().default(false);
/** Names a folder that a person chose, in a dialog or by a drop, or that `places` found. */
const place = z.string().min(1).max(100);
const { places } = libraryCalls.places.result.shape;
/** What `places` found, each with the name by which it can be added. */
const namedPlaces = libraryCalls.places.result.extend({ places: z.array(places.element.extend({ place })) });
/** Long work goes on by itself: this names it in `jobs`, in events, and in `outcome`. */
const started = z.strictObject({ job: z.int() });

/**
 * Every call of a window. They are the library's, but for two things. No path comes from a page: models are numbers,
 * folders are names given out by the host for what a person chose. And nothing waits for long work: the answer names
 * the job.
 */
export const windowCalls = {
  overview: { args: nothing, result: libraryCalls.overview.result },
  places: { args: nothing, result: namedPlaces },
  list: { args: libraryCalls.list.args, result: libraryCalls.list.result },
  show: { args: z.strictObject({ model }), result: libraryCalls.show.result },
  changes: { args: z.strictObject({ model }), result: libraryCalls.changes.result },
  /** What is known of who came from whom; finds out nothing anew. */
  lineage: { args: z.strictObject({ model: model.optional() }), result: libraryCalls.tree.result },
  candidates: { args: z.strictObject({ model }), result: libraryCalls.candidates.result },
  plan: { args: z.strictObject({ models }), result: libraryCalls.plan.result },
  reclaimPlan: {
    args: z.strictObject({ models, all, sideFiles: z.boolean().default(false) }),
    result: libraryCalls.reclaim.result,
  },
  purgePlan: { args: z.strictObject({ now: z.boolean().default(false) }), result: libraryCalls.purge.result },
  deletePlan: { args: z.strictObject({ model }), result: libraryCalls.delete.result },
  quarantine: { args: nothing, result: libraryCalls.quarantine.result },
  jobs: { args: nothing, result: libraryCalls.jobs.result },
  outcome: { args: z.strictObject({ job: z.int() }), result: libraryCalls.outcome.result },
  activity: { args: libraryCalls.activity.args, result: libraryCalls.activity.result },
  settings: { args: nothing, result: libraryCalls.settings.result },

  addFolder: { args: z.strictObject({ place }), result: started },
  addSample: { args: nothing, result: started },
  removeFolder: { args: z.strictObject({ folder: z.int() }), result: libraryCalls.removeFolder.result },
  scan: { args: nothing, result: started },
  compress: {
    args: z.strictObject({
      models,
      all,
      level: modelLevel.default('fast'),
      asYouGo: z.boolean().default(false),
    }),
    result: started,
  },
  verify: { args: z.strictObject({ models, all }), result: started },
  reclaim: {
    args: z.strictObject({ models, all, sideFiles: z.boolean().default(false) }),
    result: started,
  },
  purge: {
    args: z.strictObject({
      now: z.boolean().default(false),
      /** What a person was shown: nothing that came since goes with it. */
      entries: z.array(z.string().max(100)).min(1).max(100_000),
    }),
    result: started,
  },
  reconstruct: { args: z.strictObject({ models, all, to: place.optional() }), result: started },
  delete: { args: z.strictObject({ model }), result: started },
  check: { args: z.strictObject({ models, all }), result: started },
  repair: { args: z.strictObject({ model, from: place.optional() }), result: started },
  locate: { args: z.strictObject({ model, place }), result: libraryCalls.locate.result },
  moveVault: { args: z.strictObject({ place }), result: started },
  undo: { args: libraryCalls.undo.args, result: libraryCalls.undo.result },
  setEdge: {
    args: z.strictObject({
      child: model,
      parents: z
        .array(z.strictObject({ model, weight: z.number().optional() }))
        .min(1)
        .max(16),
    }),
    result: libraryCalls.setEdge.result,
  },
  confirmEdge: { args: z.strictObject({ child: model }), result: libraryCalls.confirmEdge.result },
  clearEdge: { args: z.strictObject({ child: model }), result: libraryCalls.clearEdge.result },
  controlJob: { args: libraryCalls.controlJob.args, result: libraryCalls.controlJob.result },
  setSettings: {
    /** `vaultCopyPath` takes the name of a place, or null. */
    args: z.strictObject({ set: z.record(z.string().max(100), z.unknown()) }),
    result: libraryCalls.settings.result,
  },
} as const satisfies Record<WindowCall, { args: z.ZodType; result: z.ZodType }>;

/** As a page writes them: what has a default may be left out. */
export type WindowArgs<Call extends WindowCall> = z.input<(typeof windowCalls)[Call]['args']>;
/** As the host reads them. */
export type ParsedWindowArgs<Call extends WindowCall> = z.output<(typeof windowCalls)[Call]['args']>;
export type WindowResult<Call extends WindowCall> = z.output<(typeof windowCalls)[Call]['result']>;
