import { expect, test } from 'vitest';
import { foundModel } from './found-models.ts';
import { deltaId, entryId, quarantineEntry, sidecar, vaultState } from './sidecars.ts';
import { temporaryCatalogue } from './temporary-catalogue.ts';

test('a model goes through its states as the vault changes', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  const found = foundModel('/models/a');
  const id = session.found(found, 's');
  session.finish();
  const state = () => catalogue.models.get(id)?.state;

  expect(catalogue.vault.stored(sidecar('/models/a', { verifiedAt: null }))).toBe(id);
  expect(state()).toBe('original');
  catalogue.vault.stored(sidecar('/models/a'));
  expect(catalogue.models.get(id)).toMatchObject({ state: 'compressed', storedBytes: 420, freesBytes: 1000 });
  expect(catalogue.vault.deltas.ofModel(id)).toMatchObject({ parents: [{ name: 'base', stored: null }] });

  catalogue.vault.damaged(deltaId, 'chunk 3 is damaged');
  expect(state()).toBe('damaged');
  catalogue.vault.sync(vaultState([sidecar('/models/a')]));
  expect(state()).toBe('damaged');
  catalogue.vault.stored(sidecar('/models/a', { verifiedAt: '2026-11-29T11:30:00.000Z' }));
  expect(state()).toBe('compressed');

  catalogue.vault.quarantined(quarantineEntry('/models/a'));
  expect(catalogue.models.get(id)).toMatchObject({ state: 'quarantined', freesBytes: 1000 });
  catalogue.vault.released(entryId);
  expect(catalogue.models.get(id)).toMatchObject({ state: 'stored', freesBytes: 0, storedBytes: 420 });
  catalogue.vault.setOnline(false);
  expect(state()).toBe('offline');
  catalogue.vault.sync(vaultState([sidecar('/models/a')]));
  expect(state()).toBe('stored');

  const again = catalogue.scan(folder);
  again.found(found, 's');
  again.finish();
  expect(state()).toBe('compressed');
  catalogue.vault.sync(vaultState([]));
  expect(catalogue.models.get(id)).toMatchObject({ state: 'original', storedBytes: null });
});

test('an original that is written to after it was stored is changed, until its bytes are found to be the same', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const found = foundModel('/models/a');
  const [card, weights] = found.files;
  if (card === undefined || weights === undefined) throw new Error('no files');
  const touched = { ...found, files: [card, { ...weights, mtimeNs: '1795953600000000000' }] };
  const session = catalogue.scan(folder);
  const id = session.found(touched, 's');
  session.finish();
  catalogue.vault.stored(sidecar('/models/a'));
  expect(catalogue.models.get(id)?.state).toBe('changed');
  const file = catalogue.models.files(id)[1];
  if (file === undefined) throw new Error('lost');
  catalogue.models.hashed(id, file, 'ab'.repeat(32));
  expect(catalogue.models.get(id)?.state).toBe('compressed');
});

test('a model that only the vault knows has a row', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue } = made;
  const deleted = quarantineEntry('/models/deleted', { stored: null, why: 'deleted', id: deltaId });
  catalogue.vault.sync(vaultState([sidecar('/models/lost')], [deleted]));
  const { models } = catalogue.queries.list({ limit: 10 });
  expect(models.map(({ name, state, bytes, storedBytes }) => ({ name, state, bytes, storedBytes }))).toEqual([
    { name: 'deleted', state: 'quarantined', bytes: 1000, storedBytes: null },
    { name: 'lost', state: 'stored', bytes: 1010, storedBytes: 420 },
  ]);
});

test('a delta finds its model by content where the path is another', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  const id = session.found(foundModel('/models/renamed'), 's');
  session.finish();
  const model = catalogue.models.get(id);
  const file = catalogue.models.files(id)[1];
  if (model === undefined || file === undefined) throw new Error('lost');
  catalogue.hashes.put(catalogue.models.hashedPlace(model, file), 'ab'.repeat(32));
  expect(catalogue.vault.stored(sidecar('/models/a'))).toBe(id);
  expect(catalogue.models.get(id)?.state).toBe('compressed');
});

test('a folder that is forgotten takes along what is nowhere else', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  const stored = session.found(foundModel('/models/a'), 's');
  session.found(foundModel('/models/b'), 's');
  session.finish();
  catalogue.vault.stored(sidecar('/models/a'));
  catalogue.folders.remove(folder);
  expect(catalogue.models.ids()).toEqual([stored]);
  expect(catalogue.models.get(stored)?.folder).toBeNull();
});

test('a new file with the number, size and time of one that was reclaimed is another model', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const first = catalogue.scan(folder);
  const model = foundModel('/models/a');
  const id = first.found(model, 's');
  first.finish();
  catalogue.vault.stored(sidecar('/models/a'), id);
  catalogue.vault.quarantined(quarantineEntry('/models/a'));
  catalogue.vault.released(entryId);
  const later = catalogue.scan(folder);
  const other = later.found({ ...model, path: '/models/b', name: 'b' }, 's');
  expect(later.finish()).toMatchObject({ added: [other], moved: [], changed: [] });
  expect(catalogue.models.get(id)).toMatchObject({ path: '/models/a', state: 'stored' });
  const back = catalogue.scan(folder);
  expect(back.found(model, 's')).toBe(id);
  expect(back.finish()).toMatchObject({ added: [], changed: [] });
  expect(catalogue.models.get(id)).toMatchObject({ presence: 'whole' });
});
