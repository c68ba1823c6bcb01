// The local web host: shows the built page at 127.0.0.1 and answers its calls, for a machine without a desktop.
// `out/main/serve.js` is this file; the command line loads it for `deltashelf serve`.
// Everything that arrives is hostile until guard, limits and schemas have passed it; the service does the work.
// May import: service, library, shared; never another face.
export { serve } from './serve.ts';
