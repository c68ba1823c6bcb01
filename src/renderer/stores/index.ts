// What the page knows, as Pinia stores: the library, jobs, selection, where a person is, and all that can be asked for.
// Screens read these and call `work`; no screen asks the host itself for what a store holds.
// May import: host, words, shared, pinia, vue.
export { useCollector } from './collector.ts';
export { useDialogs, type Dialog } from './dialogs.ts';
export { familiesOf, noFamily, originalBytesOf, type Family } from './families.ts';
export { useJobs } from './jobs.ts';
export { useLibrary } from './library.ts';
export { useNavigation, writePlace, type Place, type ScreenName } from './navigation.ts';
export { useNotices, type Notice } from './notices.ts';
export { usePreferences } from './preferences.ts';
export { useSelection } from './selection.ts';
export { useService } from './service.ts';
export { whatCanBeDone, type Doable } from './what-can-be-done.ts';
export { useAnswer, type Answer } from './use-answer.ts';
export { useWork } from './work.ts';
