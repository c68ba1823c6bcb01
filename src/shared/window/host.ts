import type { Failure } from '../contract.ts';
import type { LibraryEvent } from '../library/events.ts';
import type { WindowCall } from './call-names.ts';
import type { WindowArgs, WindowResult } from './calls.ts';

/** How a call ended. Failures are values: an error would lose its code on its way through a process. */
export type WindowAnswer<Call extends WindowCall> = { readonly result: WindowResult<Call> } | Failure;

/** A folder that a person chose. The page sees its path, to show it, and gives back only its name. */
export interface ChosenPlace {
  readonly place: string;
  readonly path: string;
}

/** What a person asked for outside the page: in the application's menu, or by a shortcut of the system. */
export type WindowCommand =
  | 'add-folder'
  | 'settings'
  | 'palette'
  | 'find'
  | 'go-library'
  | 'go-lineage'
  | 'go-jobs'
  | 'go-reclaim'
  | 'go-activity'
  | 'toggle-inspector'
  | 'compress'
  | 'verify'
  | 'reconstruct'
  | 'undo'
  | 'keys';

/** Colours that a person chose; `system`: those of the system. */
export type WindowTheme = 'system' | 'light' | 'dark';

/** What a window is told. */
export type WindowEvent =
  | LibraryEvent
  /** The service ended without being asked, and was started again; or it could not be. */
  | { readonly event: 'service'; readonly state: 'restarted' | 'gone'; readonly sentence: string }
  | { readonly event: 'command'; readonly command: WindowCommand };

/** What a page can do, whatever it runs in. In the app the preload script gives it as `window.deltashelf`. */
export interface WindowHost {
  readonly kind: 'desktop' | 'web';
  readonly platform: 'darwin' | 'win32' | 'linux';
  /** One function for each call. */
  readonly calls: { readonly [Call in WindowCall]: (args: WindowArgs<Call>) => Promise<WindowAnswer<Call>> };
  /** Tells what happens; the answer ends it. */
  readonly onEvent: (listener: (event: WindowEvent) => void) => () => void;
  readonly folders: FolderDialogs | TypedFolders;
  /** Shows the files of a model, or what a job wrote, in the system's file manager; absent where there is none. */
  readonly showInFolder?: (what: { readonly model: number } | { readonly job: number }) => Promise<void>;
  /** Gives the frame around the page the colours of a theme; absent where the page has no frame of its own. */
  readonly showTheme?: (theme: WindowTheme) => Promise<void>;
}

/** How a person chooses a folder in the app. */
export interface FolderDialogs {
  readonly kind: 'dialog';
  /** Opens the system's dialog; null where the person closed it. */
  readonly choose: (title: string) => Promise<ChosenPlace | null>;
  /** What was dropped on the window; files that are no folder are taken for the folder they lie in. */
  readonly dropped: (files: readonly File[]) => Promise<readonly ChosenPlace[]>;
}

/** How a person chooses a folder in a browser: by its path on the machine that the service runs on. */
export interface TypedFolders {
  readonly kind: 'typed';
  /** Folders that a path could go on with, at most 50. */
  readonly complete: (text: string) => Promise<readonly string[]>;
  readonly choose: (path: string) => Promise<{ readonly result: ChosenPlace } | Failure>;
}

declare global {
  interface Window {
    /** Set by the preload script; absent in a browser. */
    readonly deltashelf?: WindowHost;
  }
}
