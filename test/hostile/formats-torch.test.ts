import { expect, test } from 'vitest';
import { parseFile } from '../../src/main/engine/formats/index.ts';
import { concat, u16, u32, u64, utf8 } from '../fixtures/bytes.ts';
import { MemoryFile } from '../fixtures/memory-file.ts';
import * as p from '../fixtures/pickle-bytes.ts';
import {
  buildTorch,
  storageId,
  tensorPiece,
  type TensorToBuild,
  type TorchFile,
} from '../fixtures/torch-file.ts';
import { buildZip, type ZipOptions } from '../fixtures/zip-file.ts';
import { type Attack, expectRefused } from './formats-judge.ts';

const storage = storageId('0', 'FloatStorage', 2);
const storages: [string, Uint8Array][] = [['0', new Uint8Array(8)]];
const root = p.dict([p.str('w'), tensorPiece({ storage, shape: [2] })]);

/** A good checkpoint with changes. */
function checkpoint(change: TorchFile): Uint8Array {
  return buildTorch({ root, storages, ...change });
}

/** A checkpoint whose pickle has these pieces between its protocol and its end. */
function pickled(...pieces: p.Piece[]): Uint8Array {
  return checkpoint({ pickle: p.pickle(concat(...pieces)) });
}

function opcodes(...codes: number[]): Uint8Array {
  return pickled(Uint8Array.from(codes));
}

/** A checkpoint of one tensor over the storage `0` of 2 floats. */
function tensor(change: Partial<TensorToBuild>): Uint8Array {
  return checkpoint({ root: tensorPiece({ storage, shape: [2], ...change }) });
}

function zipped(zip: ZipOptions): Uint8Array {
  return checkpoint({ zip });
}

/** The place of a sequence of bytes. */
function find(bytes: Uint8Array, sequence: Uint8Array): number {
  const at = Buffer.from(bytes).indexOf(sequence);
  expect(at).toBeGreaterThanOrEqual(0);
  return at;
}

/** The place of an entry's record in the directory: its name is there once more, after 46 bytes. */
function recordAt(bytes: Uint8Array, name: string): number {
  return Buffer.from(bytes).lastIndexOf(name) - 46;
}

function overwrite(bytes: Uint8Array, at: number, values: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  changed.set(values, at);
  return changed;
}

const good = checkpoint({});
const rebuild = p.global('torch._utils', '_rebuild_tensor_v2');
const repeat = (piece: p.Piece, count: number): p.Piece =>
  new Uint8Array(Buffer.alloc(piece.length * count, piece));

