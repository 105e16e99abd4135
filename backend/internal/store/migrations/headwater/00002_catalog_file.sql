-- The file of facts that is in force in place of those in the program: packed,
-- in base64. The document of kind catalogue names it by its digest.

-- +goose Up
CREATE TABLE catalog_file (
  digest TEXT NOT NULL PRIMARY KEY,
  body   TEXT NOT NULL
);

-- +goose Down
DROP TABLE catalog_file;
