import { defineStore } from 'pinia';
import { shallowRef } from 'vue';

/** Where a person is. */
export type Place =
  | { readonly screen: 'library' | 'jobs' | 'reclaim' | 'activity' | 'settings' }
  | { readonly screen: 'model'; readonly model: number }
  /** `family`: number of its base; `model`: what is shown of it. */
  | { readonly screen: 'lineage'; readonly family?: number; readonly model?: number };

export type ScreenName = Place['screen'];

/** Where a person is, kept in the address, so that back and forward do what they do everywhere. */
export const useNavigation = defineStore('navigation', () => {
  const place = shallowRef<Place>(readPlace(location.hash));

  addEventListener('hashchange', () => (place.value = readPlace(location.hash)));

  function go(to: Place): void {
    const hash = writePlace(to);
    if (hash === location.hash) place.value = to;
    else location.hash = hash;
  }

  return { place, go };
});

/** The part of an address that names a place. */
export function writePlace(place: Place): string {
  const { screen } = place;
  if (screen === 'model') return `#/model/${place.model}`;
  if (screen !== 'lineage') return `#/${screen}`;
  const parts = [place.family, place.model].filter((part) => part !== undefined);
  return `#/lineage${parts.map((part) => `/${part}`).join('')}`;
}

/** The place that an address names; the library where it names none. */
export function readPlace(hash: string): Place {
  const [, screen = '', first, second] = hash.split('/');
  const family = numberIn(first);
  const model = numberIn(second);
  switch (screen) {
    case 'model':
      return family === undefined ? { screen: 'library' } : { screen, model: family };
    case 'lineage':
      return { screen, ...(family !== undefined && { family }), ...(model !== undefined && { model }) };
    case 'jobs':
    case 'reclaim':
    case 'activity':
    case 'settings':
      return { screen };
    default:
      return { screen: 'library' };
  }
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
