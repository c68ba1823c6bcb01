import { expect, test } from 'vitest';
import { openCatalogue, defaultSettings } from '../../../src/main/library/catalogue/index.ts';
import { Connection } from '../../../src/main/library/catalogue/connection.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { foundModel } from './found-models.ts';
import { temporaryCatalogue } from './temporary-catalogue.ts';

const sha = (byte: string): string => byte.repeat(32);

test('settings have defaults, take what fits, and are kept', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, home } = made;
  expect(catalogue.settings.all()).toEqual(defaultSettings);
  catalogue.settings.set('planDepth', 5);
  catalogue.settings.set('vaultPath', '/vault');
  const again = await openCatalogue(nodeFileSystem, home);
  expect(again.catalogue.settings.all()).toEqual({ ...defaultSettings, planDepth: 5, vaultPath: '/vault' });
  again.catalogue.settings.reset('planDepth');
  expect(again.catalogue.settings.get('planDepth')).toBe(3);
  again.catalogue.close();
});

test.each([
  ['planDepth', 0],
  ['planDepth', '3'],
  ['autoCompress', 1],
  ['copyBases', 'maybe'],
  ['minimumAgeDays', -1],
  ['vaultPath', ''],
  ['nonsense', 1],
  ['__proto__', {}],
])('the setting %s does not become %j', async (key, value) => {
  await using made = await temporaryCatalogue();
  const { settings } = made.catalogue;
  expect(() => settings.set(key, value)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
  expect(settings.all()).toEqual(defaultSettings);
});

test('a setting that another version wrote and this one does not take counts as not set', async () => {
  await using made = await temporaryCatalogue();
  const other = new Connection(made.catalogue.path);
  other.exec(
    `INSERT INTO settings VALUES ('planDepth', '"deep"'), ('concurrency', 'no JSON'), ('future', '1')`,
  );
  other.close();
  expect(made.catalogue.settings.all()).toEqual(defaultSettings);
});

test('a hash counts as long as the file is the same, wherever it lies', async () => {
  await using made = await temporaryCatalogue();
  const { hashes } = made.catalogue;
  const place = { path: '/m/w', size: 10, mtimeNs: '5', dev: '1', ino: '9007199254740993' };
  hashes.put(place, sha('aa'));
  expect(hashes.get(place)).toBe(sha('aa'));
  expect(hashes.get({ ...place, path: '/renamed' })).toBe(sha('aa'));
  expect(hashes.get({ ...place, dev: '2' })).toBe(sha('aa'));
  expect(hashes.pathsOf(sha('aa'))).toEqual(['/m/w']);
  for (const other of [
    { size: 11 },
    { mtimeNs: '6' },
    { ino: '9007199254740992' },
    { dev: '2', path: '/else' },
  ]) {
    expect(hashes.get({ ...place, ...other })).toBeNull();
  }
  hashes.put({ ...place, mtimeNs: '6' }, sha('bb'));
  expect(hashes.get(place)).toBeNull();
  expect(hashes.pathsOf(sha('aa'))).toEqual([]);
});

test('where files have no numbers, two of the same size and time are not taken for one', async () => {
  await using made = await temporaryCatalogue();
  const { hashes } = made.catalogue;
  const place = { path: '/nas/a', size: 10, mtimeNs: '5', dev: '1', ino: '0' };
  hashes.put(place, sha('aa'));
  expect(hashes.get({ ...place, path: '/nas/b' })).toBeNull();
  hashes.put({ ...place, path: '/nas/b' }, sha('bb'));
  expect(hashes.get(place)).toBe(sha('aa'));
});

test('activity only grows, from the newest, and says what was undone', async () => {
  await using made = await temporaryCatalogue();
  const { activity, path } = made.catalogue;
  activity.add({ kind: 'compress', name: 'a', sentence: 'Stored a.', step: 's1', model: 4 });
  activity.add({ kind: 'reclaim', name: 'a', sentence: 'Moved a.', step: 's2' });
  activity.add({ kind: 'undo', name: 'a', sentence: 'Put a back.', undoes: 's2' });
  expect(activity.list(10).map(({ kind, step, undone }) => [kind, step, undone])).toEqual([
    ['undo', null, false],
    ['reclaim', 's2', true],
    ['compress', 's1', false],
  ]);
  expect(activity.list(1, 3).map(({ kind }) => kind)).toEqual(['reclaim']);
  const other = new Connection(path);
  expect(() => other.exec(`UPDATE activity SET name = 'b'`)).toThrow('append-only');
  expect(() => other.exec('DELETE FROM activity')).toThrow('append-only');
  other.close();
});

test('predictions are remembered per pair of contents', async () => {
  await using made = await temporaryCatalogue();
  const { candidates } = made.catalogue;
  const pair = { child: 'c', parent: '', bytes: 2 ** 40, tried: false };
  candidates.put([pair]);
  expect(candidates.get('c', '')).toEqual(pair);
  expect(candidates.get('', 'c')).toBeUndefined();
  candidates.put([{ ...pair, bytes: 7, tried: true }]);
  expect(candidates.get('c', '')).toEqual({ ...pair, bytes: 7, tried: true });
});

test('contents have one name wherever they lie, and none before they were read', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  const [a, b] = ['/models/a', '/models/b'].map((path) => session.found(foundModel(path), 's')) as [
    number,
    number,
  ];
  session.finish();
  expect(catalogue.contents.keyOf(a)).toBeNull();
  for (const id of [a, b]) {
    const file = catalogue.models.files(id)[1];
    if (file !== undefined) catalogue.models.hashed(id, file, sha('cd'));
  }
  expect(catalogue.contents.keyOf(a)).toBe(catalogue.contents.keyOf(b));
  expect(catalogue.contents.weightHashes(a)).toEqual([sha('cd')]);
});

test('a write that fails half way changes nothing', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const fail = () =>
    catalogue.write(() => {
      catalogue.scan(folder).found(foundModel('/models/a'), 's');
      catalogue.settings.set('planDepth', 9);
      throw new Error('half way');
    });
  expect(fail).toThrow('half way');
  expect(catalogue.models.ids()).toEqual([]);
  expect(catalogue.settings.get('planDepth')).toBe(3);
});

test('a plan is fresh as long as models, their states and the settings of plans are the same', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const { planned } = catalogue;
  const stamp = (): string => planned.stamp(catalogue.lineage.stamp(), [3, null]);
  const id = catalogue.scan(folder).found(foundModel('/models/a'), 'a');
  planned.note(stamp());
  expect(planned.isFresh(stamp())).toBe(true);
  expect(planned.isFresh(planned.stamp(catalogue.lineage.stamp(), [4, null]))).toBe(false);
  expect(planned.hasAllSketches()).toBe(true);
  catalogue.sketches.put(id, 1, new Uint8Array([1]));
  expect(planned.hasAllSketches()).toBe(false);
  planned.note(stamp());
  expect(planned.hasAllSketches()).toBe(true);
  catalogue.models.setPresence(id, 'gone');
  expect(planned.isFresh(stamp())).toBe(false);
  catalogue.forgetSeen();
  expect(planned.isFresh(stamp())).toBe(false);
});
