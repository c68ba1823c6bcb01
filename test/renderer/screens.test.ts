// @vitest-environment happy-dom
import type { DOMWrapper, VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import ActivityScreen from '../../src/renderer/screens/ActivityScreen.vue';
import FirstRunScreen from '../../src/renderer/screens/FirstRunScreen.vue';
import JobsScreen from '../../src/renderer/screens/JobsScreen.vue';
import ReclaimScreen from '../../src/renderer/screens/ReclaimScreen.vue';
import SettingsScreen from '../../src/renderer/screens/SettingsScreen.vue';
import { useCollector, useDialogs, useLibrary, useNotices } from '../../src/renderer/stores/index.ts';
import { fakeHost } from './fake-host.ts';
import { now } from './fake-library.ts';
import { mountScreen } from './mount-screen.ts';

let open: VueWrapper | undefined;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date(now) }));
afterEach(() => {
  vi.useRealTimers();
  open?.unmount();
  open = undefined;
  document.body.replaceChildren();
  localStorage.clear();
});

async function show(component: unknown, host = fakeHost()) {
  const mounted = await mountScreen(component, { host });
  open = mounted.screen;
  return mounted;
}

function button(screen: VueWrapper, label: string) {
  const nameOf = (each: DOMWrapper<Element>) => each.attributes('aria-label') ?? each.text();
  const all = screen.findAll('button');
  const found =
    all.find((each) => nameOf(each) === label) ?? all.find((each) => nameOf(each).startsWith(label));
  if (!found)
    throw new Error(
      `no button ${label} among ${screen
        .findAll('button')
        .map((each) => each.text())
        .join(' | ')}`,
    );
  return found;
}

/** The plan is asked for once ticks have stopped. */
async function pause(settle: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(() => expect(document.querySelector('[aria-busy="true"]')).toBeNull(), { timeout: 2000 });
  await settle();
}

describe('the first run', () => {
  it('shows places that were found, ticks those that free something, and adds what is ticked', async () => {
    const { screen, host, settle } = await show(FirstRunScreen);
    expect(screen.text()).toContain('about 96.0 GB to free');
    expect(screen.text()).toContain('little to free');
    expect(screen.text()).toContain('not counted yet');
    await button(screen, 'Add the 2 ticked').trigger('click');
    await settle();
    expect(host.askedFor('addFolder')).toEqual([{ place: 'hf' }, { place: 'comfy' }]);
  });

  it('has the keyboard at its one question, and opens the sample library', async () => {
    const { screen, host, settle } = await show(FirstRunScreen);
    expect(document.activeElement?.textContent.trim()).toBe('Choose folder…');
    await button(screen, 'Open the sample library').trigger('click');
    await settle();
    expect(host.askedFor('addSample')).toHaveLength(1);
  });

  it('says why the places could not be looked at, and looks again', async () => {
    const host = fakeHost();
    host.fail('places', 'The home folder cannot be read. Nothing was changed.');
    const { screen, settle } = await show(FirstRunScreen, host);
    expect(screen.get('[role=alert]').text()).toContain('The home folder cannot be read.');
    await button(screen, 'Retry').trigger('click');
    await settle();
    expect(host.askedFor('places')).toHaveLength(2);
  });

  it('names the way that a browser has', async () => {
    const { screen } = await show(FirstRunScreen, fakeHost({ kind: 'web' }));
    expect(screen.text()).toContain('Name a folder on this computer');
  });
});

describe('jobs', () => {
  it('shows the running one with its phases, and asks nothing while nothing happens', async () => {
    const { screen, host } = await show(JobsScreen);
    expect(screen.get('[aria-current=step]').text()).toBe('Encode');
    expect(screen.get('[role=progressbar]').attributes('aria-valuenow')).toBe('42');
    expect(screen.text()).toContain('about 6 min left');
    expect(host.askedFor('jobs')).toHaveLength(1);
  });

  it('follows what the service tells of it', async () => {
    const { screen, host, settle } = await show(JobsScreen);
    const running = host.world.jobs.find(({ state }) => state === 'running');
    if (!running) throw new Error('none runs');
    host.tell({ event: 'job', job: { ...running, phase: 'verify', share: 0.9 } });
    await settle();
    expect(screen.get('[aria-current=step]').text()).toBe('Verify');
    expect(screen.text()).toContain('90 %');
    expect(host.askedFor('jobs')).toHaveLength(1);
  });

  it('pauses, cancels, resumes and retries', async () => {
    const { screen, host, settle } = await show(JobsScreen);
    await button(screen, 'Go on now').trigger('click');
    await button(screen, 'Retry').trigger('click');
    await button(screen, 'Pause').trigger('click');
    await button(screen, 'Resume').trigger('click');
    await button(screen, 'Take Reconstruct juniper-xl-v3 from the queue').trigger('click');
    await settle();
    expect(host.askedFor('controlJob')).toEqual([
      { id: 5, action: 'resume' },
      { id: 3, action: 'retry' },
      { id: 4, action: 'pause' },
      { id: 4, action: 'resume' },
      { id: 6, action: 'cancel' },
    ]);
  });

  it('keeps a failure in sight until it is tried again or dismissed', async () => {
    const { screen, settle } = await show(JobsScreen);
    expect(screen.get('[aria-label="Needs you"]').text()).toContain('Free 2.1 GB on Atlas.');
    await button(screen, 'Dismiss').trigger('click');
    await settle();
    expect(screen.get('[aria-label="Needs you"]').text()).not.toContain('Free 2.1 GB on Atlas.');
    expect(screen.get('[aria-label="Finished today"]').text()).toContain('Free 2.1 GB on Atlas.');
  });

  it('tells what is refused, instead of doing nothing', async () => {
    const host = fakeHost();
    host.fail('controlJob', 'Job 4 is done and cannot be paused. Nothing was done.', 'usage');
    const { screen, settle } = await show(JobsScreen, host);
    await button(screen, 'Pause').trigger('click');
    await settle();
    expect(useNotices().notices.map(({ text }) => text)).toEqual([
      'Job 4 is done and cannot be paused. Nothing was done.',
    ]);
  });

  it('opens what came of each model, against what was predicted', async () => {
    const { screen, settle } = await show(JobsScreen);
    useLibrary().predictedBefore.set('/models/juniper-xl-v4.safetensors', 2_400_000_000);
    await button(screen, '2 models: what came of Compress 3 models').trigger('click');
    await settle();
    expect(screen.get('table').text()).toContain('juniper-xl-v5');
    expect(screen.get('table').text()).toContain('verified, identical');
  });

  it('says what there is to do where there is none', async () => {
    const host = fakeHost();
    host.world.jobs = [];
    const { screen } = await show(JobsScreen, host);
    expect(screen.text()).toContain('No job yet.');
  });
});

