import type { Failure, LibraryEvent } from '../../../shared/index.ts';
import type { ChosenPlace } from '../../../shared/window/index.ts';

// What the app's main process and its service process say to each other over their port, by birpc. Failures are
// values: an error would lose its code on the way.

/** What came of something asked. */
export type Answer<Result = unknown> = { readonly result: Result } | Failure;

/** What can be shown in the system's file manager: a model's files, or what a job wrote. */
export type ShownThing = { readonly model: number } | { readonly job: number };

/** What the service process answers to. */
export interface ServiceFunctions {
  /** Opens the library of a home; null: the one of this system. Asked once, before all else. */
  open(home: string | null): Promise<Answer<null>>;
  /** A call of a page, as the page sent it. */
  answer(name: string, args: unknown): Promise<Answer>;
  /** Takes note of a folder that a person chose. */
  chosen(path: string): Promise<Answer<ChosenPlace>>;
  pathOf(what: ShownThing): Promise<Answer<string>>;
  /** Stops jobs where they are; they go on at the next start. */
  close(): Promise<void>;
}

/** What the main process answers to. */
export interface ShellFunctions {
  event(event: LibraryEvent): void;
}
