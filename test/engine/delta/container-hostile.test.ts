import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDelta } from '../../../src/main/engine/delta/index.ts';
import { maxIndexBytes, maxIndexContainers, maxIndexValues } from '../../../src/main/engine/delta/limits.ts';
import type { RandomAccess } from '../../../src/main/engine/streams.ts';
import { DeltashelfError } from '../../../src/shared/index.ts';
import { concat, u32, utf8 } from '../../fixtures/bytes.ts';
import {
  forgeFile,
  forgeIndex,
  forgeRecordOf,
  indexHashes,
  indexPayload,
  indexJson,
  squeeze,
  set,
  update,
  type Edit,
  type ForgedRecord,
  type Forgery,
} from '../../fixtures/delta-forge.ts';
import { buildDelta, fineTune, llamaTensors } from '../../fixtures/delta-models.ts';
import { MemoryFile } from '../../fixtures/memory-file.ts';

const name = 'child.dshelf';
/** Scales, tables, two files without a parent, four coded tensors in pieces of 40 elements. */
const sound = await buildDelta(
  fineTune({
    tensors: llamaTensors(1, 8),
    coded: (tensor) => tensor.name.includes('attn'),
    kind: 'folder',
    chunkUnits: 40,
    payloadBytes: 20,
  }),
);
const weights = sound.index.files.findIndex(({ path }) => path === 'model.safetensors');
const records = sound.index.records;
const residual = records.findIndex((record) => record.kind === 'chunk' && record.codec === 'residual');

async function verify(bytes: RandomAccess): Promise<void> {
  const file = await openDelta(bytes, { name });
  await file.verifyRecords();
}

const forged =
  (...edits: readonly Edit[]) =>
  (rest?: Forgery): Uint8Array =>
    forgeIndex(sound, edits, rest);

const bundles = await buildDelta(
  fineTune({ tensors: llamaTensors(1, 8), coded: () => true, kind: 'folder', bundled: true }),
);
const forgedBundle =
  (...edits: readonly Edit[]) =>
  (): Uint8Array =>
    forgeIndex(bundles, edits);

/** Segments of the bundle, and another number of them. */
const bundled = bundles.index.segments.filter(({ tensor, recipe }) => tensor && recipe.bundled).length;
const bundleCount = (count: number): Edit => set('records.counts', { at: [0], values: [count] });

const firstCopied = sound.index.segments.findIndex(({ tensor, recipe }) => tensor && !recipe.coded);

/** The first tensor that equals its input, said to be a cast of it. */
const cast = (...edits: readonly Edit[]): (() => Uint8Array) =>
  forged(
    update<unknown[]>('recipes', (all) => [...all, { predictor: 'cast-0', coded: false }]),
    (json) => {
      const { recipes } = json as { recipes: unknown[] };
      set(`segments.recipes.${firstCopied}`, recipes.length - 1)(json);
    },
    update<string[]>('requires', (all) => [...all, 'cast-0']),
    ...edits,
  );

/** The first file, which no parent has, under another path. */
const renamed = (path: string): (() => Uint8Array) => forged(set('files.0.path', path));

const dropLast = <Value>(values: readonly Value[]): Value[] => values.slice(0, -1);

interface Attack {
  readonly file: () => Uint8Array;
  readonly says: string | RegExp;
  readonly code?: 'delta-newer' | 'delta-older' | 'delta-foreign';
  readonly part?: string;
}

const paths: Record<string, Attack> = Object.fromEntries(
  Object.entries({
    '../x': 'leads out of its folder',
    'a/../../x': 'leads out of its folder',
    '..': 'leads out of its folder',
    '/etc/passwd': 'is absolute',
    '\\\\server\\share': 'has a backslash',
    'a\\..\\x': 'has a backslash',
    'C:/x': 'begins with a drive letter',
    'c:x': 'begins with a drive letter',
    './x': 'has an empty step',
    'a//x': 'has an empty step',
    'a/': 'has an empty step',
    '.': 'has an empty step',
    '': 'is empty',
    'a\0b': 'has a NUL character',
    '\ud800': 'is not Unicode',
    'config.json': 'is there twice',
    'config.json/x': 'lies below a file or a link',
    'Config.JSON/x': 'lies below a file or a link',
  }).map(([path, says]) => [`a file named ${JSON.stringify(path)}`, { file: renamed(path), says }]),
);

