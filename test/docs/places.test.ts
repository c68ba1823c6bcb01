// What README and docs point at must be there: files by link, source files by name, tasks of npm, packages.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const docs = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const texts = new Map(
  ['README.md', 'CHANGELOG.md', ...docs].map((name) => [name, readFileSync(join(root, name), 'utf8')]),
);
const packed = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  'scripts' | 'dependencies' | 'devDependencies' | 'optionalDependencies',
  Record<string, string>
>;

test.each([...texts])('%s: links lead to files', (name, text) => {
  const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/gu)].map(([, target = '']) => target);
  expect(targets.filter((target) => !existsSync(join(root, dirname(name), target)))).toEqual([]);
});

test.each([...texts])('%s: source files that it names exist', (_, text) => {
  const names = [...text.matchAll(/`([\w*./-]+\.ts)`/gu)].map(([, name = '']) => name);
  expect(names.filter((name) => globSync(`src/**/${name}`, { cwd: root }).length === 0)).toEqual([]);
});

test.each([...texts])('%s: tasks that it names exist', (_, text) => {
  const tasks = [...text.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test))\b/gu)];
  const named = tasks.map(([, run, bare]) => run ?? bare ?? '');
  expect(named.filter((task) => !(task in packed.scripts))).toEqual([]);
});

test('docs/dependencies.md has a line for every package, and for no other', () => {
  const { dependencies, devDependencies, optionalDependencies } = packed;
  const rows = (texts.get('docs/dependencies.md') ?? '').matchAll(/^\| (?!package |-)([^|]+?) +\|/gmu);
  const told = [...rows].flatMap(([, names = '']) => names.split(', '));
  const wanted = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(told.sort()).toEqual(wanted.sort());
});
