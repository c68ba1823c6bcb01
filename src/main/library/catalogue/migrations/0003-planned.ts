import type { Migration } from './migration.ts';

/** What the predictions of the models were planned from. */
export const planned: Migration = {
  version: 3,
  sql: `
CREATE TABLE planned (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  stamp TEXT NOT NULL,
  sketched TEXT NOT NULL
) STRICT;
`,
};
