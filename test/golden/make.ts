// Writes the golden deltas that are missing, with the models that belong to them: `node test/golden/make.ts`, after a
// build. What is there is never touched: golden files show that what was once written can still be read.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInMemory, kernelPool, modelOf, type ModelFiles } from '../fixtures/engine-delta.ts';
import { goldenCases } from './models.ts';

const folder = join(import.meta.dirname, 'v1');
const pool = kernelPool();

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes, { flag: 'wx' });
}

function writeModel(path: string, files: ModelFiles): void {
  for (const [name, bytes] of Object.entries(files)) write(join(path, name), bytes);
}

for (const [name, make] of Object.entries(goldenCases)) {
  const delta = join(folder, `${name}.dshelf`);
  if (existsSync(delta)) continue;
  const { child, parents } = make();
  const sources = await Promise.all(parents.map((parent, number) => modelOf(parent, `parent ${number}`)));
  const { file } = await createInMemory(pool, await modelOf(child, name), sources);
  writeModel(join(folder, name, 'child'), child);
  for (const [number, parent] of parents.entries()) {
    writeModel(join(folder, name, `parent-${number}`), parent);
  }
  write(delta, file);
  console.log(`${delta}: ${file.length} bytes`);
}
await pool.close();
