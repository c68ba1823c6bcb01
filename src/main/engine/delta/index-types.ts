import type { FileFormat, TensorInfo } from '../formats/segments.ts';
import type { Digest, SourceFile, SourceSegment } from '../sources/source.ts';
import type { ChunkCodec, SideKind } from './layout.ts';

/** What a delta file says about the model it holds: everything but the records. */
export interface DeltaContents {
  /** Program and version that wrote it, for people. */
  readonly writer: string;
  /** Effort with which it was made, for people. */
  readonly level: string;
  /** The model, as people call it. */
  readonly name: string;
  /** Whether the model is one file or a folder. */
  readonly kind: 'file' | 'folder';
  readonly parents: readonly DeltaParent[];
  readonly files: readonly DeltaFileEntry[];
  readonly links: readonly DeltaLink[];
  readonly folders: readonly DeltaFolder[];
  /** The segments of all files, in order. */
  readonly segments: readonly DeltaSegment[];
  /** Absent where every byte is that of the original. */
  readonly lossy?: LossyNote;
}

/** What is said of a delta that gives an approximation. The hashes of its files are those of the approximation. */
export interface LossyNote {
  /** Codec and options, as people write them. */
  readonly codec: string;
  /** Cosine between the change and its approximation, over all approximated tensors; null where nothing changed. */
  readonly cosine: number | null;
  /** Size of the approximation along the change, 1 is all of it. */
  readonly slope: number;
  /** Largest error of one value. */
  readonly largest: number;
  /** The same of each approximated tensor, in order of the segments. */
  readonly tensors: readonly LossyTensorNote[];
  /** SHA-256 that the original had, of each file with an approximated tensor, in order of the files. */
  readonly originals: readonly string[];
}

export interface LossyTensorNote {
  readonly segment: number;
  readonly cosine: number | null;
  readonly slope: number;
}

/** The index of a delta file. */
export interface DeltaIndex extends DeltaContents {
  /** Names of features without which the file cannot be read, sorted. */
  readonly requires: readonly string[];
  /** Records in file order, without those of the index itself. */
  readonly records: readonly DeltaRecord[];
  /** By segment number: its chunks, in order. Empty where the segment is not coded. */
  readonly chunks: readonly (readonly ChunkRecord[])[];
  /** By side object number. */
  readonly sideObjects: readonly SideRecord[];
}

/** A file of the model. Its segments are `firstSegment` to `endSegment - 1`. */
export interface DeltaFileEntry extends SourceFile {
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly format: FileFormat;
  /** Permission bits. */
  readonly mode?: number;
  /** Time of last change in nanoseconds since 1970, decimal. */
  readonly mtimeNs?: string;
}

/** A symbolic link of the model. */
export interface DeltaLink {
  readonly path: string;
  /** As it stood; never followed. */
  readonly target: string;
}

/** A folder of the model that is worth recording. */
export interface DeltaFolder {
  /** Empty for the model's own folder. */
  readonly path: string;
  readonly mode?: number;
  readonly mtimeNs?: string;
}

/** A model whose bytes are needed to read the delta. */
export interface DeltaParent {
  readonly name: string;
  readonly kind: 'model' | 'delta';
  /** Only files of which segments are used. */
  readonly files: readonly ParentFile[];
  /** Only segments that are used. */
  readonly segments: readonly ParentSegment[];
}

/** A file of a parent, as it was. */
export interface ParentFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A segment of a parent: named by its digest; the rest helps to find it. */
export interface ParentSegment {
  /** Digest, or its first 4 bytes (8 digits) for a short segment. */
  readonly digest: Digest;
  /** Position in `DeltaParent.files`. */
  readonly file: number;
  /** First byte in its file. */
  readonly offset: number;
  readonly length: number;
  readonly tensor?: TensorInfo;
}

/** How a segment is predicted. Segments with equal recipes may share one object. */
export interface Recipe {
  readonly predictor: 'none' | 'same' | 'cast' | 'scaled';
  readonly version: 0;
  /** The narrow grid on which an F32 tensor is coded. */
  readonly grid?: 'BF16' | 'F16';
  /** False: equal to its prediction, no chunks; see `copiesBytes`. */
  readonly coded: boolean;
  /** Coded together with others; see the codecs `bundle` and `pack`. */
  readonly bundled?: true;
}

/** How far a segment is from its input; three significant digits are enough. */
export interface SegmentChange {
  /** Share of values that differ, 0 to 1. */
  readonly share: number;
  /** Norm of the change relative to that of the input; null where not measured. */
  readonly norm: number | null;
  /** Largest change of one value; null where not measured. */
  readonly largest: number | null;
}

/** A segment of the model. */
export interface DeltaSegment extends SourceSegment {
  /** Of long segments only, and not of those that are cast without being coded. */
  readonly digest?: Digest;
  readonly recipe: Recipe;
  /** What it is predicted from; absent exactly when the predictor is `none`. */
  readonly input?: { readonly parent: number; readonly segment: number };
  /** Where its scales lie. */
  readonly scales?: { readonly object: number; readonly place: number };
  readonly change: SegmentChange;
}

interface RecordPlace {
  /** Position among all records. */
  readonly number: number;
  /** First byte of its header in the file. */
  readonly offset: number;
  /** Bytes of its payload. */
  readonly bytes: number;
}

/** A record that holds part of a segment. */
export interface ChunkRecord extends RecordPlace {
  readonly kind: 'chunk';
  readonly codec: ChunkCodec;
  readonly segment: number;
  /** First unit of the segment (see `unitBytes`) and number of units; for a bundle 0 and the number of segments. */
  readonly first: number;
  readonly count: number;
}

/** A record that several chunks or segments share. */
export interface SideRecord extends RecordPlace {
  readonly kind: 'side';
  readonly holds: SideKind;
  /** Number among the side objects. */
  readonly object: number;
}

export type DeltaRecord = ChunkRecord | SideRecord;
