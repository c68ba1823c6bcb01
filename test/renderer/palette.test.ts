// @vitest-environment happy-dom
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { search, type Entry, type Findable, type Verb } from '../../src/renderer/dialogs/palette/entries.ts';
import { matchWord, matchWords, segments } from '../../src/renderer/dialogs/palette/match.ts';
import { models } from './fake-library.ts';

const nothing = (): void => undefined;

function command(title: string, section: Entry['section'] = 'Run'): Entry {
  return { key: title, section, title, note: '', picture: { icon: 'info' }, keys: '', run: nothing };
}

const verbs: readonly Verb[] = [
  {
    ...{ name: 'Reconstruct', icon: 'reconstruct', keys: 'mod R', section: 'Run' },
    fits: ({ state }) => state === 'stored',
    note: () => '',
    run: nothing,
  },
  {
    ...{ name: 'Verify', icon: 'shield', keys: '', section: 'Run' },
    fits: ({ storedBytes }) => storedBytes !== null,
    note: () => '',
    run: nothing,
  },
];

const findable: Findable = {
  commands: [command('Add folder…'), command('Undo the last step…'), command('Jobs', 'Go to')],
  verbs,
  models: models.map((model) => ({ model, lower: model.name.toLowerCase() })),
  openModel: nothing,
};

function titles(text: string): Record<string, string[]> {
  return Object.fromEntries(
    search(text, findable).map(({ section, hits }) => [section, hits.map(({ entry }) => entry.title)]),
  );
}

/** Texts in the order in which they answer to what was typed. */
function ranked(texts: readonly string[], typed: string): string[] {
  return texts
    .flatMap((text) => {
      const match = matchWord(text, typed);
      return match ? [{ text, score: match.score }] : [];
    })
    .sort((left, right) => left.score - right.score)
    .map(({ text }) => text);
}

describe('matching', () => {
  it('puts the exact name first, then beginnings, beginnings of words, parts, and scattered letters', () => {
    const texts = ['l-o-r-a', 'flora', 'my-lora', 'lora-v2', 'lora', 'unet'];
    expect(ranked(texts, 'lora')).toEqual(['lora', 'lora-v2', 'my-lora', 'flora', 'l-o-r-a']);
  });

  it('puts the shorter of two that match alike first', () => {
    expect(ranked(['llama-3.1-8b-instruct', 'llama-3.1-8b'], 'llama')).toEqual([
      'llama-3.1-8b',
      'llama-3.1-8b-instruct',
    ]);
  });

  it('marks the beginning of a word where there is one, not the first place', () => {
    expect(matchWord('flora lora', 'lora')?.found).toEqual([[6, 10]]);
  });

  it('needs every typed word, in any order', () => {
    expect(matchWords('juniper-xl-v3', ['v3', 'juni'])).toBeDefined();
    expect(matchWords('juniper-xl-v3', ['v4', 'juni'])).toBeUndefined();
  });

  it('cuts a text so that its parts make it whole again', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: 'binary', maxLength: 4 }),
        (text, typed) => {
          const match = matchWord(text, typed);
          const parts = segments(text, match?.found ?? []);
          expect(parts.map((part) => part.text).join('')).toBe(text);
          if (match && typed !== '')
            expect(
              parts
                .filter(({ hit }) => hit)
                .map((part) => part.text)
                .join(''),
            ).toBe(typed);
        },
      ),
    );
  });
});

describe('the palette', () => {
  it('shows acts and places before anything is typed, and no model', () => {
    expect(titles('')).toEqual({ Run: ['Add folder…', 'Undo the last step…'], 'Go to': ['Jobs'] });
  });

  it('finds a verb with a name, and only models that it does something with', () => {
    expect(titles('recon juni')['Run']).toEqual(['Reconstruct juniper-xl-v3']);
    expect(titles('recon juni')['Models']).toEqual(['juniper-xl-v4', 'juniper-xl-v5', 'juniper-xl-v3']);
  });

  it('puts models first where one is named in full', () => {
    const [first] = search('juniper-xl-v5', findable);
    expect(first?.section).toBe('Models');
    expect(first?.hits[0]?.entry.title).toBe('juniper-xl-v5');
    expect(titles('juniper-xl-v5')['Run']).toEqual(['Verify juniper-xl-v5']);
  });

  it('marks what was typed in the verb and in the name', () => {
    const [hit] = search('recon juni', findable).find(({ section }) => section === 'Run')?.hits ?? [];
    const parts = segments(hit?.entry.title ?? '', hit?.match.found ?? []);
    expect(parts.filter((part) => part.hit).map((part) => part.text)).toEqual(['Recon', 'juni']);
  });

  it('offers at most twelve, and none twice', () => {
    const many: Findable = {
      ...findable,
      models: Array.from({ length: 300 }, (_, index) => {
        const model = {
          ...(models[1] ?? models[0]),
          id: index,
          name: `verify-model-${index}`,
        } as (typeof models)[number];
        return { model, lower: model.name };
      }),
    };
    for (const text of ['', 'm', 'model', 'verify m', 'verify-model-7']) {
      const keys = search(text, many).flatMap(({ hits }) => hits.map(({ entry }) => entry.key));
      expect(keys.length).toBeLessThanOrEqual(12);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('finds nothing where nothing answers', () => {
    expect(search('zzzzqq', findable)).toEqual([]);
  });
});
