// docs/cli.md against the program: every command, argument and option, every field that --json prints, every exit
// code, setting and state is told there, and nothing that does not exist.
import type { Command } from 'commander';
import { sweepResultSchema } from '../../src/shared/sweep-contract.ts';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { CliContext } from '../../src/main/cli/context.ts';
import { buildProgram } from '../../src/main/cli/program.ts';
import { defaultSettings } from '../../src/main/library/catalogue/tables/settings.ts';
import {
  benchCatalogueResultSchema,
  benchCompressResultSchema,
  benchGeneratedResultSchema,
  benchIdleResultSchema,
  benchLibraryResultSchema,
  benchPlanResultSchema,
  benchResultSchema,
  benchScanResultSchema,
} from '../../src/shared/bench-contract.ts';
import {
  applyResultSchema,
  createResultSchema,
  demoResultSchema,
  inspectResultSchema,
  verifyResultSchema,
} from '../../src/shared/contract.ts';
import {
  exitCodes,
  exportResultSchema,
  importResultSchema,
  inspectWdeltaResultSchema,
  libraryCalls,
  serveResultSchema,
  modelStates,
  type LibraryCall,
} from '../../src/shared/index.ts';
import { libraryEventSchema } from '../../src/shared/library/events.ts';
import {
  anchorOf,
  codeIn,
  fieldsOf,
  readSections,
  rowsUnder,
  usageOf,
  type Section,
} from './cli-document.ts';
import { schemaFields } from './schema-fields.ts';

const sections = readSections();

function section(title: string): Section {
  const found = sections.get(title);
  if (found === undefined) throw new Error(`docs/cli.md has no section "${title}".`);
  return found;
}

/** The commands that help shows, by their whole name; not the one that each group has for its help. */
function commandsOf(parent: Command, before: string): [string, Command][] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => {
      const name = `${before}${command.name()}`;
      const inner = commandsOf(command, `${name} `);
      return inner.length > 0 ? inner : [[name, command] as [string, Command]];
    });
}

// Commands are listed, never run.
const commands = commandsOf(buildProgram({} as CliContext), '');

const calls: Readonly<Record<string, LibraryCall>> = {
  add: 'addFolder',
  remove: 'removeFolder',
  scan: 'scan',
  locate: 'locate',
  list: 'list',
  show: 'show',
  tree: 'tree',
  'edge set': 'setEdge',
  'edge confirm': 'confirmEdge',
  'edge clear': 'clearEdge',
  plan: 'plan',
  compress: 'compress',
  verify: 'verify',
  reclaim: 'reclaim',
  'quarantine list': 'quarantine',
  purge: 'purge',
  delete: 'delete',
  reconstruct: 'reconstruct',
  undo: 'undo',
  check: 'check',
  repair: 'repair',
  rebase: 'rebase',
  settings: 'settings',
  jobs: 'jobs',
  activity: 'activity',
  'vault move': 'moveVault',
  'catalogue rebuild': 'rebuildCatalogue',
};

const results: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ...Object.entries(calls).map(([name, call]) => [name, libraryCalls[call].result] as const),
  ['watch', libraryEventSchema],
  ['delta create', createResultSchema],
  ['sweep', sweepResultSchema],
  ['delta apply', applyResultSchema],
  ['delta verify', verifyResultSchema],
  ['delta inspect', z.union([inspectResultSchema, inspectWdeltaResultSchema])],
  ['delta import', importResultSchema],
  ['delta export', exportResultSchema],
  ['serve', serveResultSchema],
  ['demo', demoResultSchema],
]);

/** Told in running text, for the few who measure. */
const benchResults: ReadonlyMap<string, readonly z.ZodType[]> = new Map([
  ['bench', [benchResultSchema, benchGeneratedResultSchema, benchCatalogueResultSchema]],
  ['bench-library', [benchLibraryResultSchema]],
  ['bench-compress', [benchCompressResultSchema]],
  ['bench-idle', [benchIdleResultSchema]],
  ['bench-plan', [benchPlanResultSchema]],
  ['bench-scan', [benchScanResultSchema]],
]);

const common = new Map(
  rowsUnder(section('Options of several commands'), 'option').map(([option = '', of = '']) => [
    /--[a-z-]+/u.exec(option)?.[0] ?? '',
    of,
  ]),
);

