import { link, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileSystem } from '../../../src/main/library/disk/index.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import {
  scanFolder,
  Settler,
  type FoundModel,
  type KnownModels,
  type ScanFinding,
  type SettleClock,
  type SkippedPlace,
} from '../../../src/main/library/scan/index.ts';
import { pattern } from '../../fixtures/bytes.ts';
import { buildGguf } from '../../fixtures/gguf-file.ts';
import { asTorch } from '../../fixtures/random-models.ts';
import { buildSafetensors, type SafetensorsTensor } from '../../fixtures/safetensors-file.ts';

/** What lies at a path: text, bytes, a link, a second name of a file, or an empty folder. */
export type Planted =
  string | Uint8Array | { readonly link: string } | { readonly sameAs: string } | { readonly folder: true };
export type Tree = Readonly<Record<string, Planted>>;

/** Long ago, so that everything has settled. Seconds since 1970. */
const longAgo = 1_700_000_000;

/** Writes a tree below a folder; files get a time long ago. */
export async function plantTree(folder: string, tree: Tree): Promise<void> {
  for (const [path, planted] of Object.entries(tree)) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    if (typeof planted === 'string' || planted instanceof Uint8Array) {
      await writeFile(place, planted);
      await utimes(place, longAgo, longAgo);
    } else if ('link' in planted) await symlink(planted.link, place);
    else if ('sameAs' in planted) await link(join(folder, planted.sameAs), place);
    else await mkdir(place, { recursive: true });
  }
}

const tensorsOf = (names: readonly string[]) =>
  names.map((name, at): SafetensorsTensor => ({ name, dtype: 'BF16', shape: [4, 3], data: pattern(24, at) }));

export const st = (...names: string[]): Uint8Array =>
  buildSafetensors(tensorsOf(names.length > 0 ? names : ['w']));
export const stWith = (metadata: readonly (readonly [string, string])[], ...names: string[]): Uint8Array =>
  buildSafetensors(tensorsOf(names), { metadata });
export const torch = (...names: string[]): Uint8Array => asTorch(tensorsOf(names.length > 0 ? names : ['w']));
export const gguf = (): Uint8Array =>
  buildGguf({ tensors: [{ name: 'w', type: 30, dims: [3, 4], data: pattern(24, 1) }] });
export const config = JSON.stringify({ architectures: ['LlamaForCausalLM'], model_type: 'llama' });
export const indexOf = (shards: Readonly<Record<string, string>>): string =>
  JSON.stringify({ metadata: { total_size: 1 }, weight_map: shards });

export interface FrozenClock extends SettleClock {
  pauses: number;
  advance(ms: number): void;
  pause(ms: number): Promise<void>;
}

/** A clock that only pauses move. */
export function frozenClock(wallMs = Date.now()): FrozenClock {
  let steady = 0;
  const clock = {
    pauses: 0,
    wallMs: () => wallMs + steady,
    steadyMs: () => steady,
    advance: (ms: number) => {
      steady += ms;
    },
    async pause(ms: number) {
      clock.pauses += 1;
      steady += ms;
    },
  };
  return clock;
}

export interface Scanned {
  readonly models: FoundModel[];
  readonly skipped: SkippedPlace[];
  readonly unchanged: string[];
  readonly signatures: ReadonlyMap<string, string>;
}

/** Scans a folder to the end. */
export async function scanAll(
  root: string,
  options: { fs?: FileSystem; known?: KnownModels; settler?: Settler; signal?: AbortSignal } = {},
): Promise<Scanned> {
  const {
    fs = nodeFileSystem,
    known = () => undefined,
    settler = new Settler(frozenClock()),
    signal,
  } = options;
  const findings: ScanFinding[] = [];
  for await (const finding of scanFolder({ fs, settler }, root, known, signal ? { signal } : {}))
    findings.push(finding);
  const signatures = findings.flatMap((finding): [string, string][] => {
    if (finding.kind === 'skipped') return [];
    return [[finding.kind === 'model' ? finding.model.path : finding.path, finding.signature]];
  });
  return {
    models: findings.flatMap((finding) => (finding.kind === 'model' ? finding.model : [])),
    skipped: findings.flatMap((finding) => (finding.kind === 'skipped' ? finding.place : [])),
    unchanged: findings.flatMap((finding) => (finding.kind === 'unchanged' ? finding.path : [])),
    signatures: new Map(signatures),
  };
}
