import type { Warning } from '../../../shared/index.ts';
import type { TensorInfo, FileFormat } from '../../engine/formats/index.ts';
import type { DeclaredFacts } from '../../lineage/index.ts';

/** What a model is made of on disk. */
export type ModelLayout =
  /** A folder with weights and side files, single or sharded, as Hugging Face libraries write it. */
  | 'folder'
  /** One checkpoint file. */
  | 'file'
  /** A folder with `adapter_config.json`. */
  | 'adapter'
  /** One file with low-rank factors, as kohya's trainers write it. */
  | 'lora'
  /** A folder with `model_index.json`; its components are part of it. */
  | 'pipeline'
  /** A deltatensors file: a delta of another model. */
  | 'wdelta';

/** Which program's tree it lies in; decides its name and what may be done with its files. */
export type ModelOrigin =
  'plain' | 'hugging-face-cache' | 'training-run' | 'lm-studio' | 'ollama' | 'comfyui' | 'automatic1111';

/** What a file of a model is for. Only `weights` and `optimizer` are moved by reclaim, unless a person asks. */
export type FileRole = 'weights' | 'optimizer' | 'index' | 'config' | 'tokenizer' | 'card' | 'side';

/** A file of a model as a scan saw it. */
export interface FoundFile {
  /** Relative to the model, with forward slashes; the file's own name where the model is one file. */
  readonly path: string;
  readonly role: FileRole;
  readonly format: FileFormat;
  /** Bytes. */
  readonly size: number;
  readonly mtimeNs: string;
  readonly mode: number;
  /** Decimal; with `ino` it names the bytes on this machine, whatever paths lead there. */
  readonly dev: string;
  readonly ino: string;
  /** Names (hard links) of the same bytes. */
  readonly names: number;
  /** Real path of the bytes where the name is a link to bytes outside the model; absent else. */
  readonly linkedTo?: string;
}

/** A tensor of a model, and the file that holds it. */
export interface FoundTensor extends TensorInfo {
  /** Position in `FoundModel.files`. */
  readonly file: number;
}

/** Why originals of a model cannot be reclaimed: their bytes belong to somebody else too. */
export type ReclaimBlocker = 'links' | 'shared-blobs' | 'hard-links' | 'foreign-manager';

/** A model that a scan recognised, from headers and small texts alone. */
export interface FoundModel {
  /** Absolute path of its folder or file, not through links. */
  readonly path: string;
  /** As people call it: the folder's or file's name; `org/name@rev` in a Hugging Face cache. */
  readonly name: string;
  readonly layout: ModelLayout;
  readonly origin: ModelOrigin;
  /** Sorted by path. */
  readonly files: readonly FoundFile[];
  /** Sorted by file, then offset. */
  readonly tensors: readonly FoundTensor[];
  readonly declared: DeclaredFacts;
  /**
   * Folders inside it, relative, that are no part of it: models of their own (a training run has its checkpoints
   * inside), version control. Absent where there are none.
   */
  readonly leftOut?: readonly string[];
  readonly blockers: readonly ReclaimBlocker[];
  readonly warnings: readonly Warning[];
}

/** Something in a folder that is not listed as a model, and why. */
export interface SkippedPlace {
  readonly path: string;
  readonly why: SkipReason;
  readonly sentence: string;
}

export type SkipReason =
  /** It is still being written, or downloaded. */
  | 'unsettled'
  /** The disk or its permissions do not let it be read; what is inside is unknown, not gone. */
  | 'unreadable'
  | 'link-loop'
  /** A link that leads nowhere, or to a folder elsewhere. */
  | 'link'
  | 'too-many-names'
  | 'too-deep'
  /** Unfinished work of another program, by its name. */
  | 'temporary'
  /** It vanished during the scan. */
  | 'gone'
  /** A name that cannot be opened, or could not be put back. */
  | 'name'
  /** It has a model's name and no model's content. */
  | 'malformed'
  /** A vault or a quarantine: Deltashelf's own. */
  | 'own';