const pickleAttacks: Attack[] = [
  [
    'os.system',
    pickled(p.call(p.global('os', 'system'), p.str('touch /tmp/pwned'))),
    /asks for "os\.system", which is refused/,
  ],
  [
    'posix.system by STACK_GLOBAL',
    checkpoint({ pickle: p.pickle(concat(p.str('posix'), p.str('system'), [0x93]), 4) }),
    /asks for "posix\.system"/,
  ],
  ['builtins.eval', pickled(p.call(p.global('builtins', 'eval'), p.str('1'))), /asks for "builtins\.eval"/],
  ['__builtin__.getattr', pickled(p.global('__builtin__', 'getattr')), /asks for "__builtin__\.getattr"/],
  [
    'a global that is asked for and never called',
    pickled(p.global('argparse', 'Namespace')),
    /asks for "argparse\.Namespace"/,
  ],
  [
    'a global among good tensors',
    checkpoint({
      root: p.dict(
        [p.str('w'), tensorPiece({ storage, shape: [2] })],
        [p.str('x'), p.global('numpy', 'dtype')],
      ),
    }),
    /asks for "numpy\.dtype"/,
  ],
  ['a function of torch that runs code', pickled(p.global('torch', 'load')), /asks for "torch\.load"/],
  ['a global named __proto__', pickled(p.global('torch', '__proto__')), /asks for "torch\.__proto__"/],
  ['a global named constructor', pickled(p.global('torch', 'constructor')), /asks for "torch\.constructor"/],
  [
    'a path of attributes of an allowed name',
    checkpoint({ pickle: p.pickle(concat(p.str('torch'), p.str('Size.__init__.__globals__'), [0x93]), 4) }),
    /refused/,
  ],
  [
    'a global whose parts join to an allowed name',
    pickled(p.global('torch._utils._rebuild_tensor_v2', '')),
    /refused/,
  ],
  [
    'a global with control characters',
    pickled(p.global('os\u001b[2J', 'system')),
    /asks for "os\\u001b\[2J\.system"/,
  ],
  ['an overlong global', pickled(p.global('x'.repeat(2000), 'y')), /overlong global/],
  ['a global without an end', pickled(utf8('cos')), /overlong global/],
  ['a global that is not text', pickled(p.int(1), p.int(2), Uint8Array.of(0x93)), /something else than text/],
  [
    'a global whose name is a number',
    pickled(p.str('os'), p.int(2), Uint8Array.of(0x93)),
    /something else than text/,
  ],
  [
    'a global whose module is a number',
    pickled(p.int(1), p.str('system'), Uint8Array.of(0x93)),
    /something else than text/,
  ],
  ['REDUCE on text', pickled(p.call(p.str('os.system'), p.str('x'))), /calls something/],
  [
    'REDUCE on a storage type',
    pickled(p.call(p.global('torch', 'FloatStorage'), p.int(1))),
    /calls something/,
  ],
  ['REDUCE on a dtype', pickled(p.call(p.global('torch', 'float32'))), /calls something/],
  [
    'REDUCE with arguments that are no tuple',
    pickled(rebuild, p.str('x'), p.reduce),
    /arguments of a wrong kind/,
  ],
  [
    'REDUCE with arguments in a list',
    pickled(p.global('torch', 'Size'), p.list(p.tuple()), p.reduce),
    /arguments of a wrong kind/,
  ],
  ['NEWOBJ on a function', pickled(p.str('x'), p.emptyTuple, Uint8Array.of(0x81)), /calls something/],
  ['BUILD on a list', pickled(p.emptyList, p.emptyDict, p.build), /sets the state of an object/],
  [
    'BUILD on a tensor',
    pickled(tensorPiece({ storage, shape: [2] }), p.emptyDict, p.build),
    /sets the state of an object/,
  ],
  ['the extension registry', opcodes(0x82, 1), /opcode 0x82, which is refused/],
  ['INST of protocol 0', pickled(p.mark, utf8('ios\nsystem\n')), /opcode 0x69, which is refused/],
  ['OBJ of protocol 0', pickled(p.mark, p.none, utf8('o')), /opcode 0x6f, which is refused/],
  ['PERSID of protocol 0', pickled(utf8('Pabc\n')), /opcode 0x50, which is refused/],
  ['an out-of-band buffer', opcodes(0x97), /opcode 0x97, which is refused/],
  ['NEWOBJ_EX', pickled(p.none, p.none, p.none, Uint8Array.of(0x92)), /opcode 0x92, which is refused/],
  ['an opcode that does not exist', opcodes(0xff), /opcode 0xff, which is refused/],
  ['a protocol inside', opcodes(0x80, 2, 0x4e), /opcode 0x80, which is refused/],
  ['protocol 1', checkpoint({ pickle: p.pickle(p.none, 1) }), /another protocol/],
  ['protocol 6', checkpoint({ pickle: p.pickle(p.none, 6) }), /another protocol/],
  ['no protocol', checkpoint({ pickle: concat(p.none, p.stop) }), /another protocol/],
  ['an empty pickle', checkpoint({ pickle: new Uint8Array(0) }), /ends in the middle/],
  ['a pickle without an end', checkpoint({ pickle: concat(p.proto(2), p.none) }), /ends in the middle/],
  ['a stack that is empty at the end', opcodes(), /empty stack/],
  ['a stack that is not empty at the end', pickled(p.none, p.none), /leaves values behind/],
  ['POP on an empty stack', opcodes(0x30), /empty stack/],
  ['TUPLE3 of two', pickled(p.none, p.none, Uint8Array.of(0x87)), /empty stack/],
  [
    'a tuple that takes what lies below the mark',
    pickled(p.none, p.mark, Uint8Array.of(0x85)),
    /empty stack/,
  ],
  ['TUPLE without a mark', opcodes(0x74), /mark that is not there/],
  ['APPENDS to a dict', pickled(p.emptyDict, p.mark, p.none, p.appends), /something else than a list/],
  ['APPEND to a tuple', pickled(p.emptyTuple, p.none, utf8('a')), /something else than a list/],
  [
    'SETITEMS on a list',
    pickled(p.emptyList, p.mark, p.none, p.none, p.setItems),
    /something else than a dict/,
  ],
  ['a key without a value', pickled(p.emptyDict, p.mark, p.none, p.setItems), /key without a value/],
  ['a memo entry that is not there', pickled(p.get(7)), /recalls 7/],
  ['a memo entry of an empty stack', pickled(p.put(7)), /empty stack/],
  ['text that is not UTF-8', pickled(concat(utf8('X'), u32(1), [0xff])), /not UTF-8/],
  ['text of 4 GB', pickled(utf8('X'), u32(0xffffffff)), /ends in the middle/],
  ['text of 2^60 bytes', pickled(Uint8Array.of(0x8d), u64(1n << 60n)), /impossible size/],
  ['bytes of 2^52', pickled(Uint8Array.of(0x8e), u64(2 ** 52)), /ends in the middle/],
  ['a number of 4 GB', pickled(Uint8Array.of(0x8b), u32(0xffffffff)), /ends in the middle/],
  ['a stack bomb', pickled(repeat(p.none, 100_001)), /stacks more than 100000/],
  ['a stack bomb by DUP', pickled(p.emptyList, repeat(utf8('2'), 100_001)), /stacks more than 100000/],
  ['a mark bomb', pickled(repeat(p.mark, 1001)), /nests deeper than 1000/],
  [
    'a memo bomb',
    pickled(p.none, ...Array.from({ length: 10 }, () => repeat(Uint8Array.of(0x94), 400_001))),
    /more than 4000000 values/,
  ],
  [
    'a list bomb',
    pickled(p.emptyList, repeat(concat(p.emptyList, utf8('a')), 2_000_001)),
    /more than 4000000 values/,
  ],
  ['a memo index of 2^32 - 1', pickled(p.none, utf8('r'), u32(0xffffffff), p.get(5)), /recalls 5/],
  [
    'lists nested 101 deep',
    pickled(repeat(p.emptyList, 102), repeat(utf8('a'), 101)),
    /nests deeper than 100/,
  ],
  [
    'lists nested 50,000 deep',
    pickled(repeat(p.emptyList, 50_000), repeat(utf8('a'), 49_999)),
    /nests deeper than 100/,
  ],
];

