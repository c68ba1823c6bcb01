import { join } from 'node:path';
import { inject, type TestContext } from 'vitest';
import { electronProgram } from '../../scripts/electron.mjs';
import { launchElectron } from './launch-electron.ts';
import { launchStandIn } from './launch-stand-in.ts';

export interface Runtime {
  readonly name: string;
  readonly launch: typeof launchStandIn;
  readonly isStandIn: boolean;
  /** For `beforeEach`: the stand-in draws pages in a browser, and there may be none. */
  readonly skipWithout: (context: TestContext) => void;
  readonly isThere: boolean;
}

const browser = inject('browser');
const hasBrowser = 'launch' in browser;
const program = electronProgram(join(import.meta.dirname, '../..'));

const standIn: Runtime = {
  name: 'the stand-in for Electron',
  launch: launchStandIn,
  isStandIn: true,
  isThere: hasBrowser,
  skipWithout: ({ skip }) => {
    if (!hasBrowser) skip('no browser starts here');
  },
};

/** What the tests of the shell run on: always the stand-in, and Electron itself where it was fetched. */
export const runtimes: readonly Runtime[] = [
  standIn,
  ...(program === undefined
    ? []
    : [
        {
          name: 'Electron',
          launch: launchElectron(program),
          isStandIn: false,
          isThere: true,
          skipWithout: () => undefined,
        },
      ]),
];
