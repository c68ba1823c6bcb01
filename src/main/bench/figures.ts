/** Geometric mean; `NaN` of nothing. The mean of ratios, as the bench library's tables use it. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Stored bytes as a share of the original's; 1 for an empty original. */
export function storedRatio(storedBytes: number, originalBytes: number): number {
  return originalBytes === 0 ? 1 : storedBytes / originalBytes;
}

/** 10^6 bytes a second. */
export function megabytesPerSecond(bytes: number, milliseconds: number): number {
  return bytes / 1000 / milliseconds;
}

/** The fastest of `runs` runs in milliseconds, and what the last one gave. */
export function bestOf<T>(runs: number, run: () => T): { milliseconds: number; result: T } {
  let milliseconds = Infinity;
  let result: T;
  let left = Math.max(1, runs);
  do {
    const start = performance.now();
    result = run();
    milliseconds = Math.min(milliseconds, performance.now() - start);
    left -= 1;
  } while (left > 0);
  return { milliseconds, result };
}

/** One column of a printed table. */
export interface Column {
  readonly title: string;
  /** Default left, as for names. */
  readonly align?: 'left' | 'right';
}

/** A plain-text table: a title line, a line of dashes, a line for each row; columns two spaces apart. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, index) => {
    return Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length));
  });
  const line = (cells: readonly string[]) => {
    const padded = columns.map(({ align }, index) => {
      const cell = cells[index] ?? '';
      const width = widths[index] ?? 0;
      return align === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return padded.join('  ').trimEnd();
  };
  const dashes = widths.map((width) => '-'.repeat(width));
  return [line(columns.map(({ title }) => title)), line(dashes), ...rows.map(line)].join('\n') + '\n';
}

/** The same as a table of Markdown. */
export function formatMarkdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = columns.map(({ align }) => (align === 'right' ? '--:' : '---'));
  const body = rows.map((row) => line(columns.map((_, index) => row[index] ?? '')));
  return [line(columns.map(({ title }) => title)), line(rule), ...body].join('\n') + '\n';
}

/** A JSON array with one row a line, so that two runs can be compared line by line. */
export function formatJsonRows(rows: readonly object[]): string {
  return rows.length === 0 ? '[]\n' : `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
}
