import type { Warning } from '../../../shared/index.ts';
import { readDeclared } from '../../lineage/index.ts';
import type { FileSystem } from '../disk/index.ts';
import type { CollectedFile } from './collect-files.ts';
import { isTrainerState, isWeightName } from './file-names.ts';
import { roleOf } from './file-role.ts';
import type {
  FileRole,
  FoundFile,
  FoundModel,
  FoundTensor,
  ModelLayout,
  ModelOrigin,
  ReclaimBlocker,
  SkippedPlace,
} from './found-model.ts';
import { areLowRank } from './lora-names.ts';
import { readTexts } from './read-texts.ts';
import { readWeights, type WeightsHeader } from './read-weights.ts';
import type { SignedFile } from './signature.ts';
import { skipped, skippedBy } from './skipped.ts';

/** A folder or file that may be a model, before anything in it was read. */
export interface ModelPlace {
  readonly path: string;
  readonly name: string;
  readonly layout: Exclude<ModelLayout, 'lora' | 'wdelta'>;
  readonly origin: ModelOrigin;
  /** Sorted by relative path. */
  readonly files: readonly CollectedFile[];
  readonly leftOut: readonly string[];
  readonly warnings: readonly Warning[];
}

export function signedFile({ relative, status, linkedTo }: CollectedFile): SignedFile {
  return {
    path: relative,
    size: status.size,
    mtimeNs: status.mtimeNs.toString(),
    mode: status.mode,
    dev: status.dev.toString(),
    ino: status.ino.toString(),
    names: status.names,
    ...(linkedTo !== undefined && { linkedTo }),
  };
}

/** Reads headers and small texts of a place and says what model it is, or why it is none. */
export async function makeModel(fs: FileSystem, place: ModelPlace): Promise<FoundModel | SkippedPlace> {
  const headers = new Map<string, WeightsHeader>();
  for (const file of place.files) {
    if (place.layout !== 'file' && !isWeightName(file.name)) continue;
    try {
      headers.set(file.relative, await readWeights(fs, file, file.relative));
    } catch (error) {
      return skippedBy(error, file.path);
    }
  }
  const whole = [...headers].filter(
    ([path, { kind }]) => kind !== 'other' && !isTrainerState(lastPart(path)),
  );
  if (whole.length === 0) return noModel(place, headers);
  const { texts, warnings } = await readTexts(fs, place.layout === 'file' ? [] : place.files);
  const files = place.files.map((file) => foundFile(file, headers.get(file.relative), place.layout));
  const tensors = files.flatMap(({ path, role }, file): FoundTensor[] =>
    role === 'weights' ? (headers.get(path)?.tensors ?? []).map((tensor) => ({ ...tensor, file })) : [],
  );
  const told = [...headers].flatMap(([file, { warning }]) => {
    const role = files.find(({ path }) => path === file)?.role;
    return warning === undefined || role === 'side' ? [] : [{ file, sentence: warning }];
  });
  const metadata = [...headers.values()].find((header) => header.metadata !== undefined)?.metadata;
  return {
    path: place.path,
    name: place.name,
    layout: layoutOf(place, headers, tensors),
    origin: place.origin,
    files,
    tensors,
    declared: readDeclared(texts, metadata, place.name),
    ...(place.leftOut.length > 0 && { leftOut: place.leftOut }),
    blockers: blockersOf(place.origin, files),
    warnings: [...place.warnings, ...told, ...warnings],
  };
}

function noModel({ path, layout }: ModelPlace, headers: ReadonlyMap<string, WeightsHeader>): SkippedPlace {
  const [warning] = [...headers.values()].flatMap((header) => header.warning ?? []);
  const what = layout === 'file' ? 'no tensors were found in it.' : 'no file in it holds tensors.';
  return skipped.malformed(path, warning ?? what);
}

function foundFile(file: CollectedFile, header: WeightsHeader | undefined, layout: ModelLayout): FoundFile {
  const role = layout === 'file' ? 'weights' : roleByContent(roleOf(file.relative), file, header);
  return { ...signedFile(file), role, format: header?.format ?? 'opaque' };
}

/** A `.bin` or `.pt` may be anything; the names of the other formats are believed, so that a damaged file is told. */
function roleByContent(role: FileRole, { name }: CollectedFile, header: WeightsHeader | undefined): FileRole {
  if (role !== 'weights' || header?.kind !== 'other') return role;
  return /\.(?:bin|pt|pth|ckpt)$/iu.test(name) ? 'side' : role;
}

function layoutOf(
  { layout }: ModelPlace,
  headers: ReadonlyMap<string, WeightsHeader>,
  tensors: readonly FoundTensor[],
): ModelLayout {
  if (layout !== 'file') return layout;
  if ([...headers.values()].some(({ kind }) => kind === 'wdelta')) return 'wdelta';
  return areLowRank(tensors.map(({ name }) => name)) ? 'lora' : 'file';
}

/** Bytes that belong to somebody else too: only files that reclaim would move count. */
function blockersOf(origin: ModelOrigin, files: readonly FoundFile[]): ReclaimBlocker[] {
  const moved = files.filter(({ role }) => role === 'weights' || role === 'optimizer');
  const linked = moved.some(({ linkedTo }) => linkedTo !== undefined);
  const inCache = origin === 'hugging-face-cache';
  return [
    ...(linked ? (['links'] as const) : []),
    ...(inCache && linked ? (['shared-blobs'] as const) : []),
    ...(moved.some(({ names, linkedTo }) => names > 1 && linkedTo === undefined)
      ? (['hard-links'] as const)
      : []),
    // Where a cache has copies instead of links, its own program still takes them for its own.
    ...(origin === 'ollama' || (inCache && !linked) ? (['foreign-manager'] as const) : []),
  ];
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
