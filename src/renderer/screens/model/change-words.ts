import type { ChangesResult, ShowResult } from '../../../shared/index.ts';

type Tensor = ChangesResult['tensors'][number];

/** How many tensors differ from the parents', and how many are theirs, byte for byte. */
export interface ChangeCounts {
  readonly changed: number;
  readonly equal: number;
  readonly unknown: number;
}

export function countChanges(tensors: readonly Tensor[]): ChangeCounts {
  let changed = 0;
  let equal = 0;
  for (const { change } of tensors) {
    if (change === 0) equal += 1;
    else if (change !== null) changed += 1;
  }
  return { changed, equal, unknown: tensors.length - changed - equal };
}

/** Groups of which every tensor changed, and those of which none did: "q, k, v" and "norms". */
export function groupsByChange(tensors: readonly Tensor[]): {
  readonly all: readonly string[];
  readonly none: readonly string[];
} {
  const groups = Map.groupBy(
    tensors.filter(({ change }) => change !== null),
    ({ group }) => group,
  );
  const all: string[] = [];
  const none: string[] = [];
  for (const [name, members] of groups) {
    if (members.every(({ change }) => change !== 0)) all.push(name);
    else if (members.every(({ change }) => change === 0)) none.push(name);
  }
  return { all, none };
}

/** A list in words: "q, k and v". */
export function listed(names: readonly string[], most = 6): string {
  if (names.length > most) return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** What a person can rely on, and what not, of a model in its state. */
export function safetyWords({ state, name }: ShowResult): string | null {
  switch (state) {
    case 'changed':
      return `${name} changed since it was verified. Its delta holds what it was before; compress it again to include what is new.`;
    case 'damaged':
      return `The delta of ${name} is damaged. Nothing else is touched by it: check it to see which tensors are, and repair it from another copy.`;
    case 'missing':
      return `${name} is not where it was seen last, and no delta of it is stored. If it was moved, say where it is now.`;
    case 'offline':
      return `The disk that ${name} is on is not connected. It is shown as last seen; nothing can be done with it until the disk is back.`;
    case 'quarantined':
      return `The original of ${name} waits in quarantine. It can be put back until it is purged, and rebuilt from its delta at any time.`;
    default:
      return null;
  }
}

/** As a sentence begins. */
export function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
