/** A volume: known by its identity, not by the letter or folder under which it happens to be connected. */
export interface VolumeInfo {
  /** Stays the same when the volume is connected elsewhere: `uuid:…`, `serial:…`, or what names it best. */
  readonly id: string;
  /** Its name, where it has one. */
  readonly label: string | undefined;
  /** Absolute. */
  readonly mountPoint: string;
  /** As the system names it; empty where it does not. */
  readonly fsType: string;
  /** Lies on another computer: changes there are not told, and must be looked for. */
  readonly onNetwork: boolean;
}

/** What of a system tells about volumes. Passed in, so that the ways of all systems are tested on one. */
export interface VolumeSystem {
  readonly platform: NodeJS.Platform;
  /** A whole small text; undefined where it cannot be read. */
  readText(path: string): Promise<string | undefined>;
  /** Names in a folder; none where it cannot be read. */
  names(path: string): Promise<string[]>;
  realpath(path: string): Promise<string>;
  isFolder(path: string): Promise<boolean>;
  /** Number of the device of a path, in hexadecimal; on Windows the serial number of the volume. */
  device(path: string): Promise<string | undefined>;
  /** What a program of the system printed; undefined where it failed or took long. No shell, fixed names only. */
  run(program: string, args: readonly string[]): Promise<string | undefined>;
}
