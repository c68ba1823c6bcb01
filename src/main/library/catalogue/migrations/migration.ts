/** One step from a version of the schema to the next. Never changed once it was released. */
export interface Migration {
  /** `user_version` after it: one more than before. */
  readonly version: number;
  readonly sql: string;
}