const attacks: Record<string, Attack> = {
  ...paths,
  'a path of 5,000 characters': { file: renamed('a'.repeat(5000)), says: 'files.0.path' },
  'a file below a link that leads elsewhere': {
    file: forged(set('files.0.path', 'docs/README.md'), set('links', [{ path: 'docs', target: '/etc' }])),
    says: 'lies below a file or a link',
  },
  'a folder under the name of a link': {
    file: forged(set('links', [{ path: 'docs', target: '/etc' }]), set('folders', [{ path: 'DOCS' }])),
    says: 'is there twice',
  },
  'a folder below a link': {
    file: forged(set('links', [{ path: 'docs', target: '/' }]), set('folders', [{ path: 'docs/etc' }])),
    says: 'lies below a file or a link',
  },
  'a link without a target': {
    file: forged(set('links', [{ path: 'docs', target: '' }])),
    says: 'has no usable target',
  },
  'a parent with a hostile path': {
    file: forged(set('parents.0.paths.1', '../../base')),
    says: 'leads out of its folder',
  },
  'a model of one file that lists seven': { file: forged(set('kind', 'file')), says: 'one file' },
  'a time that is no number': { file: forged(set('files.0.mtimeNs', '1e9')), says: 'mtimeNs' },
  'a mode with more than permissions': { file: forged(set('files.0.mode', 0o100644)), says: 'mode' },

  'a segment of 2^53 bytes': { file: forged(set('segments.lengths.values.0', 2 ** 53)), says: 'lengths' },
  'segments that come to 2^53 bytes': {
    file: forged(set(`segments.lengths.values.${weights}`, Number.MAX_SAFE_INTEGER)),
    says: '2^53 - 1',
  },
  'a tensor that is longer than its shape': {
    file: forged(
      update<number[]>('segments.lengths.at', (at) => [...at.slice(0, weights + 1), 1, 9, 0, 0]),
      update<number[]>('segments.lengths.values', (all) => all.toSpliced(weights + 1, 0, 7)),
    ),
    says: 'type and shape come to',
  },
  'a shape beyond all numbers': {
    file: forged(
      set(
        'segments.shapes.0',
        Array.from({ length: 64 }, () => 2 ** 52),
      ),
    ),
    says: /type and shape come to|2\^53 - 1/,
  },
  'a shape with a negative size': { file: forged(set('segments.shapes.0', [-8, -4096])), says: 'shapes' },
  'a shape of 65 dimensions': {
    file: forged(
      set(
        'segments.shapes.0',
        Array.from({ length: 65 }, () => 1),
      ),
    ),
    says: 'shapes',
  },
  'an element type that does not exist': {
    file: forged(set('segments.dtypes.values.0', 'BF17')),
    says: 'BF17',
  },
  'an element type from the prototype': {
    file: forged(set('segments.dtypes.values.0', '__proto__')),
    says: '__proto__',
  },
  'a file with more segments than there are': {
    file: forged(set('files.-1.segments', 999_999)),
    says: 'more segments than it lists',
  },
  'segments of no file': { file: forged(set('files.-1.segments', 0)), says: 'belong to no file' },
  'more names than tensors': {
    file: forged(update<string[]>('segments.names', (names) => [...names, 'x'])),
    says: '"names" and "shapes" differ',
  },
  'more tensors than the segments need': {
    file: forged(
      update<string[]>('segments.names', (names) => [...names, 'x']),
      update<number[][]>('segments.shapes', (shapes) => [...shapes, [1]]),
    ),
    says: 'another number of tensors',
  },
  'fewer tensors than the segments need': {
    file: forged(update('segments.names', dropLast), update('segments.shapes', dropLast)),
    says: 'another number of tensors',
  },
  'a name with half a surrogate pair': { file: forged(set('segments.names.0', '\udc00')), says: 'names' },
  'a name with a number below zero': {
    file: forged(set('segments.steps.0', -5)),
    says: 'number out of range',
  },
  'a name with a number of too many digits': {
    file: forged(set('segments.steps.0', 1e9)),
    says: 'number out of range',
  },
  'a name with a number that is missing': {
    file: forged(update('segments.steps', dropLast)),
    says: 'number out of range',
  },
  'a number that no name needs': {
    file: forged(update<number[]>('segments.steps', (steps) => [...steps, 0])),
    says: 'more numbers than its names need',
  },

  'too few hashes': {
    file: () => forged()({ hashes: indexHashes(sound).subarray(0, -16) }),
    says: 'fewer hashes',
  },
  'too many hashes': {
    file: () => forged()({ hashes: concat(indexHashes(sound), [0]) }),
    says: 'more hashes',
  },
  'hashes in the wrong place': {
    file: forged(set('hashes', Buffer.from(indexHashes(sound)).toString('base64'))),
    says: 'not that of an index',
  },
  'hashes that are longer than the index': {
    file: () => forged()({ payload: concat([255, 255, 255, 255], squeeze(utf8('{}'))) }),
    says: 'longer than it is',
  },
  'an index too short to say how long its hashes are': {
    file: () => forged()({ payload: new Uint8Array(3), textBytes: 2 }),
    says: 'longer than it is',
  },
  'hashes that reach into the text': {
    file: () => {
      const [hashes, text] = [indexHashes(sound), squeeze(utf8(JSON.stringify(indexJson(sound))))];
      return forged()({ payload: concat(u32(hashes.length + 16), hashes, text) });
    },
    says: 'does not unpack',
  },
  'no hashes at all': { file: () => forged()({ hashes: new Uint8Array() }), says: 'fewer hashes' },
  'a column with gaps beyond its end': {
    file: forged(set('segments.lengths.at.0', Number.MAX_SAFE_INTEGER)),
    says: 'too long',
  },
  'a column with fewer places than values': {
    file: forged(update('segments.lengths.at', dropLast)),
    says: 'another length than its places',
  },
  'a recipe that is not there': {
    file: forged(set('segments.recipes.0', 99)),
    says: 'no recipe 99',
  },
  'an input that no parent has': {
    file: forged(set('segments.inputs', { at: [0], values: [1_000_000] })),
    says: 'an input that no parent has',
  },
  'an input before the first': {
    file: forged(set('segments.inputs', { at: [0], values: [-1] })),
    says: 'an input that no parent has',
  },
  'parents with a million segments each': {
    file: forged(
      set('parents.0.segments', { count: 1_000_000 }),
      update<unknown[]>('parents', ([parent]) => Array.from({ length: 64 }, () => parent)),
    ),
    says: 'more segments of parents than it uses',
  },
  'a parent segment in a file that is not there': {
    file: forged(set('parents.0.segments.files', { at: [0], values: [77] })),
    says: 'lies in no file of that parent',
  },
  'a parent segment longer than its file': {
    file: forged(set('parents.0.segments.lengths', { at: [0], values: [60_000] })),
    says: 'lies in no file of that parent',
  },
  'a segment that is said to equal a shorter one': {
    file: forged(set('parents.0.segments.lengths', { at: [0], values: [9] })),
    says: 'cannot equal',
  },
  'a tensor without a parent that has no chunks': {
    file: forged(set('recipes.0.coded', false)),
    says: /comes from nowhere|columns of changes/,
  },
  'a header that is said to be a cast of its input': {
    file: forged(
      set('recipes.1.predictor', 'cast-0'),
      update<string[]>('requires', (all) => [...all, 'cast-0']),
    ),
    says: 'cannot equal',
  },
  'a header on a narrow grid that is said to equal its input': {
    file: forged(set('recipes.1.grid', 'BF16')),
    says: 'cannot equal',
  },
  'a cast of a tensor that is said to have other elements': {
    file: cast(set('parents.0.segments.shapes', { at: [0], values: [[1, 1]] })),
    says: /cannot equal|type and shape come to/,
  },
  'a cast of a tensor of integers': {
    file: cast(set('parents.0.segments.dtypes', { at: [0], values: ['I16'] })),
    says: 'cannot equal',
  },
  'a tensor of integers that is said to be a cast': {
    file: cast(set('segments.dtypes.values.0', 'U16')),
    says: 'cannot equal',
  },
  'a scaled tensor without scales that is said to equal its prediction': {
    file: cast(
      set('recipes.-1.predictor', 'scaled-0'),
      update<string[]>('requires', (all) => [...all, 'scaled-0']),
    ),
    says: 'cannot equal',
  },
  'an unchanged segment that is said to lie in a bundle': {
    file: forged(set('recipes.1.bundled', true)),
    says: 'cannot equal',
  },
  'scales in an object of tables': {
    file: forged(set('segments.scaleObjects.values.0', 1)),
    says: 'a side object that holds none',
  },
  'scales in an object that is not there': {
    file: forged(set('segments.scaleObjects.values.0', 9)),
    says: 'a side object that holds none',
  },
  'more changes than values': { file: forged(set('segments.shares.0', 1.5)), says: 'more than all values' },
  'fewer changes than coded segments': {
    file: forged(update('segments.norms', dropLast)),
    says: 'columns of changes',
  },

  'a chunk that reaches beyond its tensor': {
    file: forged(set('records.counts.values.0', 1_000_000)),
    says: 'out of turn',
  },
  'chunks that leave a gap': {
    file: forged(
      update<number[]>('records.counts.at', (at) => [...at, 0]),
      update<number[]>('records.counts.values', (values) => [...values, 1]),
    ),
    says: /out of turn|not covered|than it says/,
  },
  'chunks of which the first leaves nothing to the second': {
    file: forged(set('records.counts.values.0', 856)),
    says: 'out of turn',
  },
  'a chunk of nothing': { file: forged(set('records.counts.values.0', 0)), says: 'out of turn' },
  'a chunk of no segment': {
    file: forged(set('records.segments.0', 1_000)),
    says: 'a chunk of no segment',
  },
  'a chunk of a segment before the first': {
    file: forged(set('records.segments.0', -1)),
    says: 'a chunk of no segment',
  },
  'a chunk of a tensor that has none': {
    file: forged(
      set('records.segments.0', 2),
      update<number>('records.segments.1', (step) => step - 2),
    ),
    says: 'a chunk of a segment that has none',
  },
  'a missing chunk': {
    file: forged(
      update('records.kinds', (kinds: string) => kinds.slice(0, -1)),
      update('records.bytes', dropLast),
      update('records.segments', dropLast),
    ),
    says: 'not covered',
  },
  'more chunks than records': {
    file: forged(update<number[]>('records.segments', (steps) => [...steps, 0])),
    says: 'chunks than it says',
  },
  'a chunk equal to its prediction, of a file without one': {
    file: forged(
      update<string>('records.kinds', (kinds) => kinds.replace('7', '1')),
      update<string[]>('requires', (all) => [...all, 'unchanged-0']),
    ),
    says: 'said to equal a prediction',
  },
  'a codec that does not exist': {
    file: forged(update<string>('records.kinds', (kinds) => kinds.replace('7', 'x'))),
    says: 'a chunk of no segment',
  },
  'a kind of side object that does not exist': {
    file: forged(update<string>('records.kinds', (kinds) => kinds.replace('S', 'X'))),
    says: 'records.kinds',
  },
  'a header of safetensors that is a side file': {
    file: forged(
      update<string>('records.kinds', (kinds) => kinds.replace('7', 'a')),
      update<string[]>('requires', (all) => [...all, 'safetensors-0']),
    ),
    says: 'said to be a header',
  },
  'a header of safetensors that is a tensor': {
    file: forged(
      update<string>('records.kinds', (kinds) => kinds.replace('3', 'a')),
      update<string[]>('requires', (all) => [...all, 'safetensors-0']),
    ),
    says: 'said to be a header',
  },
  'a parent segment that ends beyond its file': {
    file: forged(set('parents.0.segments.offsets', { at: [3], values: [2 ** 40] })),
    says: 'lies in no file of that parent',
  },
  'a parent segment of which the end is beyond all numbers': {
    file: forged(set('parents.0.segments.offsets', { at: [0], values: [Number.MAX_SAFE_INTEGER] })),
    says: 'lies in no file of that parent',
  },
  'a parent segment before its file': {
    file: forged(set('parents.0.segments.offsets', { at: [0], values: [-1] })),
    says: 'offsets',
  },
  'a bundle of segments that are in none': {
    file: forged(
      update<string>('records.kinds', (kinds) => kinds.replace('7', '9')),
      update<string[]>('requires', (all) => [...all, 'pack-0']),
    ),
    says: /that are not there|more segments than there are/,
  },
  'bundles of more segments than there are': {
    file: forgedBundle(bundleCount(2 ** 31)),
    says: 'more segments than there are',
  },
  'a bundle of more segments than are left': {
    file: forgedBundle(bundleCount(bundled + 1)),
    says: 'that are not there',
  },
  'a bundle of fewer segments than there are': {
    file: forgedBundle(bundleCount(bundled - 1)),
    says: 'not covered',
  },
  'a bundle of no segment': {
    file: forgedBundle(bundleCount(0)),
    says: 'that are not there',
  },
  'a bundle that begins with a segment of another kind': {
    file: forgedBundle(update<number>('records.segments.0', (step) => step + 5)),
    says: /that are not there|no segment/,
  },
  'a segment in two bundles': {
    file: forgedBundle(
      update<string>('records.kinds', (kinds) => `${kinds}9`),
      update<number[]>('records.bytes', (all) => [...all, 0]),
      update<number[]>('records.segments', (steps) => [...steps, 0]),
    ),
    says: 'a second time',
  },
  'a segment of a bundle with a chunk of its own': {
    file: forgedBundle(
      update<string>('records.kinds', (kinds) => `${kinds}7`),
      update<number[]>('records.bytes', (all) => [...all, 0]),
      update<number[]>('records.segments', (steps) => [...steps, 0]),
      update<string[]>('requires', (all) => [...all, 'brotli-0']),
    ),
    says: 'a chunk of a segment that has none',
  },
  'a bundle of more than 16 MB': {
    file: () =>
      forgeIndex(bundles, [set('segments.lengths.values.0', 17 * 1024 * 1024)], {
        hashes: concat(indexHashes(bundles), new Uint8Array(16)),
      }),
    says: 'more than a bundle may',
  },
  'a record of 65 MB': {
    file: forged(set('records.bytes.0', 65 * 1024 * 1024)),
    says: 'more than the 67108864 allowed',
  },
  'records of 2^53 bytes': {
    file: forged(update<number[]>('records.bytes', (all) => all.map(() => Number.MAX_SAFE_INTEGER))),
    says: '2^53 - 1',
  },
  'records that end elsewhere': {
    file: forged(update<number>('records.bytes.0', (bytes) => bytes + 1)),
    says: 'do not end where it begins',
  },
  'a codec that is not required': {
    file: forged(update<string[]>('requires', (all) => all.filter((each) => each !== 'brotli-0'))),
    says: '"brotli-0"',
  },

  'an unknown required feature': {
    file: forged(update<string[]>('requires', (all) => [...all, 'telepathy-3'])),
    says: '"telepathy-3"',
    code: 'delta-newer',
  },
  'an unknown required feature in an index of unknown shape': {
    file: () => forgeFile({ json: { requires: ['same-0', 'telepathy-3'], everything: 'else' } }),
    says: '"telepathy-3"',
    code: 'delta-newer',
  },
  'a predictor of a newer version': {
    file: forged(
      set('recipes.1.predictor', 'same-1'),
      update<string[]>('requires', (all) => [...all, 'same-1']),
    ),
    says: '"same-1"',
    code: 'delta-newer',
  },
  'a newer major version': {
    file: () => forgeFile({ major: 2 }),
    says: 'format version 2',
    code: 'delta-newer',
    part: 'head',
  },
  'the version from before the first': {
    file: () => forgeFile({ major: 0 }),
    says: /version 0.*no longer read.*Create the delta again/u,
    code: 'delta-older',
    part: 'head',
  },
  'the version from before the first with another end': {
    file: () => forgeFile({ major: 0 }).subarray(0, 40),
    says: 'version 0',
    code: 'delta-older',
    part: 'head',
  },
  'a newer major version with another end': {
    file: () => forgeFile({ major: 7 }).subarray(0, 40),
    says: 'format version 7',
    code: 'delta-newer',
    part: 'head',
  },

  'an unknown key': { file: forged(set('surprise', 1)), says: 'not that of an index' },
  'an unknown key further down': {
    file: forged(set('segments.surprise', 1)),
    says: 'not that of an index at "segments"',
  },
  'a key that reaches for the prototype': {
    file: () => {
      const text = JSON.stringify(indexJson(sound)).replace('{', '{"__proto__":{"kinds":"x"},');
      return forged()({ text: utf8(text) });
    },
    says: 'not that of an index',
  },
  'an index that is null': { file: () => forgeFile({ json: null }), says: 'not that of an index' },
  'an index that is a list': { file: () => forgeFile({ json: [] }), says: 'not that of an index' },
  'an empty index': { file: () => forgeFile({ json: {} }), says: 'not that of an index' },
  'an index that is no JSON': { file: () => forgeFile({ text: utf8('{') }), says: 'not JSON' },
  'an index of two texts': { file: () => forgeFile({ text: utf8('{}{}') }), says: 'not JSON' },
  'an index that is not UTF-8': {
    file: () => forgeFile({ text: concat(utf8('{"a":"'), [0xff], utf8('"}')) }),
    says: 'not JSON',
  },
  'an index nested 100,000 deep': {
    file: () => forgeFile({ text: utf8('['.repeat(100_000) + ']'.repeat(100_000)) }),
    says: 'nested too deeply',
  },
  'an index nested deeply behind quotation marks': {
    file: () => forgeFile({ text: utf8(`{"\\"":"\\\\","a":${'['.repeat(100)}`) }),
    says: 'nested too deeply',
  },
  'an index of millions of empty lists': {
    file: () => forgeFile({ text: utf8(`[${'[],'.repeat(maxIndexContainers)}[]]`) }),
    says: 'more values than any model needs',
  },
  'an index of millions of numbers': {
    file: () => forgeFile({ text: utf8(`[${'0,'.repeat(maxIndexValues + 1)}0]`) }),
    says: 'more values than any model needs',
  },
  'a list that is longer than its limit': {
    file: forged(
      set(
        'requires',
        Array.from({ length: 257 }, () => 'same-0'),
      ),
    ),
    says: 'requires',
  },
  'a brotli bomb that claims to be small': {
    file: () => forgeFile({ payload: indexPayload(squeeze(new Uint8Array(200_000_000))), textBytes: 1000 }),
    says: 'does not unpack',
  },
  'a brotli bomb that claims to be large': {
    file: () => forgeFile({ payload: indexPayload(squeeze(new Uint8Array(1000))), textBytes: 0xffff_ffff }),
    says: 'more than the 268435456 allowed',
  },
  'an index shorter than it claims': {
    file: () => forgeFile({ text: utf8('{}'), textBytes: 3 }),
    says: 'does not unpack',
  },
  'an index that is not compressed': {
    file: () => forgeFile({ payload: indexPayload(utf8('{"a":1}')), textBytes: 7 }),
    says: 'does not unpack',
  },

  'a wrong checksum of the first index': {
    file: () => forged()({ first: { payloadChecksum: 1 } }),
    says: 'do not match their checksum',
  },
  'a wrong checksum of the header of the second index': {
    file: () => forged()({ second: { headerChecksum: 1 } }),
    says: 'header does not match its checksum',
    part: 'second index',
  },
  'a wrong hash in the footer': {
    file: () => forged()({ indexHash: new Uint8Array(32) }),
    says: 'not those that the footer names',
  },
  'a second index that says something else': {
    file: () => {
      const payload = indexPayload(squeeze(utf8(JSON.stringify(indexJson(sound)))), indexHashes(sound));
      const other = Uint8Array.from(payload);
      other[50] = ~(other[50] ?? 0);
      return forged()({ payload, second: { payload: other } });
    },
    says: 'not those that the footer names',
    part: 'second index',
  },
  'a second index of another length': {
    file: () => forged()({ second: { count: 12 } }),
    says: 'another length than its copy',
  },
  'two first indexes': {
    file: () => forged()({ second: { number: 0 } }),
    says: 'not that of an index',
    part: 'second index',
  },
  'an index that calls itself a chunk': {
    file: () => forged()({ first: { kind: 1 } }),
    says: 'not that of an index',
  },
  'an index shorter than the footer says': {
    file: () => forged()({ first: { bytes: 5 } }),
    says: 'do not match their checksum',
  },
  'a footer with another number of records': {
    file: () => forged()({ recordCount: 3 }),
    says: 'the footer 3',
  },
  'a footer that places the index before the head': {
    file: () => forged()({ firstIndex: 0 }),
    says: 'do not fit the file',
    part: 'footer',
  },
  'a footer that places the index behind the end': {
    file: () => forged()({ firstIndex: 2 ** 50, secondIndex: 2 ** 51 }),
    says: 'do not fit the file',
    part: 'footer',
  },
  'a footer that places the second index first': {
    file: () => forged()({ firstIndex: 500, secondIndex: 16 }),
    says: 'do not fit the file',
    part: 'footer',
  },
  'a footer with a place of 2^64 - 1': {
    file: () => forged()({ secondIndex: 2n ** 64n - 1n }),
    says: '2^53 - 1',
    part: 'footer',
  },
  'a footer of another file': {
    file: () => forged()({ fileBytes: 5 }),
    says: 'it speaks of 5 bytes',
    part: 'footer',
  },
  'a footer with a use for what is reserved': {
    file: () => forged()({ reserved: 1 }),
    says: 'do not fit the file',
    part: 'footer',
  },
};

