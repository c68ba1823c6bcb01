import type { WindowService } from '../service/index.ts';

/** What the host needs of the service for windows. */
export type PageService = Pick<WindowService, 'answer' | 'chosen' | 'onEvent'>;
