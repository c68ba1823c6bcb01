/** A part of a job: one call of the library, with the bytes that it goes through. */
export interface JobStage {
  /** Bytes of all its phases, as far as they are known beforehand. */
  readonly bytes: number;
  /** Time that a byte takes here, relative to other stages. */
  readonly weight: number;
}

/** What a stage tells: bytes of all its phases together. */
export interface StageProgress {
  readonly phase: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** How far a job has come. */
export interface MeterReading {
  readonly phase: string | null;
  readonly share: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

interface Sample {
  readonly at: number;
  readonly work: number;
  readonly bytes: number;
}

const windowMs = 10_000;
const betweenSamplesMs = 250;
const shortestWindowMs = 4000;
const earliestMs = 5000;
const earliestShare = 0.02;
/** Speeds of the two halves of the window may differ by this factor in work that goes evenly. */
const steadyFactor = 1.5;
/** The bar is full only when the job is done. */
const almost = 0.99;

/**
 * Adds up the stages of one run of a job. Work is bytes times weight; the bar is the share of work that is done. Time
 * left: what is left of the stage at the speed of the last seconds, and the stages after it at the speed of the run.
 * Not told in the first 5 s and 2 %, nor while the speed changes much: a guess that jumps is worse than none.
 */
export class Meter {
  readonly #startedAt: number;
  readonly #floor: number;
  #stages: readonly JobStage[] = [{ bytes: 0, weight: 1 }];
  #progress: StageProgress[] = [];
  #stage = 0;
  #phase: string | null = null;
  #share = 0;
  #doneBytes = 0;
  /** The window, thinned out, and what was told last. */
  #samples: Sample[] = [];
  #latest: Sample | undefined;

  /**
   * @param now steady milliseconds
   * @param floor share that the bar showed before: it never goes back
   */
  constructor(now: number, floor: number) {
    this.#startedAt = now;
    this.#floor = floor;
  }

  /** Says what the job consists of, before its first stage begins. */
  plan(stages: readonly JobStage[]): void {
    this.#stages = stages;
    this.#progress = [];
  }

  /** Takes what a stage tells. Stages before it are done. */
  tell(stage: number, progress: StageProgress, now: number): void {
    for (let before = 0; before < stage; before++) this.#finish(before);
    if (stage !== this.#stage || progress.phase !== this.#phase) this.#samples = [];
    this.#stage = stage;
    this.#phase = progress.phase;
    this.#progress[stage] = progress;
    this.#latest = { at: now, work: this.#workDone(), bytes: this.#bytesDone() };
    const last = this.#samples.at(-1);
    if (last !== undefined && now - last.at < betweenSamplesMs) return;
    this.#samples.push(this.#latest);
    while ((this.#samples[1]?.at ?? now) <= now - windowMs) this.#samples.shift();
  }

  read(now: number): MeterReading {
    const totalBytes = this.#stages.reduce(
      (sum, { bytes }, at) => sum + (this.#progress[at]?.totalBytes ?? bytes),
      0,
    );
    const total = this.#stages.reduce((sum, { bytes, weight }) => sum + bytes * weight, 0);
    const share = total > 0 ? this.#workDone() / total : this.#fraction(0);
    this.#share = Math.min(almost, Math.max(this.#share, this.#floor, share));
    this.#doneBytes = Math.min(totalBytes, Math.max(this.#doneBytes, this.#bytesDone()));
    return {
      phase: this.#phase,
      share: this.#share,
      doneBytes: this.#doneBytes,
      totalBytes,
      bytesPerSecond: this.#bytesPerSecond(now),
      secondsLeft: this.#secondsLeft(now, total, share),
    };
  }

  #finish(stage: number): void {
    const bytes = this.#progress[stage]?.totalBytes ?? this.#stages[stage]?.bytes ?? 0;
    this.#progress[stage] = { phase: '', doneBytes: bytes, totalBytes: bytes };
  }

  #fraction(stage: number): number {
    const progress = this.#progress[stage];
    if (stage < this.#stage) return 1;
    if (progress === undefined || progress.totalBytes === 0) return 0;
    return Math.min(1, progress.doneBytes / progress.totalBytes);
  }

  #workDone(): number {
    return this.#stages.reduce((sum, { bytes, weight }, at) => sum + bytes * weight * this.#fraction(at), 0);
  }

  #bytesDone(): number {
    return this.#progress.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
  }

  #bytesPerSecond(now: number): number | null {
    const [first] = this.#samples;
    const last = this.#latest;
    if (first === undefined || last === undefined || now - first.at < 1000) return null;
    return (Math.max(0, last.bytes - first.bytes) / (now - first.at)) * 1000;
  }

  #secondsLeft(now: number, total: number, share: number): number | null {
    const elapsed = now - this.#startedAt;
    if (elapsed < earliestMs || share < earliestShare) return null;
    const speed = this.#steadySpeed(now);
    if (speed === null) return null;
    const done = this.#workDone();
    const { bytes = 0, weight = 0 } = this.#stages[this.#stage] ?? {};
    const here = bytes * weight * (1 - this.#fraction(this.#stage));
    const later = Math.max(0, total - done - here);
    return (here / speed + later / (done / elapsed)) / 1000;
  }

  /** Work a millisecond over the window; null while it is too short or its halves differ much. */
  #steadySpeed(now: number): number | null {
    const [first] = this.#samples;
    const last = this.#latest;
    if (first === undefined || last === undefined || last.at - first.at < shortestWindowMs) return null;
    const middle = this.#samples.find(({ at }) => at >= (first.at + last.at) / 2) ?? last;
    const early = (middle.work - first.work) / (middle.at - first.at);
    const late = (last.work - middle.work) / (now - middle.at);
    if (!(early > 0 && late > 0)) return null;
    if (Math.max(early, late) / Math.min(early, late) > steadyFactor) return null;
    return (last.work - first.work) / (now - first.at);
  }
}
