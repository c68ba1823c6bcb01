import { formatBytes, type InspectWdeltaResult } from '../../shared/index.ts';
import { formatTable } from '../bench/index.ts';
import { visibleName } from './visible.ts';

/** Tensors that are listed unless all are asked for. */
const listed = 20;

/** What a .wdelta file holds, for people: the whole, then its tensors, the largest first. */
export function describeWdelta(result: InspectWdeltaResult, all: boolean): string {
  const { file, strategy, parentHash, storedBytes, elements, bitsPerWeight, tensors } = result;
  const shown = all ? tensors : tensors.toSorted((a, b) => b.storedBytes - a.storedBytes).slice(0, listed);
  const table = formatTable(
    [
      { title: 'tensor' },
      { title: 'strategy' },
      { title: 'shape' },
      { title: 'bytes', align: 'right' },
      { title: 'bits', align: 'right' },
      { title: 'kept', align: 'right' },
    ],
    shown.map((tensor) => [
      visibleName(tensor.name),
      tensor.strategy,
      tensor.shape.join(' x '),
      String(tensor.storedBytes),
      tensor.bitsPerWeight.toFixed(2),
      tensor.kept === null ? '-' : String(tensor.kept),
    ]),
  );
  const more = tensors.length - shown.length;
  return (
    `${visibleName(file)}, a .wdelta of deltatensors, ${strategy}, lossy; its checksum holds\n` +
    `${tensors.length} tensors of ${elements} weights in ${formatBytes(storedBytes)}, ` +
    `${bitsPerWeight.toFixed(2)} bits per weight\n` +
    `base: the model with the hash ${parentHash}\n\n${table}` +
    (more > 0 ? `and ${more} more tensors; --all lists them\n` : '')
  );
}
