import { basename, join } from 'node:path';
import { z } from 'zod';
import type { FileSystem } from '../disk/index.ts';
import type { SkippedPlace } from './found-model.ts';
import { lookInto, type Look, type SeenFile } from './look.ts';
import { readText } from './read-start.ts';
import { skippedBy } from './skipped.ts';

/** Bytes of a manifest; real ones have less than 2,000. */
const longestManifest = 256 * 1024;
const mostManifests = 20_000;
/** host / namespace / model / tag */
const manifestDepth = 4;

const kinds: Readonly<Record<string, string>> = {
  'application/vnd.ollama.image.model': '',
  'application/vnd.ollama.image.adapter': ' (adapter)',
  'application/vnd.ollama.image.projector': ' (projector)',
};

const manifestSchema = z.object({
  layers: z
    .array(z.object({ mediaType: z.string().max(255), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/u) }))
    .max(1000),
});

/** Weights in Ollama's store, with all names that manifests give them. */
export interface OllamaBlob {
  readonly file: SeenFile;
  /** At least one; the first is shown. */
  readonly names: readonly string[];
}

/** Whether a folder is Ollama's store. */
export function isOllama({ folders }: Look): boolean {
  const names = new Set(folders.map(({ name }) => name));
  return names.has('manifests') && names.has('blobs');
}

/**
 * Lists the weights of an Ollama store: manifests give the names, `blobs/sha256-*` hold the bytes. A blob that no
 * manifest names is a leftover and is not listed.
 * @returns undefined when the folder is none after all
 */
export async function readOllama(
  fs: FileSystem,
  { path }: Look,
): Promise<{ blobs: OllamaBlob[]; skipped: SkippedPlace[] } | undefined> {
  const blobs = await lookInto(fs, join(path, 'blobs'));
  const files = new Map(blobs.files.map((file) => [file.name, file]));
  const places = [...blobs.files, ...blobs.skipped];
  if (!places.some((place) => /^sha256-[0-9a-f]{64}/u.test(basename(place.path)))) return undefined;
  const skipped: SkippedPlace[] = [...blobs.skipped];
  const names = new Map<string, string[]>();
  for (const manifest of await listManifests(fs, join(path, 'manifests'), skipped)) {
    for (const { blob, name } of await readManifest(fs, manifest, skipped)) {
      names.set(blob, [...(names.get(blob) ?? []), name]);
    }
  }
  const found = [...names].flatMap(([blob, known]) => {
    const file = files.get(blob);
    return file ? [{ file, names: known.sort() }] : [];
  });
  return { blobs: found, skipped };
}

interface Manifest {
  readonly file: SeenFile;
  readonly parts: readonly string[];
}

async function listManifests(fs: FileSystem, root: string, skipped: SkippedPlace[]): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  const visit = async (path: string, parts: readonly string[]): Promise<void> => {
    let look: Look;
    try {
      look = await lookInto(fs, path);
    } catch (error) {
      skipped.push(skippedBy(error, path));
      return;
    }
    skipped.push(...look.skipped);
    for (const file of look.files) {
      if (manifests.length < mostManifests) manifests.push({ file, parts: [...parts, file.name] });
    }
    if (parts.length >= manifestDepth) return;
    for (const folder of look.folders) await visit(folder.path, [...parts, folder.name]);
  };
  await visit(root, []);
  return manifests;
}

async function readManifest(
  fs: FileSystem,
  { file, parts }: Manifest,
  skipped: SkippedPlace[],
): Promise<{ blob: string; name: string }[]> {
  try {
    const { layers } = manifestSchema.parse(JSON.parse((await readText(fs, file, longestManifest)) ?? ''));
    return layers.flatMap(({ mediaType, digest }) => {
      const kind = kinds[mediaType];
      return kind === undefined
        ? []
        : [{ blob: digest.replace(':', '-'), name: `${shownName(parts)}${kind}` }];
    });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError))
      skipped.push(skippedBy(error, file.path));
    return [];
  }
}

/** As `ollama list` prints it: the usual host and namespace are left out. */
function shownName(parts: readonly string[]): string {
  const tag = parts.at(-1) ?? '';
  const way = parts.slice(0, -1).filter((part, at) => !(at === 0 && part === 'registry.ollama.ai'));
  return `${(way[0] === 'library' ? way.slice(1) : way).join('/')}:${tag}`;
}
