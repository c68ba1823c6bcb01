import type { IpcMain } from 'electron';
import { EventEmitter } from 'node:events';
import { like } from './like.ts';

type Handler = Parameters<IpcMain['handle']>[1];

const handlers = new Map<string, Handler>();

export const ipcMain = Object.assign(
  new EventEmitter(),
  like<IpcMain & { _invokeHandlers: typeof handlers }>()({
    handle: (channel: string, handler: Handler) => {
      if (handlers.has(channel)) {
        throw new Error(`Attempted to register a second handler for '${channel}'`);
      }
      handlers.set(channel, handler);
    },
    removeHandler: (channel: string) => void handlers.delete(channel),
    // Electron has it under the same name: with it a test sends as a frame that does not exist.
    _invokeHandlers: handlers,
  }),
);
