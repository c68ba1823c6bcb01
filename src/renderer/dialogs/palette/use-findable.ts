import { computed, type ComputedRef } from 'vue';
import { bindingsIn, useCommands } from '../../commands/index.ts';
import { useHost } from '../../host/index.ts';
import {
  useDialogs,
  useLibrary,
  useNavigation,
  usePreferences,
  useSelection,
  useWork,
  whatCanBeDone,
  type Place,
} from '../../stores/index.ts';
import { bytes, plural } from '../../words/index.ts';
import type { IconName } from '../../components/icons.ts';
import type { WindowCommand } from '../../../shared/window/index.ts';
import type { ModelSummary } from '../../../shared/index.ts';
import type { Entry, Findable, FindableModel, Verb } from './entries.ts';

/** What the palette finds: commands, models with what can be done with them, and places. */
export function useFindable(): ComputedRef<Findable> {
  const library = useLibrary();
  const navigation = useNavigation();
  const actions = useRuns();
  const verbs = useVerbs();
  const models = computed<readonly FindableModel[]>(() =>
    library.models.map((model) => ({ model, lower: model.name.toLowerCase() })),
  );
  const commands = computed<readonly Entry[]>(() => [...actions.value, ...usePlaces(navigation.go)]);
  return computed(() => ({
    ...{ commands: commands.value, models: models.value, verbs },
    openModel: ({ id }) => navigation.go({ screen: 'model', model: id }),
  }));
}

function keysOf(command: WindowCommand): string {
  return bindingsIn(useHost().kind).find((binding) => binding.command === command)?.keys ?? '';
}

function entry(
  section: Entry['section'],
  icon: IconName,
  title: string,
  run: () => void,
  more: Partial<Pick<Entry, 'note' | 'keys'>> = {},
): Entry {
  return { key: title, section, title, run, picture: { icon }, note: '', keys: '', ...more };
}

/** What is not about one model that is named. */
function useRuns(): ComputedRef<readonly Entry[]> {
  const library = useLibrary();
  const selection = useSelection();
  const dialogs = useDialogs();
  const preferences = usePreferences();
  const commands = useCommands();
  const work = useWork();
  return computed(() => {
    const chosen = selection.models;
    const doable = whatCanBeDone(chosen, library.overview?.identified ?? false);
    const runs: Entry[] = [];
    if (doable.compress.length > 0) {
      const gain =
        doable.predicted && doable.freesBytes > 0 ? `, can free about ${bytes(doable.freesBytes)}` : '';
      runs.push(
        entry(
          'Run',
          'add',
          `Compress ${doable.compress.length} selected`,
          () => void commands.compress(chosen),
          {
            note: `originals stay${gain}`,
            keys: keysOf('compress'),
          },
        ),
      );
    }
    if (doable.verify.length > 0) {
      runs.push(
        entry(
          'Run',
          'shield',
          `Verify ${doable.verify.length} selected`,
          () => void commands.verify(chosen),
          {
            keys: keysOf('verify'),
          },
        ),
      );
    }
    if (doable.reconstruct.length > 0) {
      runs.push(
        entry(
          'Run',
          'reconstruct',
          `Reconstruct ${doable.reconstruct.length} selected`,
          () => void commands.reconstruct(chosen),
          { note: 'nothing is overwritten', keys: keysOf('reconstruct') },
        ),
      );
    }
    const whole = whatCanBeDone(library.models, library.overview?.identified ?? false);
    if (whole.compress.length > 0 && whole.predicted) {
      runs.push(
        entry(
          'Run',
          'add',
          'Compress all that frees something',
          () => void commands.compress(whole.compress),
          { note: `${plural(whole.compress.length, 'model')}, about ${bytes(whole.freesBytes)}` },
        ),
      );
    }
    runs.push(
      entry('Run', 'folder', 'Add folder…', () => void commands.addFolder(), {
        note: 'read-only until you ask',
      }),
      entry('Run', 'undo', 'Undo the last step…', () => dialogs.show({ kind: 'undo' }), {
        keys: keysOf('undo'),
      }),
      entry('Run', 'search', 'Look through the watched folders', () => void work.scan(), {
        note: 'finds what is new, changed or gone',
      }),
      entry('Run', 'shield', 'Check all deltas and bases', () => void work.check([]), {
        note: 'reads each from the disk',
      }),
      entry('Run', 'keyboard', 'Show all keys', () => dialogs.show({ kind: 'keys' }), { keys: '?' }),
      ...(['light', 'dark', 'system'] as const).map((theme) =>
        entry('Run', 'look', `Theme: ${theme}`, () => (preferences.theme = theme)),
      ),
    );
    return runs;
  });
}

function usePlaces(go: (place: Place) => void): Entry[] {
  const places: readonly (readonly [IconName, string, Place, WindowCommand])[] = [
    ['library', 'Library', { screen: 'library' }, 'go-library'],
    ['lineage', 'Lineage', { screen: 'lineage' }, 'go-lineage'],
    ['jobs', 'Jobs', { screen: 'jobs' }, 'go-jobs'],
    ['reclaim', 'Reclaim', { screen: 'reclaim' }, 'go-reclaim'],
    ['activity', 'Activity', { screen: 'activity' }, 'go-activity'],
    ['settings', 'Settings', { screen: 'settings' }, 'settings'],
  ];
  return places.map(([icon, title, place, command]) =>
    entry('Go to', icon, title, () => go(place), { keys: keysOf(command) }),
  );
}

/** What can be done with a model that is named. */
function useVerbs(): readonly Verb[] {
  const library = useLibrary();
  const navigation = useNavigation();
  const commands = useCommands();
  const doable = (model: ModelSummary) => whatCanBeDone([model], library.overview?.identified ?? false);
  return [
    {
      ...{ name: 'Reconstruct', icon: 'reconstruct', section: 'Run', keys: keysOf('reconstruct') },
      fits: (model) => doable(model).reconstruct.length > 0,
      note: (model) => `${bytes(model.bytes)}, nothing is overwritten`,
      run: (model) => void commands.reconstruct([model]),
    },
    {
      ...{ name: 'Compress', icon: 'add', section: 'Run', keys: keysOf('compress') },
      fits: (model) => doable(model).compress.length > 0,
      note: ({ freesBytes, predictedBytes }) =>
        predictedBytes === null ? 'the original stays' : `can free about ${bytes(freesBytes)}`,
      run: (model) => void commands.compress([model]),
    },
    {
      ...{ name: 'Verify', icon: 'shield', section: 'Run', keys: keysOf('verify') },
      fits: (model) => doable(model).verify.length > 0,
      note: () => 'decodes its delta and compares every byte',
      run: (model) => void commands.verify([model]),
    },
    {
      ...{ name: 'Reclaim', icon: 'reclaim', section: 'Run', keys: '' },
      fits: (model) => doable(model).reclaim.length > 0,
      note: ({ freesBytes }) => `adds its original, ${bytes(freesBytes)}, to the plan`,
      run: (model) => commands.reclaim([model]),
    },
    {
      ...{ name: 'Lineage of', icon: 'lineage', section: 'Go to', keys: '' },
      fits: ({ familyId }) => familyId !== null,
      note: ({ family }) => family ?? '',
      run: ({ id, familyId }) => navigation.go({ screen: 'lineage', family: familyId ?? 0, model: id }),
    },
  ];
}
