const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** "today 14:02", "18 Nov", "3 Jun 2025". */
export function when(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (date.toDateString() === now.toDateString()) return `today ${clock.format(date)}`;
  return date.getFullYear() === now.getFullYear() ? day.format(date) : dayOfYear.format(date);
}

/** How long something took: "42 s", "11 min", "2 h 5 min". */
export function lasted(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What is left, rounded so that it does not flicker: "about 4 min". */
export function about(seconds: number): string {
  if (seconds < 10) return 'a few seconds';
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} s`;
  return `about ${lasted(seconds)}`;
}

const dayMs = 86_400_000;

/** How long something has been so: "since 5 Nov, 16 days". */
export function sinceWords(iso: string, now = new Date()): string {
  const days = Math.floor((now.getTime() - Date.parse(iso)) / dayMs);
  return `since ${when(iso, now)}${days > 0 ? `, ${days} ${days === 1 ? 'day' : 'days'}` : ''}`;
}
