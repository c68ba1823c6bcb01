import { expect, test } from 'vitest';
import {
  originalChanged,
  type SeenFileFacts,
  type StoredFileFacts,
} from '../../../src/main/library/catalogue/original-changed.ts';

const storedAt = '2026-11-29T12:00:00.000Z';
const before = String(BigInt(Date.parse(storedAt)) * 1_000_000n - 1n);
const after = String(BigInt(Date.parse(storedAt)) * 1_000_000n + 1n);
const weights: StoredFileFacts = { path: 'w', size: 10, sha256: 'aa', weights: true };
const card: StoredFileFacts = { path: 'README.md', size: 3, sha256: 'bb', weights: false };
const seenWeights: SeenFileFacts = { path: 'w', size: 10, mtimeNs: before, sha256: null };
const seenCard: SeenFileFacts = { path: 'README.md', size: 3, mtimeNs: before, sha256: null };

test.each<[what: string, seen: SeenFileFacts[], changed: boolean]>([
  ['as it was', [seenWeights, seenCard], false],
  ['without a side file', [seenWeights], false],
  ['without weights', [seenCard], true],
  ['with a file more', [seenWeights, seenCard, { ...seenCard, path: 'new' }], true],
  ['of another size', [{ ...seenWeights, size: 11 }, seenCard], true],
  ['written to since, not read', [{ ...seenWeights, mtimeNs: after }, seenCard], true],
  [
    'written to since, read and the same',
    [{ ...seenWeights, mtimeNs: after, sha256: 'aa' }, seenCard],
    false,
  ],
  ['of other bytes under an old time', [{ ...seenWeights, sha256: 'cc' }, seenCard], true],
])('an original %s', (_what, seen, changed) => {
  expect(originalChanged(seen, [weights, card], storedAt)).toBe(changed);
});
