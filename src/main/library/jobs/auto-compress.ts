import type { Catalogue, CatalogueModel, ScanReport } from '../catalogue/index.ts';

/**
 * The fine-tunes that landed in a watched folder since it was last looked at, and are to be compressed by themselves:
 * none where a person did not set so. To be asked after the lineage of what was found is known. A scan takes only what
 * has settled, so a model that is still being written is not among them.
 */
export function fineTunesThatLanded(catalogue: Catalogue, report: ScanReport): CatalogueModel[] {
  if (!catalogue.settings.get('autoCompress') || report.firstScan) return [];
  const underWay = new Set(
    catalogue.jobs.open().flatMap(({ kind, model }) => (kind === 'compress' ? [model] : [])),
  );
  return [...report.added, ...report.changed].flatMap((id) => {
    const model = catalogue.models.get(id);
    if (model === undefined || underWay.has(id) || !isWorthIt(model)) return [];
    const fineTune = catalogue.lineage.edgesOf(id).some(({ child, directed }) => child === id && directed);
    return fineTune ? [model] : [];
  });
}

/** What cannot be reclaimed would only take more room. */
function isWorthIt({ state, blocked, layout }: CatalogueModel): boolean {
  return (state === 'original' || state === 'changed') && !blocked && layout !== 'wdelta';
}
