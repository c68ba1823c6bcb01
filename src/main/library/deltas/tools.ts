import type { Pool } from '../../engine/pool/index.ts';
import type { FileSystem } from '../disk/index.ts';

/** What every call of the service works with. */
export interface Tools {
  readonly fs: FileSystem;
  readonly pool: Pool;
  /** Program and version, written into delta files for people. */
  readonly writer: string;
}