const tensorAttacks: Attack[] = [
  [
    'a storage beyond its entry',
    checkpoint({ root: tensorPiece({ storage: storageId('0', 'FloatStorage', 3), shape: [2] }) }),
    /needs 12 bytes and has 8/,
  ],
  [
    'a storage of 2^53 elements',
    checkpoint({ root: tensorPiece({ storage: storageId('0', 'DoubleStorage', 2 ** 52), shape: [2] }) }),
    /and has 8/,
  ],
  [
    'a storage that is not in the archive',
    checkpoint({ root: storageId('9', 'FloatStorage', 2) }),
    /storage "9" is not in the archive/,
  ],
  [
    'a storage key that climbs out of the folder',
    checkpoint({ root: storageId('../version', 'ByteStorage', 2) }),
    /is not in the archive/,
  ],
  [
    'a storage of two types',
    checkpoint({ root: p.list(storage, storageId('0', 'IntStorage', 2)) }),
    /"0" is described in two ways/,
  ],
  [
    'a storage of two lengths',
    checkpoint({ root: p.list(storage, storageId('0', 'FloatStorage', 1)) }),
    /described in two ways/,
  ],
  [
    'a storage of an unknown type',
    pickled(
      p.tuple(p.str('storage'), p.global('torch', 'float32'), p.str('0'), p.str('cpu'), p.int(2)),
      p.persistentId,
    ),
    /unknown type/,
  ],
  [
    'a storage of a type that is text',
    pickled(
      p.tuple(p.str('storage'), p.str('torch.FloatStorage'), p.str('0'), p.str('cpu'), p.int(2)),
      p.persistentId,
    ),
    /unknown type/,
  ],
  [
    'a storage of a negative length',
    checkpoint({ root: storageId('0', 'FloatStorage', -1) }),
    /no whole number/,
  ],
  ['a persistent id that is text', pickled(p.str('storage'), p.persistentId), /arguments of a wrong kind/],
  [
    'a persistent id of another word',
    pickled(p.tuple(p.str('module'), p.none, p.none, p.none, p.none), p.persistentId),
    /refers to something unknown/,
  ],
  [
    'a persistent id of six parts',
    pickled(p.tuple(p.str('storage'), p.none, p.none, p.none, p.none, p.none), p.persistentId),
    /arguments of a wrong kind/,
  ],
  ['a tensor beyond its storage', tensor({ shape: [3] }), /reaches beyond its storage/],
  ['an offset beyond the storage', tensor({ offset: 1 }), /reaches beyond its storage/],
  ['an empty tensor beyond the storage', tensor({ offset: 3, shape: [0] }), /reaches beyond its storage/],
  ['strides beyond the storage', tensor({ stride: [2] }), /reaches beyond its storage/],
  ['a stride of 2^52', tensor({ shape: [2, 2], stride: [2 ** 52, 2 ** 52] }), /reaches beyond its storage/],
  ['a negative stride', tensor({ stride: [-1] }), /no whole number/],
  ['a negative offset', tensor({ offset: -1 }), /no whole number/],
  ['a negative size', tensor({ shape: [-2], stride: [1] }), /no whole number/],
  [
    'a shape whose product overflows',
    tensor({ shape: [2 ** 40, 2 ** 40], stride: [0, 0] }),
    /too large to count/,
  ],
  ['strides of another number than sizes', tensor({ stride: [1, 1] }), /wrong stride/],
  ['65 dimensions', tensor({ shape: Array.from({ length: 65 }, () => 1) }), /more than 64 dimensions/],
  [
    'a size that is text',
    pickled(p.call(rebuild, storage, p.int(0), p.tuple(p.str('2')), p.tuple(p.int(1)))),
    /no whole number/,
  ],
  [
    'a size that is a fraction',
    pickled(
      p.call(
        rebuild,
        storage,
        p.int(0),
        p.tuple(concat(utf8('G'), [0x3f, 0xf8, 0, 0, 0, 0, 0, 0])),
        p.tuple(p.int(1)),
      ),
    ),
    /no whole number/,
  ],
  ['a tensor without arguments', pickled(p.call(rebuild)), /without storage/],
  [
    'a tensor over a list',
    pickled(p.call(rebuild, p.emptyList, p.int(0), p.tuple(), p.tuple())),
    /without storage/,
  ],
  [
    'a tensor of a dtype that is a function',
    pickled(
      p.call(
        p.global('torch._utils', '_rebuild_tensor_v3'),
        storage,
        p.int(0),
        p.tuple(p.int(2)),
        p.tuple(p.int(1)),
        p.no,
        p.none,
        rebuild,
      ),
    ),
    /unknown dtype/,
  ],
  [
    'a parameter of nothing',
    pickled(p.call(p.global('torch._utils', '_rebuild_parameter'))),
    /without arguments/,
  ],
  [
    'an OrderedDict of text',
    pickled(p.call(p.global('collections', 'OrderedDict'), p.str('ab'))),
    /unknown kind of dict/,
  ],
  [
    'an OrderedDict of keys alone',
    pickled(p.call(p.global('collections', 'OrderedDict'), p.list(p.list(p.str('a'))))),
    /unknown kind of dict/,
  ],
  [
    'an OrderedDict of a tuple',
    pickled(p.call(p.global('collections', 'OrderedDict'), p.tuple(p.tuple(p.str('a'), p.none)))),
    /unknown kind of dict/,
  ],
  [
    'an OrderedDict of texts',
    pickled(p.call(p.global('collections', 'OrderedDict'), p.list(p.str('ab')))),
    /unknown kind of dict/,
  ],
  [
    'an OrderedDict of dicts',
    pickled(
      p.call(
        p.global('collections', 'OrderedDict'),
        p.list(p.dict([p.tuple(p.str('a'), p.none), p.none], [p.none, p.none])),
      ),
    ),
    /unknown kind of dict/,
  ],
  [
    'a storage whose key is a number',
    pickled(
      p.tuple(p.str('storage'), p.global('torch', 'FloatStorage'), p.int(0), p.str('cpu'), p.int(2)),
      p.persistentId,
    ),
    /refers to something unknown/,
  ],
  [
    'a persistent id of another word and a good key',
    pickled(
      p.tuple(p.str('module'), p.global('torch', 'FloatStorage'), p.str('0'), p.str('cpu'), p.int(2)),
      p.persistentId,
    ),
    /refers to something unknown/,
  ],
  ['a byte order of another word', checkpoint({ byteOrder: 'middle' }), /byte order is "middle"/],
  [
    'a byte order that begins well',
    checkpoint({ byteOrder: 'little and then something else' }),
    /byte order is/,
  ],
];

