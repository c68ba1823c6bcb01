import { missingShards } from '../../engine/formats/index.ts';
import { declaringTexts } from '../../lineage/index.ts';
import { shownPath, type FileSystem } from '../disk/index.ts';
import type { Warning } from '../../../shared/index.ts';
import type { CollectedFile } from './collect-files.ts';
import { parseShardName } from './file-names.ts';
import { roleOf } from './file-role.ts';
import { readFirstLines, readText } from './read-start.ts';

/** Bytes of a configuration; real ones have a few thousand. */
const longestConfig = 1024 * 1024;
/** Bytes of a map from tensors to shards; the largest published ones have about 10 MB. */
const longestIndex = 32 * 1024 * 1024;

const declaring = new Set(declaringTexts);

/** Small texts of a model that say where it came from, by relative path; and what they say is missing. */
export interface ModelTexts {
  readonly texts: ReadonlyMap<string, string>;
  readonly warnings: readonly Warning[];
}

/**
 * Reads the card (its first 64 KiB, where the front matter is) and the configurations that lineage knows,
 * and compares its indexes with the shards that are there. What cannot be read becomes a warning.
 */
export async function readTexts(fs: FileSystem, files: readonly CollectedFile[]): Promise<ModelTexts> {
  const texts = new Map<string, string>();
  const warnings: Warning[] = [];
  const present = new Set(files.map(({ relative }) => relative));
  let indexed = false;
  for (const file of files) {
    const { relative } = file;
    const role = roleOf(relative);
    try {
      if (role === 'index') {
        indexed = true;
        warnings.push(...checkIndex(relative, await readText(fs, file, longestIndex), present));
      } else if (declaring.has(relative.toLowerCase())) {
        const text =
          role === 'card' ? await readFirstLines(fs, file) : await readText(fs, file, longestConfig);
        if (text !== undefined) texts.set(relative, text);
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      warnings.push({ file: relative, sentence: `${shownPath(relative)} was not used: ${reason}` });
    }
  }
  if (!indexed) warnings.push(...checkShardNames(files));
  return { texts, warnings };
}

function checkIndex(path: string, text: string | undefined, present: ReadonlySet<string>): Warning[] {
  const unused = (reason: string): Warning[] => [
    { file: path, sentence: `${shownPath(path)} was not used: ${reason}.` },
  ];
  if (text === undefined) return unused('it is no text, or too long');
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const here = [...present].flatMap((name) => (name.startsWith(folder) ? name.slice(folder.length) : []));
  const check = missingShards(text, here);
  if (!check.understood) return unused(check.reason);
  return check.missing.map((shard) => missing(`${folder}${shard}`));
}

/** Without an index, the names of the shards themselves say how many there are. */
function checkShardNames(files: readonly CollectedFile[]): Warning[] {
  const shards = files.flatMap(({ relative }) => {
    const shard = parseShardName(relative);
    return shard ? [{ ...shard, relative }] : [];
  });
  return [...Map.groupBy(shards, ({ group }) => group).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || first.count > 10_000) return [];
    const there = new Set(group.map(({ number }) => number));
    const all = Array.from({ length: first.count }, (_, at) => at + 1);
    return all
      .filter((number) => !there.has(number))
      .map((number) => missing(renumber(first.relative, number)));
  });
}

function renumber(path: string, number: number): string {
  return path.replace(/\d{5}(?=-of-\d{5}\.\w+$)/u, String(number).padStart(5, '0'));
}

function missing(path: string): Warning {
  return {
    file: path,
    sentence: `The shard ${shownPath(path)} is missing, so the model is not whole; download it again, or wait until it is there.`,
  };
}
