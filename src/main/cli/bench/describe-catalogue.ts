import { formatBytes, type BenchCatalogueResult } from '../../../shared/index.ts';
import { formatTable } from '../../bench/index.ts';

/** Times of a catalogue, for people. */
export function describeCatalogue(result: BenchCatalogueResult): string {
  const { models, fillSeconds, openMs, fileBytes, residentBytes, rows } = result;
  const table = formatTable(
    [{ title: 'asked' }, { title: 'median ms', align: 'right' }, { title: 'slowest ms', align: 'right' }],
    rows.map(({ name, medianMs, slowestMs }) => [name, medianMs.toFixed(1), slowestMs.toFixed(1)]),
  );
  return (
    `${models} models: written in ${fillSeconds.toFixed(1)} s, ${formatBytes(fileBytes)} on disk, ` +
    `opened in ${openMs.toFixed(0)} ms; the process has ${formatBytes(residentBytes)}\n\n${table}`
  );
}
