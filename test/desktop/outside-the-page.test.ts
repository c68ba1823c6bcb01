// Notes, the taskbar, the menu over text and the frame: what the shell asks Electron for, and when.
import type { BrowserWindow, ContextMenuParams } from 'electron';
import { beforeEach, expect, test, vi } from 'vitest';
import { ActiveJobs } from '../../src/main/desktop/jobs/active-jobs.ts';
import { showJobs } from '../../src/main/desktop/jobs/show-jobs.ts';
import { showTextMenu } from '../../src/main/desktop/menus/text-menu.ts';
import { titleBar } from '../../src/main/desktop/window/title-bar.ts';
import type { JobSummary } from '../../src/shared/index.ts';

const electron = vi.hoisted(() => {
  const notes: { title: string; body: string; click: () => void }[] = [];
  const menus: (string | undefined)[][] = [];
  return {
    notes,
    menus,
    nativeTheme: { shouldUseDarkColors: false },
    Menu: {
      buildFromTemplate: (items: readonly { role?: string }[]) => ({
        popup: () => menus.push(items.map(({ role }) => role)),
      }),
    },
    Notification: class {
      static isSupported(): boolean {
        return true;
      }
      readonly #options: { title: string; body: string };
      #click = (): void => undefined;
      constructor(options: { title: string; body: string }) {
        this.#options = options;
      }
      once(event: string, listener: () => void): void {
        if (event === 'click') this.#click = listener;
      }
      show(): void {
        notes.push({ ...this.#options, click: () => this.#click() });
      }
    },
  };
});
vi.mock('electron', () => electron);

beforeEach(() => {
  electron.notes.length = 0;
  electron.menus.length = 0;
});

const job = (some: Partial<JobSummary>) => ({
  event: 'job' as const,
  job: {
    id: 1,
    title: 'Compress 12 models',
    share: 0.5,
    secondsElapsed: 60,
    sentence: null,
    ...some,
  } as JobSummary,
});

function shown(focused: boolean) {
  const bars: unknown[][] = [];
  const window = {
    isFocused: () => focused,
    setProgressBar: (...bar: unknown[]) => void bars.push(bar),
  } as unknown as BrowserWindow;
  const focus = vi.fn();
  return { tell: showJobs(new ActiveJobs(), () => window, focus), bars, focus };
}

test('the end of a long job is noted where nobody looks, and the note leads back', () => {
  const { tell, focus } = shown(false);
  tell(job({ state: 'running' }));
  expect(electron.notes).toEqual([]);
  tell(job({ state: 'done' }));
  expect(electron.notes).toMatchObject([{ title: 'Compress 12 models', body: 'Done in 60 s.' }]);
  electron.notes[0]?.click();
  expect(focus).toHaveBeenCalledOnce();
});

test('no note for who looks at the window, and none for a short job', () => {
  shown(true).tell(job({ state: 'done' }));
  shown(false).tell(job({ state: 'done', secondsElapsed: 3 }));
  expect(electron.notes).toEqual([]);
});

test('the icon shows how far jobs are, and nothing when the service is another one', () => {
  const { tell, bars } = shown(true);
  tell(job({ state: 'running' }));
  tell({ event: 'changed' });
  tell({ event: 'service', state: 'restarted', sentence: '' });
  tell(job({ state: 'paused', share: 0.7 }));
  expect(bars).toEqual([[0.5, { mode: 'normal' }], [-1], [0.7, { mode: 'paused' }]]);
});

test('over text there is a menu to copy, in a field one to edit, elsewhere none', () => {
  const menu = (isEditable: boolean, selectionText: string): void =>
    showTextMenu({} as unknown as BrowserWindow, { isEditable, selectionText } as ContextMenuParams);
  menu(false, ' ');
  menu(false, 'sprout-base');
  menu(true, '');
  expect(electron.menus).toEqual([['copy'], ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll']]);
});

test('the buttons of the system lie on the title bar, in the colours of the theme', () => {
  expect(titleBar('darwin')).toMatchObject({ titleBarStyle: 'hiddenInset' });
  for (const platform of ['win32', 'linux'] as const) {
    electron.nativeTheme.shouldUseDarkColors = false;
    expect(titleBar(platform)).toEqual({
      titleBarStyle: 'hidden',
      titleBarOverlay: { color: '#FFFFFF', symbolColor: '#17211F', height: 43 },
    });
    electron.nativeTheme.shouldUseDarkColors = true;
    expect(titleBar(platform)).toMatchObject({
      titleBarOverlay: { color: '#191E1D', symbolColor: '#E9EEEC' },
    });
  }
});
