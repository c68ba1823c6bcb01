import type { WindowResult } from '../../../shared/window/index.ts';
import { bytes } from '../../words/index.ts';

/** A folder in which a program that a person has keeps models. */
export type FoundPlace = WindowResult<'places'>['places'][number];

/** Below this share of its bytes, a place frees little. */
const littleShare = 0.02;

/** Whether a place is worth a tick before anybody chose: it would free something, or nobody counted yet. */
export function isWorthAdding({ bytes: size, freesBytes, watched }: FoundPlace): boolean {
  if (watched) return false;
  return freesBytes === null || size === null || freesBytes > size * littleShare;
}

/** What adding it could bring. */
export function gainWords(place: FoundPlace): string {
  if (place.watched) return 'watched already';
  if (place.freesBytes === null) return '';
  return isWorthAdding(place) ? `about ${bytes(place.freesBytes)} to free` : 'little to free';
}
