import type * as Electron from 'electron';

type Parts = typeof Electron;

/** A page of the app, as far as the shell's tests need one. */
export interface AppPage {
  evaluate<Result>(work: () => Result | Promise<Result>): Promise<Result>;
  evaluate<Arg, Result>(work: (arg: Arg) => Result | Promise<Result>, arg: Arg): Promise<Result>;
  /** Chooses files in an input of the page. */
  setInputFiles(selector: string, paths: string[]): Promise<void>;
}

/** An app that runs, on Electron or on the stand-in: the same tests do with both. Functions lean on nothing outside. */
export interface LaunchedApp {
  /** Runs a function in the main process. */
  evaluate<Result>(work: (electron: Parts) => Result | Promise<Result>): Promise<Result>;
  evaluate<Arg, Result>(
    work: (electron: Parts, arg: Arg) => Result | Promise<Result>,
    arg: Arg,
  ): Promise<Result>;
  readonly page: AppPage;
  /** Settles when the main process has ended. */
  readonly exited: Promise<number | null>;
  /** What it wrote on stderr so far. */
  readonly errors: () => string;
  /** Ends it, without a question. */
  kill(): Promise<void>;
}
