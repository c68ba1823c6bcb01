import type {
  ActivityResult,
  JobSummary,
  ModelSummary,
  OverviewResult,
  QuarantineResult,
} from '../../src/shared/index.ts';

// What the fake host of a window begins with: eight models of one family and one beside it, with a merge, jobs of
// every state, and steps of every kind.

/** The moment at which everything in the tests happens. */
export const now = '2026-11-21T14:30:00.000Z';

const xl = 6_938_078_334;

const plain: ModelSummary = {
  id: 0,
  name: '',
  path: '',
  layout: 'file',
  dtype: 'F16',
  parameters: xl / 2,
  bytes: xl,
  storedBytes: null,
  state: 'original',
  lossy: false,
  predictedBytes: null,
  freesBytes: 0,
  family: 'sd_xl_base_1.0',
  familyId: 1,
  relation: 'fine-tune',
  parents: [{ id: 1, name: 'sd_xl_base_1.0', evidence: 'measured', confidence: 0.98 }],
  dependents: 0,
  folder: 1,
  awayOn: null,
  blocked: 'not compressed yet',
  verifiedAt: null,
};

function model(id: number, name: string, more: Partial<ModelSummary> = {}): ModelSummary {
  return { ...plain, id, name, path: `/models/${name}.safetensors`, ...more };
}

/** A model of which a verified delta is stored; its original is still there. */
function compressed(
  id: number,
  name: string,
  storedBytes: number,
  more: Partial<ModelSummary> = {},
): ModelSummary {
  const verifiedAt = '2026-11-21T14:12:00.000Z';
  const { bytes = xl } = more;
  return model(id, name, {
    ...{ state: 'compressed', storedBytes, freesBytes: bytes, blocked: null, verifiedAt },
    ...more,
  });
}

export const models: readonly ModelSummary[] = [
  model(1, 'sd_xl_base_1.0', { relation: 'base', parents: [], dependents: 5 }),
  compressed(2, 'juniper-xl-v4', 2_390_000_000),
  compressed(3, 'juniper-xl-v5', 1_900_000_000, {
    parents: [{ id: 2, name: 'juniper-xl-v4', evidence: 'measured', confidence: 0.97 }],
  }),
  model(4, 'juniper-xl-v3', {
    ...{ state: 'stored', storedBytes: 2_200_000_000, verifiedAt: '2026-11-01T09:00:00.000Z' },
    blocked: 'its original is not there',
  }),
  compressed(5, 'halation-mix-03', 4_100_000, {
    relation: 'merge',
    parents: [
      { id: 2, name: 'juniper-xl-v4', weight: 0.6, evidence: 'measured', confidence: 0.99 },
      { id: 3, name: 'juniper-xl-v5', weight: 0.4, evidence: 'measured', confidence: 0.99 },
    ],
  }),
  model(6, 'paperlight-xl', { predictedBytes: 1_010_000_000, freesBytes: xl - 1_010_000_000 }),
  model(7, 'night-city-xl', { state: 'offline', awayOn: 'Atlas', storedBytes: 171_000_000 }),
  model(8, 'qwen-sales', {
    ...{ state: 'changed', storedBytes: 300_000_000, family: null, familyId: null },
    ...{ relation: 'alone', parents: [], blocked: 'Its file changed since it was verified.' },
  }),
];

export const overview: OverviewResult = {
  version: '0.1.0',
  vault: { path: '/home/ada/vault', bytes: 6_965_100_000, online: true, freeBytes: 412_600_000_000 },
  folders: [
    {
      ...{ id: 1, path: '/models', models: 7, bytes: 7 * xl, state: 'online', volume: null },
      ...{ seenAt: now, scannedAt: now },
    },
    {
      ...{ id: 2, path: '/media/atlas/models', models: 1, bytes: xl, state: 'offline', volume: 'Atlas' },
      ...{ seenAt: '2026-11-18T10:00:00.000Z', scannedAt: '2026-11-18T10:00:00.000Z' },
    },
  ],
  totals: { models: 8, bytes: 8 * xl, storedBytes: 6_965_100_000, freesBytes: 5_928_078_334 },
  quarantine: { bytes: 2 * xl, ripeBytes: xl, models: 2 },
  reclaimable: { models: 3, bytes: 3 * xl },
  identified: true,
  sample: true,
};

const waiting: JobSummary = {
  id: 0,
  kind: 'compress',
  title: '',
  state: 'waiting',
  phase: null,
  share: 0,
  cause: null,
  doneBytes: 0,
  totalBytes: 0,
  bytesPerSecond: null,
  secondsLeft: null,
  secondsElapsed: 0,
  sentence: null,
  createdAt: '2026-11-21T14:20:00.000Z',
  endedAt: null,
};

