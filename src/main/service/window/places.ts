import { randomUUID } from 'node:crypto';
import { DeltashelfError, type ChosenPlace } from '../../../shared/index.ts';

/** Places that are kept at most: those that were chosen first are forgotten first. */
const mostPlaces = 1000;

/** Names of folders that a page may speak of: only those it was given, and no page can guess one. */
export class Places {
  readonly #paths = new Map<string, string>();
  readonly #names = new Map<string, string>();

  /** @param path absolute */
  name(path: string): ChosenPlace {
    const place = this.#names.get(path) ?? randomUUID();
    // Chosen again is chosen last.
    this.#names.delete(path);
    this.#names.set(path, place);
    this.#paths.set(place, path);
    const [oldest] = this.#names;
    if (oldest && this.#names.size > mostPlaces) {
      this.#names.delete(oldest[0]);
      this.#paths.delete(oldest[1]);
    }
    return { place, path };
  }

  /** @throws DeltashelfError `usage` where no such name was given out */
  pathOf(place: string): string {
    const path = this.#paths.get(place);
    if (path !== undefined) return path;
    throw new DeltashelfError(
      'usage',
      'That folder was not chosen in this window, or too long ago. Nothing was done; choose it again.',
    );
  }
}
