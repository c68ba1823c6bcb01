/** One line of Linux' table of mounted volumes. */
export interface Mount {
  readonly mountPoint: string;
  /** The folder of the volume that is seen there; `/` unless it is a subvolume or a folder bound elsewhere. */
  readonly root: string;
  readonly fsType: string;
  /** Device, `host:/export`, or a word of the file system. */
  readonly source: string;
}

/** Types of volumes on other computers: changes there are not told. */
const networkTypes = new Set([
  ...[
    'nfs',
    'nfs4',
    'cifs',
    'smb3',
    'smbfs',
    'afs',
    'ncpfs',
    '9p',
    'ceph',
    'glusterfs',
    'lustre',
    'beegfs',
    'afpfs',
    'webdav',
  ],
  ...[
    'fuse.sshfs',
    'fuse.rclone',
    'fuse.s3fs',
    'fuse.gcsfuse',
    'fuse.glusterfs',
    'fuse.davfs',
    'davfs',
    'virtiofs',
    'vboxsf',
    'drvfs',
  ],
]);

export function isNetworkType(fsType: string): boolean {
  return networkTypes.has(fsType);
}

/**
 * Reads `/proc/self/mountinfo` (proc(5)): fields by blanks, optional ones up to a single `-`, blanks in names as
 * `\040`. Lines that do not follow it are left out.
 */
export function parseMountInfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const [root, mountPoint] = fields.slice(3, 5);
    const [fsType, source] = dash < 0 ? [] : fields.slice(dash + 1, dash + 3);
    if (root === undefined || mountPoint === undefined || fsType === undefined || source === undefined)
      return [];
    return [{ root: unescape(root), mountPoint: unescape(mountPoint), fsType, source: unescape(source) }];
  });
}

/** The mount that a real path lies on: the longest one above it, the last of several at one place. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts.reduce<Mount | undefined>((best, mount) => {
    const { mountPoint } = mount;
    const isAbove = mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
    return isAbove && (best === undefined || mountPoint.length >= best.mountPoint.length) ? mount : best;
  }, undefined);
}

function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  // Byte by byte: one letter outside ASCII is several of them.
  const bytes = Buffer.from(text, 'utf8');
  const plain: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const octal = bytes.toString('latin1', at + 1, at + 4);
    if (bytes[at] === 0x5c && /^[0-7]{3}$/u.test(octal)) {
      plain.push(Number.parseInt(octal, 8) & 0xff);
      at += 3;
    } else plain.push(bytes[at] ?? 0);
  }
  return Buffer.from(plain).toString('utf8');
}
