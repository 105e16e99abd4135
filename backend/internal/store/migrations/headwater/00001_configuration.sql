-- The same text runs on SQLite and PostgreSQL. Times are Unix milliseconds in
-- BIGINT, which SQLite's STRICT tables do not accept as a type name; so the
-- tables are not STRICT, and every value is bound with its Go type instead.

-- +goose Up
CREATE TABLE document (
  id         TEXT   NOT NULL PRIMARY KEY,
  kind       TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  tenant     TEXT   NOT NULL,
  version    BIGINT NOT NULL CHECK (version > 0),
  updated_at BIGINT NOT NULL,
  updated_by TEXT   NOT NULL,
  body       TEXT   NOT NULL
);
CREATE UNIQUE INDEX document_name ON document (kind, tenant, name);

-- One row. Every change begins by counting it up, which on PostgreSQL also
-- lines the writers up behind each other.
CREATE TABLE generation (
  id    BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  value BIGINT NOT NULL
);
INSERT INTO generation (id, value) VALUES (1, 0);

CREATE TABLE change (
  generation BIGINT NOT NULL PRIMARY KEY,
  id         TEXT   NOT NULL UNIQUE,
  made_at    BIGINT NOT NULL,
  actor      TEXT   NOT NULL,
  remote     TEXT   NOT NULL,
  action     TEXT   NOT NULL,
  summary    TEXT   NOT NULL
);

-- before_body is NULL when the change created the document, after_body when it
-- deleted it.
CREATE TABLE change_item (
  generation  BIGINT NOT NULL REFERENCES change (generation),
  item        BIGINT NOT NULL,
  kind        TEXT   NOT NULL,
  doc_id      TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  tenant      TEXT   NOT NULL,
  version     BIGINT NOT NULL,
  before_body TEXT,
  after_body  TEXT,
  PRIMARY KEY (generation, item)
);
CREATE INDEX change_item_document ON change_item (doc_id, generation);

-- The audit chain. Rows are only ever added. generation is 0 for a link
-- without a change; content is the digest of the change it stands for.
CREATE TABLE audit (
  link       BIGINT NOT NULL PRIMARY KEY,
  made_at    BIGINT NOT NULL,
  actor      TEXT   NOT NULL,
  remote     TEXT   NOT NULL,
  action     TEXT   NOT NULL,
  detail     TEXT   NOT NULL,
  generation BIGINT NOT NULL,
  content    TEXT   NOT NULL,
  previous   TEXT   NOT NULL,
  digest     TEXT   NOT NULL
);

-- One row: the newest link, signed. Written with every link.
CREATE TABLE audit_head (
  id        BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  link      BIGINT NOT NULL,
  digest    TEXT   NOT NULL,
  signature TEXT   NOT NULL
);

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit;
DROP TABLE change_item;
DROP TABLE change;
DROP TABLE generation;
DROP TABLE document;
