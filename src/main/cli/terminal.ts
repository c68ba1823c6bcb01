import { confirm } from '@clack/prompts';

const usualColumns = 80;

/** Where the command line writes to. Tests put their own in its place. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** All else: warnings, failures, progress. */
  err(text: string): void;
  /** Width of the screen that `err` writes to; undefined where that is no screen. */
  readonly columns: number | undefined;
  /** Asks a question with yes and no, of which no is the default; absent where nobody could answer. */
  readonly confirm?: (question: string) => Promise<boolean>;
}

/** The streams of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  return {
    ...(stdin.isTTY && stderr.isTTY && { confirm: ask }),
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    // Some terminals do not tell their width.
    columns: stderr.isTTY ? stderr.columns || usualColumns : undefined,
  };
}

async function ask(question: string): Promise<boolean> {
  return (await confirm({ message: question, initialValue: false, output: process.stderr })) === true;
}