describe('refused, with nothing but its own error:', () => {
  for (const [attack, { file, says, code = 'delta-damaged', part = 'first index' }] of Object.entries(
    attacks,
  )) {
    test(attack, async () => {
      const error: unknown = await verify(new MemoryFile(file())).catch((reason: unknown) => reason);
      if (!(error instanceof DeltashelfError)) throw new Error(`not refused properly: ${String(error)}`);
      expect(error.message).toMatch(says);
      expect(error.code).toBe(code);
      expect(error.place).toMatchObject({
        file: name,
        part: expect.stringMatching(new RegExp(`^${part}$`)) as unknown,
      });
    });
  }
});

test('the forger makes sound files when it changes nothing', async () => {
  await verify(new MemoryFile(cast()()));
  await verify(new MemoryFile(forgedBundle()()));
  await verify(new MemoryFile(forged()()));
});

test('a newer minor version may say more, in any part, but not leave out what is known', async () => {
  const places = ['', 'files.0.', 'segments.', 'segments.lengths.', 'recipes.0.', 'records.', 'parents.0.'];
  for (const place of [...places, 'parents.0.segments.']) {
    const more = forged(set(`${place}surprise`, { deep: [1] }));
    const { index } = await openDelta(new MemoryFile(more({ minor: 2 })), { name });
    expect(index).toEqual(sound.index);
    await expect(verify(new MemoryFile(more()))).rejects.toMatchObject({ code: 'delta-damaged' });
  }
  const less = forged(set('segments.shapes', 1))({ minor: 2 });
  await expect(verify(new MemoryFile(less))).rejects.toMatchObject({ code: 'delta-damaged' });
});

