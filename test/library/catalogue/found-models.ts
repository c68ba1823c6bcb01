import type { Dtype } from '../../../src/main/engine/dtypes.ts';
import type { FoundFile, FoundModel } from '../../../src/main/library/scan/found-model.ts';

let lastInode = 1000;

/** A file as a scan would see it; every call makes other bytes (another inode). */
export function foundFile(path: string, more: Partial<FoundFile> = {}): FoundFile {
  return {
    path,
    role: 'weights',
    format: 'safetensors',
    size: 1000,
    mtimeNs: '1764000000000000000',
    mode: 0o644,
    dev: '2049',
    ino: String(++lastInode),
    names: 1,
    ...more,
  };
}

/** A model with one weights file of two tensors, and its card. */
export function foundModel(path: string, more: Partial<FoundModel> = {}, dtype: Dtype = 'BF16'): FoundModel {
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    layout: 'folder',
    origin: 'plain',
    files: [
      foundFile('README.md', { role: 'card', format: 'opaque', size: 10 }),
      foundFile('model.safetensors'),
    ],
    tensors: [
      { name: 'wte', dtype, shape: [16, 8], file: 1 },
      { name: 'head', dtype, shape: [8], file: 1 },
    ],
    declared: { parents: [{ name: 'org/base', source: 'README.md base_model' }] },
    blockers: [],
    warnings: [],
    ...more,
  };
}
