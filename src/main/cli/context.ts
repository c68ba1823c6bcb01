import type { Serve } from '../../shared/index.ts';
import type { FileSystem } from '../library/index.ts';
import type { LibraryClient, OpenLibraryOptions, Runtime } from '../service/index.ts';
import type { Terminal } from './terminal.ts';

/** What a run of the command line rests on. Tests put their own in its place. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly fs: FileSystem;
  /** Folder of the sample library. */
  readonly sampleLibrary: string;
  readonly loadRuntime: () => Promise<Runtime>;
  /** The library of a home: its service starts in this process, unless another one has it already. */
  readonly openLibrary: (
    options: Pick<OpenLibraryOptions, 'home' | 'threads' | 'watching'>,
  ) => Promise<LibraryClient>;
  /** Shows the library in a browser, until the signal ends it. */
  readonly serve: Serve;
  /** Cancels; its reason is a `DeltashelfError`. */
  readonly signal: AbortSignal;
  /** Runs a command in a process of its own; the answer is its exit code and what it wrote on stdout. */
  readonly runSelf: (args: readonly string[]) => Promise<{ readonly code: number; readonly out: string }>;
  /** Whether unexpected failures are shown with all their details. */
  readonly debug: boolean;
}
