import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  listVolumes,
  locateFolder,
  placeOf,
  volumeSystem,
  type VolumeSystem,
} from '../../../src/main/library/watch/index.ts';
import { scratchFolder } from '../../faults/scratch-folder.ts';

interface Computer {
  readonly platform: NodeJS.Platform;
  readonly texts?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  readonly devices?: Readonly<Record<string, string>>;
  readonly prints?: Readonly<Record<string, string>>;
}

function system({
  platform,
  texts = {},
  links = {},
  folders = [],
  devices = {},
  prints = {},
}: Computer): VolumeSystem {
  const inFolder = (folder: string) =>
    Object.keys(links).flatMap((path) =>
      path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : [],
    );
  return {
    platform,
    readText: async (path) => texts[path],
    names: async (path) => inFolder(path),
    realpath: async (path) => links[path] ?? path,
    isFolder: async (path) => folders.includes(path),
    device: async (path) => devices[path],
    run: async (program, args) => prints[[program, ...args].join(' ')],
  };
}

const mountInfo = `22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 0:5 / /dev rw - devtmpfs udev rw
30 22 8:17 / /media/me/Big\\040Disk rw - exfat /dev/sdb1 rw
31 22 0:40 / /mnt/nas rw - nfs4 nas:/export/models rw
32 22 0:50 /@home /home rw shared:2 master:1 - btrfs /dev/mapper/crypt rw
33 22 0:50 /@data /data rw - btrfs /dev/mapper/crypt rw
34 22 0:60 / /tmp rw - tmpfs tmpfs rw
35 22 8:33 / /media/me/Stra\\303\\237e rw - ext4 /dev/sdc1 rw
this is no line
`;
const linux: Computer = {
  platform: 'linux',
  texts: { '/proc/self/mountinfo': mountInfo },
  links: {
    '/dev/disk/by-uuid/1111-2222': '/dev/sda2',
    '/dev/disk/by-uuid/AAAA-BBBB': '/dev/sdb1',
    '/dev/disk/by-uuid/cccc-dddd': '/dev/dm-0',
    '/dev/disk/by-label/Big\\x20Disk': '/dev/sdb1',
    '/dev/mapper/crypt': '/dev/dm-0',
  },
};

test('Linux: volumes by mountinfo, known by the numbers and labels of their devices', async () => {
  const rows = (await listVolumes(system(linux))).map(({ id, label, mountPoint, fsType, onNetwork }) =>
    [id, label ?? '-', mountPoint, fsType, onNetwork ? 'network' : 'local'].join(' | '),
  );
  expect(rows).toEqual([
    'uuid:1111-2222 | - | / | ext4 | local',
    'uuid:AAAA-BBBB | Big Disk | /media/me/Big Disk | exfat | local',
    'network:nfs4:nas:/export/models | - | /mnt/nas | nfs4 | network',
    'uuid:cccc-dddd/@home | - | /home | btrfs | local',
    'uuid:cccc-dddd/@data | - | /data | btrfs | local',
    'mount:tmpfs:/tmp | - | /tmp | tmpfs | local',
    'mount:ext4:/media/me/Straße | - | /media/me/Straße | ext4 | local',
  ]);
});

test.for([
  { path: '/media/me/Big Disk/models/llama', id: 'uuid:AAAA-BBBB', inside: 'models/llama' },
  { path: '/media/me/Big Disk', id: 'uuid:AAAA-BBBB', inside: '' },
  // A name that only begins like a mount point.
  { path: '/media/me/Big Disk 2/models', id: 'uuid:1111-2222', inside: 'media/me/Big Disk 2/models' },
  { path: '/homes/models', id: 'uuid:1111-2222', inside: 'homes/models' },
  { path: '/home/me/models', id: 'uuid:cccc-dddd/@home', inside: 'me/models' },
])('Linux: $path lies on $id', async ({ path, id, inside }) => {
  const place = await placeOf(system(linux), path);
  expect([place?.volume.id, place?.inside]).toEqual([id, inside]);
});

test('a volume that was mounted over another one at the same place is the one that counts', async () => {
  const text = `1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 8:2 / /mnt rw - ext4 /dev/b rw\n3 1 8:3 / /mnt rw - ext4 /dev/c rw\n`;
  const links = { '/dev/disk/by-uuid/b': '/dev/b', '/dev/disk/by-uuid/c': '/dev/c' };
  const place = await placeOf(
    system({ platform: 'linux', texts: { '/proc/self/mountinfo': text }, links }),
    '/mnt/x',
  );
  expect(place?.volume.id).toBe('uuid:c');
});

