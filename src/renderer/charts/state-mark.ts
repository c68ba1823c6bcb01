import type { ModelSummary } from '../../shared/index.ts';

/** The shapes that tell states apart without colour. `running` is a job's, all others are a model's. */
export type Mark =
  | 'base'
  | 'original'
  | 'compressed'
  | 'quarantined'
  | 'stored'
  | 'close'
  | 'changed'
  | 'damaged'
  | 'missing'
  | 'offline'
  | 'running';

type Marked = Pick<ModelSummary, 'state' | 'relation' | 'lossy'>;

/** What is wrong goes before what is kept; a base is one only while its files are there. */
export function markOf({ state, relation, lossy }: Marked): Mark {
  switch (state) {
    case 'damaged':
    case 'missing':
    case 'offline':
    case 'changed':
      return state;
    case 'original':
      return relation === 'base' ? 'base' : 'original';
    case 'compressed':
    case 'quarantined':
    case 'stored':
      return lossy ? 'close' : state;
  }
}

const words: Readonly<Record<Mark, string>> = {
  base: 'Base',
  original: 'Original',
  compressed: 'Compressed',
  quarantined: 'In quarantine',
  stored: 'Stored',
  close: 'Close copy',
  changed: 'Changed',
  damaged: 'Damaged',
  missing: 'Missing',
  offline: 'Offline',
  running: 'Running',
};

/** The word of a mark. */
export function markWord(mark: Mark): string {
  return words[mark];
}

/** The state of a model in words: "Base, guarded", "Offline, Atlas". */
export function stateWords(model: Marked & Partial<Pick<ModelSummary, 'dependents' | 'awayOn'>>): string {
  const mark = markOf(model);
  if (mark === 'base' && (model.dependents ?? 0) > 0) return 'Base, guarded';
  if (mark === 'offline' && typeof model.awayOn === 'string') return `Offline, ${model.awayOn}`;
  return words[mark];
}