/** Whether the table of common options has an option for a command. */
function isCommon(option: string, name: string): boolean {
  const of = common.get(option);
  if (of === undefined) return false;
  if (of === 'all') return true;
  const except = /^all but (.*)$/u.exec(of)?.[1]?.split(', ');
  if (except) return !except.includes(name);
  const groups = name in calls || name === 'watch' ? [name, 'library'] : [name];
  return of.split(', ').some((each) => groups.includes(each));
}

test('every command has a section, and its place in a table at the top', () => {
  const top = section('The command line').lines.join('\n');
  for (const [name] of commands) {
    expect(sections.has(name), `section of ${name}`).toBe(true);
    // `edge set` stands for its siblings there.
    const [group = ''] = name.split(' ');
    expect(
      codeIn(top).some((code) => code === name || code === group),
      `${name} at the top`,
    ).toBe(true);
  }
});

test.each(commands)('%s: its arguments and options are told, and no others', (name, command) => {
  const usage = usageOf(section(name));
  for (const argument of command.registeredArguments) {
    const dots = argument.variadic ? '...' : '';
    const bare = `${argument.name()}${dots}`;
    const wanted = argument.required ? `<${bare}>` : `[${bare}]`;
    // Where a command is called in several ways, an argument that may be left out is shown as it is in one of them.
    expect(
      [wanted, `<${bare}>`].some((way) => usage.includes(way)),
      `${wanted} of ${name}`,
    ).toBe(true);
  }
  const own = command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long }) => (long && long !== '--help' ? [long] : []));
  const told = new Set(usage.match(/--[a-z][a-z-]*/gu));
  for (const option of own) {
    expect(told.has(option) || isCommon(option, name), `${option} of ${name}`).toBe(true);
  }
  for (const option of told) expect(own, `${option} in the usage of ${name}`).toContain(option);
  for (const option of common.keys()) {
    if (isCommon(option, name)) expect(own, `${option} among the common options`).toContain(option);
  }
});

test('the result of every command is known to this test', () => {
  const known = [...results.keys(), ...benchResults.keys()];
  expect(known.sort()).toEqual(commands.map(([name]) => name).sort());
});

test.each([...results])('%s: every field of its result is told, and no others', (name, schema) => {
  const { leaves, all } = schemaFields(schema);
  const told = fieldsOf(sections, section(name));
  expect([...leaves].filter((field) => !told.has(field))).toEqual([]);
  expect([...told].filter((field) => !all.has(field) && !all.has(field.replace(/\[\]$/u, '')))).toEqual([]);
});

test.each([...benchResults])('%s: every field of its result is named', (name, schemas) => {
  const words = new Set(codeIn(section(name).lines.join('\n')).flatMap((code) => code.match(/\w+/gu) ?? []));
  const fields = schemas.flatMap((schema) => [...schemaFields(schema).all]);
  const missing = fields.map((field) => /\w+(?=(?:\[\])*$)/u.exec(field)?.[0] ?? field);
  expect(missing.filter((field) => !words.has(field))).toEqual([]);
});

test('every exit code is told with the failures that have it', () => {
  const rows = rowsUnder(section('Exit codes'), 'code').map(([code = '', meaning = '']) =>
    codeIn(meaning)
      .filter((name) => name in exitCodes)
      .map((name) => [name, Number(code)]),
  );
  expect(Object.fromEntries(rows.flat())).toEqual(exitCodes);
});

test('every setting is told with its default', () => {
  const rows = rowsUnder(section('settings'), 'setting').map(([key = '', value = '']) => [
    codeIn(key)[0],
    JSON.parse(codeIn(value)[0] ?? '') as unknown,
  ]);
  expect(Object.fromEntries(rows)).toEqual(defaultSettings);
});

test('every state is told', () => {
  const states = rowsUnder(section('States'), 'state').flatMap(([state = '']) => codeIn(state));
  expect(states).toEqual(modelStates);
});

test('every link leads to a section', () => {
  const anchors = [...sections.keys()].map(anchorOf);
  for (const { lines } of sections.values()) {
    for (const [, anchor = ''] of lines.join('\n').matchAll(/\]\(#([^)]+)\)/gu)) {
      expect(anchors).toContain(anchor);
    }
  }
});
