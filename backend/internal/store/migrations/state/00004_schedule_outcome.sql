-- What came of the last due time of each schedule of fire drills.

-- +goose Up
CREATE TABLE schedule_outcome (
  schedule TEXT NOT NULL PRIMARY KEY,
  body     TEXT NOT NULL
);

-- +goose Down
DROP TABLE schedule_outcome;
