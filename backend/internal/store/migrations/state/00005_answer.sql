-- Answers that a caller may continue by their id, and the conversation before.

-- +goose Up
CREATE TABLE answer (
  app        TEXT NOT NULL,
  id         TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  size       BIGINT NOT NULL,
  body       TEXT NOT NULL,
  PRIMARY KEY (app, id)
);
CREATE INDEX answer_created ON answer (created_at, size);

-- +goose Down
DROP TABLE answer;