describe('reclaim', () => {
  it('reviews all that may go, to the byte, and moves that', async () => {
    const { screen, host, settle } = await show(ReclaimScreen);
    await pause(settle);
    const all = useLibrary().models.flatMap(({ id, state }) => (state === 'compressed' ? [id] : []));
    expect([...all].sort()).toEqual([2, 3, 5]);
    expect(host.askedFor('reclaimPlan').at(-1)).toEqual({ models: all, sideFiles: false });
    expect(screen.text()).toContain('20,814,235,002');
    await button(screen, 'Move 3 originals to quarantine').trigger('click');
    await settle();
    expect(host.askedFor('reclaim')).toEqual([{ models: all, sideFiles: false }]);
  });

  it('leaves out what a person takes from the plan, and what is refused', async () => {
    const { screen, host, settle } = await show(ReclaimScreen);
    useCollector().set([3, 5]);
    await settle();
    host.answer('reclaimPlan', ({ models = [] }) => ({
      moved: false,
      models: host.world.models
        .filter(({ id }) => models.includes(id))
        .map(({ id, name, path, bytes }) => ({
          ...{ name, path, files: id === 3 ? [{ path, bytes }] : [], stay: [], bytes: id === 3 ? bytes : 0 },
          ...(id === 3
            ? { outcome: 'done' as const, sentence: null }
            : { outcome: 'refused' as const, sentence: 'Another name of its file exists.' }),
        })),
      bytes: 0,
    }));
    await pause(settle);
    expect(screen.text()).toContain('Another name of its file exists.');
    await button(screen, 'Move 1 original to quarantine').trigger('click');
    await settle();
    expect(host.askedFor('reclaim')).toEqual([{ models: [3], sideFiles: false }]);
  });

  it('moves nothing while the plan is of an earlier choice', async () => {
    const { screen, host, settle } = await show(ReclaimScreen);
    await pause(settle);
    useCollector().set([3]);
    await settle();
    expect(screen.get('[data-primary]').attributes('disabled')).toBeDefined();
    await screen.get('[data-primary]').trigger('click');
    expect(host.askedFor('reclaim')).toEqual([]);
  });

  it('puts an original back by the step that moved it', async () => {
    const { screen, host, settle } = await show(ReclaimScreen);
    await button(screen, 'Put back…').trigger('click');
    await button(screen, 'Put back legal-intake-v2').trigger('click');
    await settle();
    expect(host.askedFor('undo')).toEqual([{ step: '000003' }]);
  });

  it('offers to purge what is old enough, and the rest only apart from it', async () => {
    const { screen } = await show(ReclaimScreen);
    await button(screen, 'Purge 1 for good').trigger('click');
    expect(useDialogs().open).toEqual({ kind: 'purge', now: false });
    await button(screen, 'Put back…').trigger('click');
    await button(screen, 'Purge before 14 days are over').trigger('click');
    expect(useDialogs().open).toEqual({ kind: 'purge', now: true });
  });

  it('says what is not in the plan, and why', async () => {
    const { screen } = await show(ReclaimScreen);
    expect(screen.text()).toContain('base of 5, stays');
    expect(screen.text()).toContain('on Atlas, not connected');
  });

  it('says what has to come first where nothing may go', async () => {
    const host = fakeHost();
    host.world.models = host.world.models.filter(({ state }) => state !== 'compressed');
    const { screen } = await show(ReclaimScreen, host);
    expect(screen.text()).toContain('No original may go now.');
  });
});

