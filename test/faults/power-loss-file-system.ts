import { posix } from 'node:path';

import type {
  FileHandle,
  FileStatus,
  FileSystem,
  OpenPurpose,
} from '../../src/main/library/disk/file-system.ts';

/** A file, folder or link. What a power cut leaves of it is kept beside what a reader sees. */
interface Node {
  readonly ino: number;
  readonly kind: 'file' | 'folder' | 'link';
  /** Bytes of a file, target of a link. */
  bytes: Buffer;
  flushed: Buffer;
  entries: Map<string, Node>;
  flushedEntries: Map<string, Node>;
  mode: number;
  mtimeNs: bigint;
}

/** A change of names that is not on the medium yet. A rename between folders is one change: whole or not at all. */
interface Change {
  readonly folders: readonly Node[];
  apply(): void;
}

const dev = 77n;
const longestTrail = 16;

/**
 * A disk in memory that forgets, at a power cut, all that was not flushed: bytes of files, and names in folders, each
 * on its own. Stricter than disks are: a folder that is flushed keeps its names, but whether it has a name itself is
 * its own parent's matter. Snapshots of what a cut would leave can be taken at every change.
 */
export class PowerLossFileSystem implements FileSystem {
  readonly renameReplacesEmptyFolder = true;
  /** Told after every change, with its name. */
  onChange: (call: string) => void = () => undefined;
  readonly #root: Node;
  #pending: Change[] = [];
  #lastIno: number;
  #clock: bigint;

  constructor(root: Node = newNode(2, 'folder', 0o755, 0n), lastIno = 2, clock = 1_700_000_000_000_000_000n) {
    this.#root = root;
    this.#lastIno = lastIno;
    this.#clock = clock;
  }

