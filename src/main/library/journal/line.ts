import { createHash } from 'node:crypto';

const shape = /^\{"sum":"([0-9a-f]{16})","line":(\d{1,9}),"record":(.*)\}$/su;

/** A line that is whole. */
interface Line {
  /** Its position in the log, from 0. */
  readonly number: number;
  readonly record: unknown;
}

/**
 * One line of a log: JSON with a checksum over its number and content, so that neither a line that was written in
 * part nor one that is missing in between goes unnoticed.
 */
export function encodeLine({ number, record }: Line): string {
  const json = JSON.stringify(record);
  return `{"sum":"${checksum(number, json)}","line":${number},"record":${json}}`;
}

/** Reads a line back; undefined where it is not whole. Spaces after it are no part of it. */
export function decodeLine(text: string): Line | undefined {
  const [, sum, digits, json] = shape.exec(text.trimEnd()) ?? [];
  const number = Number(digits);
  if (json === undefined || sum !== checksum(number, json)) return undefined;
  return { number, record: JSON.parse(json) as unknown };
}

function checksum(number: number, json: string): string {
  return createHash('sha256').update(`${number} ${json}`).digest('hex').slice(0, 16);
}
