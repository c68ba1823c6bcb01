import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  inferLineage,
  readDeclared,
  type Lineage,
  type ModelProfile,
  type ModelSketch,
} from '../../src/main/lineage/index.ts';
import { drawn } from './drawn.ts';
import { normals } from './made-family.ts';
import { anonymous, sketchFile } from './profiles.ts';

const root = join(import.meta.dirname, '../..');
const samples = join(root, 'resources/sample-library');
const bench = join(root, '../shared/bench-library');

/** Real models without anything but their bytes: numbered in the order of a shuffle, one time for all. */
class Anonymous {
  readonly #names: readonly string[];
  readonly models: readonly ModelProfile[];

  constructor(sketches: ReadonlyMap<string, ModelSketch>, seed: number) {
    const keys = normals(sketches.size, seed);
    const entries = [...sketches].map((entry, index) => ({ entry, key: keys[index] ?? 0 }));
    const shuffled = entries.sort((a, b) => a.key - b.key).map(({ entry }) => entry);
    this.#names = shuffled.map(([name]) => name);
    this.models = shuffled.map(([, sketch], index) => anonymous(index + 1, sketch));
  }

  infer(): Lineage {
    return inferLineage(this.models, []);
  }

  drawn(): string[] {
    return drawn(this.infer(), (id) => this.#names[id - 1] ?? '');
  }

  families(): string[][] {
    const named = this.infer().families.map((family) => family.map((id) => this.#names[id - 1] ?? '').sort());
    return named.filter((family) => family.length > 1).sort();
  }
}

async function sketched(files: readonly (readonly [name: string, path: string])[]) {
  const sketches = new Map<string, ModelSketch>();
  for (const [name, path] of files) sketches.set(name, await sketchFile(path));
  return sketches;
}

describe('the sample library without names, cards, configurations and times', () => {
  const weightsOf = (folder: string): string => {
    const full = join(samples, folder, 'model.safetensors');
    return existsSync(full) ? full : join(samples, folder, 'adapter_model.safetensors');
  };
  let sketches = new Map<string, ModelSketch>();
  beforeAll(async () => {
    const folders = readdirSync(samples).filter((name) => name.startsWith('sprout-'));
    sketches = await sketched(folders.map((name) => [name.replace('sprout-', ''), weightsOf(name)]));
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'every full-weight edge is right, and no other, shuffled by %i',
    (seed) => {
      expect(new Anonymous(sketches, seed).drawn()).toEqual([
        'base -> bible',
        'base -> cheader-merged',
        'base -> man-fp32',
        'base -> python',
        'bible -> blend 0.4',
        'python -> blend 0.6',
        'python -> python-v2',
      ]);
    },
  );

  test('every edge says why, and how sure', () => {
    const { edges } = new Anonymous(sketches, 1).infer();
    for (const { reasons, confidence, evidence } of edges) {
      expect(evidence).toBe('measured');
      expect(confidence).toBeGreaterThan(0.9);
      expect(confidence).toBeLessThan(1);
      expect(reasons.length).toBeGreaterThan(0);
    }
    const recipe = edges.find(({ weight }) => weight === 0.6)?.reasons[0]?.sentence;
    expect(recipe).toMatch(/^0\.6 x m\d \+ 0\.4 x m\d explains it but for [23]\.\d % of its distance/u);
  });

  test.each([
    ['base', ['bible -> blend 0.4', 'python -> blend 0.6']],
    ['base cheader-merged man-fp32', ['bible -> blend 0.4', 'python -> blend 0.6']],
  ])('without %s no direction is stated but that of the merge', (gone, directed) => {
    const left = new Map([...sketches].filter(([name]) => !gone.split(' ').includes(name)));
    const edges = new Anonymous(left, 3).drawn();
    expect(edges.filter((edge) => edge.includes('->'))).toEqual(directed);
  });

  test('a merge without one of its parents is none', () => {
    const left = new Map([...sketches].filter(([name]) => name !== 'bible'));
    const { edges } = new Anonymous(left, 3).infer();
    expect(edges.filter(({ weight }) => weight !== undefined)).toEqual([]);
  });
});

test('the sample library as it is: what it declares is borne out, and the adapter has its base', async () => {
  const folders = readdirSync(samples).filter((name) => name.startsWith('sprout-'));
  const models = await Promise.all(
    folders.map(async (name, id): Promise<ModelProfile> => {
      const path = join(samples, name);
      const texts = readdirSync(path).filter((text) => /\.(?:json|md|yml)$/u.test(text));
      const read = new Map(texts.map((text) => [text, readFileSync(join(path, text), 'utf8')]));
      const adapter = read.has('adapter_config.json');
      const weights = join(path, adapter ? 'adapter_model.safetensors' : 'model.safetensors');
      const known = anonymous(id, await sketchFile(weights));
      return { ...known, name, path, adapter, declared: readDeclared(read, undefined, name) };
    }),
  );
  const lineage = inferLineage(models, []);
  expect(lineage.contradictions).toEqual([]);
  expect(lineage.edges.map(({ evidence }) => evidence)).toEqual(lineage.edges.map(() => 'declared'));
  expect(lineage.families).toHaveLength(1);
  expect(drawn(lineage, (id) => (folders[id] ?? '').replace('sprout-', ''))).toEqual([
    'base -> bible',
    'base -> cheader-lora',
    'base -> cheader-merged',
    'base -> man-fp32',
    'base -> python',
    'bible -> blend 0.4',
    'python -> blend 0.6',
    'python -> python-v2',
  ]);
});

// The bench library does not come with the project.
if (existsSync(bench)) {
  describe('the bench library without names, cards, configurations and times', () => {
    const unpacked = mkdtempSync(join(tmpdir(), 'deltashelf-bench-'));
    let larch = new Map<string, ModelSketch>();
    beforeAll(async () => {
      execFileSync(process.execPath, [join(bench, 'unpack.mjs'), unpacked], { stdio: 'ignore' });
      const names = readdirSync(unpacked).filter((name) =>
        existsSync(join(unpacked, name, 'model.safetensors')),
      );
      larch = await sketched(names.map((name) => [name, join(unpacked, name, 'model.safetensors')]));
    }, 120_000);
    afterAll(() => {
      rmSync(unpacked, { recursive: true });
    });
    const real = join(bench, 'real');
    const pair = (folder: string, parent: string, child: string): [string, string][] => [
      [parent, join(real, folder, 'parent.safetensors')],
      [child, join(real, folder, 'child.safetensors')],
    ];

    test.each([1, 2, 3, 4])('the larch family, shuffled by %i', (seed) => {
      expect(new Anonymous(larch, seed).drawn()).toEqual([
        'base -> base-fp16',
        'base -> ft-bible-bf16',
        'base -> ft-lowlr-bf16',
        'base -> ft-purebf16',
        'base -> ft-python-bf16',
        'base-fp16 -> ft-python-fp16',
        'ft-python-bf16 -> ft-python-perl-bf16',
      ]);
    });

    test('four epochs of one run are one chain in order, its direction open', async () => {
      const sketches = await sketched([
        ...pair('ultraface-rfb-epoch280-300', '280', '300'),
        ...pair('ultraface-rfb-epoch480-499', '480', '499'),
      ]);
      for (const seed of [1, 2, 3, 4]) {
        expect(new Anonymous(sketches, seed).drawn()).toEqual(['280 -- 300', '300 -- 480', '480 -- 499']);
      }
    });

    test('unrelated models stay apart, among them two of one architecture', async () => {
      const folders = readdirSync(real).filter((name) => existsSync(join(real, name, 'child.safetensors')));
      const sketches = await sketched(folders.flatMap((name) => pair(name, `${name} 1`, `${name} 2`)));
      const folder = (name: string): string => name.split('-')[0] ?? '';
      const families = new Anonymous(sketches, 5).families();
      expect(families.map((family) => [...new Set(family.map(folder))])).toEqual([
        ['ani1x'],
        ['lora'],
        ['matgl'],
        ['realcugan'],
        ['sasrec'],
        ['ultraface'],
      ]);
    });
  });
}
