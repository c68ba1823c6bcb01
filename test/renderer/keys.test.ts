// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from 'vitest';
import { bindings, bindingsIn, keyListener, keyName } from '../../src/renderer/commands/keys.ts';

let stop: (() => void) | undefined;

afterEach(() => {
  stop?.();
  document.body.replaceChildren();
});

function listening(mac = false): string[] {
  const told: string[] = [];
  const listener = keyListener(mac, (command) => told.push(command));
  addEventListener('keydown', listener);
  stop = () => removeEventListener('keydown', listener);
  return told;
}

function press(key: string, options: KeyboardEventInit = {}, target: EventTarget = document.body): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...options }));
}

describe('keys', () => {
  it('run commands, with Ctrl here and Cmd on macOS', () => {
    const told = listening();
    press('k', { ctrlKey: true });
    press('C', { ctrlKey: true, shiftKey: true });
    press('k', { metaKey: true });
    expect(told).toEqual(['palette', 'compress']);
    stop?.();
    const onMac = listening(true);
    press('k', { metaKey: true });
    press('k', { ctrlKey: true });
    expect(onMac).toEqual(['palette']);
  });

  it('go to places after G, and only then', () => {
    const told = listening();
    press('t');
    press('g');
    press('t');
    press('t');
    expect(told).toEqual(['go-lineage']);
  });

  it('leave a second letter to a list that found a name, and lead to a place where it did not', () => {
    const told = listening();
    const list = document.createElement('div');
    document.body.append(list);
    let names = ['granite'];
    let typed = '';
    list.addEventListener('keydown', (event) => {
      typed += event.key;
      if (names.some((name) => name.startsWith(typed))) event.preventDefault();
    });
    press('g', {}, list);
    press('r', {}, list);
    expect(told).toEqual([]);
    [names, typed] = [['gemma'], ''];
    press('g', {}, list);
    press('r', {}, list);
    expect(told).toEqual(['go-reclaim']);
  });

  it('leave letters to a field of text, and its own undo', () => {
    const told = listening();
    const input = document.createElement('input');
    document.body.append(input);
    press('g', {}, input);
    press('j', {}, input);
    press('?', {}, input);
    press('z', { ctrlKey: true }, input);
    press('k', { ctrlKey: true }, input);
    expect(told).toEqual(['palette']);
  });

  it('leave to a browser what is its own', () => {
    const told: string[] = [];
    const listener = keyListener(false, (command) => told.push(command), bindingsIn('web'));
    addEventListener('keydown', listener);
    stop = () => removeEventListener('keydown', listener);
    press('r', { ctrlKey: true });
    press('k', { ctrlKey: true });
    expect(told).toEqual(['palette']);
  });

  it('are bound once each', () => {
    const keys = bindings.map(({ keys: bound }) => bound);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('have the names of the system', () => {
    expect([keyName('mod shift C', false), keyName('mod K', true)]).toEqual(['Ctrl Shift C', '⌘ K']);
  });
});
