SELECT * FROM t
SELECT id, a + 1 AS b, c * 2, -a FROM t WHERE id = 1
SELECT a, count(*) FILTER (WHERE c > 1) AS n, sum(c), avg(f), min(b), max(d) FROM t GROUP BY a HAVING count(*) > 0 ORDER BY n DESC NULLS LAST LIMIT 5 OFFSET 0
SELECT t.b, u.name FROM t JOIN u ON u.t_id = t.id WHERE t.a IS NOT NULL ORDER BY 1, 2
SELECT t.b, u.name FROM t LEFT JOIN u ON u.t_id = t.id AND u.name <> 'x' ORDER BY t.id, u.id
SELECT * FROM t FULL JOIN u USING (id) WHERE name LIKE '%x%' OR b ILIKE 'T__'
SELECT * FROM t NATURAL JOIN u
SELECT id FROM t WHERE id IN (SELECT t_id FROM u) AND NOT EXISTS (SELECT 1 FROM u WHERE u.id = t.id + 1)
SELECT (SELECT max(name) FROM u WHERE u.t_id = t.id) AS m FROM t
SELECT id FROM t WHERE a > ALL (SELECT id FROM u WHERE id > 10) OR (id, a) = (1, 1)
SELECT 1 UNION ALL SELECT 2 UNION SELECT 3 INTERSECT SELECT 3 EXCEPT SELECT 4 ORDER BY 1
WITH x AS (SELECT id, a FROM t), y(p) AS (VALUES (1), (2)) SELECT * FROM x JOIN y ON y.p = x.id
WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) FROM r
SELECT DISTINCT a, b FROM t ORDER BY a
SELECT DISTINCT ON (a) a, id FROM t ORDER BY a, id DESC
SELECT id, row_number() OVER (PARTITION BY a ORDER BY id), sum(c) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t
SELECT id, lag(b, 1, 'none') OVER w, rank() OVER w FROM t WINDOW w AS (ORDER BY a NULLS FIRST)
SELECT a, b, count(*) FROM t GROUP BY GROUPING SETS ((a), (b), ())
SELECT a, b, sum(c) FROM t GROUP BY ROLLUP (a, b)
SELECT CASE a WHEN 1 THEN 'x''y' ELSE E'\n' END, CASE WHEN c > 0 THEN 1 END, COALESCE(a, 0), NULLIF(b, ''), GREATEST(1, a) FROM t
SELECT EXTRACT(day FROM d), date_trunc('month', ts), d + INTERVAL '1 day', ts AT TIME ZONE 'UTC' FROM t
SELECT TRIM(BOTH 'o' FROM b), substring(b FROM 1 FOR 2), position('o' IN b), upper(b) || '-' || lower(b), length(b), replace(b, 'o', '0') FROM t
SELECT CAST(b AS TEXT), id::int, c::double precision, '12'::int + 1, '2024-01-01'::date FROM t
SELECT j -> 'k' -> 0, j ->> 'k', j #>> '{k,1}' FROM t
SELECT b SIMILAR TO 'o%', b ~ '^o', b !~* 'E$', b NOT LIKE 't%' ESCAPE '!' FROM t
SELECT id BETWEEN SYMMETRIC 3 AND 1, a IS DISTINCT FROM 1, a IS NULL, (a > 0) IS NOT TRUE, a IN (1, 2, NULL) FROM t
SELECT abs(a), round(c, 1), power(2, 3), sqrt(f), mod(7, 3), floor(f), ln(2), sign(a) FROM t
SELECT string_agg(b, ',' ORDER BY id DESC), bool_and(a > 0), stddev(c), count(DISTINCT a), array_agg(id) FROM t
SELECT * FROM generate_series(1, 5) AS g(i) WHERE i % 2 = 0
SELECT t.id, l.n FROM t, LATERAL (SELECT count(*) AS n FROM u WHERE u.t_id = t.id) l
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y) WHERE x > 1
SELECT a FROM t QUALIFY row_number() OVER (ORDER BY id) = 1
SELECT id FROM t ORDER BY id FETCH FIRST 2 ROWS WITH TIES
TABLE u
VALUES (1, 'x'), (2, NULL) ORDER BY 1 DESC
EXPLAIN SELECT t.a FROM t JOIN u ON t.id = u.t_id WHERE t.a = 1 ORDER BY t.a LIMIT 1
EXPLAIN ANALYZE SELECT count(*) FROM t
INSERT INTO t (id, a, b) VALUES (10, 1 + 1, 'ten'), (11, DEFAULT, NULL) RETURNING id, a
INSERT INTO t (id, a) SELECT id + 100, t_id FROM u ON CONFLICT (id) DO NOTHING
INSERT INTO u VALUES (1, 2, 'again') ON CONFLICT (id) DO UPDATE SET name = excluded.name || '!', t_id = u.t_id + 1 WHERE u.id = 1 RETURNING *
UPDATE t SET a = a + 1, (b, c) = ('z', 2.5) WHERE id = 1 RETURNING *
UPDATE t SET a = u.id FROM u WHERE u.t_id = t.id
DELETE FROM u WHERE t_id IS NULL RETURNING name
DELETE FROM t USING u WHERE u.t_id = t.id
MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET b = u.name WHEN NOT MATCHED THEN INSERT (id, b) VALUES (u.id, u.name)
CREATE TABLE n (id BIGINT PRIMARY KEY DEFAULT 1 + 2, x TEXT NOT NULL CHECK (x <> ''), UNIQUE (x))
CREATE TABLE m AS SELECT id, b FROM t
CREATE INDEX i ON t (a, b)
CREATE VIEW w AS SELECT a, count(*) AS n FROM t GROUP BY a
ALTER TABLE t ADD COLUMN z INT DEFAULT 3
DROP TABLE IF EXISTS u
TRUNCATE TABLE u
CREATE NAMESPACE app
SHOW TABLES
DESCRIBE t
BEGIN READ ONLY
STORAGE FLUSH TABLE default.t
WITH g AS (DELETE FROM t WHERE a < 0 RETURNING id, a), k AS (UPDATE u SET name = 'k' WHERE t_id = 1 RETURNING id) INSERT INTO t (id, a) SELECT id + 100, a FROM g
WITH m AS (MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = (SELECT count(*) FROM u AS v WHERE v.id < t.id) WHEN NOT MATCHED THEN INSERT (id) VALUES (u.id + 10) RETURNING t.id, merge_action()) SELECT * FROM m ORDER BY 1
INSERT INTO t (id, a) OVERRIDING SYSTEM VALUE SELECT id + 50, max(t_id) FROM u GROUP BY id ON CONFLICT (id) DO UPDATE SET (a, b) = (SELECT excluded.a, t.b) RETURNING *
EXPLAIN (ANALYZE, FORMAT JSON) WITH x AS (DELETE FROM u RETURNING id) UPDATE t SET (a, b) = (SELECT count(*), 'n' FROM x WHERE x.id = t.id) RETURNING id
