import type { DeltashelfError, LibraryEvent } from '../../../shared/index.ts';
import type { Pool } from '../../engine/pool/index.ts';
import type {
  Catalogue,
  FileSystem,
  ScanReport,
  Jobs,
  JobStage,
  ScanTools,
  StageControl,
  Steps,
  Surroundings,
} from '../../library/index.ts';
import type { CallControl } from '../client.ts';

/** What the calls of the library work with. */
export interface LibraryContext {
  readonly fs: FileSystem;
  readonly home: string;
  /** Of this program, for people. */
  readonly version: string;
  /** Folder of the sample library that came with the program; undefined where none did. */
  readonly sample: string | undefined;
  readonly catalogue: Catalogue;
  readonly steps: Steps;
  /** Why the vault cannot be used now; undefined where it can. */
  readonly away: DeltashelfError | undefined;
  /** What a person is to know of how the library was found. */
  readonly notices: readonly string[];
  readonly jobs: Jobs;
  /** Threads that code; started when they are first needed. */
  readonly pool: Pool;
  readonly scanTools: ScanTools;
  /** Where programs that this person has may keep models. */
  readonly surroundings: Surroundings;
  /** Catalogue ids of models whose bytes could not be looked at when that was last tried. */
  readonly unreadable: Set<number>;
  readonly now: () => Date;
  readonly emit: (event: LibraryEvent) => void;
  /** Told after each scan of a folder what it changed. */
  readonly landed: (report: ScanReport, control: CallControl) => Promise<void>;
}

/** What a handler is given beside its arguments. */
export interface WorkControl extends CallControl {
  /** Says what long work consists of, before its first stage begins; the answer has a control for each. */
  readonly stages?: (stages: readonly JobStage[]) => readonly StageControl[];
}

/** A call, with what it is given already parsed. */
export type Handler<Args, Result> = (
  context: LibraryContext,
  args: Args,
  control: WorkControl,
) => Promise<Result> | Result;
