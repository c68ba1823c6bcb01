import { fillCatalogue } from '../../src/main/bench/index.ts';
import { nodeFileSystem, openCatalogue } from '../../src/main/library/index.ts';

/** Members of the family whose lineage is drawn. */
export const largeFamily = 500;

/**
 * Fills the catalogue of a home with generated models: one family of 500, in which each of three models has children
 * and every twentieth is a merge, the others of 25. No file of a model exists.
 */
export async function makeLargeLibrary(home: string, models: number): Promise<void> {
  const { catalogue } = await openCatalogue(nodeFileSystem, home);
  const ids = fillCatalogue(catalogue, models);
  const family = ids.slice(0, largeFamily);
  const others = catalogue.lineage.edges().filter(({ child }) => !family.includes(child));
  const edges = family.flatMap((child, at) => {
    const parents =
      at === 0
        ? []
        : at % 20 === 7
          ? [Math.floor((at - 1) / 3), Math.floor(at / 2)]
          : [Math.floor((at - 1) / 3)];
    const reasons = [{ kind: 'measured' as const, sentence: 'same shapes; differs by 8.0 %' }];
    return [...new Set(parents)].flatMap((index) => {
      const parent = family[index];
      const weight = parents.length > 1 ? { weight: 0.5 } : {};
      return parent === undefined
        ? []
        : [
            {
              child,
              parent,
              ...weight,
              evidence: 'measured' as const,
              confidence: 0.9,
              directed: true,
              reasons,
            },
          ];
    });
  });
  catalogue.lineage.replace([...others, ...edges], [], '');
  catalogue.close();
}
