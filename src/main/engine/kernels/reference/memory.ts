/** What the kernels work on; addresses are offsets into it. */
export type Memory = SharedArrayBuffer | ArrayBuffer;

/** Element `index` of a run, where it lies in its matrix. */
export interface Place {
  readonly index: number;
  /** Counted from the row of the run's first element. */
  readonly row: number;
  readonly column: number;
}

/** The places of `count` elements in a matrix, the first of them element `first`. */
export function* placesOf(count: number, first: number, columns: number): Generator<Place> {
  const firstRow = Math.floor(first / columns);
  for (let index = 0; index < count; index += 1) {
    const row = Math.floor((first + index) / columns) - firstRow;
    yield { index, row, column: (first + index) % columns };
  }
}

/** Scale of a place: that of its row plus that of its column, in quarter octaves. */
export function scaleAt(memory: Memory, place: Place, rowScales: number, columnScales: number): number {
  const view = new DataView(memory);
  return (
    view.getInt16(rowScales + place.row * 2, true) + view.getInt16(columnScales + place.column * 2, true)
  );
}

/** Adds one to a u32 counter. */
export function count(memory: Memory, counters: number, index: number): void {
  const view = new DataView(memory);
  const address = counters + index * 4;
  view.setUint32(address, view.getUint32(address, true) + 1, true);
}
