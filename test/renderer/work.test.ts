// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { describe, expect, it } from 'vitest';
import { setHost } from '../../src/renderer/host/index.ts';
import { useNotices, useService, useWork } from '../../src/renderer/stores/index.ts';
import { fakeHost, type FakeHost } from './fake-host.ts';

async function open(host: FakeHost = fakeHost()): Promise<FakeHost> {
  setHost(host);
  setActivePinia(createPinia());
  useService().start();
  await flushPromises();
  return host;
}

function told(): string[] {
  return useNotices().notices.map(({ text }) => text);
}

describe('taking back', () => {
  it('says what is undone, not that it was done', async () => {
    await open();
    await useWork().undo('000003');
    expect(told()).toEqual(['Undone: Moved the original of legal-intake-v2 (6.9 GB) to quarantine.']);
  });

  it('says how far it came where one of several cannot be taken back', async () => {
    const host = await open();
    const answer = host.calls.undo;
    let asked = 0;
    Object.assign(host.calls, {
      undo: (args: Parameters<typeof answer>[0]) => {
        asked += 1;
        if (asked === 2) host.fail('undo', 'Something is in its old place.', 'refused');
        return answer(args);
      },
    });
    await useWork().undoSteps(['000003', '000001', '000006']);
    expect(told()).toEqual(['1 of 3 steps are undone. Something is in its old place.']);
    expect(host.askedFor('undo')).toHaveLength(2);
  });

  it('takes back from the notice all that a reclaim moved, and nothing that was moved before', async () => {
    const host = await open();
    await useWork().reclaim([2, 3], false);
    const job = {
      ...host.world.jobs[0],
      id: 100,
      kind: 'reclaim',
      createdAt: '2026-11-21T15:00:00.000Z',
    } as (typeof host.world.jobs)[number];
    const moved = ['juniper-xl-v4', 'juniper-xl-v5'];
    host.answer('outcome', () => ({
      call: 'reclaim',
      result: {
        moved: true,
        models: moved.map((name) => ({
          name,
          path: name,
          outcome: 'done',
          sentence: null,
          files: [],
          stay: [],
          bytes: 5,
        })),
        bytes: 10,
      },
    }));
    const step = (id: string, name: string, at: string) => ({
      id,
      kind: 'reclaim',
      name,
      at,
      sentence: '',
      undo: 'Moves it back.',
    });
    host.world.steps = [
      step('12', 'juniper-xl-v5', '2026-11-21T15:00:02.000Z'),
      step('11', 'juniper-xl-v4', '2026-11-21T15:00:01.000Z'),
      step('10', 'juniper-xl-v4', '2026-11-20T15:00:00.000Z'),
    ];
    host.tell({ event: 'job', job: { ...job, state: 'done' } });
    await flushPromises();
    expect(told()).toEqual(['2 originals moved to quarantine (10 bytes).']);
    useNotices().notices[0]?.action?.run();
    await flushPromises();
    expect(host.askedFor('undo')).toEqual([{ step: '12' }, { step: '11' }]);
  });
});
