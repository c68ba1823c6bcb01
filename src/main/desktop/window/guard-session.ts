import type { Session } from 'electron';
import { answerPage } from '../page/answer-page.ts';
import { isOurs, pageScheme } from '../page/page-origin.ts';

/**
 * What all windows may reach: the files of the page, and nothing else. No permission is given, no request leaves.
 * @param folder the built page
 * @param developing whether the developer tools may load their own files
 */
export function guardSession(session: Session, folder: string, developing: boolean): void {
  session.protocol.handle(pageScheme, answerPage(folder));
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isLocal(url, developing) }));
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  // Its dictionaries would be fetched from the net.
  session.setSpellCheckerEnabled(false);
}

function isLocal(url: string, developing: boolean): boolean {
  return isOurs(url) || url.startsWith('data:') || (developing && url.startsWith('devtools://'));
}