test('an index larger than its limit is refused before it takes memory', async () => {
  const length = maxIndexBytes + 1;
  const size = 16 + 2 * (36 + length) + 80;
  const small = forgeFile({ firstIndex: 16, secondIndex: 16 + 36 + length, fileBytes: size });
  let largest = 0;
  const bytes: RandomAccess = {
    size,
    read: async (offset, target) => {
      largest = Math.max(largest, target.length);
      const from = offset < 1000 ? offset : offset - size + small.length;
      target.set(small.subarray(from, from + target.length));
    },
  };
  await expect(verify(bytes)).rejects.toMatchObject({
    code: 'delta-damaged',
    place: { part: 'first index' },
    message: expect.stringContaining('more than the 67108864 allowed') as unknown,
  });
  expect(largest).toBeLessThan(1000);
});

describe('a record whose header is sound but says something else than the index', () => {
  const record = records[residual];
  const segment = record?.kind === 'chunk' ? record.segment : -1;
  const original = {
    ...{ kind: 1, codec: 3, number: segment, first: 0, count: 40, tables: 1 },
    payload: new Uint8Array(record?.bytes ?? 0),
  };
  const tensor = sound.index.segments[segment]?.tensor?.name;

  test('is no such record where nothing is changed', async () => {
    const file = await openDelta(new MemoryFile(forgeRecordOf(sound, residual, original)), { name });
    if (record !== undefined) await file.read(record);
  });

  const lies: Record<string, Partial<ForgedRecord>> = {
    'another codec': { codec: 0 },
    'a codec that does not exist': { codec: 200 },
    'another segment': { number: segment + 1 },
    'another first element': { first: 1 },
    'a first element beyond all numbers': { first: 2n ** 63n },
    'more elements': { count: 41 },
    'another kind': { kind: 2 },
    'the reserved kind': { kind: 3 },
    'tables that are scales': { tables: 0 },
    'tables that are not there': { tables: 2 },
  };
  for (const [lie, fields] of Object.entries(lies)) {
    test(lie, async () => {
      const bytes = forgeRecordOf(sound, residual, { ...original, ...fields });
      await expect(verify(new MemoryFile(bytes))).rejects.toMatchObject({
        code: 'delta-damaged',
        place: { file: name, part: `record ${residual}`, tensor },
      });
    });
  }

  test('another payload length', async () => {
    const bytes = forgeRecordOf(sound, residual, { ...original, bytes: 1 });
    await expect(verify(new MemoryFile(bytes))).rejects.toMatchObject({ code: 'delta-damaged' });
  });
});

