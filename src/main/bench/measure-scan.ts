import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scanFolder, Settler, systemClock, type FileSystem } from '../library/index.ts';
import { generateLibrary, type GeneratedLibrary } from './generate-library.ts';

/** One scan of a generated library. */
export interface MeasuredScan {
  readonly seconds: number;
  /** Processor time of this process, all threads. Seconds. */
  readonly cpuSeconds: number;
  /** Models that were opened. */
  readonly read: number;
  readonly unchanged: number;
  readonly tensors: number;
}

/** Generates a library in a temporary folder and scans it twice; the second time nothing has changed. */
export async function measureScan(
  fs: FileSystem,
  library: GeneratedLibrary,
  signal: AbortSignal,
): Promise<MeasuredScan[]> {
  const folder = await mkdtemp(join(tmpdir(), 'deltashelf-bench-'));
  try {
    await generateLibrary(folder, library);
    const known = new Map<string, string>();
    return [await scanOnce(fs, folder, known, signal), await scanOnce(fs, folder, known, signal)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function scanOnce(
  fs: FileSystem,
  folder: string,
  known: Map<string, string>,
  signal: AbortSignal,
): Promise<MeasuredScan> {
  // Files that were generated just now count as old.
  const settler = new Settler(systemClock, { oldMs: 0 });
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let [read, unchanged, tensors] = [0, 0, 0];
  for await (const finding of scanFolder({ fs, settler }, folder, (path) => known.get(path), { signal })) {
    if (finding.kind === 'model') {
      read += 1;
      tensors += finding.model.tensors.length;
      known.set(finding.model.path, finding.signature);
    } else if (finding.kind === 'unchanged') unchanged += 1;
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, cpuSeconds: (user + system) / 1e6, read, unchanged, tensors };
}
