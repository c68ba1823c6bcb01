import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FreeList } from '../../../src/main/engine/pool/free-list.ts';
import { KernelMemory, type Slot } from '../../../src/main/engine/pool/index.ts';

const MiB = 1024 * 1024;
const reserved = 64 * 1024;

/** `take` bytes, or free the slot at `free` (modulo how many there are). */
const step = fc.oneof(
  fc.record({ take: fc.integer({ min: 0, max: 200_000 }) }),
  fc.record({ free: fc.nat() }),
);

describe('free list', () => {
  test('agrees with a map of single bytes', () => {
    const smallStep = fc.oneof(
      fc.record({ take: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ free: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(smallStep, { maxLength: 60 }), (steps) => {
        const size = 100;
        const isFree = Array.from({ length: size }, () => true);
        const list = new FreeList();
        list.give(0, size);
        const held: { address: number; bytes: number }[] = [];
        for (const action of steps) {
          if ('take' in action) {
            const bytes = action.take;
            const first = isFree.findIndex(
              (_, at) => isFree.slice(at, at + bytes).every(Boolean) && at + bytes <= size,
            );
            const address = list.take(bytes);
            expect(address).toBe(first === -1 ? undefined : first);
            if (address === undefined) continue;
            isFree.fill(false, address, address + bytes);
            held.push({ address, bytes });
          } else {
            const [gone] = held.splice(action.free % Math.max(1, held.length), 1);
            if (gone === undefined) continue;
            list.give(gone.address, gone.bytes);
            isFree.fill(true, gone.address, gone.address + gone.bytes);
          }
          const covered = list.gaps.flatMap((gap) =>
            Array.from({ length: gap.bytes }, (_, at) => gap.address + at),
          );
          expect(covered).toEqual(isFree.flatMap((free, at) => (free ? [at] : [])));
          for (const [index, gap] of list.gaps.entries()) {
            const next = list.gaps[index + 1];
            if (next !== undefined) expect(gap.address + gap.bytes).toBeLessThan(next.address);
          }
        }
      }),
    );
  });

  test('says how much is free below an end', () => {
    const list = new FreeList();
    expect(list.freeBelow(100)).toBe(0);
    list.give(60, 40);
    expect(list.freeBelow(100)).toBe(40);
    expect(list.freeBelow(99)).toBe(0);
  });
});

describe('memory', () => {
  test('slots are aligned, never overlap, keep their bytes, and all of it comes back', () => {
    const memory = new KernelMemory({ initial: MiB });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const held: { slot: Slot; mark: number }[] = [];
        steps.forEach((action, index) => {
          if ('take' in action) {
            const slot = memory.allocate(action.take);
            const mark = (index % 255) + 1;
            slot.u8().fill(mark);
            held.push({ slot, mark });
          } else {
            held.splice(action.free % Math.max(1, held.length), 1)[0]?.slot.free();
          }
        });
        const sorted = held.map(({ slot }) => slot).sort((a, b) => a.address - b.address);
        let end = reserved;
        for (const slot of sorted) {
          expect(slot.address % 16).toBe(0);
          expect(slot.address).toBeGreaterThanOrEqual(end);
          end = slot.address + Math.max(1, slot.bytes);
        }
        expect(end).toBeLessThanOrEqual(memory.size);
        for (const { slot, mark } of held) expect(slot.u8().every((byte) => byte === mark)).toBe(true);
        expect(memory.used).toBe(
          sorted.reduce((sum, { bytes }) => sum + Math.max(16, Math.ceil(bytes / 16) * 16), 0),
        );
        for (const slot of sorted) slot.free();
        expect(memory.used).toBe(0);
        // One gap again: everything above what is reserved can be had as one slot, without growing.
        const size = memory.size;
        memory.allocate(size - reserved).free();
        expect(memory.size).toBe(size);
      }),
    );
  });

  test('growth keeps old contents, in old views and in new ones', () => {
    const memory = new KernelMemory({ initial: 2 * 65_536 });
    const slot = memory.allocate(1000);
    const view = slot.u8();
    view.forEach((_, index) => (view[index] = index % 251));
    const large = memory.allocate(17 * MiB);
    expect(memory.size).toBeGreaterThan(17 * MiB);
    expect([...slot.u8()]).toEqual(Array.from({ length: 1000 }, (_, index) => index % 251));
    view[0] = 77;
    expect(slot.u8(0, 1)[0]).toBe(77);
    large.u8()[17 * MiB - 1] = 5;
    expect(large.u8(17 * MiB - 1)[0]).toBe(5);
  });

  test('grows in steps of at least 16 MiB and uses what is free at the end', () => {
    const memory = new KernelMemory({ initial: MiB });
    memory.allocate(2 * MiB);
    expect(memory.size).toBe(17 * MiB);
    memory.allocate(31 * MiB);
    // 17 MiB - 64 KiB - 2 MiB were free at the end; the rest is less than a step.
    expect(memory.size).toBe(33 * MiB + 65_536);
  });

  test('keeps the reserved start and the page before the limit to itself', () => {
    const memory = new KernelMemory({ reserved: 100_001, initial: 131_072 });
    expect(memory.allocate(16).address).toBe(100_016);
    expect(() => memory.allocate(2 ** 32 - 65_536)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('says when it is exhausted, and goes on with what it has', () => {
    const memory = new KernelMemory({ initial: MiB, limit: 20 * MiB });
    const first = memory.allocate(10 * MiB);
    expect(() => memory.allocate(11 * MiB)).toThrow(
      expect.objectContaining({ code: 'internal', message: expect.stringContaining('exhausted') as string }),
    );
    // Less than a whole step of growth is left: it takes that.
    const second = memory.allocate(9 * MiB);
    expect(memory.size).toBeLessThanOrEqual(20 * MiB);
    first.free();
    second.free();
    memory.allocate(19 * MiB);
  });

  test('counts what is used now and at most', () => {
    const memory = new KernelMemory();
    const first = memory.allocate(100);
    const second = memory.allocate(0);
    expect(memory.used).toBe(112 + 16);
    first.free();
    expect(memory.used).toBe(16);
    expect(memory.peak).toBe(128);
    expect(second.address).not.toBe(memory.allocate(1).address);
  });

  test('refuses a second free, use after free and sizes that are none', () => {
    const memory = new KernelMemory();
    const slot = memory.allocate(64);
    slot.free();
    expect(() => {
      slot.free();
    }).toThrow('freed once');
    expect(() => slot.address).toThrow('after it was freed');
    expect(() => slot.u8()).toThrow('after it was freed');
    expect(() => slot.f64(0, 0)).toThrow('after it was freed');
    expect(() => memory.allocate(-1)).toThrow('A slot of -1 bytes');
    expect(() => memory.allocate(1.5)).toThrow('A slot of 1.5 bytes');
    expect(() => memory.allocate(Number.NaN)).toThrow('A slot of NaN bytes');
    expect(memory.used).toBe(0);
  });

  test('views stay within their slot', () => {
    const memory = new KernelMemory();
    const slot = memory.allocate(30);
    expect(slot.u8().length).toBe(30);
    expect(slot.u16(2).length).toBe(14);
    expect(slot.i16(28).length).toBe(1);
    expect(slot.u32().length).toBe(7);
    expect(slot.f32(4, 6).length).toBe(6);
    expect(slot.f64(8).length).toBe(2);
    expect(slot.u8(30).length).toBe(0);
    slot.u16(4, 1)[0] = 0x1234;
    expect([...slot.u8(4, 2)]).toEqual([0x34, 0x12]);
    const views = ['u8', 'u16', 'i16', 'u32', 'f32', 'f64'] as const;
    const bytesOf = { u8: 1, u16: 2, i16: 2, u32: 4, f32: 4, f64: 8 };
    fc.assert(
      fc.property(
        fc.constantFrom(...views),
        fc.integer({ min: -9, max: 40 }),
        fc.option(fc.integer({ min: -9, max: 40 }), { nil: undefined }),
        (name, offset, length) => {
          const bytes = bytesOf[name];
          const count = length ?? Math.floor((30 - offset) / bytes);
          const legal = offset >= 0 && count >= 0 && offset % bytes === 0 && offset + count * bytes <= 30;
          const make = () => slot[name](offset, length);
          if (legal) {
            const view = make();
            expect([view.byteOffset, view.length]).toEqual([slot.address + offset, count]);
          } else {
            expect(make).toThrow('A view of');
          }
        },
      ),
    );
  });
});
