import { formatBytes, type ModelSummary } from '../../../shared/index.ts';

/** The column of a model's stored bytes. */
export function storedWords({ storedBytes, bytes }: Pick<ModelSummary, 'storedBytes' | 'bytes'>): string {
  if (storedBytes === null) return '';
  return storedBytes > 0 ? `${formatBytes(storedBytes)} (${(bytes / storedBytes).toFixed(1)}x)` : '0 bytes';
}

/** "base", "sprout-base", "0.60 x a + 0.40 x b"; with a question mark where it is not sure. */
export function parentWords(parents: ModelSummary['parents']): string {
  return parents
    .map(({ name, weight, confidence }) => {
      const share = weight === undefined ? '' : `${weight.toFixed(2)} x `;
      return `${share}${name}${confidence < 0.7 ? '?' : ''}`;
    })
    .join(' + ');
}

/** "1 model", "12 models". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Bytes with their exact number: `96.2 GB (96,237,469,968 bytes)`. */
export function exactBytes(bytes: number): string {
  const short = formatBytes(bytes);
  return bytes < 1000 ? short : `${short} (${bytes.toLocaleString('en-US')} bytes)`;
}

/** "about 83.4 GB", with the sign for people where it is a loss. */
export function freesWords(bytes: number): string {
  return bytes >= 0 ? `can free about ${formatBytes(bytes)}` : `would take ${formatBytes(-bytes)} more`;
}
