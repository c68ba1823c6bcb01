import { unicodeOr } from '@clack/prompts';
import { formatBytes } from '../../shared/index.ts';
import type { CallProgress } from '../service/index.ts';
import { clock, estimate } from './estimate.ts';
import type { Terminal } from './terminal.ts';

const phaseNames: Readonly<Record<string, string>> = {
  identify: 'Identifying',
  encode: 'Encoding',
  decode: 'Decoding',
  verify: 'Verifying',
  publish: 'Publishing',
  scan: 'Looking',
  move: 'Moving',
  purge: 'Purging',
};
const longestBar = 30;
const full = unicodeOr('█', '#');
const empty = unicodeOr('░', '-');
const redrawMs = 1000;
const clearLine = '\r\u001b[K';

/**
 * One line on a screen that says how far a job has come. Only drawn where there is a screen. The bars of common
 * packages end the process by themselves on Ctrl+C; here a job is cancelled and cleans up first.
 */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #start = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #latest: CallProgress | undefined;
  #drawn = false;

  constructor(terminal: Terminal, shown: boolean) {
    this.#terminal = terminal;
    if (!shown || terminal.columns === undefined) return;
    this.#timer = setInterval(() => this.#draw(), redrawMs).unref();
  }

  readonly update = (progress: CallProgress): void => {
    this.#latest = progress;
    this.#draw();
  };

  /** Takes the line away. */
  end(): void {
    clearInterval(this.#timer);
    if (this.#drawn) this.#terminal.err(clearLine);
    this.#drawn = false;
  }

  #draw(): void {
    const { columns } = this.#terminal;
    if (this.#timer === undefined || columns === undefined || this.#latest === undefined) return;
    const line = progressLine(this.#latest, (performance.now() - this.#start) / 1000, columns);
    this.#terminal.err(clearLine + line);
    this.#drawn = true;
  }
}

/** The line, no wider than the screen. */
export function progressLine(progress: CallProgress, elapsedSeconds: number, columns: number): string {
  const { phase, doneBytes, totalBytes } = progress;
  const share = totalBytes === 0 ? 1 : doneBytes / totalBytes;
  const left = estimate(share, elapsedSeconds);
  const facts = [
    // All is only done when it is in its place.
    `${Math.min(phase === 'publish' ? 100 : 99, Math.floor(share * 100))} %`.padStart(5),
    `${formatBytes(elapsedSeconds > 0 ? Math.round(doneBytes / elapsedSeconds) : 0)}/s`,
    clock(elapsedSeconds),
    ...(left === undefined ? [] : [`${left} left`]),
  ].join('  ');
  const name = (phaseNames[phase] ?? 'Working').padEnd(11);
  const room = Math.min(longestBar, columns - name.length - facts.length - 4);
  const done = Math.round(share * room);
  const bar = room < 5 ? '' : `${full.repeat(done)}${empty.repeat(room - done)}  `;
  return `${name} ${bar}${facts}`.slice(0, Math.max(0, columns - 1));
}
