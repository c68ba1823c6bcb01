import type {
  CheckResult,
  CompressResult,
  OutcomeResult,
  PurgeResult,
  QuarantineResult,
  ReclaimResult,
  ReconstructResult,
  ScanResult,
  VerifyAllResult,
} from '../../../shared/index.ts';
import { bytes, count, plural } from '../../words/index.ts';

/** What came of one model in a job. */
export interface OutcomeRow {
  readonly key: string;
  readonly name: string;
  readonly tone: 'ok' | 'plain' | 'danger';
  /** "verified, identical", or why not. */
  readonly words: string;
  readonly bytes: number | null;
  /** What was predicted before, where somebody had done so. */
  readonly predicted: number | null;
  readonly seconds: number | null;
}

export interface OutcomeWords {
  /** The whole in a line. */
  readonly line: string;
  readonly rows: readonly OutcomeRow[];
}

interface Part {
  readonly name: string;
  readonly path: string;
  readonly outcome: 'done' | 'kept' | 'refused' | 'failed';
  readonly sentence: string | null;
}

/**
 * What came of a job, in words.
 * @param predicted bytes of deltas as they were predicted before they were made, by path of the model
 */
export function outcomeWords(
  { call, result }: OutcomeResult,
  predicted: ReadonlyMap<string, number> = new Map(),
): OutcomeWords {
  switch (call) {
    case 'compress':
      return compressed(result as CompressResult, predicted);
    case 'verify': {
      const { models } = result as VerifyAllResult;
      return partsOf(models, 'verified, identical', (done) => `${plural(done.length, 'delta')} identical`);
    }
    case 'reclaim': {
      const { models, bytes: moved } = result as ReclaimResult;
      return partsOf(
        models,
        'moved to quarantine',
        (done) => `${plural(done.length, 'original')}, ${bytes(moved)}`,
      );
    }
    case 'purge': {
      const { models, bytes: freed } = result as PurgeResult;
      return partsOf(models, 'deleted for good', () => `freed ${bytes(freed)}`);
    }
    case 'reconstruct': {
      const { models } = result as ReconstructResult;
      return partsOf(models, 'written, identical', (done) => {
        const written = done.reduce((sum, part) => sum + part.bytes, 0);
        return `${bytes(written)}, identical`;
      });
    }
    case 'check':
      return checked(result as CheckResult);
    case 'scan':
    case 'addFolder':
    case 'addSample': {
      const { models, added, changed, missing } = result as ScanResult;
      const parts = [
        plural(models, 'model'),
        added > 0 ? `${count(added)} new` : '',
        changed > 0 ? `${count(changed)} changed` : '',
        missing > 0 ? `${count(missing)} missing` : '',
      ];
      return { line: parts.filter((part) => part !== '').join(', '), rows: [] };
    }
    case 'delete': {
      const { bytes: moved } = result as QuarantineResult;
      return { line: `${bytes(moved)} in quarantine`, rows: [] };
    }
    default:
      return { line: '', rows: [] };
  }
}

function compressed(result: CompressResult, predicted: ReadonlyMap<string, number>): OutcomeWords {
  const { models, originalBytes, storedBytes } = result;
  const rows = models.map((part) => ({
    ...rowOf(part, part.verified ? 'verified, identical' : 'stored, not verified yet'),
    bytes: part.outcome === 'done' ? part.storedBytes : null,
    predicted: predicted.get(part.path) ?? null,
  }));
  const measured = rows.filter((row) => row.predicted !== null && row.bytes !== null);
  const against = difference(
    measured.reduce((sum, row) => sum + (row.predicted ?? 0), 0),
    measured.reduce((sum, row) => sum + (row.bytes ?? 0), 0),
  );
  const parts = [
    `${bytes(originalBytes)} as ${bytes(storedBytes)}`,
    against === null ? '' : `${against} the prediction`,
    ...leftOver(models),
  ];
  return { line: parts.filter((part) => part !== '').join(', '), rows };
}

/** "0.4 % under", "as", "3.0 % over"; null where nothing was predicted. */
export function difference(predicted: number, measured: number): string | null {
  if (predicted <= 0) return null;
  const share = (100 * (measured - predicted)) / predicted;
  const size = Math.abs(share);
  if (size < 0.05) return 'as';
  return `${size >= 10 ? size.toFixed(0) : size.toFixed(1)} % ${share < 0 ? 'under' : 'over'}`;
}

function partsOf<Each extends Part & { readonly bytes: number; readonly seconds?: number }>(
  models: readonly Each[],
  doneWords: string,
  line: (done: readonly Each[]) => string,
): OutcomeWords {
  const done = models.filter(({ outcome }) => outcome === 'done');
  return {
    line: [...(done.length > 0 ? [line(done)] : []), ...leftOver(models)].join(', '),
    rows: models.map((part) => ({
      ...rowOf(part, doneWords),
      bytes: part.outcome === 'done' ? part.bytes : null,
    })),
  };
}

function checked({ findings }: CheckResult): OutcomeWords {
  const bad = findings.filter(({ ok }) => !ok);
  return {
    line:
      bad.length === 0
        ? `${count(findings.length)} checked, nothing found`
        : `${count(bad.length)} of ${count(findings.length)} not right`,
    rows: findings.map(({ name, ok, sentence }, index) => ({
      ...{ key: `${index}`, name, tone: ok ? 'ok' : 'danger', words: sentence ?? 'as it should be' },
      ...{ bytes: null, predicted: null, seconds: null },
    })),
  };
}

function rowOf(part: Part & { readonly seconds?: number }, doneWords: string): OutcomeRow {
  const { name, path, outcome, sentence, seconds = null } = part;
  const tone = outcome === 'done' ? 'ok' : outcome === 'kept' ? 'plain' : 'danger';
  const words = outcome === 'done' ? doneWords : (sentence ?? (outcome === 'kept' ? 'kept' : 'left out'));
  return { key: path, name, tone, words, bytes: null, predicted: null, seconds };
}

function leftOver(models: readonly Part[]): string[] {
  const of = (outcome: Part['outcome']) => models.filter((part) => part.outcome === outcome).length;
  const failed = of('failed') + of('refused');
  const kept = of('kept');
  return [...(failed > 0 ? [`${count(failed)} left out`] : []), ...(kept > 0 ? [`${count(kept)} kept`] : [])];
}
