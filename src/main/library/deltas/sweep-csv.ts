import type { SweepPoint } from '../../../shared/index.ts';

const END = '\r\n';
const heads = 'codec,bytes,bitsPerWeight,ratio,floatRatio,relativeError,cosine,slope';

/** One line for each point (RFC 4180); codecs hold commas, so they are quoted. */
export function sweepCsv(points: readonly SweepPoint[]): Uint8Array {
  const lines = points.map((point) => {
    const { codec, bytes, bitsPerWeight, ratio, floatRatio, relativeError, cosine, slope } = point;
    const figures = [bytes, bitsPerWeight, ratio, floatRatio, relativeError, cosine ?? '', slope];
    return [`"${codec.replaceAll('"', '""')}"`, ...figures].join(',');
  });
  return Buffer.from([heads, ...lines, ''].join(END));
}
