/**
 * What the pickle interpreter makes of a pickle: inert descriptions. Nothing here is ever called, and text from the
 * file is never used as a property name: dictionaries are Maps.
 */
export type PickleValue = null | boolean | number | string | PickleObject;

export type PickleObject =
  | PickleList
  | PickleDict
  /** Something the reader has no use for: bytes, sets, huge integers, overlong text, devices. */
  | { readonly kind: 'constant' }
  /** An allowed global, by its dotted name. */
  | { readonly kind: 'global'; readonly name: string }
  | PickleStorage
  | PickleTensor;

export interface PickleList {
  readonly kind: 'list' | 'tuple';
  readonly items: PickleValue[];
}

export interface PickleDict {
  readonly kind: 'dict';
  readonly items: Map<PickleValue, PickleValue>;
}

/** A storage by reference: where its bytes lie says the archive. */
export interface PickleStorage {
  readonly kind: 'storage';
  readonly key: string;
  /** Name of its type, such as `torch.FloatStorage`. */
  readonly type: string;
  readonly elements: number;
}

/** A tensor over a storage, as its rebuilding function would make it. */
export interface PickleTensor {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  /** In elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** In elements. */
  readonly stride: readonly number[];
  /** Name of its element type where the storage has none, such as `torch.uint16`. */
  readonly dtype?: string;
}

export const constant: PickleObject = { kind: 'constant' };
