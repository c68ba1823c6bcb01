// What a page in the app can do, as one frozen object. Runs sandboxed in the page's process: it is built into one
// CommonJS file that needs only `electron`, and parses nothing, since main parses what arrives.
// May import: shared, but no file of it that brings zod.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { Failure } from '../shared/contract.ts';
import { windowCallNames } from '../shared/window/call-names.ts';
import { channels } from '../shared/window/channels.ts';
import type { ChosenPlace, WindowEvent, WindowHost } from '../shared/window/host.ts';

const listeners = new Set<(event: WindowEvent) => void>();
ipcRenderer.on(channels.event, (_, event: WindowEvent) => {
  for (const listener of listeners) listener(event);
});

const calls = Object.fromEntries(
  windowCallNames.map((name) => [name, (args: unknown) => ipcRenderer.invoke(channels.call, name, args)]),
) as unknown as WindowHost['calls'];

const host: WindowHost = {
  kind: 'desktop',
  platform: process.platform as WindowHost['platform'],
  calls: Object.freeze(calls),
  onEvent(listener) {
    // One entry for each time it is given: the bridge hands over the same function each time.
    const own = (event: WindowEvent): void => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  },
  folders: Object.freeze({
    kind: 'dialog' as const,
    choose: (title: string) => ask<ChosenPlace | null>(channels.chooseFolder, title),
    dropped: async (files: readonly File[]) => {
      // Empty for a file that a page made itself; throws for what is none.
      const paths = Array.from(files, (file) => webUtils.getPathForFile(file)).filter((path) => path !== '');
      return ask<readonly ChosenPlace[]>(channels.dropped, paths);
    },
  }),
  showInFolder: async (what) => {
    await ask(channels.showInFolder, what);
  },
  showTheme: async (theme) => {
    await ask(channels.showTheme, theme);
  },
};

contextBridge.exposeInMainWorld('deltashelf', Object.freeze(host));

/** An error thrown by main would arrive with the channel's name before its sentence. */
async function ask<Result>(channel: string, args: unknown): Promise<Result> {
  const answer = (await ipcRenderer.invoke(channel, args)) as { readonly result: Result } | Failure;
  if ('error' in answer) throw new Error(answer.error.sentence);
  return answer.result;
}
