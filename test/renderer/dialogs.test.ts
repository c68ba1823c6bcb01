// @vitest-environment happy-dom
import { flushPromises, type VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import AppDialogs from '../../src/renderer/dialogs/AppDialogs.vue';
import { useDialogs, useNavigation, type Dialog } from '../../src/renderer/stores/index.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';
import { mountScreen } from './mount-screen.ts';

let mounted: VueWrapper | undefined;
afterEach(() => {
  mounted?.unmount();
  mounted = undefined;
  document.body.replaceChildren();
});

/** Opens a dialog over a window in which a button had the keyboard. */
async function show(dialog: Dialog, host: FakeHost = fakeHost()): Promise<FakeHost> {
  const before = document.createElement('button');
  before.id = 'before';
  document.body.append(before);
  before.focus();
  const { screen } = await mountScreen(AppDialogs, { host });
  mounted = screen;
  useDialogs().show(dialog);
  await settle();
  return host;
}

async function settle(): Promise<void> {
  await flushPromises();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await flushPromises();
}

function get(query: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(query);
  if (!found) throw new Error(`nothing is ${query} in ${document.body.textContent}`);
  return found;
}

function press(key: string, on: Element = document.activeElement ?? document.body): void {
  on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

function click(text: string): void {
  const button = [...document.querySelectorAll('button')].find((each) =>
    each.textContent.trim().startsWith(text),
  );
  if (!button) throw new Error(`no button ${text} in ${document.body.textContent}`);
  button.click();
}

async function type(text: string): Promise<void> {
  const field = get('input') as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event('input'));
  await flushPromises();
}

function modelNamed(host: FakeHost, name: string) {
  const model = host.world.models.find((each) => each.name === name);
  if (!model) throw new Error(`no model ${name}`);
  return model;
}

describe('the palette', () => {
  it('has the keyboard in its field, and its current result is told', async () => {
    await show({ kind: 'palette' });
    expect(document.activeElement?.getAttribute('role')).toBe('combobox');
    await type('juniper-xl-v4');
    const current = document.activeElement?.getAttribute('aria-activedescendant') ?? '';
    expect(document.getElementById(current)?.textContent).toContain('juniper-xl-v4');
    expect(document.getElementById(current)?.getAttribute('aria-selected')).toBe('true');
  });

  it('takes the current result with Enter, after moving to it', async () => {
    const host = await show({ kind: 'palette' });
    await type('verify juniper-xl-v5');
    press('Enter');
    await settle();
    expect(useDialogs().open).toBeNull();
    expect(host.askedFor('verify')).toEqual([{ models: [3] }]);
  });

  it('opens a model', async () => {
    await show({ kind: 'palette' });
    await type('halation');
    press('ArrowDown');
    press('ArrowUp');
    press('Enter');
    await settle();
    await vi.waitFor(() => expect(useNavigation().place).toEqual({ screen: 'model', model: 5 }));
  });

  it('goes with Escape', async () => {
    await show({ kind: 'palette' });
    press('Escape');
    await settle();
    expect(useDialogs().open).toBeNull();
  });

  it('leads to the list of keys', async () => {
    await show({ kind: 'palette' });
    press('?');
    await settle();
    expect(get('[role=dialog]').textContent).toContain('All keys');
    expect(get('[role=dialog]').textContent).toContain('Purging has no key');
  });
});

describe('choosing a folder by its path', () => {
  async function choose() {
    const done = vi.fn();
    const host = fakeHost({ kind: 'web' });
    await show({ kind: 'folder', title: 'Choose a folder of models', done }, host);
    return done;
  }

  it('completes with Tab and chooses with Enter', async () => {
    const done = await choose();
    await type('/home/ada/mod');
    await vi.waitFor(() => expect(document.querySelectorAll('[role=option]')).toHaveLength(1));
    press('Tab');
    await flushPromises();
    expect((get('input') as HTMLInputElement).value).toBe('/home/ada/models/');
    await type('/home/ada/models');
    press('Enter');
    await settle();
    expect(done).toHaveBeenCalledWith({ place: 'place of /home/ada/models', path: '/home/ada/models' });
  });

  it('goes into the folder that the arrows are at', async () => {
    await choose();
    await type('/home/ada/mo');
    await vi.waitFor(() => expect(document.querySelectorAll('[role=option]')).toHaveLength(2));
    press('ArrowDown');
    press('ArrowDown');
    press('Enter');
    await flushPromises();
    expect((get('input') as HTMLInputElement).value).toBe('/home/ada/movies/');
  });

  it('says why a folder is refused, and stays open', async () => {
    const done = await choose();
    await type('/nowhere');
    press('Enter');
    await settle();
    expect(get('[role=alert]').textContent).toContain('There is no folder /nowhere');
    expect(done).not.toHaveBeenCalled();
  });

  it('tells that nothing was chosen when it is closed', async () => {
    const done = await choose();
    click('Cancel');
    expect(done).toHaveBeenCalledWith(null);
  });
});

describe('purging', () => {
  it('has the way out under Enter, and purges nothing by it', async () => {
    const host = await show({ kind: 'purge', now: false });
    expect(document.activeElement?.textContent.trim()).toBe('Keep them');
    press('Escape');
    await settle();
    expect(useDialogs().open).toBeNull();
    expect(host.askedFor('purge')).toEqual([]);
  });

  it('names what goes, to the byte, and purges only what is old enough', async () => {
    const host = await show({ kind: 'purge', now: false });
    expect(get('[role=alertdialog]').textContent).toContain('Purge 1 original for good?');
    expect(get('[role=alertdialog]').textContent).toContain('6,938,078,334');
    click('Purge 1 for good, frees 6.9 GB');
    await settle();
    expect(host.askedFor('purge')).toEqual([{ now: false, entries: ['q1'] }]);
  });

  it('takes what is younger only by a choice of its own', async () => {
    const host = await show({ kind: 'purge', now: false });
    get('[role=radio][value=all]').click();
    await settle();
    expect(get('[role=alertdialog]').textContent).toContain('Purge 2 originals for good?');
    click('Purge 2 for good');
    await settle();
    expect(host.askedFor('purge')).toEqual([{ now: true, entries: ['q1', 'q2'] }]);
  });
});

describe('purging what is younger', () => {
  it('says that nothing is old enough, and was asked for apart', async () => {
    const host = fakeHost();
    const { entries, bytes } = host.world.quarantine;
    host.world.quarantine = { entries: entries.map((entry) => ({ ...entry, ripe: false })), bytes };
    await show({ kind: 'purge', now: true }, host);
    expect(get('[role=alertdialog]').textContent).toContain('None of them has been there for 14 days yet');
    expect(document.querySelector('[role=radio]')).toBeNull();
    click('Purge 2 for good');
    await settle();
    expect(host.askedFor('purge')).toEqual([{ now: true, entries: ['q1', 'q2'] }]);
  });

  it('promises nothing of what has no delta', async () => {
    const host = fakeHost();
    const { entries, bytes } = host.world.quarantine;
    host.world.quarantine = { entries: entries.map((entry) => ({ ...entry, why: 'deleted' })), bytes };
    await show({ kind: 'purge', now: false }, host);
    expect(get('[role=alertdialog]').textContent).toContain('cannot be rebuilt afterwards');
    expect(get('[role=alertdialog]').textContent).not.toContain('compared once more');
  });
});

describe('deleting', () => {
  it('names every file before it goes, with the way out under Enter', async () => {
    const host = fakeHost();
    await show({ kind: 'delete', model: modelNamed(host, 'paperlight-xl') }, host);
    expect(document.activeElement?.textContent.trim()).toBe('Keep it');
    const said = get('[role=alertdialog]').textContent;
    expect(said).toContain('/models/paperlight-xl.safetensors');
    expect(said).toContain('after the purge nothing brings it back');
    click('Move 1 file to quarantine');
    await settle();
    expect(host.askedFor('delete')).toEqual([{ model: 6 }]);
  });

  it('does not offer what is refused', async () => {
    const host = fakeHost();
    host.fail('deletePlan', 'sd_xl_base_1.0 is the base of 5 stored models. It stays.', 'refused');
    await show({ kind: 'delete', model: modelNamed(host, 'sd_xl_base_1.0') }, host);
    expect(get('[role=alert]').textContent).toContain('base of 5 stored models');
    click('Move');
    expect(host.askedFor('delete')).toEqual([]);
  });
});

describe('undoing', () => {
  it('says which step before it takes it back', async () => {
    const host = await show({ kind: 'undo' });
    expect(get('[role=dialog]').textContent).toContain('Stored juniper-xl-v4');
    expect(get('[role=dialog]').textContent).toContain('Remove the delta');
    expect(host.askedFor('undo')).toEqual([]);
    click('Undo this step');
    await settle();
    expect(host.askedFor('undo')).toEqual([{ step: '000006' }]);
  });

  it('says where there is nothing to take back', async () => {
    const host = fakeHost();
    host.world.steps = [];
    await show({ kind: 'undo' }, host);
    expect(get('[role=dialog]').textContent).toContain('no step that can be taken back');
  });
});
