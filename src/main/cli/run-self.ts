import { spawn } from 'node:child_process';

/**
 * Runs a command of this program in a process of its own, whose memory counts from zero. What it writes on stderr
 * goes to ours.
 * @param entry path of the program's entry
 */
export function runSelf(
  entry: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number; out: string }> {
  const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const cancel = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', cancel);
  let out = '';
  child.stdout.on('data', (text) => {
    out += String(text);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', cancel);
      resolve({ code: code ?? 1, out });
    });
  });
}
