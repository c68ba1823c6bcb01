import { ref } from 'vue';

const decimal = { step: 1000, names: ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] };
const binary = { step: 1024, names: ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] };

/** Units and exactness that a person chose; all sizes on screen follow at once. */
export const sizeStyle = ref<{ units: 'decimal' | 'binary'; exact: boolean }>({
  units: 'decimal',
  exact: false,
});

const digits = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Bytes for people, one decimal from kB on: "83.4 GB". */
export function bytes(value: number): string {
  const { units, exact } = sizeStyle.value;
  if (exact) return digits.format(value);
  const { step, names } = units === 'decimal' ? decimal : binary;
  let rest = Math.abs(value);
  let at = 0;
  while (rest >= step - 0.05 && at < names.length - 1) {
    rest /= step;
    at += 1;
  }
  const sign = value < 0 ? '-' : '';
  return at === 0 ? `${digits.format(value)} bytes` : `${sign}${rest.toFixed(1)} ${names[at] ?? ''}`;
}

/** Every byte: "6,938,078,334". */
export function exactBytes(value: number): string {
  return digits.format(value);
}

/** A count: "1,876". */
export function count(value: number): string {
  return digits.format(value);
}

/** "1 model", "12 models". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${digits.format(value)} ${value === 1 ? one : many}`;
}

/** How many times smaller: "2.9×"; nothing where nothing is stored. */
export function times(original: number, stored: number): string {
  if (stored <= 0 || original <= 0) return '';
  const ratio = original / stored;
  if (ratio > 999) return '>999×';
  return `${ratio >= 99.95 ? ratio.toFixed(0) : ratio.toFixed(1)}×`;
}
