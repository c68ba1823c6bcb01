import { expect, test } from 'vitest';
import {
  freesOf,
  stateOf,
  type FreesFacts,
  type StateFacts,
} from '../../../src/main/library/catalogue/state.ts';

const facts: StateFacts = {
  volumeOnline: true,
  presence: 'whole',
  delta: 'none',
  vaultOnline: true,
  changed: false,
  quarantined: false,
};

const gone = 'gone' as const;
const verified = 'verified' as const;

test.each<[what: string, facts: Partial<StateFacts>, state: ReturnType<typeof stateOf>]>([
  ['untouched', {}, 'original'],
  ['stored, not verified yet', { delta: 'unverified' }, 'original'],
  ['stored and verified', { delta: verified }, 'compressed'],
  ['written to since', { delta: verified, changed: true }, 'changed'],
  ['written to, never verified', { delta: 'unverified', changed: true }, 'original'],
  ['its delta is damaged', { delta: 'damaged' }, 'damaged'],
  ['its delta is damaged, its disk away', { delta: 'damaged', volumeOnline: false }, 'damaged'],
  ['its files are gone', { presence: gone }, 'missing'],
  ['its files are gone, its delta unproven', { presence: gone, delta: 'unverified' }, 'missing'],
  ['only the delta is left', { presence: gone, delta: verified }, 'stored'],
  [
    'only the delta is left, on a vault that is away',
    { presence: gone, delta: verified, vaultOnline: false },
    'offline',
  ],
  [
    'only the delta is left, the disk of the original is away',
    { presence: gone, delta: verified, volumeOnline: false },
    'stored',
  ],
  ['in quarantine', { presence: gone, delta: verified, quarantined: true }, 'quarantined'],
  ['deleted, in quarantine', { presence: gone, quarantined: true }, 'quarantined'],
  [
    'in quarantine on a disk that is away',
    { presence: gone, quarantined: true, volumeOnline: false },
    'offline',
  ],
  ['downloaded again while in quarantine', { delta: verified, quarantined: true }, 'compressed'],
  ['its disk is away', { volumeOnline: false }, 'offline'],
  ['compressed, its disk away', { delta: verified, volumeOnline: false }, 'offline'],
  ['gone before its disk went away', { presence: gone, volumeOnline: false }, 'offline'],
  ['compressed, the vault away', { delta: verified, vaultOnline: false }, 'compressed'],
])('a model that is %s', (_what, more, state) => {
  expect(stateOf({ ...facts, ...more })).toBe(state);
});

const frees: FreesFacts = {
  state: 'original',
  blocked: false,
  weightBytes: 1000,
  quarantinedBytes: 0,
  predictedBytes: 300,
};

test.each<[what: string, facts: Partial<FreesFacts>, bytes: number | null, predicted: boolean]>([
  ['before it is compressed: net', {}, 700, true],
  ['where nothing is predicted: unknown', { predictedBytes: null }, null, false],
  ['where the delta would be larger: nothing', { predictedBytes: 2000 }, 0, true],
  ['where its files are shared: nothing', { blocked: true }, 0, false],
  ['when compressed: its weights', { state: 'compressed' }, 1000, false],
  ['when compressed and shared: nothing', { state: 'compressed', blocked: true }, 0, false],
  ['in quarantine: what lies there', { state: 'quarantined', quarantinedBytes: 990 }, 990, false],
  ['when stored: nothing more', { state: 'stored' }, 0, false],
])('what a model frees %s', (_what, more, bytes, predicted) => {
  expect(freesOf({ ...frees, ...more })).toEqual({ bytes, predicted });
});
