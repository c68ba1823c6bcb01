import { formatBytes, type TreeResult } from '../../../shared/index.ts';
import { parentWords, storedWords } from './words.ts';

type TreeModel = TreeResult['models'][number];

/**
 * The lineage as lines of text. A merge stands below its heaviest parent; below each other parent a line points to it.
 * Relatives of which nothing tells who came first hang on each other by a wave.
 */
export function drawTree({ models }: TreeResult): string {
  const names = new Set(models.map(({ name }) => name));
  const known = (model: TreeModel) => model.parents.filter(({ name }) => names.has(name));
  const homes = new Map(models.map((model) => [model.name, heaviest(known(model))]));
  const open = hangRelatives(models, homes);
  const lines: (readonly [text: string, facts: string])[] = [];
  const drawn = new Set<string>();

  const draw = (model: TreeModel, lead: string, below: string): void => {
    if (drawn.has(model.name)) return;
    drawn.add(model.name);
    lines.push([`${lead}${model.name}`, factsOf(model)]);
    const children = models.filter(({ name }) => homes.get(name) === model.name);
    const elsewhere = models.filter(
      (other) => homes.get(other.name) !== model.name && known(other).some(({ name }) => name === model.name),
    );
    const entries = [
      ...children.map((child) => (last: boolean) => {
        const line = open.has(child.name) ? '~' : '─';
        draw(child, `${below}${last ? '└' : '├'}${line} `, `${below}${last ? '   ' : '│  '}`);
      }),
      ...elsewhere.map((child) => (last: boolean) => {
        const weight = child.parents.find(({ name }) => name === model.name)?.weight;
        const share = weight === undefined ? '' : `${weight.toFixed(2)} of `;
        const home = homes.get(child.name) ?? '';
        lines.push([`${below}${last ? '└─ ' : '├─ '}(${share}${child.name}, below ${home})`, '']);
      }),
    ];
    for (const [at, entry] of entries.entries()) entry(at === entries.length - 1);
  };

  for (const model of models) if (homes.get(model.name) === undefined) draw(model, '', '');
  // What is left over has only parents that have it as theirs.
  for (const model of models) draw(model, '', '');
  const width = Math.max(0, ...lines.map(([text]) => text.length));
  return lines.map(([text, facts]) => `${text.padEnd(width + 2)}${facts}`.trimEnd() + '\n').join('');
}

/**
 * Gives models without a parent the place of one of their relatives, where they have any: what is reached first from
 * the base of the family stays above.
 * @returns their names
 */
function hangRelatives(
  models: TreeResult['models'],
  homes: Map<string, string | undefined>,
): ReadonlySet<string> {
  const byId = new Map(models.map((model) => [model.id, model]));
  const below = Map.groupBy(models, ({ name }) => homes.get(name));
  const open = new Set<string>();
  const seen = new Set<TreeModel>();
  const bases = models.filter(({ id, familyId }) => id === familyId);
  for (const start of [...bases, ...models]) {
    if (homes.get(start.name) !== undefined || seen.has(start)) continue;
    const reached = new Set([start]);
    for (const model of reached) {
      seen.add(model);
      for (const child of below.get(model.name) ?? []) reached.add(child);
      for (const relative of model.relatives.flatMap((id) => byId.get(id) ?? [])) {
        if (homes.get(relative.name) !== undefined || reached.has(relative) || seen.has(relative)) continue;
        homes.set(relative.name, model.name);
        open.add(relative.name);
        reached.add(relative);
      }
    }
  }
  return open;
}

function heaviest(parents: TreeModel['parents']): string | undefined {
  return [...parents].sort((a, b) => (b.weight ?? 1) - (a.weight ?? 1))[0]?.name;
}

function factsOf(model: TreeModel): string {
  const stored = storedWords(model);
  const merge = model.parents.length > 1 ? parentWords(model.parents) : '';
  const unsure = model.parents.some(({ confidence }) => confidence < 0.7) ? 'parent not sure' : '';
  return [
    formatBytes(model.bytes),
    model.state,
    stored && `delta ${stored}`,
    model.lossy ? 'LOSSY' : '',
    merge,
    unsure,
  ]
    .filter((fact) => fact !== '')
    .join('  ');
}