describe('activity', () => {
  it('strikes through what was taken back, and takes back one step', async () => {
    const { screen, host, settle } = await show(ActivityScreen);
    expect(screen.get('s').text()).toContain('studio-portrait-xl');
    await button(screen, 'Undo: Moved the original of legal-intake-v2').trigger('click');
    await settle();
    expect(host.askedFor('undo')).toEqual([{ step: '000003' }]);
  });

  it('goes by keys, and says beside the list what taking a step back would do', async () => {
    const { screen, settle } = await show(ActivityScreen);
    const rows = screen.findAll('[role=row][tabindex]');
    expect(rows.filter((row) => row.attributes('tabindex') === '0')).toHaveLength(1);
    (rows[0]?.element as HTMLElement).focus();
    await screen.get('[role=treegrid]').trigger('keydown', { key: 'End' });
    await screen.get('[role=treegrid]').trigger('keydown', { key: 'ArrowUp' });
    await settle();
    expect(document.activeElement?.id).toBe('line-000001');
    expect(screen.get('aside').text()).toContain('Moves the originals of legal-intake-v1 back');
  });

  it('shows what was done to many models at once as one line, which opens and can be taken back', async () => {
    const host = fakeHost();
    const [first] = host.world.steps;
    if (!first) throw new Error('no step');
    host.world.steps = ['3', '2', '1'].map((id) => ({
      ...{ ...first, id, kind: 'reclaim', name: `model-${id}`, undo: 'Moves it back.' },
      ...{ at: `2026-11-21T14:0${id}:00.000Z`, sentence: `Moved the original of model-${id}.` },
    }));
    const { screen, settle } = await show(ActivityScreen, host);
    const row = screen.get('[role=row][aria-expanded]');
    expect(row.text()).toContain('Moved the originals of 3 models to quarantine');
    expect(screen.findAll('[role=row][tabindex]')).toHaveLength(1);
    (row.element as HTMLElement).focus();
    await row.trigger('keydown', { key: 'ArrowRight' });
    expect(screen.findAll('[role=row][tabindex]')).toHaveLength(4);
    await row.trigger('keydown', { key: 'Enter' });
    expect(screen.findAll('[role=row][tabindex]')).toHaveLength(1);
    await button(screen, 'Undo all: Moved').trigger('click');
    await settle();
    expect(host.askedFor('undo')).toEqual([{ step: '3' }, { step: '2' }, { step: '1' }]);
  });

  it('filters by what is typed, and says so where nothing is left', async () => {
    const { screen } = await show(ActivityScreen);
    await screen.get('input').setValue('clinic');
    expect(screen.findAll('[role=row][tabindex]')).toHaveLength(1);
    await screen.get('input').setValue('zzz');
    expect(screen.text()).toContain('No step matches.');
    await button(screen, 'Clear filters').trigger('click');
    expect(screen.findAll('[role=row][tabindex]')).toHaveLength(7);
  });

  it('reads again when the library has changed', async () => {
    const { host, settle } = await show(ActivityScreen);
    host.tell({ event: 'changed' });
    await vi.waitFor(() => expect(host.askedFor('activity').length).toBeGreaterThan(1), { timeout: 3000 });
    await settle();
  });
});

describe('settings', () => {
  it('keeps every change at once', async () => {
    const { screen, host, settle } = await show(SettingsScreen);
    const select = screen.get('select[aria-label="Keep originals in quarantine"]');
    (select.element as HTMLSelectElement).selectedIndex = 3;
    await select.trigger('change');
    await screen.get('[role=switch][aria-label="Compress new fine-tunes"]').trigger('click');
    await settle();
    expect(host.askedFor('setSettings')).toEqual([
      { set: { minimumAgeDays: 30 } },
      { set: { autoCompress: true } },
    ]);
  });

  it('says beside a control why a change was refused', async () => {
    const host = fakeHost();
    host.fail('setSettings', 'The setting copyBases does not take that value; it stays as it was.', 'usage');
    const { screen, settle } = await show(SettingsScreen, host);
    const control = screen.get('[role=switch][aria-label="Copy bases that cannot be held otherwise"]');
    await control.trigger('click');
    await settle();
    expect(screen.get('[role=alert]').text()).toContain('it stays as it was');
    expect(control.attributes('aria-checked')).toBe('true');
  });

  it('finds a setting by a word of it', async () => {
    const { screen } = await show(SettingsScreen);
    await screen.get('input').setValue('quarantine');
    const shown = screen
      .findAll('.setting')
      .filter((row) => (row.element as HTMLElement).style.display !== 'none');
    expect(shown.map((row) => row.get('.med').text())).toEqual(['Keep originals in quarantine']);
  });

  it('shows what cannot be turned off as locked, without a control', async () => {
    const { screen } = await show(SettingsScreen);
    for (const row of screen.findAll('.setting')) {
      if (!row.find('.tag').exists()) continue;
      expect(row.find('button, select').exists()).toBe(false);
    }
    expect(screen.findAll('.setting .tag').map((tag) => tag.text())).toEqual(['always', 'always', 'always']);
  });
});
