-- The rows of one partition of a table, as its manifest.json knows them, read by DuckDB alone.
--
--   cd data/cold/shared/default/orders            (a directory with a manifest.json)
--   duckdb < .../samples/duckdb/current-rows.sql
--
-- or give the directory:  duckdb -cmd "SET VARIABLE dir = 'data/cold/...'" < current-rows.sql
--
-- Columns are matched by field id, so that segments from before an ALTER TABLE read as the table is now: renamed and
-- widened columns, and those that a segment lacks with the value its rows have in them. Rows that are hot, or were
-- changed after as_of_seq, are not in the files: STORAGE FLUSH TABLE brings the files up to date.

SET VARIABLE dir = coalesce(getvariable('dir'), '.');

CREATE OR REPLACE TEMP TABLE manifest AS
SELECT *
FROM read_json(
  getvariable('dir') || '/manifest.json',
  columns = {
    format_version: 'INTEGER',
    as_of_seq: 'BIGINT',
    schema: 'STRUCT(version INTEGER, columns STRUCT(id INTEGER, name VARCHAR, "type" VARCHAR, "missing" VARCHAR)[])',
    segments: 'STRUCT(file VARCHAR, superseded_rows BIGINT[])[]'
  },
  maximum_object_size = 268435456);

SELECT error('a manifest of format ' || format_version || ', this reads 1') FROM manifest WHERE format_version <> 1;

-- What DuckDB calls the type of a column.
CREATE OR REPLACE TEMP MACRO duck_type(t) AS
  CASE
    WHEN t = 'BYTES' OR t LIKE 'EMBEDDING%' THEN 'BLOB'
    WHEN t LIKE 'VARCHAR%' OR t LIKE 'CHAR%' THEN 'VARCHAR'
    WHEN t = 'ZONED_TIMESTAMP' THEN 'STRUCT(instant TIMESTAMPTZ, zone VARCHAR)'
    WHEN t = 'INTERVAL' THEN 'STRUCT(months INTEGER, days INTEGER, micros BIGINT)'
    ELSE t
  END;

-- The value that rows of segments without the column have in it.
CREATE OR REPLACE TEMP MACRO duck_default(t, v) AS
  CASE
    WHEN v IS NULL THEN NULL
    WHEN t = 'BYTES' THEN regexp_replace(hex(from_base64(v)), '(..)', '\\x\1', 'g')
    WHEN t IN ('ZONED_TIMESTAMP', 'INTERVAL') OR t LIKE 'EMBEDDING%' THEN error('no default of type ' || t)
    ELSE v
  END;

SET VARIABLE columns = (
  SELECT
    map_from_entries(
      list_transform(
        "schema".columns,
        lambda c: {
          'k': c.id,
          'v': {'name': c.name, 'type': duck_type(c.type), 'default_value': duck_default(c.type, c.missing)}
        })
      || [
        {'k': 2000000001, 'v': {'name': '_seq', 'type': 'BIGINT', 'default_value': NULL}},
        {'k': 2000000002, 'v': {'name': '_deleted', 'type': 'BOOLEAN', 'default_value': NULL}}
      ])
  FROM manifest);

CREATE OR REPLACE TEMP TABLE segment AS
SELECT
  -- Files of another storage are named absolutely, others from the directory of the manifest.
  CASE WHEN regexp_matches(s.file, '^(/|[A-Za-z]:)') THEN s.file ELSE getvariable('dir') || '/' || s.file END AS path,
  s.superseded_rows
FROM (SELECT unnest(segments) AS s FROM manifest);

CREATE OR REPLACE TEMP TABLE superseded AS
SELECT path, unnest(superseded_rows) AS row_number FROM segment;

SET VARIABLE files = (SELECT list(path) FROM segment);

SELECT r.* EXCLUDE (filename, file_row_number, _seq, _deleted)
FROM read_parquet(getvariable('files'), schema = getvariable('columns'), filename = true, file_row_number = true) r
ANTI JOIN superseded ON superseded.path = r.filename AND superseded.row_number = r.file_row_number
WHERE NOT r._deleted;
