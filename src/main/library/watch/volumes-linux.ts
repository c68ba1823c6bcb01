import { posix } from 'node:path';
import { isNetworkType, mountOf, parseMountInfo, type Mount } from './mount-info.ts';
import type { VolumeInfo, VolumeSystem } from './volume-info.ts';

/** Tables of the kernel that look like folders. */
const tableTypes = new Set([
  ...[
    'proc',
    'sysfs',
    'devtmpfs',
    'devpts',
    'cgroup',
    'cgroup2',
    'mqueue',
    'securityfs',
    'debugfs',
    'tracefs',
    'bpf',
  ],
  ...[
    'pstore',
    'configfs',
    'fusectl',
    'hugetlbfs',
    'autofs',
    'binfmt_misc',
    'efivarfs',
    'rpc_pipefs',
    'nsfs',
    'ramfs',
  ],
]);

/** Volumes by `/proc/self/mountinfo`, their identities and labels by the links in `/dev/disk`. */
export async function volumesOnLinux(system: VolumeSystem): Promise<VolumeInfo[]> {
  const mounts = parseMountInfo((await system.readText('/proc/self/mountinfo')) ?? '');
  const uuids = await linkedDevices(system, '/dev/disk/by-uuid');
  const labels = await linkedDevices(system, '/dev/disk/by-label');
  const volumes: VolumeInfo[] = [];
  for (const mount of mounts.filter(({ fsType }) => !tableTypes.has(fsType))) {
    // Something else was mounted over it.
    if (mountOf(mounts, mount.mountPoint) !== mount) continue;
    const device = await system.realpath(mount.source).catch(() => mount.source);
    const label = labels.get(device);
    volumes.push({
      id: identify(mount, uuids.get(device)),
      label,
      mountPoint: mount.mountPoint,
      fsType: mount.fsType,
      onNetwork: isNetworkType(mount.fsType),
    });
  }
  return volumes;
}

function identify({ root, fsType, source, mountPoint }: Mount, uuid: string | undefined): string {
  // Subvolumes of one file system, and folders bound elsewhere, have its number and hold other files.
  const part = root === '/' ? '' : root;
  if (uuid !== undefined) return `uuid:${uuid}${part}`;
  if (isNetworkType(fsType)) return `network:${fsType}:${source}${part}`;
  // A volume without a number (in memory, in a container): nothing but its place names it.
  return `mount:${fsType}:${mountPoint}`;
}

/** Devices by real path, with the name that a link in `folder` gives them. */
async function linkedDevices(system: VolumeSystem, folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await system.names(folder);
  const devices = await Promise.all(
    names.map(
      async (name) => [await system.realpath(posix.join(folder, name)).catch(() => ''), name] as const,
    ),
  );
  return new Map(devices.map(([device, name]) => [device, unescapeUdev(name)]));
}

/** udev writes bytes that a name may not have as `\x20`. */
function unescapeUdev(name: string): string {
  const bytes = name.replace(/\\x([0-9a-f]{2})/giu, (_, hex: string) => `%${hex}`);
  if (bytes === name) return name;
  try {
    return decodeURIComponent(bytes);
  } catch {
    return name;
  }
}
