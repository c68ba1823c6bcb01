import { exitCodes, type ErrorCode } from '../../../shared/index.ts';

/** A command that said all it had to say, and is no success. Nothing more is printed. */
export class Ended extends Error {
  override readonly name = 'Ended';
  readonly exitCode: number;

  constructor(code: ErrorCode) {
    super(code);
    this.exitCode = exitCodes[code];
  }
}
