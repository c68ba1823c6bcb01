// The contract between a page and its host: the app's main process, or the web host. Calls without paths, long work
// as jobs, events. Both hosts answer to it through service/window, so that one code checks what a page sends.
// May import: zod, shared/library.
export { windowCallNames, type WindowCall } from './call-names.ts';
export { windowCalls, type ParsedWindowArgs, type WindowArgs, type WindowResult } from './calls.ts';
export type {
  ChosenPlace,
  FolderDialogs,
  TypedFolders,
  WindowAnswer,
  WindowCommand,
  WindowEvent,
  WindowHost,
  WindowTheme,
} from './host.ts';
