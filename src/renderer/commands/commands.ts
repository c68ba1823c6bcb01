import { defineStore } from 'pinia';
import type { ModelSummary } from '../../shared/index.ts';
import type { WindowCommand } from '../../shared/window/index.ts';
import { ask, failureOf, useHost } from '../host/index.ts';
import {
  useCollector,
  useDialogs,
  useLibrary,
  useNavigation,
  useNotices,
  usePreferences,
  useSelection,
  useWork,
  whatCanBeDone,
} from '../stores/index.ts';

/** What a person can do from a menu, a key, a row or the palette. Each says why where it does nothing. */
export const useCommands = defineStore('commands', () => {
  const library = useLibrary();
  const selection = useSelection();
  const navigation = useNavigation();
  const notices = useNotices();
  const dialogs = useDialogs();
  const collector = useCollector();
  const preferences = usePreferences();
  const work = useWork();

  async function addFolder(): Promise<void> {
    const place = await dialogs.chooseFolder('Choose a folder of models');
    if (place) await work.addFolder(place);
  }

  async function compress(models: readonly ModelSummary[]): Promise<void> {
    const doable = whatCanBeDone(models, library.overview?.identified ?? false);
    if (doable.compress.length > 0) await work.compress(doable.compress.map(({ id }) => id));
    else nothing('compress', models, doable.leftOut[0]?.why);
  }

  async function verify(models: readonly ModelSummary[]): Promise<void> {
    const doable = whatCanBeDone(models, true).verify;
    if (doable.length > 0) await work.verify(doable.map(({ id }) => id));
    else nothing('verify', models, 'no delta is stored');
  }

  /** Writes models back where they came from. */
  async function reconstruct(models: readonly ModelSummary[]): Promise<void> {
    const doable = whatCanBeDone(models, true).reconstruct;
    if (doable.length > 0) await work.reconstruct(doable.map(({ id }) => id));
    else nothing('reconstruct', models, 'the original is there');
  }

  /** Writes models back to a folder that a person chooses; whatever is at their own place stays as it is. */
  async function reconstructTo(models: readonly ModelSummary[]): Promise<void> {
    const doable = models.filter(({ storedBytes }) => storedBytes !== null);
    if (doable.length === 0) {
      nothing('reconstruct', models, 'no delta is stored');
      return;
    }
    const place = await dialogs.chooseFolder('Choose where to reconstruct');
    if (place)
      await work.reconstruct(
        doable.map(({ id }) => id),
        place,
      );
  }

  /** Puts originals into the plan of the next reclaim. Nothing moves before it is reviewed. */
  function reclaim(models: readonly ModelSummary[]): void {
    const doable = whatCanBeDone(models, true).reclaim;
    if (doable.length === 0) {
      const [only] = models;
      nothing('reclaim', models, only?.blocked ?? 'not compressed and verified');
      return;
    }
    collector.add(doable.map(({ id }) => id));
    navigation.go({ screen: 'reclaim' });
  }

  async function showInFolder(model: ModelSummary): Promise<void> {
    try {
      await useHost().showInFolder?.({ model: model.id });
    } catch (error) {
      notices.tell(failureOf(error).message, { tone: 'danger' });
    }
  }

  async function copyHash(model: ModelSummary): Promise<void> {
    try {
      const { files } = await ask('show', { model: model.id });
      const known = files.flatMap(({ path, sha256 }) => (sha256 === null ? [] : [`${sha256}  ${path}`]));
      if (known.length === 0) {
        notices.tell(`${model.name} was not read from end to end yet, so its SHA-256 is not known.`);
        return;
      }
      await navigator.clipboard.writeText(known.join('\n'));
      notices.tell(`SHA-256 of ${known.length === 1 ? 'its file' : `its ${known.length} files`} is copied.`);
    } catch (error) {
      notices.tell(failureOf(error).message, { tone: 'danger' });
    }
  }

  /** What the menu of the app, or a key, asks for. */
  function run(command: WindowCommand): void {
    const chosen = selection.models;
    switch (command) {
      case 'add-folder':
        void addFolder();
        break;
      case 'palette':
        dialogs.show({ kind: 'palette' });
        break;
      case 'keys':
        dialogs.show({ kind: 'keys' });
        break;
      case 'find':
        document.querySelector<HTMLInputElement>('[data-filter]')?.focus();
        break;
      case 'go-library':
        navigation.go({ screen: 'library' });
        break;
      case 'go-lineage':
        navigation.go({ screen: 'lineage' });
        break;
      case 'go-jobs':
        navigation.go({ screen: 'jobs' });
        break;
      case 'go-reclaim':
        navigation.go({ screen: 'reclaim' });
        break;
      case 'go-activity':
        navigation.go({ screen: 'activity' });
        break;
      case 'settings':
        navigation.go({ screen: 'settings' });
        break;
      case 'toggle-inspector':
        preferences.inspector = preferences.inspector === 'on' ? 'off' : 'on';
        break;
      case 'compress':
        void compress(chosen);
        break;
      case 'verify':
        void verify(chosen);
        break;
      case 'reconstruct':
        void reconstruct(chosen);
        break;
      case 'undo':
        dialogs.show({ kind: 'undo' });
        break;
    }
  }

  function nothing(verb: string, models: readonly ModelSummary[], why: string | undefined): void {
    const [only] = models;
    if (!only) notices.tell(`Select what to ${verb} first.`);
    else {
      const what = models.length === 1 ? only.name : `Of the ${models.length} selected models none`;
      notices.tell(
        models.length === 1
          ? `There is nothing to ${verb} of ${what}${why === undefined ? '' : `: ${why}`}.`
          : `${what} can be ${past(verb)}${why === undefined ? '' : `: ${why}`}.`,
      );
    }
  }

  return {
    ...{ addFolder, compress, verify, reconstruct, reconstructTo, reclaim, showInFolder, copyHash, run },
  };
});

function past(verb: string): string {
  return verb === 'verify' ? 'verified' : verb === 'compress' ? 'compressed' : `${verb}ed`;
}
