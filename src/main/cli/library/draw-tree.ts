import { formatBytes, type TreeResult } from '../../../shared/index.ts';
import { parentWords, storedWords } from './words.ts';

type TreeModel = TreeResult['models'][number];

/**
 * The lineage as lines of text. A merge stands below its heaviest parent; below each other parent a line points to it.
 */
export function drawTree({ models }: TreeResult): string {
  const names = new Set(models.map(({ name }) => name));
  const known = (model: TreeModel) => model.parents.filter(({ name }) => names.has(name));
  const homes = new Map(models.map((model) => [model.name, heaviest(known(model))]));
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
        draw(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
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
