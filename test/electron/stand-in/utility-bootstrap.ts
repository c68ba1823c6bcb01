// Stands between Node and the script of a utility process, and gives it its port.
import type { ParentPort } from 'electron';
import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import { watchNetwork } from './network.ts';

const port = new EventEmitter() as EventEmitter & Pick<ParentPort, 'postMessage'>;
port.postMessage = (message: unknown) => void process.send?.(message);
process.on('message', (data) => port.emit('message', { data, ports: [] }));
// Its main process is gone: Electron ends it then.
process.on('disconnect', () => process.exit(0));
Object.defineProperty(process, 'parentPort', { value: port });

watchNetwork();
const [, , script = '', ...args] = process.argv;
process.argv.splice(1, process.argv.length - 1, script, ...args);
await import(pathToFileURL(script).href);
