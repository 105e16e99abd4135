-- What the window shows of the past: transitions of health, and long work.

-- +goose Up
CREATE TABLE health_event (
  id   BIGINT NOT NULL PRIMARY KEY,
  at   BIGINT NOT NULL,
  body TEXT   NOT NULL
);
CREATE INDEX health_event_at ON health_event (at);
CREATE TABLE health_event_upstream (
  event    BIGINT NOT NULL,
  upstream TEXT   NOT NULL,
  PRIMARY KEY (upstream, event)
);
CREATE TABLE job (
  id         TEXT   NOT NULL PRIMARY KEY,
  state      TEXT   NOT NULL,
  started_at BIGINT NOT NULL,
  body       TEXT   NOT NULL
);

-- +goose Down
DROP TABLE job;
DROP TABLE health_event_upstream;
DROP TABLE health_event;
