#!/usr/bin/env node
// The installed command. In a checkout, `npm run cli --` does the same and builds first.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 22)) {
  console.error(`Deltashelf needs Node 22.22 or newer; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else {
  await import(new URL('../out/main/cli.js', import.meta.url).href);
}
