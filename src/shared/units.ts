const steps = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes for people, decimal (1 GB = 10^9 bytes), one decimal from kB on: `83.4 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 999.95 && step < steps.length - 1) {
    value /= 1000;
    step += 1;
  }
  return step === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${steps[step] ?? ''}`;
}

/** How many times smaller the stored form is, for people: `2.3x`. `ratio` is stored / original. */
export function formatRatio(ratio: number): string {
  if (ratio <= 0) return 'free';
  const times = 1 / ratio;
  return `${times >= 100 ? times.toFixed(0) : times.toFixed(times >= 10 ? 1 : 2)}x`;
}
