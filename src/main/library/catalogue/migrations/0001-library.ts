import type { Migration } from './migration.ts';

/** What was seen, where, and what came from what. */
export const library: Migration = {
  version: 1,
  sql: `
CREATE TABLE volumes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  identity TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  mount_path TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('online', 'offline', 'missing')),
  seen_at TEXT NOT NULL
) STRICT;

CREATE TABLE folders (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  volume INTEGER REFERENCES volumes (id) ON DELETE SET NULL,
  added_at TEXT NOT NULL,
  scanned_at TEXT
) STRICT;

-- The narrow facts that lists sort and filter by. AUTOINCREMENT: an id is never given twice.
CREATE TABLE models (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  path_folded TEXT NOT NULL,
  name_sorted TEXT NOT NULL,
  layout TEXT NOT NULL,
  origin TEXT NOT NULL,
  folder INTEGER REFERENCES folders (id) ON DELETE SET NULL,
  volume INTEGER REFERENCES volumes (id) ON DELETE SET NULL,
  presence TEXT NOT NULL CHECK (presence IN ('whole', 'gone')),
  bytes INTEGER NOT NULL,
  weight_bytes INTEGER NOT NULL,
  dtype TEXT,
  tensors INTEGER NOT NULL,
  elements INTEGER NOT NULL,
  shapes TEXT NOT NULL,
  scan_signature TEXT,
  weights_signature TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  blocked INTEGER NOT NULL,
  family INTEGER,
  predicted_bytes INTEGER,
  changed INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'original',
  lossy INTEGER NOT NULL DEFAULT 0,
  stored_bytes INTEGER,
  frees_bytes INTEGER,
  frees_predicted INTEGER NOT NULL DEFAULT 0,
  first_seen_at TEXT NOT NULL
) STRICT;
CREATE INDEX models_by_name ON models (name);
CREATE INDEX models_by_folder ON models (folder);
CREATE INDEX models_by_volume ON models (volume);
CREATE INDEX models_by_shapes ON models (shapes);
CREATE INDEX models_by_family ON models (family);
CREATE INDEX models_gone ON models (weights_signature) WHERE presence = 'gone';
-- All that facets count, in one narrow run of pages.
CREATE INDEX models_facets ON models (state, family, dtype, layout, folder);

-- The wide facts, which only the page of one model shows.
CREATE TABLE model_facts (
  model INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE,
  declared TEXT NOT NULL,
  blockers TEXT NOT NULL,
  left_out TEXT NOT NULL,
  warnings TEXT NOT NULL
) STRICT;

-- Tensor lists, once for all files that have the same one.
CREATE TABLE layouts (
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  packed BLOB NOT NULL
) STRICT;

CREATE TABLE files (
  model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  path TEXT NOT NULL,
  role TEXT NOT NULL,
  format TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns TEXT NOT NULL,
  mode INTEGER NOT NULL,
  dev TEXT NOT NULL,
  ino TEXT NOT NULL,
  names INTEGER NOT NULL,
  linked_to TEXT,
  layout INTEGER REFERENCES layouts (id),
  shared INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (model, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_place ON files (ino, dev);
CREATE INDEX files_by_layout ON files (layout);
CREATE INDEX files_shared ON files (model) WHERE shared = 1;

CREATE TABLE sketches (
  model INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE hashes (
  path TEXT PRIMARY KEY,
  dev TEXT NOT NULL,
  ino TEXT NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns TEXT NOT NULL,
  sha256 BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hashes_by_place ON hashes (ino, dev);
CREATE INDEX hashes_by_content ON hashes (sha256);

CREATE TABLE edges (
  child INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  parent INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  weight REAL,
  evidence TEXT NOT NULL,
  confidence REAL NOT NULL,
  directed INTEGER NOT NULL,
  reasons TEXT NOT NULL,
  PRIMARY KEY (child, parent),
  CHECK (child <> parent)
) STRICT, WITHOUT ROWID;
CREATE INDEX edges_by_parent ON edges (parent);

-- A person's word: kept by the vault as well, and never inferred away.
CREATE TABLE decisions (
  child INTEGER PRIMARY KEY REFERENCES models (id) ON DELETE CASCADE,
  decided_at TEXT NOT NULL
) STRICT;
CREATE TABLE decided_parents (
  child INTEGER NOT NULL REFERENCES decisions (child) ON DELETE CASCADE,
  parent INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  weight REAL,
  PRIMARY KEY (child, parent),
  CHECK (child <> parent)
) STRICT, WITHOUT ROWID;

CREATE TABLE contradictions (
  id INTEGER PRIMARY KEY,
  child INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  parent INTEGER REFERENCES models (id) ON DELETE CASCADE,
  declared TEXT NOT NULL,
  sentence TEXT NOT NULL
) STRICT;
CREATE INDEX contradictions_by_child ON contradictions (child);

-- What was known when edges were last inferred.
CREATE TABLE lineage_stamp (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  stamp TEXT NOT NULL
) STRICT;

CREATE TABLE families (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

-- Mirrors of the vault: its sidecars and its manifests win.
CREATE TABLE deltas (
  id TEXT PRIMARY KEY,
  model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  file TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  level TEXT NOT NULL,
  lossy TEXT,
  original_bytes INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  verified_at TEXT,
  damage TEXT,
  files TEXT NOT NULL,
  parents TEXT NOT NULL
) STRICT;
CREATE INDEX deltas_by_model ON deltas (model);

CREATE TABLE quarantine (
  id TEXT PRIMARY KEY,
  model INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  why TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX quarantine_by_model ON quarantine (model);

-- What a delta would take, remembered per pair of contents.
CREATE TABLE candidates (
  child TEXT NOT NULL,
  parent TEXT NOT NULL,
  predicted_bytes INTEGER NOT NULL,
  tried INTEGER NOT NULL,
  PRIMARY KEY (child, parent)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`,
};
