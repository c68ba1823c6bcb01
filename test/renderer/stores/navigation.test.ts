// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { readPlace, writePlace, type Place } from '../../../src/renderer/stores/navigation.ts';

const places: readonly Place[] = [
  { screen: 'library' },
  { screen: 'jobs' },
  { screen: 'reclaim' },
  { screen: 'activity' },
  { screen: 'settings' },
  { screen: 'model', model: 12 },
  { screen: 'lineage' },
  { screen: 'lineage', family: 3 },
  { screen: 'lineage', family: 3, model: 7 },
];

describe('addresses of places', () => {
  it('lead back to the place they were written for', () => {
    for (const place of places) expect(readPlace(writePlace(place))).toEqual(place);
  });

  it('lead to the library where they name nothing', () => {
    for (const hash of ['', '#', '#/nowhere', '#/model', '#/model/x', '#token=abc', '#/model/1e9']) {
      expect(readPlace(hash)).toEqual({ screen: 'library' });
    }
  });
});
