// What a page may ask of the service, whichever host it runs in: calls parsed, paths kept out, long work as jobs.
// Nothing here trusts what a page sends. How the bytes come here is the host's matter.
// May import: the service's client, shared.
export { WindowService } from './window-service.ts';
