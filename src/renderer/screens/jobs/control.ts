import { failureOf } from '../../host/index.ts';
import { useJobs, useNotices } from '../../stores/index.ts';

/** What a person can ask of a job; what is refused is told. */
export function useControl() {
  const jobs = useJobs();
  const notices = useNotices();
  return async (id: number, action: 'cancel' | 'pause' | 'resume' | 'retry'): Promise<void> => {
    try {
      await jobs.control(id, action);
    } catch (error) {
      notices.tell(failureOf(error).message, { tone: 'danger' });
    }
  };
}
