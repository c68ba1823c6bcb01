import { KernelMemory } from '../engine/pool/index.ts';
import { Kernels } from '../engine/pool/kernels.ts';
import { plainLoops, type PlaneLoops } from './peers/planes.ts';

/** Bytes of a tensor that are in the kernels' memory at once. */
const pieceBytes = 1 << 20;
/** Mode of the kernels: exclusive or with the parent. */
const xor = 1;
/** What the kernel for 16 bits takes at once. */
const wholeLanes = 16;

/** The loops of the XOR peer in the product's own kernels, so that a comparison is one of methods, not of loops. */
export function kernelLoops(module: WebAssembly.Module): PlaneLoops {
  const memory = new KernelMemory();
  const kernels = new Kernels(module, memory.wasm, 0);
  const [whole, parent, dealt] = [0, 1, 2].map(() => memory.allocate(pieceBytes));
  if (!whole || !parent || !dealt) throw new Error('three slots were asked for');

  /** Runs `work` over the pieces of a tensor: element range and its number. */
  const overPieces = (
    width: number,
    elements: number,
    work: (first: number, count: number) => void,
  ): number => {
    const most = Math.floor(pieceBytes / width);
    const lanes = width === 2 ? elements - (elements % wholeLanes) : elements;
    for (let first = 0; first < lanes; first += most) work(first, Math.min(most, lanes - first));
    return lanes;
  };
  const rest = (bytes: Uint8Array, width: number, done: number) => bytes.subarray(done * width);

  return {
    split(child, base, planes) {
      const width = planes.length;
      const elements = planes[0]?.length ?? 0;
      const done = overPieces(width, elements, (first, count) => {
        const [from, to] = [first * width, (first + count) * width];
        whole.u8(0, to - from).set(child.subarray(from, to));
        parent.u8(0, to - from).set(base.subarray(from, to));
        const places = [whole.address, parent.address, count];
        if (width === 2) kernels.call({ kernel: 'splitXor16', args: [...places, dealt.address] });
        else kernels.call({ kernel: 'splitPlanes', args: [width, ...places, xor, dealt.address] });
        for (const [k, plane] of planes.entries()) plane.set(dealt.u8(k * count, count), first);
      });
      const left = planes.map((plane) => plane.subarray(done));
      if (done < elements) plainLoops.split(rest(child, width, done), rest(base, width, done), left);
    },
    merge(planes, base, child) {
      const width = planes.length;
      const elements = planes[0]?.length ?? 0;
      const done = overPieces(width, elements, (first, count) => {
        const [from, to] = [first * width, (first + count) * width];
        parent.u8(0, to - from).set(base.subarray(from, to));
        for (const [k, plane] of planes.entries()) {
          dealt.u8(k * count, count).set(plane.subarray(first, first + count));
        }
        if (width === 2) {
          const args = [dealt.address, parent.address, count, whole.address];
          kernels.call({ kernel: 'mergeXor16', args });
        } else {
          const args = [width, dealt.address, parent.address, count, xor, whole.address];
          kernels.call({ kernel: 'mergePlanes', args });
        }
        child.set(whole.u8(0, to - from), from);
      });
      const left = planes.map((plane) => plane.slice(done));
      if (done < elements) plainLoops.merge(left, rest(base, width, done), rest(child, width, done));
    },
  };
}
