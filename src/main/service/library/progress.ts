import type { JobControl } from '../../library/index.ts';
import type { JobStage, StageControl } from '../../library/index.ts';
import type { CallControl } from '../client.ts';
import type { WorkControl } from './context.ts';

/** What a step is given: its progress is told as that of a call, with the model's name. */
export function jobControl({ signal, onProgress }: CallControl, title: string): JobControl {
  return {
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (progress) => onProgress({ ...progress, title }) }),
  };
}

/**
 * For what comes before it is known how much work there is: it says what is done, and moves no bar, which would stand
 * at its end before the work began.
 */
export function withoutBar({ signal, onProgress }: CallControl): CallControl {
  return {
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (progress) => onProgress({ ...progress, doneBytes: 0, totalBytes: 0 }) }),
  };
}

/** A control for each stage of long work; where nobody counts stages, each is that of the call. */
export function stageControls(control: WorkControl, stages: readonly JobStage[]): readonly CallControl[] {
  const counted: readonly StageControl[] | undefined = control.stages?.(stages);
  return counted ?? stages.map(() => control);
}
