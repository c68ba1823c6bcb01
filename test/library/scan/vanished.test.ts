import { expect, test } from 'vitest';
import { findVanished, type SkippedPlace, type SkipReason } from '../../../src/main/library/scan/index.ts';

const models = (count: number, folder = '/w'): string[] =>
  Array.from({ length: count }, (_, at) => `${folder}/m${at}`);
const place = (why: SkipReason, path: string): SkippedPlace => ({ why, path, sentence: '' });

interface Case {
  readonly known: readonly string[];
  readonly seen: readonly string[];
  readonly skipped?: readonly SkippedPlace[];
  readonly missing: number;
  readonly undecided?: number;
  readonly alarm: boolean;
}

const table: Readonly<Record<string, Case>> = {
  'all are there': { known: models(10), seen: models(10), missing: 0, alarm: false },
  'two of ten are gone': { known: models(10), seen: models(8), missing: 2, alarm: false },
  'three of ten are gone: above a fifth': { known: models(10), seen: models(7), missing: 3, alarm: true },
  'a fifth is gone: not above': { known: models(20), seen: models(16), missing: 4, alarm: false },
  'two of two are gone: too few to ask': { known: models(2), seen: [], missing: 2, alarm: false },
  'all of a folder that could not be read': {
    known: models(10, '/w/a'),
    seen: [],
    skipped: [place('unreadable', '/w/a')],
    missing: 0,
    undecided: 10,
    alarm: false,
  },
  'a model of which one file could not be read': {
    known: ['/w/m0'],
    seen: [],
    skipped: [place('unreadable', '/w/m0/model.safetensors')],
    missing: 0,
    undecided: 1,
    alarm: false,
  },
  'a model that is being written': {
    known: ['/w/m0'],
    seen: [],
    skipped: [place('unsettled', '/w/m0')],
    missing: 0,
    undecided: 1,
    alarm: false,
  },
  'a folder that is gone': {
    known: models(10, '/w/a'),
    seen: [],
    skipped: [place('gone', '/w/a')],
    missing: 10,
    alarm: true,
  },
  'a folder whose name only begins like one that could not be read': {
    known: models(4, '/w/abc'),
    seen: [],
    skipped: [place('unreadable', '/w/ab')],
    missing: 4,
    alarm: true,
  },
};

test.for(Object.entries(table))('%s', ([, { known, seen, skipped = [], missing, undecided = 0, alarm }]) => {
  const vanished = findVanished(known, new Set(seen), skipped);
  expect(vanished.missing).toHaveLength(missing);
  expect(vanished.undecided).toHaveLength(undecided);
  expect(vanished.alarm !== undefined).toBe(alarm);
  if (alarm) expect(vanished.alarm).toContain(`${missing} of ${known.length} models`);
});