export const jobs: readonly JobSummary[] = [
  {
    ...waiting,
    ...{ id: 1, kind: 'scan', title: 'Look through the watched folders', state: 'done', share: 1 },
    ...{ secondsElapsed: 9, createdAt: '2026-11-21T11:18:00.000Z', endedAt: '2026-11-21T11:18:09.000Z' },
  },
  {
    ...waiting,
    ...{ id: 2, title: 'Compress 3 models', state: 'done', share: 1, secondsElapsed: 628 },
    ...{ createdAt: '2026-11-21T14:01:00.000Z', endedAt: '2026-11-21T14:12:00.000Z' },
  },
  {
    ...waiting,
    ...{ id: 3, kind: 'reconstruct', title: 'Reconstruct notary-de', state: 'failed', share: 0.4 },
    sentence:
      'The disk is full while writing notary-de. No original was touched and the partial file is removed. Free 2.1 GB on Atlas.',
    endedAt: '2026-11-21T14:14:00.000Z',
  },
  {
    ...waiting,
    ...{ id: 4, title: 'Compress paperlight-xl', state: 'running', phase: 'encode', share: 0.42 },
    ...{ doneBytes: 2_900_000_000, totalBytes: 6_938_078_334, bytesPerSecond: 236_000_000 },
    ...{ secondsLeft: 352, secondsElapsed: 261 },
  },
  {
    ...waiting,
    ...{
      id: 5,
      kind: 'verify',
      title: 'Verify night-city-xl',
      state: 'paused',
      cause: 'offline',
      share: 0.1,
    },
    sentence: 'The disk Atlas was removed. Nothing was changed. Connect Atlas and this goes on by itself.',
  },
  { ...waiting, id: 6, kind: 'reconstruct', title: 'Reconstruct juniper-xl-v3' },
];

export const quarantine: QuarantineResult = {
  entries: [
    {
      ...{ id: 'q1', name: 'legal-intake-v1', path: '/models/legal-intake-v1.safetensors' },
      ...{ why: 'reclaimed', bytes: xl, createdAt: '2026-11-05T08:00:00.000Z', ripe: true },
      files: [{ path: '/models/legal-intake-v1.safetensors', bytes: xl }],
    },
    {
      ...{ id: 'q2', name: 'legal-intake-v2', path: '/models/legal-intake-v2.safetensors' },
      ...{ why: 'reclaimed', bytes: xl, createdAt: '2026-11-20T18:26:00.000Z', ripe: false },
      files: [{ path: '/models/legal-intake-v2.safetensors', bytes: xl }],
    },
  ],
  bytes: 2 * xl,
};

type Step = ActivityResult['steps'][number];

function step(id: string, kind: string, name: string, at: string, more: Partial<Step>): Step {
  return { id, kind, name, at, sentence: '', undo: null, ...more };
}

export const steps: readonly Step[] = [
  step('000006', 'compress', 'juniper-xl-v4', '2026-11-21T14:12:00.000Z', {
    sentence: 'Stored juniper-xl-v4 as juniper-xl-v4.dshelf.',
    undo: 'Remove the delta juniper-xl-v4.dshelf from the vault. The original stays where it is.',
  }),
  step('000005', 'undo', 'studio-portrait-xl', '2026-11-20T18:30:00.000Z', {
    sentence: '1 files of studio-portrait-xl are back where they were.',
  }),
  step('000004', 'reclaim', 'studio-portrait-xl', '2026-11-20T18:28:00.000Z', {
    sentence: 'Moved the original of studio-portrait-xl (6.9 GB) to quarantine.',
  }),
  step('000003', 'reclaim', 'legal-intake-v2', '2026-11-20T18:26:00.500Z', {
    sentence: 'Moved the original of legal-intake-v2 (6.9 GB) to quarantine.',
    undo: 'Moves the originals of legal-intake-v2 back to where they were.',
  }),
  step('000002', 'purge', 'clinic-notes', '2026-11-12T10:12:00.000Z', {
    sentence: 'Deleted the original of clinic-notes (16.1 GB) for good.',
  }),
  step('000001', 'reclaim', 'legal-intake-v1', '2026-11-05T08:00:00.200Z', {
    sentence: 'Moved the original of legal-intake-v1 (6.9 GB) to quarantine.',
    undo: 'Moves the originals of legal-intake-v1 back to where they were.',
  }),
  step('#1', 'folder-added', '/models', '2026-11-05T07:58:00.000Z', { sentence: 'Watches /models.' }),
];

export const settings: Readonly<Record<string, unknown>> = {
  ...{ planDepth: 3, planSeconds: null, level: 'fast', minimumAgeDays: 14, autoCompress: false },
  ...{ copyBases: true, threads: null, concurrency: 1, vaultPath: null, vaultCopyPath: null },
  ...{ reconcileMinutes: 15, units: 'decimal', exactBytes: false },
};
