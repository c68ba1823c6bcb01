import { utf8 } from '../fixtures/bytes.ts';
import { buildSafetensors } from '../fixtures/safetensors-file.ts';
import { cases, files, moved, planes, text, type Case } from '../second-reader/cases.ts';
import { Random } from '../second-reader/numbers.ts';

// The models behind the golden deltas. Small, for they stay in the repository; what each exercises stands beside it.

/** Just above what is coded together with others. */
const single = [129, 128] as const;
const seeds = { BF16: 101, F16: 102, F32: 103 } as const;

function predicted(dtype: 'BF16' | 'F16' | 'F32'): Case {
  const random = new Random(seeds[dtype]);
  const pair = moved(random, 'model.layers.0.mlp.weight', [dtype, dtype], single, {
    // So many special patterns would leave nothing to gain among so few elements of BF16.
    ...{ relative: 0.03, special: dtype !== 'BF16', tame: true },
  });
  const small = moved(random, 'model.norm.weight', [dtype, dtype], [128], { relative: 0.01 });
  return { ...files([pair, small]), features: ['residual-0', 'bundle-0'] };
}

function alone(): Case {
  const { after } = moved(new Random(104), 'w', ['BF16', 'BF16'], single, { relative: 0.1, tame: true });
  const child = { 'w.safetensors': buildSafetensors([after], { metadata: [['format', 'pt']] }) };
  return { child, parents: [], features: ['alone-0', 'safetensors-0'] };
}

function scaled(): Case {
  const pair = moved(new Random(105), 'w', ['F32', 'BF16'], single, {
    ...{ relative: 0.003, factor: 0.93, tame: true },
  });
  // An exact multiple: nothing is stored but the factor.
  const half = moved(new Random(109), 'half', ['F32', 'F32'], [60, 50], { relative: 0, factor: 0.5 });
  return { ...files([pair, half]), features: ['scaled-0', 'unchanged-0'] };
}

/** BF16 weights stored as F32, against their form in BF16 and, cast, in F16; one of them equal. */
function narrow(): Case {
  const random = new Random(106);
  const [a, b, c] = (['BF16', 'BF16', 'F16'] as const).map((from, number) =>
    moved(random, `layers.${number}.weight`, [from, 'BF16'], [70, 60], { relative: number === 0 ? 0 : 0.01 }),
  );
  if (!a || !b || !c) throw new Error('three tensors');
  const pairs = [a, b, c].map(({ before, after }) => {
    const halves = new Uint16Array((after.data ?? new Uint8Array()).buffer);
    const data = new Uint8Array(Uint32Array.from(halves, (bits) => bits * 65_536).buffer);
    return { before, after: { ...after, dtype: 'F32' as const, data } };
  });
  const cast = moved(random, 'cast.weight', ['BF16', 'F32'], [40, 30], { relative: 0.01 });
  return { ...files([...pairs, cast]), features: ['cast-0', 'same-0'] };
}

/** A long tensor of which little changed. */
function sparse(): Case {
  const random = new Random(107);
  const { before } = moved(random, 'w', ['BF16', 'BF16'], single, { relative: 0 });
  const data = (before.data ?? new Uint8Array()).slice();
  for (let changes = 0; changes < 12; changes += 1) data[2 * random.below(16_512)] = random.below(256);
  const pair = { before, after: { ...before, data } };
  return { ...files([pair]), features: ['sparse-0'] };
}

/** Side files by every way in which bytes are kept. */
function sideFiles(): Case {
  const random = new Random(108);
  const noise = random.bytes(3000);
  const readme = text(random, 4000);
  return {
    parents: [{ 'README.md': readme, 'config.json': utf8('{"layers": 2}') }],
    child: {
      'README.md': readme.map((byte, at) => (at % 40 === 0 ? byte ^ 32 : byte)),
      'card.txt': text(random, 3000),
      'config.json': utf8('{"layers": 2}'),
      'empty.txt': new Uint8Array(),
      'noise.bin': noise,
      'notes.txt': utf8('Of no parent.'),
      'twice.bin': Uint8Array.from({ length: 95_000 }, (_, at) => noise[(at * 7 + (at >> 12)) % 3000] ?? 0),
    },
    features: ['stored-0', 'brotli-0', 'zstd-0', 'pack-0'],
  };
}

/** By name of the delta file. */
export const goldenCases: Readonly<Record<string, () => Case>> = {
  'residual-bf16': () => predicted('BF16'),
  'residual-f16': () => predicted('F16'),
  'residual-f32': () => predicted('F32'),
  alone,
  scaled,
  narrow,
  sparse,
  planes: () => planes(0.5),
  'several-parents': cases['merge'] ?? alone,
  gguf: cases['gguf'] ?? alone,
  noise: cases['noise'] ?? alone,
  'side-files': sideFiles,
};
