import type { Migration } from './migration.ts';

/** Long work, and what happened. */
export const jobs: Migration = {
  version: 2,
  sql: `
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  model INTEGER REFERENCES models (id) ON DELETE SET NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  request TEXT,
  cause TEXT,
  phase TEXT,
  share REAL NOT NULL DEFAULT 0,
  done_bytes INTEGER NOT NULL DEFAULT 0,
  total_bytes INTEGER NOT NULL DEFAULT 0,
  seconds_elapsed REAL NOT NULL DEFAULT 0,
  starts INTEGER NOT NULL DEFAULT 0,
  sentence TEXT,
  code TEXT,
  parameters TEXT NOT NULL,
  checkpoint TEXT,
  result TEXT,
  created_at TEXT NOT NULL,
  ended_at TEXT
) STRICT;
CREATE INDEX jobs_open ON jobs (state) WHERE state IN ('waiting', 'running', 'paused');

CREATE TABLE activity (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  model INTEGER,
  name TEXT NOT NULL,
  sentence TEXT NOT NULL,
  step TEXT,
  undoes TEXT
) STRICT;
CREATE INDEX activity_undone ON activity (undoes) WHERE undoes IS NOT NULL;
CREATE TRIGGER activity_never_changes BEFORE UPDATE ON activity
BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END;
CREATE TRIGGER activity_never_shrinks BEFORE DELETE ON activity
BEGIN SELECT RAISE(ABORT, 'activity is append-only'); END;
`,
};
