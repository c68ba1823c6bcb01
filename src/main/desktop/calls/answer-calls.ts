import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import { z } from 'zod';
import { DeltashelfError } from '../../../shared/index.ts';
import { channels } from '../../../shared/window/channels.ts';
import { windowCallNames, type ChosenPlace, type WindowTheme } from '../../../shared/window/index.ts';
import { failureOf } from '../failure-of.ts';
import type { Answer } from '../service/functions.ts';
import type { ServiceKeeper } from '../service/service-keeper.ts';
import { droppedFolders } from './dropped-folders.ts';
import { isModest } from './modest.ts';
import { isOurPage } from './sender.ts';

/** What a page asks for that is the shell's own matter. */
export interface ShellCalls {
  /** Opens the system's dialog. */
  readonly chooseFolder: (title: string) => Promise<string | null>;
  readonly showInFolder: (path: string) => void;
  readonly showTheme: (theme: WindowTheme) => void;
}

const call = z.tuple([z.enum(windowCallNames), z.unknown()]);
const title = z.tuple([z.string().min(1).max(200)]);
const dropped = z.tuple([z.array(z.string().min(1).max(4096)).max(1000)]);
const shown = z.tuple([
  z.union([
    z.strictObject({ model: z.int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    z.strictObject({ job: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  ]),
]);
const theme = z.tuple([z.enum(['system', 'light', 'dark'])]);

/** Answers what the page asks through the preload script. Nobody else is answered, and nothing unparsed is passed on. */
export function answerCalls(service: ServiceKeeper, shell: ShellCalls): void {
  handle(channels.call, call, async ([name, args]) => service.answer(name, args));

  handle(channels.chooseFolder, title, async ([text]) => {
    const path = await shell.chooseFolder(text);
    return path === null ? { result: null } : service.chosen(path);
  });

  handle(channels.dropped, dropped, async ([paths]) => {
    const places: ChosenPlace[] = [];
    for (const folder of await droppedFolders(paths)) {
      const answer = await service.chosen(folder);
      if ('error' in answer) return answer;
      places.push(answer.result);
    }
    return { result: places };
  });

  handle(channels.showInFolder, shown, async ([what]) => {
    const answer = await service.pathOf(what);
    if ('error' in answer) return answer;
    shell.showInFolder(answer.result);
    return { result: null };
  });

  handle(channels.showTheme, theme, async ([name]) => {
    shell.showTheme(name);
    return { result: null };
  });
}

/** A handler never throws: what goes wrong is a value, and tells the page no more than its sentence. */
function handle<Args>(channel: string, schema: z.ZodType<Args>, work: (args: Args) => Promise<Answer>): void {
  ipcMain.handle(channel, async (event: IpcMainInvokeEvent, ...sent: unknown[]): Promise<Answer> => {
    try {
      if (!isOurPage(event)) throw refused();
      if (!isModest(sent)) throw tooMuch();
      const parsed = schema.safeParse(sent);
      if (!parsed.success) throw noCall();
      return await work(parsed.data);
    } catch (error) {
      return failureOf(error);
    }
  });
}

function refused(): DeltashelfError {
  return new DeltashelfError('refused', 'Only the page of Deltashelf may ask. Nothing was done.');
}

function tooMuch(): DeltashelfError {
  return new DeltashelfError(
    'usage',
    'What was sent is larger than any call of the library. Nothing was done.',
  );
}

function noCall(): DeltashelfError {
  return new DeltashelfError('usage', 'That is no call of the library. Nothing was done.');
}
