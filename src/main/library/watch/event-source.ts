import { basename } from 'node:path';
import { watch } from 'chokidar';
import { isOwnNote, isPartialName, isQuarantine, isUnvisited } from '../scan/file-names.ts';

/** Who tells of changes in a folder as they happen. */
export interface EventSource {
  close(): Promise<void>;
}

export interface EventHandlers {
  readonly onPath: (path: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Opens a source of events for a folder; with `depth` 0 only for the names in the folder itself. */
export type OpenEventSource = (
  folder: string,
  depth: number | undefined,
  handlers: EventHandlers,
) => Promise<EventSource>;

/** Names whose changes say nothing about models: unfinished work, our own notes, folders that are not scanned. */
function isIgnored(name: string): boolean {
  return isPartialName(name) || isOwnNote(name) || isUnvisited(name) || isQuarantine(name);
}

/** Events of the system, by chokidar: no polling, no link followed. */
export const openChokidar: OpenEventSource = async (folder, depth, { onPath, onError }) => {
  const watcher = watch(folder, {
    ignoreInitial: true,
    followSymlinks: false,
    usePolling: false,
    ignored: (path) => path !== folder && isIgnored(basename(path)),
    ...(depth !== undefined && { depth }),
  });
  watcher.on('error', onError);
  await new Promise<void>((ready) => {
    watcher.once('ready', ready);
    // Where no watch can be had at all, "ready" may never come.
    watcher.once('error', () => ready());
  });
  watcher.on('all', (_event, path) => onPath(path));
  return { close: () => watcher.close() };
};
