import type { Dtype } from '../../engine/dtypes.ts';

/** One tensor of a pair as a decoder knows it before it has read a byte: everything but the child's elements. */
export interface KnownTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Length of the child's elements in bytes. */
  readonly byteLength: number;
  /** Elements of the parent's tensor: same dtype, same length; `null` when the parent has no such tensor. */
  readonly parent: Uint8Array | null;
}

/** One tensor of a pair, with the child's elements. */
export interface PeerTensor extends Omit<KnownTensor, 'byteLength'> {
  readonly child: Uint8Array;
}

/** A child with its matched parent. The file is taken to be the header followed by the tensors, in order. */
export interface PeerInput {
  /** The bytes of the child's file that are no elements; stored by every peer. */
  readonly header: Uint8Array;
  readonly tensors: readonly PeerTensor[];
}

/**
 * What a decoder may look at. Layout counts as known: it stands in the header, which every peer stores, and
 * reading it there would bind the peers to one file format.
 */
export interface ParentInput {
  readonly tensors: readonly KnownTensor[];
}

/** A published way of storing a child, rebuilt as something to be measured against. */
export interface Peer {
  readonly name: string;
  /** Why it cannot run here; absent when it can. */
  readonly unavailable?: string;
  encode(input: PeerInput): Uint8Array;
  /** Gives back the child's file: header, then the elements of all tensors. Throws when `encoded` is damaged. */
  decode(encoded: Uint8Array, parentInput: ParentInput): Uint8Array;
}

/** The same pair without anything of the child but its layout. */
export function withoutChild(input: PeerInput): ParentInput {
  return {
    tensors: input.tensors.map(({ name, dtype, shape, child, parent }) => ({
      name,
      dtype,
      shape,
      byteLength: child.length,
      parent,
    })),
  };
}

/** The child's file. A view, without a copy, where header and tensors lie behind one another in memory already. */
export function childFile(input: PeerInput): Uint8Array {
  return joined([input.header, ...input.tensors.map(({ child }) => child)]);
}

/** All parent tensors behind one another, in the order of the child; a view where they lie like that. */
export function parentBytes(input: ParentInput | PeerInput): Uint8Array {
  return joined(input.tensors.flatMap(({ parent }) => (parent === null ? [] : [parent])));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const filled = parts.filter(({ length }) => length > 0);
  const total = filled.reduce((sum, { length }) => sum + length, 0);
  const first = filled[0];
  if (first === undefined) return new Uint8Array(0);

  let end = first.byteOffset;
  const contiguous = filled.every((part) => {
    const follows = part.buffer === first.buffer && part.byteOffset === end;
    end += part.length;
    return follows;
  });
  if (contiguous) return new Uint8Array(first.buffer, first.byteOffset, total);

  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of filled) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