const again = { name: 'archive/data/0', data: new Uint8Array(8) };
const late = { name: 'archive/more', data: new Uint8Array(8) };
/** A local header of an empty file `hid` inside the storage, and its place. */
const hiding: TorchFile = {
  storages: [['0', buildZip([{ name: 'hid', data: new Uint8Array(0) }]).slice(0, 33)]],
};
const hidden = find(checkpoint(hiding), utf8('hid')) - 30;
const dataAt = find(good, utf8('archive/data/0')) - 30;
const localSize = { localSize: 9 };

const zipAttacks: Attack[] = [
  [
    'compressed storage',
    checkpoint({ change: { 'data/0': { method: 8 } } }),
    /"archive\/data\/0" is compressed/,
  ],
  [
    'compressed pickle',
    checkpoint({ change: { 'data.pkl': { method: 8 } } }),
    /"archive\/data\.pkl" is compressed/,
  ],
  ['encrypted storage', checkpoint({ change: { 'data/0': { flags: 0x0801 } } }), /encrypted/],
  [
    'overlapping entries',
    checkpoint({ more: [{ ...late, directoryOffset: dataAt, localName: 'archive/more' }] }),
    /overlaps another entry|disagree/,
  ],
  [
    'an entry inside another, with a local header that agrees',
    checkpoint({ ...hiding, more: [{ name: 'hid', data: new Uint8Array(0), directoryOffset: hidden }] }),
    /"hid" overlaps another entry/,
  ],
  ['two entries of one name', checkpoint({ more: [again] }), /two entries named "archive\/data\/0"/],
  [
    'two pickles',
    checkpoint({ more: [{ name: 'other/data.pkl', data: p.pickle(p.none) }] }),
    /more than one data\.pkl/,
  ],
  [
    'another name in the local header',
    checkpoint({ change: { 'data/0': { localName: 'archive/data/1' } } }),
    /disagree/,
  ],
  ['another method in the local header', overwrite(good, dataAt + 8, Uint8Array.of(8)), /disagree/],
  ['another size in the local header', checkpoint({ zip: {}, change: { 'data/0': localSize } }), /disagree/],
  [
    'another size in the local header, said to follow',
    checkpoint({ change: { 'data/0': localSize } }),
    /disagree/,
  ],
  [
    'a directory that points beside the local header',
    checkpoint({ change: { 'data/0': { directoryOffset: dataAt + 1 } } }),
    /disagree/,
  ],
  [
    'a directory that points beyond the file',
    checkpoint({ change: { 'data/0': { directoryOffset: 0xfffffffe } } }),
    /ends in the middle/,
  ],
  [
    'an entry longer than the archive',
    checkpoint({ change: { 'data/0': { directorySize: 1 << 30 } } }),
    /reaches into the directory/,
  ],
  [
    'an entry that reaches over the next',
    checkpoint({ change: { 'data/0': { directorySize: 40 } } }),
    /overlaps another entry/,
  ],
  ['a directory cut at its end', good.slice(0, -1), /no directory at its end/],
  ['bytes after the end', concat(good, [0]), /no directory at its end/],
  ['a comment that hides another end', zipped({ likeTorch: true, comment: 'x' }), /no directory at its end/],
  ['fewer entries than the directory has', zipped({ endEntries: 4 }), /another length than stated/],
  ['more entries than the directory has', zipped({ endEntries: 6 }), /ends in the middle|damaged/],
  ['a directory elsewhere', zipped({ endOffset: 7 }), /not where the end of the archive says/],
  ['zip64: another number of entries', zipped({ likeTorch: true, wideEntries: 4 }), /contradict each other/],
  ['zip64: 2^60 entries', zipped({ likeTorch: true, wideEntries: 1n << 60n }), /impossible size/],
  [
    'zip64: 2^40 entries',
    zipped({ likeTorch: true, endEntries: 0xffff, wideEntries: 2 ** 40 }),
    /more than 500000 entries/,
  ],
  ['zip64: another directory', zipped({ likeTorch: true, wideOffset: 7 }), /contradict each other/],
  [
    'zip64: a directory beyond the file',
    zipped({ likeTorch: true, endOffset: 0xffffffff, wideOffset: 2 ** 50 }),
    /not where the end/,
  ],
  [
    'zip64: a locator beside its record',
    zipped({ likeTorch: true, locatorOffset: 3 }),
    /not where its locator says/,
  ],
  ['zip64: a locator beyond 2^53', zipped({ likeTorch: true, locatorOffset: 1n << 60n }), /impossible size/],
  [
    'zip64: a size that is announced and missing',
    checkpoint({ change: { 'data/0': { directorySize: 0xffffffff } } }),
    /lacks a ZIP64 size/,
  ],
  ['zip64: a size of 2^60', wideSize(1n << 60n), /impossible size/],
  ['zip64: a size larger than the file', wideSize(1n << 40n), /reaches into the directory/],
  ['a name that is not UTF-8', overwrite(good, good.lastIndexOf(0x2f), Uint8Array.of(0xff)), /not UTF-8/],
  [
    'a damaged directory',
    overwrite(good, find(good, u32(0x02014b50)), Uint8Array.of(0)),
    /directory of the archive is damaged/,
  ],
  [
    'two sizes of one entry',
    overwrite(good, recordAt(good, 'archive/data/0') + 24, u32(9)),
    /states two sizes/,
  ],
  ['an archive shorter than its end', good.slice(0, 21), /no directory/],
  ['a comment that is announced and missing', overwrite(good, good.length - 2, u16(5)), /has a comment/],
  ['fewer entries here than in all', overwrite(good, good.length - 14, u16(4)), /one part of several/],
  [
    'an entry on another disk',
    overwrite(good, find(good, u32(0x02014b50)) + 34, u16(1)),
    /one part of several/,
  ],
  ['zip64: a record on another disk', overwrite(good, good.length - 38, u32(1)), /one part of several/],
  ['zip64: an archive of two disks', overwrite(good, good.length - 26, u32(2)), /one part of several/],
  [
    'zip64: a damaged record',
    overwrite(good, good.length - 98, u32(0)),
    /ZIP64 record of the archive is damaged/,
  ],
  [
    'zip64: a longer record than there is',
    overwrite(good, good.length - 94, u64(45)),
    /ZIP64 record of the archive is damaged/,
  ],
  ['zip64: a directory on another disk', overwrite(good, good.length - 78, u32(1)), /one part of several/],
  ['zip64: fewer entries here than in all', overwrite(good, good.length - 74, u64(4)), /one part of several/],
  ['one part of several', overwrite(good, good.length - 18, Uint8Array.of(1)), /one part of several/],
];

