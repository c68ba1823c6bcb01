import type { IconName } from '../../components/icons.ts';
import { markOf, stateWords, type Mark } from '../../charts/state-mark.ts';
import { bytes } from '../../words/index.ts';
import type { ModelSummary } from '../../../shared/index.ts';
import { matchWords, type Match } from './match.ts';

/** Something that the palette offers. */
export interface Entry {
  readonly key: string;
  readonly section: Section;
  readonly title: string;
  /** In grey behind the title. */
  readonly note: string;
  readonly picture: { readonly icon: IconName } | { readonly mark: Mark };
  readonly keys: string;
  readonly run: () => void;
}

export type Section = 'Run' | 'Models' | 'Go to';

/** What can be done with one model, found by its verb and its name: "recon juni". */
export interface Verb {
  readonly name: string;
  readonly icon: IconName;
  readonly keys: string;
  readonly section: 'Run' | 'Go to';
  /** Whether it does anything with this model now. */
  readonly fits: (model: ModelSummary) => boolean;
  /** What will happen, in grey. */
  readonly note: (model: ModelSummary) => string;
  readonly run: (model: ModelSummary) => void;
}

/** All that can be found. */
export interface Findable {
  readonly commands: readonly Entry[];
  readonly verbs: readonly Verb[];
  readonly models: readonly FindableModel[];
  readonly openModel: (model: ModelSummary) => void;
}

/** A model with its name in lower case, made once for all key presses. */
export interface FindableModel {
  readonly model: ModelSummary;
  readonly lower: string;
}

export interface Hit {
  readonly entry: Entry;
  readonly match: Match;
}

const mostRuns = 4;
const mostModels = 5;
const mostPlaces = 3;
/** Of so many models that match best, what can be done with them is offered. */
const mostActedOn = 2;
/** Behind a name that was typed in full stands what can be done with it. */
const behind = 1;

/** What answers to a text, section by section; the one with the best answer first. At most 12 in all. */
export function search(
  text: string,
  findable: Findable,
): readonly { section: Section; hits: readonly Hit[] }[] {
  const typed = text.toLowerCase().split(/\s+/u).filter(Boolean);
  const [first = '', ...rest] = typed;
  const whole = typed.length === 0 ? [] : findModels(typed, findable.models);
  const verbs = rest.length === 0 ? [] : findable.verbs.filter((verb) => isMeant(verb, first));
  const behindVerb = verbs.length === 0 ? [] : findModels(rest, findable.models);
  const models = whole.length > 0 ? whole : behindVerb;
  const hits: Hit[] = [
    ...findCommands(typed, findable.commands),
    ...verbs.flatMap((verb) => actionsOf(verb, behindVerb, mostRuns, first.length)),
    ...findable.verbs.flatMap((verb) => actionsOf(verb, whole.slice(0, mostActedOn), mostActedOn, 0)),
    ...models.slice(0, mostModels).map(({ model, match }) => ({ entry: modelEntry(model, findable), match })),
  ];
  const sections: readonly (readonly [Section, number])[] = [
    ['Run', mostRuns],
    ['Models', mostModels],
    ['Go to', typed.length === 0 ? mostModels + mostPlaces : mostPlaces],
  ];
  return sections
    .map(([section, most]) => ({
      section,
      hits: hits
        .filter(({ entry }) => entry.section === section)
        .sort((left, right) => left.match.score - right.match.score)
        .filter(({ entry }, at, all) => all.findIndex((other) => other.entry.key === entry.key) === at)
        .slice(0, most),
    }))
    .filter((group) => group.hits.length > 0)
    .sort((left, right) => best(left.hits) - best(right.hits));
}

/** Classes of a match, not its ties, order sections: they do not change places with every key. */
function best(hits: readonly Hit[]): number {
  return Math.floor(hits[0]?.match.score ?? Infinity);
}

function findCommands(typed: readonly string[], commands: readonly Entry[]): Hit[] {
  return commands.flatMap((entry, index) => {
    // Nothing typed: in the order of the list.
    if (typed.length === 0) return [{ entry, match: { score: index / commands.length, found: [] } }];
    const match = matchWords(entry.title.toLowerCase(), typed);
    return match ? [{ entry, match }] : [];
  });
}

/** Whether a word is the beginning of a verb. */
function isMeant({ name }: Verb, word: string): boolean {
  return name.toLowerCase().startsWith(word);
}

interface Named {
  readonly model: ModelSummary;
  readonly match: Match;
}

/** Models by name, best first. */
function findModels(typed: readonly string[], models: readonly FindableModel[]): Named[] {
  const found: Named[] = [];
  for (const { model, lower } of models) {
    const match = matchWords(lower, typed);
    if (match) found.push({ model, match });
  }
  return found.sort((left, right) => left.match.score - right.match.score);
}

/**
 * What can be done with the models that answer best.
 * @param typedVerb letters of the verb that were typed in front of the name; 0: the name alone was
 */
function actionsOf(verb: Verb, named: readonly Named[], most: number, typedVerb: number): Hit[] {
  const offset = verb.name.length + 1;
  const hits: Hit[] = [];
  for (const { model, match } of named) {
    if (hits.length === most) break;
    if (!verb.fits(model)) continue;
    const found = match.found.map(([from, to]) => [from + offset, to + offset] as const);
    hits.push({
      entry: actionEntry(verb, model),
      match:
        typedVerb > 0
          ? { score: match.score, found: [[0, typedVerb], ...found] }
          : { score: match.score + behind, found },
    });
  }
  return hits;
}

function actionEntry(verb: Verb, model: ModelSummary): Entry {
  const { name, icon, keys, section } = verb;
  return {
    ...{ key: `${name} ${model.id}`, section, title: `${name} ${model.name}`, picture: { icon }, keys },
    note: verb.note(model),
    run: () => verb.run(model),
  };
}

function modelEntry(model: ModelSummary, { openModel }: Findable): Entry {
  const size =
    model.state === 'stored' && model.storedBytes !== null
      ? `stored as ${bytes(model.storedBytes)}`
      : bytes(model.bytes);
  return {
    key: `model ${model.id}`,
    section: 'Models',
    title: model.name,
    note: [model.family === model.name ? null : model.family, size, stateWords(model)]
      .filter((part) => part !== null)
      .join(' · '),
    picture: { mark: markOf(model) },
    keys: '',
    run: () => openModel(model),
  };
}
