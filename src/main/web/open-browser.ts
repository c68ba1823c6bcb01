import { spawn } from 'node:child_process';

/** The program of each system that opens an address in the person's browser. */
const openers: Partial<Record<NodeJS.Platform, readonly [program: string, ...args: string[]]>> = {
  darwin: ['open'],
  // Not `start`: that is a word of the shell, which would read signs of the address as its own.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Whether a browser could show itself here. */
export function hasDisplay(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): boolean {
  // Over SSH the display, if any, is another machine's.
  if (env['SSH_CONNECTION'] !== undefined) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
}

/** Shows an address in the person's browser. Where that does not work, the address stands in the terminal. */
export function openBrowser(address: string): void {
  if (!hasDisplay()) return;
  const [program, ...args] = openers[process.platform] ?? ['xdg-open'];
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
