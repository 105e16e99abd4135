-- The same text runs on SQLite and PostgreSQL; see 00001_configuration.sql for
-- why the tables are not STRICT.

-- +goose Up
CREATE TABLE session (
  id           TEXT   NOT NULL PRIMARY KEY,
  token_sha256 TEXT   NOT NULL UNIQUE,
  member       TEXT   NOT NULL,
  role         TEXT   NOT NULL,
  remote       TEXT   NOT NULL,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL
);
CREATE INDEX session_member ON session (member);

-- +goose Down
DROP TABLE session;