  /** What is left when the power goes now. */
  afterPowerCut(): PowerLossFileSystem {
    const copies = new Map<Node, Node>();
    const root = copyFlushed(this.#root, copies);
    return new PowerLossFileSystem(root, this.#lastIno, this.#clock);
  }

  /** What is left when only the process dies now: everything. */
  afterCrash(): PowerLossFileSystem {
    const root = copyAll(this.#root, new Map());
    return new PowerLossFileSystem(root, this.#lastIno, this.#clock);
  }

  /** Flushes everything, as after a long quiet time. */
  flushAll(): void {
    this.#pending = [];
    const seen = new Set<Node>();
    const flush = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      node.flushed = node.bytes;
      node.flushedEntries = new Map(node.entries);
      for (const child of node.entries.values()) flush(child);
    };
    flush(this.#root);
  }

  async open(path: string, purpose: OpenPurpose): Promise<FileHandle> {
    if (purpose === 'create') return this.#handle(this.#create(path), path, true);
    const node = this.#find(path, purpose === 'read');
    if (node.kind === 'link') throw failure('ELOOP', path);
    if (purpose === 'folder' && node.kind !== 'folder') throw failure('ENOTDIR', path);
    if (purpose === 'modify' && node.kind !== 'file') throw failure('EISDIR', path);
    return this.#handle(node, path, purpose === 'modify');
  }

  async stat(path: string): Promise<FileStatus> {
    return this.#status(this.#find(path, true));
  }

  async lstat(path: string): Promise<FileStatus> {
    return this.#status(this.#find(path, false));
  }

  async readdir(path: string): Promise<string[]> {
    return [...this.#folder(path).entries.keys()];
  }

  async readlink(path: string): Promise<string> {
    const node = this.#find(path, false);
    if (node.kind !== 'link') throw failure('EINVAL', path);
    return node.bytes.toString();
  }

  async realpath(path: string): Promise<string> {
    return this.#walk(path, true).real;
  }

  async link(existing: string, path: string): Promise<void> {
    const node = this.#find(existing, false);
    if (node.kind === 'folder') throw failure('EPERM', existing);
    this.#add(path, node);
    this.onChange(`link ${path}`);
  }

  async clone(_existing: string, path: string): Promise<void> {
    throw failure('ENOTSUP', path);
  }

  async unlink(path: string): Promise<void> {
    const { folder, name, node } = this.#named(path);
    if (node.kind === 'folder') throw failure('EISDIR', path);
    this.#change(
      [folder],
      () => folder.entries.delete(name),
      () => folder.flushedEntries.delete(name),
    );
    this.onChange(`unlink ${path}`);
  }

  async rename(from: string, to: string): Promise<void> {
    const { folder, name, node } = this.#named(from);
    const target = this.#parent(to);
    const other = posix.basename(to);
    const there = target.entries.get(other);
    if (there === node) return;
    if (there?.kind === 'folder' && there.entries.size > 0) throw failure('ENOTEMPTY', to);
    if (there && (there.kind === 'folder') !== (node.kind === 'folder')) throw failure('EISDIR', to);
    this.#change(
      [folder, target],
      () => void (folder.entries.delete(name), target.entries.set(other, node)),
      () => void (folder.flushedEntries.delete(name), target.flushedEntries.set(other, node)),
    );
    this.onChange(`rename ${to}`);
  }

  async mkdir(path: string, mode = 0o755): Promise<void> {
    this.#add(path, this.#new('folder', mode));
    this.onChange(`mkdir ${path}`);
  }

  async rmdir(path: string): Promise<void> {
    const { folder, name, node } = this.#named(path);
    if (node.kind !== 'folder') throw failure('ENOTDIR', path);
    if (node.entries.size > 0) throw failure('ENOTEMPTY', path);
    this.#change(
      [folder],
      () => folder.entries.delete(name),
      () => folder.flushedEntries.delete(name),
    );
    this.onChange(`rmdir ${path}`);
  }

  async symlink(target: string, path: string): Promise<void> {
    const node = this.#new('link', 0o777);
    node.bytes = node.flushed = Buffer.from(target);
    this.#add(path, node);
    this.onChange(`symlink ${path}`);
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.#find(path, true).mode = mode & 0o7777;
  }

  async statfs() {
    return { availableBytes: 2 ** 40 };
  }

  #handle(node: Node, path: string, writable: boolean): FileHandle {
    return {
      stat: async () => this.#status(node),
      read: async (target, position) => {
        const part = node.bytes.subarray(position, position + target.length);
        target.set(part);
        return part.length;
      },
      write: async (bytes, position) => {
        if (!writable) throw failure('EBADF', path);
        const grown = Buffer.alloc(Math.max(node.bytes.length, position + bytes.length));
        grown.set(node.bytes);
        grown.set(bytes, position);
        node.bytes = grown;
        node.mtimeNs = this.#now();
        this.onChange(`write ${path}`);
        return bytes.length;
      },
      chmod: async (mode) => void (node.mode = mode & 0o7777),
      utimes: async (mtimeNs) => void (node.mtimeNs = mtimeNs),
      sync: async () => {
        if (node.kind === 'folder') this.#flushNames(node);
        else node.flushed = node.bytes;
        this.onChange(`fsync ${path}`);
      },
      close: () => Promise.resolve(),
    };
  }

  /** With the names of a folder go those of the same rename in another one, and what came before in either. */
  #flushNames(folder: Node): void {
    const wanted = new Set<Node>([folder]);
    const kept: Change[] = [];
    const flushed: Change[] = [];
    for (const change of this.#pending.toReversed()) {
      if (change.folders.some((each) => wanted.has(each))) {
        for (const each of change.folders) wanted.add(each);
        flushed.unshift(change);
      } else kept.unshift(change);
    }
    for (const change of flushed) change.apply();
    this.#pending = kept;
  }

