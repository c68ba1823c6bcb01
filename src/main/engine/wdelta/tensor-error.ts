/** What a lossy form of a tensor's change loses, added up as it is written. */
export class TensorError {
  /** Sum of the squares of the change. */
  energy = 0;
  /** Sum of the squares of what is decoded minus the change. */
  lost = 0;

  add(value: number, decoded: number): void {
    this.energy += value * value;
    this.lost += (decoded - value) ** 2;
  }

  /** Relative squared error: 0 is exact, 1 as bad as no change at all; 0 too where nothing changed and nothing is lost. */
  get relative(): number {
    if (this.lost === 0) return 0;
    return this.energy === 0 ? Infinity : this.lost / this.energy;
  }
}
