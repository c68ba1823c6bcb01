import { basename } from 'node:path';
import { z } from 'zod';

import { endProbe, planProbe, probeQuarantine, quarantineName } from '../quarantine/index.ts';
import type { StepContext } from './context.ts';
import { journaled } from './journaled.ts';
import { temporaryName, temporaryPath, wholePath } from './plan-paths.ts';
import type { Recovery } from './recovery.ts';

const probeSchema = z.strictObject({
  places: z.array(wholePath.refine((path) => basename(path) === quarantineName)).max(1024),
  file: temporaryPath,
  moved: temporaryName,
});

/**
 * Makes the quarantine of the originals in a folder, in the first of the places where that works.
 * @param places as `chooseQuarantine` gives them
 * @param beside the folder that holds the originals
 */
export async function findPlace(
  context: StepContext,
  places: readonly string[],
  beside: string,
): Promise<string> {
  const probe = planProbe(places, beside);
  return journaled(context, 'probe', probe, recoverProbe, async (step) => {
    const place = await probeQuarantine(context.tools.fs, probe);
    await step.end();
    return place;
  });
}

/** Removes what a probe left behind. */
export const recoverProbe: Recovery = async (context, step) => {
  await endProbe(context.tools.fs, probeSchema.parse(step.plan));
  await step.end();
  return {
    step: 'reclaim',
    name: 'quarantine',
    outcome: 'rolled-back',
    sentence:
      'Looking for a place where originals could wait was interrupted; nothing of it is left, and nothing moved.',
  };
};