const elsewhere = mountInfo.replace('/media/me/Big\\040Disk', '/run/media/other');
test.for([
  {
    name: 'online',
    text: mountInfo,
    folders: ['/media/me/Big Disk/models'],
    state: { state: 'online', path: '/media/me/Big Disk/models' },
  },
  {
    name: 'online elsewhere',
    text: elsewhere,
    folders: ['/run/media/other/models'],
    state: { state: 'online', path: '/run/media/other/models' },
  },
  {
    name: 'missing',
    text: mountInfo,
    folders: [],
    state: { state: 'missing', path: '/media/me/Big Disk/models' },
  },
  // The empty folder that an unplugged disk leaves behind is not the disk.
  {
    name: 'offline',
    text: mountInfo.replace(/^30 .*$/mu, ''),
    folders: ['/media/me/Big Disk/models'],
    state: { state: 'offline' },
  },
  {
    name: 'offline without a table',
    text: '',
    folders: ['/media/me/Big Disk/models'],
    state: { state: 'offline' },
  },
])('a folder is found by volume and way: $name', async ({ text, folders, state }) => {
  const computer = system({ ...linux, texts: { '/proc/self/mountinfo': text }, folders });
  expect(await locateFolder(computer, 'uuid:AAAA-BBBB', 'models')).toEqual(state);
});

test('macOS: volumes by mount, known by diskutil', async () => {
  const mac = system({
    platform: 'darwin',
    prints: {
      '/sbin/mount': [
        '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
        'devfs on /dev (devfs, local, nobrowse)',
        '/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)',
        '/dev/disk4s1 on /Volumes/Big (on) Disk (exfat, local, nodev)',
        '//me@nas/models on /Volumes/models (smbfs, nodev, nosuid)',
      ].join('\n'),
      '/usr/sbin/diskutil info /': '   Volume Name:   Macintosh HD\n   Volume UUID:   0000-1111\n',
      '/usr/sbin/diskutil info /Volumes/Big (on) Disk':
        '   Volume Name:   Big Disk\n   Volume UUID:   2222-3333\n',
    },
  });
  const rows = (await listVolumes(mac)).map(({ id, label, mountPoint, onNetwork }) => [
    id,
    label,
    mountPoint,
    onNetwork,
  ]);
  expect(rows).toEqual([
    ['uuid:0000-1111', 'Macintosh HD', '/', false],
    ['uuid:2222-3333', 'Big Disk', '/Volumes/Big (on) Disk', false],
    ['network:smbfs://me@nas/models', 'models', '/Volumes/models', true],
  ]);
});

test('macOS: where no program can be run, volumes are known by name', async () => {
  const mac = system({ platform: 'darwin', links: { '/Volumes/Disk': '/Volumes/Disk' } });
  expect((await listVolumes(mac)).map(({ id, label }) => [id, label])).toEqual([
    ['mount::/', undefined],
    ['mount::/Volumes/Disk', 'Disk'],
  ]);
});

test('Windows: a drive is known by its serial number, whatever its letter', async () => {
  const at = (letter: string) =>
    system({
      platform: 'win32',
      devices: { 'C:\\': 'abcd1234', [`${letter}:\\`]: 'feed5678' },
      folders: [`${letter}:\\models\\llama`],
    });
  const place = await placeOf(at('E'), 'E:\\models\\llama');
  expect([place?.volume.id, place?.inside]).toEqual(['serial:feed5678', 'models/llama']);
  expect(await locateFolder(at('G'), 'serial:feed5678', 'models/llama')).toEqual({
    state: 'online',
    path: 'G:\\models\\llama',
  });
});

test('this computer has a volume for a folder, and finds the folder again by it', async () => {
  await using scratch = await scratchFolder();
  await mkdir(join(scratch.path, 'models'));
  const place = await placeOf(volumeSystem, join(scratch.path, 'models'));
  expect(place).toBeDefined();
  const found = await locateFolder(volumeSystem, place?.volume.id ?? '', place?.inside ?? '');
  expect(found).toEqual({ state: 'online', path: join(scratch.path, 'models') });
});
