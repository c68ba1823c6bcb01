import type { ModelState } from '../../../shared/library/index.ts';

/** Whether the weights of a model lie where they lay, as a scan last saw them. */
export type Presence = 'whole' | 'gone';

/** All that the state of a model follows from. */
export interface StateFacts {
  /** Of the original's place. */
  readonly volumeOnline: boolean;
  readonly presence: Presence;
  /** Of its delta: none; published; decoded and compared whole; found damaged. */
  readonly delta: 'none' | 'unverified' | 'verified' | 'damaged';
  readonly vaultOnline: boolean;
  /** The original is no longer what was stored. */
  readonly changed: boolean;
  readonly quarantined: boolean;
}

/**
 * The state of a model. Says no more than was seen: a delta that was never verified does not make a model compressed
 * or stored, and what lies on a volume that is away is neither missing nor whole.
 */
export function stateOf(facts: StateFacts): ModelState {
  if (facts.delta === 'damaged') return 'damaged';
  if (facts.presence === 'gone') return withoutOriginal(facts);
  if (!facts.volumeOnline) return 'offline';
  if (facts.delta !== 'verified') return 'original';
  return facts.changed ? 'changed' : 'compressed';
}

function withoutOriginal({ quarantined, delta, vaultOnline, volumeOnline }: StateFacts): ModelState {
  if (quarantined) return volumeOnline ? 'quarantined' : 'offline';
  if (delta === 'verified') return vaultOnline ? 'stored' : 'offline';
  return volumeOnline ? 'missing' : 'offline';
}

/** What the bytes that a volume gains follow from. */
export interface FreesFacts {
  readonly state: ModelState;
  /** Its originals belong to another program too, or are links. */
  readonly blocked: boolean;
  readonly weightBytes: number;
  readonly quarantinedBytes: number;
  /** Of a delta that is not there yet; null where nobody knows. */
  readonly predictedBytes: number | null;
}

/** Bytes that the volume gains by what can still be done with a model. */
export interface Frees {
  /** Null where nobody knows. */
  readonly bytes: number | null;
  readonly predicted: boolean;
}

/**
 * What can still be freed: before a model is compressed its weights less the predicted delta, then its weights, then
 * what lies in quarantine; nothing where reclaim would be refused.
 */
export function freesOf(facts: FreesFacts): Frees {
  const none = { bytes: 0, predicted: false };
  switch (facts.state) {
    case 'original':
    case 'changed': {
      if (facts.blocked) return none;
      if (facts.predictedBytes === null) return { bytes: null, predicted: false };
      return { bytes: Math.max(0, facts.weightBytes - facts.predictedBytes), predicted: true };
    }
    case 'compressed':
      return facts.blocked ? none : { bytes: facts.weightBytes, predicted: false };
    case 'quarantined':
      return { bytes: facts.quarantinedBytes, predicted: false };
    case 'stored':
    case 'damaged':
    case 'missing':
    case 'offline':
      return none;
  }
}
