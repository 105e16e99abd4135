-- What outlives the process of the health of upstreams, and calls that are
-- answered later.

-- +goose Up
CREATE TABLE health_state (
  scope TEXT NOT NULL,
  id    TEXT NOT NULL,
  body  TEXT NOT NULL,
  PRIMARY KEY (scope, id)
);
CREATE TABLE deferred (
  id         TEXT   NOT NULL PRIMARY KEY,
  state      TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  body       TEXT   NOT NULL,
  request    TEXT   NOT NULL,
  answer     TEXT   NOT NULL
);
CREATE INDEX deferred_state ON deferred (state, created_at);
CREATE TABLE drill (
  id         TEXT   NOT NULL PRIMARY KEY,
  started_at BIGINT NOT NULL,
  body       TEXT   NOT NULL
);

-- +goose Down
DROP TABLE drill;
DROP TABLE deferred;
DROP TABLE health_state;
