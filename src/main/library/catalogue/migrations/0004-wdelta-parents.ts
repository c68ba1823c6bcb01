import type { Migration } from './migration.ts';

/** Which models are the parents of .wdelta files, by their hash; and which were found not to be. */
export const wdeltaParents: Migration = {
  version: 4,
  sql: `
CREATE TABLE wdelta_parents (
  child INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  parent INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  matches INTEGER NOT NULL CHECK (matches IN (0, 1)),
  PRIMARY KEY (child, parent)
) STRICT, WITHOUT ROWID;
CREATE INDEX wdelta_parents_by_parent ON wdelta_parents (parent);
`,
};
