import type { WindowCommand, WindowHost } from '../../shared/window/index.ts';

/** A key, and what it does. `keys` is as people read it, without the command key's name of the system. */
export interface KeyBinding {
  readonly command: WindowCommand;
  readonly title: string;
  /** "mod" is Ctrl, on macOS Cmd. */
  readonly keys: string;
  /** A browser has it for something of its own. */
  readonly appOnly?: true;
}

export const bindings: readonly KeyBinding[] = [
  { command: 'palette', title: 'Search or run', keys: 'mod K' },
  { command: 'find', title: 'Filter the list', keys: 'mod F' },
  { command: 'compress', title: 'Compress the selection', keys: 'mod shift C' },
  { command: 'verify', title: 'Verify the selection', keys: 'mod shift V' },
  { command: 'reconstruct', title: 'Reconstruct the selection', keys: 'mod R', appOnly: true },
  { command: 'undo', title: 'Undo the last step, after saying which', keys: 'mod Z' },
  { command: 'toggle-inspector', title: 'Inspector on or off', keys: 'mod I' },
  { command: 'settings', title: 'Settings', keys: 'mod ,' },
  { command: 'go-library', title: 'Go to the library', keys: 'G L' },
  { command: 'go-lineage', title: 'Go to the lineage tree', keys: 'G T' },
  { command: 'go-jobs', title: 'Go to jobs', keys: 'G J' },
  { command: 'go-reclaim', title: 'Go to reclaim', keys: 'G R' },
  { command: 'go-activity', title: 'Go to activity', keys: 'G A' },
  { command: 'keys', title: 'All keys', keys: '?' },
];

/** The keys that a window has: in a browser, not those that are the browser's. */
export function bindingsIn(kind: WindowHost['kind']): readonly KeyBinding[] {
  return kind === 'desktop' ? bindings : bindings.filter(({ appOnly }) => appOnly !== true);
}

/** The keys of lists, which each list answers itself. */
export const listKeys: readonly { readonly title: string; readonly keys: string }[] = [
  { title: 'Move', keys: '↑ ↓ Home End' },
  { title: 'Extend the selection', keys: 'shift ↑ ↓' },
  { title: 'Select all', keys: 'mod A' },
  { title: 'Open or close a family; to child, to parent', keys: '→ ←' },
  { title: 'Select the row', keys: 'Space' },
  { title: 'Open the model', keys: 'Enter' },
  { title: 'Primary button of the view', keys: 'mod Enter' },
  { title: 'Clear the selection, then the filter', keys: 'Esc' },
  { title: 'Sidebar, list, inspector, status', keys: 'F6' },
];

/** A key as this system names it. */
export function keyName(keys: string, mac: boolean): string {
  return keys
    .split(' ')
    .map((key) => (key === 'mod' ? (mac ? '⌘' : 'Ctrl') : key === 'shift' ? (mac ? '⇧' : 'Shift') : key))
    .join(' ');
}

const sequenceMs = 1200;

/**
 * Turns key presses into commands. Letters without the command key do nothing while a person types.
 * @returns the listener
 */
export function keyListener(
  mac: boolean,
  run: (command: WindowCommand) => void,
  bound = bindings,
): (event: KeyboardEvent) => void {
  let led = -Infinity;
  const modified = new Map<string, WindowCommand>();
  const afterG = new Map<string, WindowCommand>();
  for (const { command, keys } of bound) {
    const parts = keys.toLowerCase().split(' ');
    if (parts[0] === 'mod') modified.set(parts.slice(1).join(' '), command);
    else if (parts[0] === 'g' && parts[1] !== undefined) afterG.set(parts[1], command);
  }
  return (event) => {
    if (event.altKey) return;
    const key = event.key.toLowerCase();
    const command = mac ? event.metaKey : event.ctrlKey;
    if (event.defaultPrevented) {
      // A list took it for the beginning of a name; it may lead to a place all the same.
      if (key === 'g' && !command) led = event.timeStamp;
      return;
    }
    let found: WindowCommand | undefined;
    if (command) found = modified.get(event.shiftKey ? `shift ${key}` : key);
    else if (isTyping(event.target)) return;
    else if (event.timeStamp - led < sequenceMs) found = afterG.get(key);
    else if (key === '?') found = 'keys';
    else if (key === '/') found = 'find';
    led = key === 'g' && !command ? event.timeStamp : -Infinity;
    if (!found) return;
    // In a field of text, undo and select are the field's.
    if (found === 'undo' && isTyping(event.target)) return;
    event.preventDefault();
    run(found);
  };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
