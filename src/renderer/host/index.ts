// The page's side of the contract with its host: which host it is, and calls whose failures are thrown.
// Knows nothing of screens. May import: shared.
export { ask, CallFailure, failureOf } from './ask.ts';
export { setHost, useHost } from './current-host.ts';
