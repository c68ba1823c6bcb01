import type { JobSummary } from '../../../shared/index.ts';
import type { IconName } from '../../components/icons.ts';
import { about, bytes, lasted } from '../../words/index.ts';

/** What a phase is called; one that has no name here is said as it comes. */
const phaseWords: Readonly<Record<string, string>> = {
  plan: 'Plan',
  copy: 'Copy',
  scan: 'Look through',
  identify: 'Identify',
  encode: 'Encode',
  decode: 'Decode',
  publish: 'Publish',
  verify: 'Verify',
};

/** The phases that each kind of job goes through for a model, in their order; a job about several begins again. */
const phasesOf: Readonly<Record<string, readonly string[]>> = {
  scan: ['scan', 'identify'],
  compress: ['plan', 'identify', 'encode', 'publish', 'verify'],
  rebase: ['identify', 'encode', 'publish', 'verify'],
  repair: ['decode', 'encode', 'publish', 'verify'],
  reconstruct: ['decode', 'publish', 'verify'],
};

/** A phase of a job, and whether it is the one now. */
export interface PhaseWord {
  readonly word: string;
  readonly now: boolean;
}

/** All phases of a job in words. Where the one that it is in is none of its kind's, that one alone. */
export function phaseWordsOf({ kind, phase }: Pick<JobSummary, 'kind' | 'phase'>): readonly PhaseWord[] {
  const known = phasesOf[kind] ?? [];
  const all = phase === null || known.includes(phase) ? known : [phase];
  return all.map((each) => ({ word: wordOf(each), now: each === phase }));
}

/** What is left, and nothing while nobody knows. */
export function leftWords({ secondsLeft }: Pick<JobSummary, 'secondsLeft'>): string {
  return secondsLeft === null ? '' : `${about(secondsLeft)} left`;
}

/** "4 min so far · 40.4 GB of 96.2 GB · 236.0 MB/s", as far as it is known. */
export function soFarWords({ secondsElapsed, doneBytes, totalBytes, bytesPerSecond }: JobSummary): string {
  return [
    `${lasted(secondsElapsed)} so far`,
    totalBytes > 0 ? `${bytes(doneBytes)} of ${bytes(totalBytes)}` : '',
    bytesPerSecond === null ? '' : `${bytes(bytesPerSecond)}/s`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** The bar never says more than is done. */
export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

const causeWords: Readonly<Record<NonNullable<JobSummary['cause']>, string>> = {
  person: 'Paused by you.',
  'disk-full': 'The disk is full. It goes on by itself once there is room.',
  offline: 'A disk that it needs is not connected. Connect it, and this goes on by itself.',
  sleep: 'The computer slept. It goes on by itself.',
};

/** Why a job does not go on. */
export function stopWords({ sentence, cause, title }: JobSummary): string {
  return sentence ?? (cause === null ? `${title} did not come to its end.` : causeWords[cause]);
}

const icons: Readonly<Record<string, IconName>> = {
  scan: 'search',
  identify: 'search',
  compress: 'library',
  verify: 'shield',
  reclaim: 'reclaim',
  purge: 'purge',
  reconstruct: 'reconstruct',
  rebase: 'lineage',
  check: 'shield',
  repair: 'retry',
  delete: 'purge',
  'move-vault': 'disk',
};

/** The picture of a kind of job. */
export function jobIcon({ kind }: Pick<JobSummary, 'kind'>): IconName {
  return icons[kind] ?? 'jobs';
}

function wordOf(phase: string): string {
  return phaseWords[phase] ?? phase.charAt(0).toUpperCase() + phase.slice(1);
}
