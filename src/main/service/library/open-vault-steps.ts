import { join } from 'node:path';
import { DeltashelfError } from '../../../shared/index.ts';
import {
  openSteps,
  type Catalogue,
  type OpenStepsOptions,
  type Settings,
  type StepContext,
  type Steps,
} from '../../library/index.ts';
import { awaySteps, vaultAway } from './away-steps.ts';

/**
 * Opens the vault of a home. The default one is made where it is not there; one that a person moved elsewhere never is:
 * where it is not there, its disk is away, and an empty one in its place would hide it.
 * @throws DeltashelfError `in-use`, `vault-damaged`
 */
export async function openVaultSteps(
  tools: Pick<OpenStepsOptions, 'fs' | 'pool' | 'writer'>,
  catalogue: Catalogue,
  home: string,
  hints: StepContext['hints'],
): Promise<{ steps: Steps; away: DeltashelfError | undefined }> {
  const chosen = catalogue.settings.get('vaultPath');
  const vaultPath = chosen ?? join(home, 'vault');
  const get = <Key extends keyof Settings>(key: Key): Settings[Key] => catalogue.settings.get(key);
  // Read when they are needed: a person may change them meanwhile.
  const settings = {
    get minimumAgeDays() {
      return get('minimumAgeDays');
    },
    get copyBases() {
      return get('copyBases');
    },
    get anchors() {
      return get('anchors');
    },
    get otherVaults() {
      const copy = get('vaultCopyPath');
      return copy === null ? [] : [copy];
    },
  };
  try {
    const steps = await openSteps({ ...tools, vaultPath, hints, settings, create: chosen === null });
    return { steps, away: undefined };
  } catch (error) {
    if (chosen === null || !(error instanceof DeltashelfError) || error.code !== 'not-found') throw error;
    const away = vaultAway(vaultPath, error);
    return { steps: awaySteps(vaultPath, away), away };
  }
}
