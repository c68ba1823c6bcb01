import type { DeltashelfError } from '../../../shared/index.ts';
import { parseTime, type ModelEntries } from './entries.ts';
import { damagedEntry, refusedName } from './failures.ts';
import { checkLinkTarget, checkPaths, isUsable } from './safe-path.ts';

const allModeBits = 0o7777;

/** What is wrong with entries that come from a delta, before anything is made from them. */
export function checkEntries(entries: ModelEntries): DeltashelfError | undefined {
  const leaves = [...entries.files, ...entries.links].map(({ path }) => path);
  const folders = entries.folders.map(({ path }) => path);
  const problems = [
    ...checkPaths(leaves, folders),
    ...entries.links.map(({ path, target }) => checkLinkTarget(path, target)),
  ];
  for (const problem of problems) {
    if (problem !== undefined && !isUsable(problem)) return refusedName(problem);
  }
  const dated = [
    ...entries.files,
    ...entries.folders,
    ...(entries.root ? [{ path: '', ...entries.root }] : []),
  ];
  const undated = dated.find(
    ({ mode, mtimeNs }) =>
      !Number.isInteger(mode) || mode < 0 || mode > allModeBits || parseTime(mtimeNs) === undefined,
  );
  return undated && damagedEntry(undated.path);
}
