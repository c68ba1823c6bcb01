const usualColumns = 80;

/** Where the command line writes to. Tests put their own in its place. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** All else: warnings, failures, progress. */
  err(text: string): void;
  /** Width of the screen that `err` writes to; undefined where that is no screen. */
  readonly columns: number | undefined;
}

/** The streams of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    // Some terminals do not tell their width.
    columns: stderr.isTTY ? stderr.columns || usualColumns : undefined,
  };
}