/** A checkpoint with ZIP64 sizes in the directory, those of the storage changed. */
function wideSize(size: bigint): Uint8Array {
  const bytes = zipped({ likeTorch: true, wideDirectory: true });
  const extra = recordAt(bytes, 'archive/data/0') + 46 + 14;
  return overwrite(bytes, extra + 4, concat(u64(size), u64(size)));
}

test.each([...pickleAttacks, ...tensorAttacks, ...zipAttacks])('%s', async (_, file, refusal) => {
  await expectRefused('pytorch_model.bin', file, refusal);
});

test('a checkpoint is warned about whatever it is called', async () => {
  await expectRefused('blob', pickled(p.global('os', 'system')), /os\.system/);
});

test('an array of references that would double at every level is walked once', async () => {
  const levels = Array.from({ length: 60 }, (_, level) =>
    concat(p.list(p.get(level), p.get(level), p.get(level)), p.put(level + 1)),
  );
  const bomb = concat(p.emptyList, p.put(0), ...levels, repeat(Uint8Array.of(0x86), 60));
  const parsed = await parseFile('m.pt', new MemoryFile(checkpoint({ root: bomb })));
  expect(parsed.format).toBe('torch');
});

test('a terabyte of zeros before the end is not read', async () => {
  const file = new MemoryFile(good, 1e12);
  await expectRefused('m.bin', file, /no directory at its end/);
  expect(file.bytesRead).toBeLessThan(1000);
});
