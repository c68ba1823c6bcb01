import type { JobControl } from './job-meter.ts';

/**
 * Controls for pieces of work that follow each other, so that together they look like one: each piece counts as many
 * bytes as it is given here, however it counts itself.
 */
export function stagedControl({ signal, onProgress }: JobControl, stages: readonly number[]): JobControl[] {
  const totalBytes = stages.reduce((sum, bytes) => sum + bytes, 0);
  return stages.map((bytes, place) => {
    const before = stages.slice(0, place).reduce((sum, each) => sum + each, 0);
    return {
      ...(signal && { signal }),
      ...(onProgress && {
        onProgress: (progress) => {
          const share = progress.totalBytes === 0 ? 1 : progress.doneBytes / progress.totalBytes;
          onProgress({ phase: progress.phase, doneBytes: before + Math.round(share * bytes), totalBytes });
        },
      }),
    };
  });
}
