import { expect, test } from 'vitest';
import type { FoundModel } from '../../../src/main/library/scan/found-model.ts';
import { foundFile, foundModel } from './found-models.ts';
import { temporaryCatalogue } from './temporary-catalogue.ts';

test('a model comes back as it was found', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const found: FoundModel = foundModel('/models/a\n"😀', {
    files: [
      foundFile('model.safetensors', { linkedTo: '/blobs/x', names: 2 }),
      foundFile('opt.pt', { role: 'optimizer' }),
    ],
    tensors: [
      { name: 'wte', dtype: 'F32', shape: [], file: 0 },
      { name: 'm', dtype: 'I64', shape: [2, 0], bigEndian: true, file: 1 },
    ],
    blockers: ['links'],
    warnings: [{ file: 'model.safetensors', sentence: 'odd' }],
  });
  const session = catalogue.scan(folder);
  const id = session.found(found, 's');
  session.finish();
  expect(catalogue.models.found(id)).toEqual(found);
  expect(catalogue.models.get(id)).toMatchObject({
    state: 'original',
    bytes: 2000,
    weightBytes: 2000,
    dtype: 'F32',
    tensors: 2,
    elements: 1,
    blocked: true,
    freesBytes: 0,
  });
});

test('a model keeps its id when it is found again, and when it was moved', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const a = foundModel('/models/a');
  const first = catalogue.scan(folder);
  const id = first.found(a, 's');
  const other = first.found(foundModel('/models/other'), 's');
  expect(first.finish()).toMatchObject({ added: [id, other], moved: [], gone: [] });

  const again = catalogue.scan(folder);
  expect(again.found(a, 's')).toBe(id);
  expect(again.unchanged('/models/other')).toBe(true);
  expect(again.unchanged('/models/unknown')).toBe(false);
  expect(again.finish()).toEqual({
    added: [],
    changed: [],
    moved: [],
    gone: [],
    goneShare: 0,
    firstScan: false,
  });

  const later = catalogue.scan(folder);
  later.found({ ...a, path: '/models/deep/renamed', name: 'renamed' }, 's');
  expect(later.finish()).toEqual({
    added: [],
    changed: [],
    moved: [id],
    gone: [other],
    goneShare: 0.5,
    firstScan: false,
  });
  expect(catalogue.models.get(id)).toMatchObject({ path: '/models/deep/renamed', state: 'original' });
  expect(catalogue.models.get(other)).toMatchObject({ path: '/models/other', state: 'missing' });
  expect(catalogue.models.ids()).toEqual([id, other]);
});

test('what cannot be looked into stays as it was; only whole path parts count', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const first = catalogue.scan(folder);
  const inside = first.found(foundModel('/models/locked/a'), 's');
  const beside = first.found(foundModel('/models/locked-not/a'), 's');
  first.finish();
  expect(catalogue.scan(folder).finish(['/models/locked'])).toMatchObject({ gone: [beside] });
  expect(catalogue.models.get(inside)?.state).toBe('original');
});

test('other weights at the same path are a change, and what was measured of the old ones is dropped', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const first = catalogue.scan(folder);
  const id = first.found(foundModel('/models/a'), 's');
  first.finish();
  catalogue.sketches.put(id, 1, Uint8Array.of(1, 2));
  catalogue.models.setPredicted(id, 400);
  expect(catalogue.models.get(id)).toMatchObject({ freesBytes: 600, freesPredicted: true });
  expect(catalogue.sketches.missing(1)).toEqual([]);

  const again = catalogue.scan(folder);
  again.found(foundModel('/models/a'), 's');
  expect(again.finish()).toMatchObject({ changed: [id] });
  expect(catalogue.sketches.get(id, 1)).toBeUndefined();
  expect(catalogue.models.get(id)).toMatchObject({ freesBytes: null, predictedBytes: null });
});

test('a volume that goes away takes no row along', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  const id = session.found(foundModel('/models/a'), 's');
  session.finish();
  const [volume] = catalogue.volumes.list();
  catalogue.volumes.setState(volume?.id ?? 0, 'offline');
  expect(catalogue.models.get(id)?.state).toBe('offline');
  catalogue.volumes.seen({ identity: 'uuid-1', label: 'Atlas', mountPath: '/elsewhere' });
  expect(catalogue.models.get(id)?.state).toBe('original');
});

test('equal tensor lists are kept once', async () => {
  await using made = await temporaryCatalogue();
  const { catalogue, folder } = made;
  const session = catalogue.scan(folder);
  const ids = ['/models/a', '/models/b'].map((path) => session.found(foundModel(path), 's'));
  const other = session.found(foundModel('/models/c', {}, 'F32'), 's');
  session.finish();
  expect(catalogue.models.withShapesOf(ids[0] ?? 0)).toEqual(ids);
  expect(catalogue.models.withShapesOf(other)).toEqual([other]);
});
