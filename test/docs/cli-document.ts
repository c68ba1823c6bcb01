// docs/cli.md as a program sees it: sections by heading, usage lines, tables, and the fields that its JSON tables name.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A section of the document: what stands between its heading and the next of any level. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The sections of docs/cli.md by their titles. */
export function readSections(): ReadonlyMap<string, Section> {
  const text = readFileSync(fileURLToPath(new URL('../../docs/cli.md', import.meta.url)), 'utf8');
  const sections = new Map<string, Section>();
  for (const part of text.split(/^#{1,3} /mu).slice(1)) {
    const [title = '', ...lines] = part.split('\n');
    if (sections.has(title)) throw new Error(`Two sections are called "${title}".`);
    sections.set(title, { title, lines });
  }
  return sections;
}

/** What stands in code quotes, in order. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/gu)].map(([, code = '']) => code);
}

/** The lines that say how a command is called. */
export function usageOf({ lines }: Section): string {
  return lines.filter((line) => line.startsWith('`deltashelf ')).join('\n');
}

/** Rows of the tables of a section whose first column has that title, cell by cell. */
export function rowsUnder({ lines }: Section, title: string): string[][] {
  const rows: string[][] = [];
  let inside = false;
  for (const line of lines) {
    if (!line.startsWith('|')) inside = false;
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (inside && !/^[\s:-]*$/u.test(cells.join(''))) rows.push(cells);
    if (cells[0] === title) inside = true;
  }
  return rows;
}

/**
 * The fields that a section names in its JSON tables, as paths (`models[].name`). A link in the second column puts the
 * fields of the section that it leads to below those of the first; a link after "JSON:" takes them as they are.
 */
export function fieldsOf(sections: ReadonlyMap<string, Section>, section: Section): Set<string> {
  const fields = new Set<string>();
  for (const [names = '', meaning = ''] of rowsUnder(section, 'JSON')) {
    for (const name of codeIn(names)) {
      fields.add(name);
      for (const linked of linkedFields(sections, meaning)) fields.add(`${name}.${linked}`);
    }
  }
  for (const line of section.lines) {
    const after = line.split('JSON:')[1];
    if (after !== undefined) for (const field of linkedFields(sections, after)) fields.add(field);
  }
  return fields;
}

function linkedFields(sections: ReadonlyMap<string, Section>, text: string): string[] {
  return [...text.matchAll(/\]\(#([^)]+)\)/gu)].flatMap(([, anchor = '']) => {
    const target = [...sections.values()].find(({ title }) => anchorOf(title) === anchor);
    if (target === undefined) throw new Error(`No section has the anchor #${anchor}.`);
    return [...fieldsOf(sections, target)];
  });
}

/** What a link to a heading is called. */
export function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/gu, '')
    .replaceAll(' ', '-');
}
