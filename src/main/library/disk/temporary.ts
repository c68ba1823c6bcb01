import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';

import { errnoOf } from './failures.ts';

const temporaryName = /^\.deltashelf-[0-9a-f]{16}\.tmp$/u;

/** A new name in the folder of `finalPath`, so that both are on one volume. */
export function temporaryBeside(finalPath: string): string {
  return join(dirname(finalPath), `.deltashelf-${randomBytes(8).toString('hex')}.tmp`);
}

/** Whether a name is one that this room gives to unfinished work. */
export function isTemporaryName(name: string): boolean {
  return temporaryName.test(name);
}

/**
 * Takes back one step of unfinished work, and tries twice before it gives up in silence: what stays behind has
 * a temporary name and harms nothing, and the failure that led here is the one to tell.
 */
export async function takeBack(step: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      await step();
      return;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return;
    }
  }
}
