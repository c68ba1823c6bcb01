import type { ActivityResult } from '../../../shared/index.ts';
import type { IconName } from '../../components/icons.ts';

/** A step that was taken. */
export type Step = ActivityResult['steps'][number];

/** What became of a step later: it was taken back, or it can no longer be. */
export interface Fate {
  readonly word: 'undone' | 'purged';
  readonly at: string;
}

export interface ActivityRow {
  readonly step: Step;
  readonly fate: Fate | null;
}

export interface Day {
  readonly title: string;
  readonly rows: readonly ActivityRow[];
}

export type Facet = 'all' | 'files' | 'undoable' | 'problems';

/** Steps that move, write or delete a person's own files; the others change the vault or the list. */
const ofFiles: ReadonlySet<string> = new Set(['reclaim', 'purge', 'reconstruct', 'delete', 'undo']);
const ofProblems = /changed|missing|damaged|vanished|failed/;

/** What ends the chance to take a kind of step back, and what that is called. */
const ends: Readonly<Record<string, Readonly<Record<string, Fate['word']>>>> = {
  reclaim: { undo: 'undone', purge: 'purged' },
  delete: { undo: 'undone', purge: 'purged' },
  reconstruct: { undo: 'undone' },
  compress: { forget: 'undone' },
};

/**
 * Steps with what became of them. A step that can be taken back until something else was done about the same model says
 * by that what became of it.
 * @param steps the latest first
 */
export function withFates(steps: readonly Step[]): readonly ActivityRow[] {
  /** The latest end of each kind about each model that no step before it has claimed. */
  const later = new Map<string, Step[]>();
  return steps.map((step) => {
    const { kind, name } = step;
    const open = later.get(name) ?? [];
    let fate: Fate | null = null;
    const mine = ends[kind];
    if (mine && step.undo === null) {
      const at = open.findLastIndex((end) => end.kind in mine);
      const end = open[at];
      const word = end && mine[end.kind];
      if (end && word) {
        fate = { word, at: end.at };
        open.splice(at, 1);
      }
    }
    if (kind === 'undo' || kind === 'forget' || kind === 'purge') later.set(name, [...open, step]);
    return { step, fate };
  });
}

/** Whether a row belongs to a facet. */
export function isIn(facet: Facet, { step }: ActivityRow): boolean {
  switch (facet) {
    case 'all':
      return true;
    case 'files':
      return ofFiles.has(step.kind);
    case 'undoable':
      return step.undo !== null;
    case 'problems':
      return ofProblems.test(step.kind);
  }
}

/** Rows of a facet in which all typed words are found: in the name, the sentence or the day. */
export function filterRows(
  rows: readonly ActivityRow[],
  facet: Facet,
  text: string,
  now = new Date(),
): readonly ActivityRow[] {
  const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
  return rows.filter((row) => {
    if (!isIn(facet, row)) return false;
    if (words.length === 0) return true;
    const { name, sentence, at } = row.step;
    const all = `${name} ${sentence} ${dayTitle(at, now)}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** "Today, 21 November", "Yesterday, 20 November", "12 November", "3 June 2025". */
export function dayTitle(iso: string, now = new Date()): string {
  const date = new Date(iso);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  const written = (date.getFullYear() === now.getFullYear() ? day : dayOfYear).format(date);
  if (date.toDateString() === now.toDateString()) return `Today, ${written}`;
  if (date.toDateString() === yesterday.toDateString()) return `Yesterday, ${written}`;
  return written;
}

/** Rows by day, in their order. */
export function byDay(rows: readonly ActivityRow[], now = new Date()): readonly Day[] {
  const days = Map.groupBy(rows, ({ step }) => dayTitle(step.at, now));
  return [...days].map(([title, its]) => ({ title, rows: its }));
}

const icons: Readonly<Record<string, IconName>> = {
  compress: 'library',
  reclaim: 'reclaim',
  purge: 'purge',
  reconstruct: 'reconstruct',
  delete: 'purge',
  undo: 'undo',
  rebase: 'lineage',
  repair: 'retry',
  forget: 'undo',
  'move-vault': 'disk',
  'folder-added': 'folder',
  'folder-removed': 'folder',
};

/** The picture of a step. */
export function stepIcon({ kind }: Step): IconName {
  return icons[kind] ?? (ofProblems.test(kind) ? 'warning' : 'info');
}

/** What colour its picture has. */
export function stepTone({ step, fate }: ActivityRow): 'acc' | 'danger' | 'lossy' | 't2' | 't3' {
  if (fate?.word === 'undone' || step.kind === 'undo' || step.kind === 'forget') return 't3';
  if (step.kind === 'purge') return 'danger';
  if (ofProblems.test(step.kind)) return 'lossy';
  return step.kind === 'reclaim' || step.kind === 'compress' ? 'acc' : 't2';
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** When something became of a step: of the same day the time, of another the day. */
export function fateWords({ step, fate }: ActivityRow): string {
  if (!fate) return '';
  const same = new Date(fate.at).toDateString() === new Date(step.at).toDateString();
  return `${fate.word} ${same ? clockOf(fate.at) : day.format(new Date(fate.at))}`;
}

/** A sentence cut around the name of what it is about, which stands out. */
export function sentenceParts({ sentence, name }: Step): { before: string; name: string; after: string } {
  const at = name === '' ? -1 : sentence.indexOf(name);
  if (at < 0) return { before: sentence, name: '', after: '' };
  return { before: sentence.slice(0, at), name, after: sentence.slice(at + name.length) };
}

/** "14:21". */
export function clockOf(iso: string): string {
  return clock.format(new Date(iso));
}
