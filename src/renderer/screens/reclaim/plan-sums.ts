import type { ReclaimResult } from '../../../shared/index.ts';

type Row = ReclaimResult['models'][number];

/** A reviewed plan, sorted by what will come of it. */
export interface PlanSums {
  readonly moving: readonly Row[];
  /** Refused, with the sentence why. */
  readonly refused: readonly Row[];
  readonly bytes: number;
  readonly files: number;
  /** Files that lie beside the originals and stay. */
  readonly stay: number;
}

export function planSums(plan: ReclaimResult | undefined): PlanSums {
  const moving = plan?.models.filter(({ outcome }) => outcome === 'done') ?? [];
  return {
    moving,
    refused: plan?.models.filter(({ outcome }) => outcome !== 'done') ?? [],
    bytes: moving.reduce((sum, { bytes }) => sum + bytes, 0),
    files: moving.reduce((sum, { files }) => sum + files.length, 0),
    stay: moving.reduce((sum, { stay }) => sum + stay.length, 0),
  };
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });

/** The day from which what moves now may be purged: "5 December". */
export function purgeableFrom(days: number, now = new Date()): string {
  const then = new Date(now);
  then.setDate(now.getDate() + days);
  return day.format(then);
}
