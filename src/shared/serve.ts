import { z } from 'zod';

/** What `serve` prints with --json once it listens. */
export const serveResultSchema = z.strictObject({
  /** Where the page is; its fragment holds the key. */
  address: z.string(),
});

/** What the command line asks of the web host. */
export interface ServeRequest {
  readonly home?: string;
  readonly threads?: number;
  /** Default: one that is free. */
  readonly port?: number;
  /** Folders that the page may name paths in; default the person's own. */
  readonly roots: readonly string[];
  /** Program and version, written into delta files for people. */
  readonly writer: string;
  /** Folder of the sample library. */
  readonly sample: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told once it listens. */
  readonly onAddress: (address: string) => void;
  /** Whether to show the page in the person's browser. */
  readonly open: boolean;
}

/** The one function of the web host's bundle, by which the command line starts it. */
export type Serve = (request: ServeRequest) => Promise<void>;
