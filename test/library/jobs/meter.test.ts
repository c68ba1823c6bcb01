import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Meter, type JobStage } from '../../../src/main/library/jobs/meter.ts';

/** Tells even progress of a stage at `bytesPerSecond`, ten times a second, and answers the time at its end. */
function runStage(
  meter: Meter,
  {
    stage,
    bytes,
    bytesPerSecond,
    from,
  }: { stage: number; bytes: number; bytesPerSecond: number; from: number },
  until = 1,
): number {
  const seconds = (bytes / bytesPerSecond) * until;
  let now = from;
  for (let step = 0; step <= seconds * 10; step++) {
    now = from + step * 100;
    const doneBytes = Math.min(bytes, (step / 10) * bytesPerSecond);
    meter.tell(stage, { phase: `phase ${stage}`, doneBytes, totalBytes: bytes }, now);
  }
  return now;
}

test('the time left is hidden in the first 5 s and 2 %, then right for even work', () => {
  const meter = new Meter(0, 0);
  meter.plan([{ bytes: 1000, weight: 1 }]);
  const work = { stage: 0, bytes: 1000, bytesPerSecond: 10, from: 0 };
  expect(meter.read(runStage(meter, work, 0.049)).secondsLeft).toBeNull();
  const { secondsLeft, share, bytesPerSecond } = meter.read(runStage(meter, work, 0.2));
  expect(secondsLeft).toBeCloseTo(80, 0);
  expect(share).toBeCloseTo(0.2);
  expect(bytesPerSecond).toBeCloseTo(10, 0);

  const slow = new Meter(0, 0);
  slow.plan([{ bytes: 100_000, weight: 1 }]);
  const now = runStage(slow, { stage: 0, bytes: 100_000, bytesPerSecond: 10, from: 0 }, 0.019);
  expect(now).toBeGreaterThan(100_000);
  expect(slow.read(now).secondsLeft).toBeNull();
});

test('stages of another speed count by their weight', () => {
  const stages: JobStage[] = [
    { bytes: 1000, weight: 1 },
    { bytes: 1000, weight: 0.25 },
  ];
  const meter = new Meter(0, 0);
  meter.plan(stages);
  const half = runStage(meter, { stage: 0, bytes: 1000, bytesPerSecond: 10, from: 0 }, 0.5);
  // 50 s of the first, and 25 s of the second.
  expect(meter.read(half).secondsLeft).toBeCloseTo(75, 0);
  const end = runStage(meter, { stage: 0, bytes: 1000, bytesPerSecond: 10, from: 0 });
  expect(meter.read(end).share).toBeCloseTo(0.8);
  const second = runStage(meter, { stage: 1, bytes: 1000, bytesPerSecond: 40, from: end }, 0.5);
  expect(meter.read(second)).toMatchObject({ phase: 'phase 1', doneBytes: 1500, totalBytes: 2000 });
  expect(meter.read(second).secondsLeft).toBeCloseTo(12.5, 0);
});

test('the time left is hidden while the speed changes much, and when nothing moves', () => {
  const meter = new Meter(0, 0);
  meter.plan([{ bytes: 10_000, weight: 1 }]);
  let done = 0;
  for (let step = 0; step < 100; step++) {
    done += step < 60 ? 50 : 5;
    meter.tell(0, { phase: 'encode', doneBytes: done, totalBytes: 10_000 }, step * 100);
  }
  expect(meter.read(9900).secondsLeft).toBeNull();

  const stalled = new Meter(0, 0);
  stalled.plan([{ bytes: 1000, weight: 1 }]);
  const now = runStage(stalled, { stage: 0, bytes: 1000, bytesPerSecond: 10, from: 0 }, 0.3);
  expect(stalled.read(now).secondsLeft).not.toBeNull();
  expect(stalled.read(now + 20_000).secondsLeft).toBeNull();
  expect(stalled.read(now + 90_000).bytesPerSecond).toBeLessThan(2);
});

test('a bar goes on from where it stood, and is full only when the job is done', () => {
  const meter = new Meter(0, 0.4);
  expect(meter.read(0).share).toBe(0.4);
  meter.tell(0, { phase: 'encode', doneBytes: 10, totalBytes: 100 }, 0);
  expect(meter.read(0).share).toBe(0.4);
  meter.tell(0, { phase: 'encode', doneBytes: 100, totalBytes: 100 }, 0);
  expect(meter.read(0).share).toBe(0.99);
});

test('whatever stages tell, a bar never goes back and every figure is one', () => {
  const stages = fc.array(
    fc.record({ bytes: fc.nat(10_000), weight: fc.double({ min: 0.1, max: 10, noNaN: true }) }),
    { minLength: 1, maxLength: 4 },
  );
  const reports = fc.array(
    fc.record({ stage: fc.nat(3), done: fc.nat(20_000), total: fc.nat(20_000), pause: fc.nat(3000) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(stages, reports, (planned, told) => {
      const meter = new Meter(0, 0);
      meter.plan(planned);
      let now = 0;
      let stage = 0;
      let last = meter.read(0);
      for (const report of told) {
        now += report.pause;
        stage = Math.max(stage, Math.min(report.stage, planned.length - 1));
        const progress = {
          phase: 'p',
          doneBytes: Math.min(report.done, report.total),
          totalBytes: report.total,
        };
        meter.tell(stage, progress, now);
        const reading = meter.read(now);
        expect(reading.share).toBeGreaterThanOrEqual(last.share);
        expect(reading.share).toBeLessThan(1);
        expect(reading.doneBytes).toBeLessThanOrEqual(reading.totalBytes);
        for (const figure of [reading.secondsLeft, reading.bytesPerSecond]) {
          if (figure !== null) expect(Number.isFinite(figure) && figure >= 0).toBe(true);
        }
        last = reading;
      }
    }),
  );
});
