const earliestSeconds = 5;
const earliestShare = 0.02;

/**
 * How long work will still take, from its average so far: "about 4 min". Undefined while it is too early to say.
 * @param share done, 0 to 1
 */
export function estimate(share: number, elapsedSeconds: number): string | undefined {
  if (elapsedSeconds < earliestSeconds || share < earliestShare || share >= 1) return undefined;
  const seconds = (elapsedSeconds / share) * (1 - share);
  if (seconds < 10) return 'a few seconds';
  if (seconds < 55) return `about ${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${Math.max(1, minutes)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

/** Time gone by: `0:07`, `12:34`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