  #create(path: string): Node {
    const node = this.#new('file', 0o644);
    this.#add(path, node);
    this.onChange(`create ${path}`);
    return node;
  }

  #add(path: string, node: Node): void {
    const folder = this.#parent(path);
    const name = posix.basename(path);
    if (folder.entries.has(name)) throw failure('EEXIST', path);
    this.#change(
      [folder],
      () => folder.entries.set(name, node),
      () => folder.flushedEntries.set(name, node),
    );
  }

  #change(folders: readonly Node[], now: () => unknown, later: () => unknown): void {
    now();
    for (const folder of folders) folder.mtimeNs = this.#now();
    this.#pending.push({ folders, apply: () => void later() });
  }

  #new(kind: Node['kind'], mode: number): Node {
    this.#lastIno += 1;
    return newNode(this.#lastIno, kind, mode, this.#now());
  }

  #now(): bigint {
    this.#clock += 1_000_000n;
    return this.#clock;
  }

  #status(node: Node): FileStatus {
    const { kind, mode, mtimeNs } = node;
    const names = kind === 'file' ? countNames(this.#root, node) : 1;
    return { kind, size: node.bytes.length, mode, mtimeNs, dev, ino: BigInt(node.ino), names };
  }

  #named(path: string): { folder: Node; name: string; node: Node } {
    const folder = this.#parent(path);
    const name = posix.basename(path);
    const node = folder.entries.get(name);
    if (node === undefined) throw failure('ENOENT', path);
    return { folder, name, node };
  }

  #parent(path: string): Node {
    return this.#folder(posix.dirname(path));
  }

  #folder(path: string): Node {
    const node = this.#find(path, true);
    if (node.kind !== 'folder') throw failure('ENOTDIR', path);
    return node;
  }

  #find(path: string, follow: boolean): Node {
    return this.#walk(path, follow).node;
  }

  #walk(path: string, follow: boolean, trail = 0): { node: Node; real: string } {
    if (trail > longestTrail) throw failure('ELOOP', path);
    let at = { node: this.#root, real: '/' };
    const parts = path.split('/').filter((part) => part !== '');
    for (const [n, part] of parts.entries()) {
      if (at.node.kind !== 'folder') throw failure('ENOTDIR', path);
      const node = at.node.entries.get(part);
      if (node === undefined) throw failure('ENOENT', path);
      const real = posix.join(at.real, part);
      if (node.kind === 'link' && (follow || n < parts.length - 1)) {
        at = this.#walk(posix.resolve(at.real, node.bytes.toString()), true, trail + 1);
      } else at = { node, real };
    }
    return at;
  }
}

function newNode(ino: number, kind: Node['kind'], mode: number, mtimeNs: bigint): Node {
  const nothing = Buffer.alloc(0);
  return {
    ...{ ino, kind, mode, mtimeNs },
    ...{ bytes: nothing, flushed: nothing, entries: new Map(), flushedEntries: new Map() },
  };
}

function copyFlushed(node: Node, copies: Map<Node, Node>): Node {
  return copyNode(node, copies, node.flushed, node.flushedEntries, copyFlushed);
}

function copyAll(node: Node, copies: Map<Node, Node>): Node {
  return copyNode(node, copies, node.bytes, node.entries, copyAll);
}

function copyNode(
  node: Node,
  copies: Map<Node, Node>,
  bytes: Buffer,
  entries: ReadonlyMap<string, Node>,
  next: (child: Node, copies: Map<Node, Node>) => Node,
): Node {
  const known = copies.get(node);
  if (known) return known;
  const copy = { ...newNode(node.ino, node.kind, node.mode, node.mtimeNs), bytes, flushed: bytes };
  copies.set(node, copy);
  for (const [name, child] of entries) copy.entries.set(name, next(child, copies));
  copy.flushedEntries = new Map(copy.entries);
  return copy;
}

function countNames(folder: Node, node: Node): number {
  let count = 0;
  for (const child of folder.entries.values()) {
    if (child === node) count += 1;
    else if (child.kind === 'folder') count += countNames(child, node);
  }
  return count;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
