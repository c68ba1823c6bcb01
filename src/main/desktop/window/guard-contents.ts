import type { WebContents } from 'electron';
import { pageUrl } from '../page/page-origin.ts';

/** Keeps a window at its page: it goes nowhere, opens nothing, and embeds nothing. */
export function guardContents(contents: WebContents): void {
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || event.url !== pageUrl) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // WebRTC asks neither the policy of the page nor the filter of requests.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}