/** Values that a reader may not expect. */
const odd = fc.oneof(
  fc.constantFrom<unknown[]>(
    null,
    true,
    '',
    '#',
    [],
    {},
    0,
    -1,
    0.5,
    1e300,
    2 ** 32,
    2 ** 53,
    'x'.repeat(99),
  ),
  fc.integer({ min: -50, max: 50 }),
  fc.array(fc.integer({ min: -2, max: 90 }), { maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.record({ at: fc.array(fc.nat({ max: 20 })), values: fc.array(fc.nat({ max: 20 })) }),
);

/** All places in a JSON value but the whole. */
function places(json: unknown, path: readonly string[] = []): string[] {
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([key, value]) => {
    const place = [...path, key];
    return [place.join('.'), ...places(value, place)];
  });
}

test('an index with any two values replaced is refused as damaged or newer, or holds', async () => {
  const change = fc.record({ path: fc.constantFrom(...places(indexJson(sound))), value: odd });
  await fc.assert(
    fc.asyncProperty(change, fc.option(change), async (first, second) => {
      // A replaced list no longer has the places inside it: deeper ones go first.
      const changes = [first, ...(second ? [second] : [])].sort((a, b) => b.path.length - a.path.length);
      const bytes = forged(...changes.map(({ path, value }) => set(path, value)))();
      try {
        await verify(new MemoryFile(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(DeltashelfError);
        expect(error).toMatchObject({ code: expect.stringMatching(/^delta-(damaged|newer)$/) as unknown });
      }
    }),
    { numRuns: 10 * (fc.readConfigureGlobal().numRuns ?? 100) },
  );
});

describe('legal', () => {
  test.each([
    ['case', renamed('CONFIG.json')],
    ['Unicode form', forged(set('files.0.path', 'caf\u00e9'), set('files.1.path', 'cafe\u0301'))],
  ])('files that differ only in %s', async (_, file) => {
    await expect(verify(new MemoryFile(file()))).resolves.toBeUndefined();
  });
});
