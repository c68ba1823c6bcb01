// A process that writes to the catalogue of a home until it is killed. It prints the number of each entry of activity
// once that was written: from then on the entry must be there.
import { openCatalogue } from '../../../src/main/library/catalogue/index.ts';
import { nodeFileSystem } from '../../../src/main/library/disk/index.ts';
import { foundModel } from './found-models.ts';

const [, , home = ''] = process.argv;
const { catalogue } = await openCatalogue(nodeFileSystem, home);
const folder = catalogue.folders.add('/models', null);
for (let round = 0; ; round++) {
  const session = catalogue.scan(folder);
  for (let number = 0; number < 20; number++)
    session.found(foundModel(`/models/${round % 3}-${number}`), 's');
  session.finish();
  const [child = 0, parent = 0] = catalogue.models.ids();
  catalogue.lineage.decide({ child, parents: [{ parent }] });
  const id = catalogue.activity.add({ kind: 'test', name: String(round), sentence: 'Written.' });
  process.stdout.write(`${id}\n`);
}
