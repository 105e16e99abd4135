-- What live checks showed of the models behind upstreams.

-- +goose Up
CREATE TABLE capability (
  id          TEXT PRIMARY KEY,
  upstream_id TEXT NOT NULL,
  model       TEXT NOT NULL,
  at          BIGINT NOT NULL,
  whole       INTEGER NOT NULL,
  body        TEXT NOT NULL
);
CREATE INDEX capability_of ON capability (upstream_id, model, at);
CREATE INDEX capability_at ON capability (at);

-- +goose Down
DROP TABLE capability;
