// The measuring room: published methods rebuilt to be compared with, and figures for tables. Only for `bench`.
// A method enters when it is published and really encodes, decodes and gives every byte back, as strong as known.
// May import: what a face may (library, quality and below); peers only the element types. Imported by `cli` alone.
export { benchCatalogue, fillCatalogue } from './catalogue.ts';
export {
  bestOf,
  formatJsonRows,
  formatMarkdownTable,
  formatTable,
  geometricMean,
  megabytesPerSecond,
  storedRatio,
  type Column,
} from './figures.ts';
export {
  formatPeerRows,
  runPeers,
  type MeasuredRow,
  type PeerRow,
  type RunOptions,
  type UnavailableRow,
} from './run-peers.ts';
export { measureMethod, methodNames, yardstick, type MeasureOptions } from './methods.ts';
export { openPair, type WeightPair } from './weight-pair.ts';
export type { GeneratedLibrary } from './generate-library.ts';
export { measurePlan, type LibraryModel } from './measure-plan.ts';
export { generateFamilies } from './generate-families.ts';
export { measureIdle, type MeasuredIdle } from './measure-idle.ts';
export { measureScan, type MeasuredScan } from './measure-scan.ts';
export { generatePair, type GeneratedPair } from './generate-pair.ts';
export { kernelLoops } from './kernel-loops.ts';
export type { KnownTensor, ParentInput, Peer, PeerInput, PeerTensor } from './peers/peer.ts';
export { fmpp } from './peers/fmpp.ts';
export { plainLoops, type PlaneLoops } from './peers/planes.ts';
export { xorPlanes } from './peers/xor-planes.ts';
export { zipnn } from './peers/zipnn.ts';
export { zstdPrefix, zstdWhole } from './peers/zstd.ts';
