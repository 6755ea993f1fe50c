package org.kalamdb.internal.exec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each wrong statement with its SQLSTATE, its place and its sentence. */
class BindErrorTest {
  private final TestBed bed = ChatTables.open();

  @AfterEach
  void closeChecksLeaks() {
    bed.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT nam FROM users | 42703 1:8 column \"nam\" does not exist [Perhaps you meant the column \"name\".]",
        "SELECT u.x FROM users u | 42703 1:8 column u.x does not exist",
        "SELECT users.id FROM users u | 42P01 1:8 missing FROM-clause entry for table \"users\"",
        "SELECT * FROM usrs | 42P01 1:15 relation \"usrs\" does not exist [Perhaps you meant the table \"users\".]",
        "SELECT * FROM chat.users | 42P01 1:15 relation \"chat.users\" does not exist [There is a table default.users in another namespace.]",
        "SELECT id FROM users a, users b | 42702 1:8 column reference \"id\" is ambiguous",
        "SELECT 1 FROM users, users | 42712 1:22 table name \"users\" specified more than once",
        "SELECT name, count(*) FROM users | 42803 1:8 column \"name\" must appear in the GROUP BY clause or be used in an aggregate function",
        "SELECT id FROM users WHERE count(*) > 1 | 42803 1:28 aggregate functions are not allowed in WHERE",
        "SELECT sum(count(*)) FROM users | 42803 1:12 aggregate function calls cannot be nested",
        "SELECT id FROM users WHERE name | 42804 1:28 argument of WHERE must be type boolean, not type text",
        "SELECT id FROM users WHERE id = 'x' | 22P02 1:28 invalid input syntax for type integer: \"x\"",
        "SELECT id FROM users WHERE id = true | 42883 1:28 operator does not exist: integer = boolean [No operator matches the given name and argument types. You might need to add explicit type casts.]",
        "SELECT id FROM users ORDER BY 2 | 42P10 1:31 ORDER BY position 2 is not in select list",
        "SELECT DISTINCT id FROM users ORDER BY name | 42P10 1:40 for SELECT DISTINCT, ORDER BY expressions must appear in select list",
        "SELECT id FROM users LIMIT -1 | 2201W 1:28 LIMIT must not be negative",
        "SELECT id FROM users LIMIT id | 42P10 1:28 argument of LIMIT must not contain variables",
        "SELECT 1 UNION SELECT 1, 2 | 42601 1:16 each UNION query must have the same number of columns",
        "SELECT (SELECT 1, 2) | 42601 1:8 subquery must return only one column",
        "SELECT (SELECT id FROM users) | 21000 0:0 more than one row returned by a subquery used as an expression",
        "SELECT id FROM users u WHERE EXISTS (SELECT 1 FROM orders WHERE user_id = u.ide) | 42703 1:75 column u.ide does not exist [Perhaps you meant the column \"id\".]",
        "SELECT age, (SELECT count(*) FROM orders WHERE user_id = u.id) FROM users u GROUP BY age | 42803 1:58 subquery uses ungrouped column \"id\" from outer query",
        "SELECT id FROM users u WHERE (SELECT sum(u.age)) > 1 | 42803 1:38 aggregate functions are not allowed in WHERE",
        "SELECT 1 FROM users u, LATERAL (SELECT sum(u.age)) s | 42803 1:40 aggregate functions are not allowed in FROM clause of their own query level",
        "SELECT 1 FROM users u RIGHT JOIN LATERAL (SELECT u.id) s ON true | 42P10 1:50 invalid reference to FROM-clause entry: id [The combining JOIN type must be INNER or LEFT for a LATERAL reference.]",
        "SELECT 1 FROM users u, (SELECT u.id) s | 42P01 1:32 missing FROM-clause entry for table \"u\"",
        "SELECT (SELECT id, age FROM users) | 42601 1:8 subquery must return only one column",
        "SELECT (1, 2) IN (SELECT id FROM users) | 42601 1:8 subquery has too few columns",
        "SELECT (1, 2) = (1, 2, 3) | 42601 1:17 unequal number of entries in row expressions",
        "WITH RECURSIVE r AS (SELECT * FROM r) SELECT 1 FROM r | 42P19 1:36 recursive query \"r\" does not have the form non-recursive-term UNION [ALL] recursive-term",
        "WITH RECURSIVE r AS (SELECT 1 UNION SELECT (SELECT max(1) FROM r)) SELECT 1 FROM r | 42P19 1:45 recursive reference to query \"r\" must not appear within a subquery",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT 1 FROM r a, r b) SELECT 1 FROM r | 42P19 1:46 recursive reference to query \"r\" must not appear more than once",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 2.5 FROM r) SELECT 1 FROM r | 42804 1:22 recursive query \"r\" column 1 has type integer in non-recursive term but type numeric overall [Cast the output of the non-recursive term to the correct type.]",
        "WITH w AS (SELECT 1), w AS (SELECT 2) SELECT 1 | 42712 1:23 WITH query name \"w\" specified more than once",
        "SELECT 1 UNION SELECT 'x' | 22P02 1:16 invalid input syntax for type integer: \"x\"",
        "SELECT * FROM generate_series('a', true) | 42883 1:15 function generate_series(unknown, boolean) does not exist [No function matches the given name and argument types. You might need to add explicit type casts.]",
        "SELECT id FROM users WHERE row_number() OVER () = 1 | 42P20 1:28 window functions are not allowed in WHERE",
        "SELECT DISTINCT ON (id) id FROM users ORDER BY name | 42P10 1:21 SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
        "SELECT name FROM users GROUP BY ROLLUP (id) | 42803 1:8 column \"name\" must appear in the GROUP BY clause or be used in an aggregate function",
        "INSERT INTO users (id, nme) VALUES (1, 'x') | 42703 1:24 column \"nme\" of relation \"users\" does not exist [Perhaps you meant the column \"name\".]",
        "INSERT INTO users (id, id) VALUES (1, 2) | 42701 1:24 column \"id\" specified more than once",
        "INSERT INTO users (id) VALUES (1, 2) | 42601 1:35 INSERT has more expressions than target columns",
        "INSERT INTO users (id, name) VALUES (1) | 42601 1:24 INSERT has more target columns than expressions",
        "INSERT INTO users (id, _seq) VALUES (1, 2) | 0A000 1:24 cannot assign to system column \"_seq\"",
        "INSERT INTO users (id, age) VALUES (1, true) | 42804 1:40 column \"age\" is of type smallint but expression is of type boolean [You will need to rewrite or cast the expression.]",
        "UPDATE users SET id = 1, id = 2 | 42601 1:26 multiple assignments to same column \"id\"",
        "UPDATE events SET kind = 'x' | 0A000 1:1 UPDATE is not supported on stream table default.events: its events are only inserted and expire",
        "DELETE FROM users WHERE nope = 1 | 42703 1:25 column \"nope\" does not exist",
      })
  void bind_wrongStatement_names(String sql, String error) {
    assertThat(bed.error(sql)).isEqualTo(error);
  }

  @Test
  void bind_userTableWithoutUser_asksForSession() {
    assertThat(bed.user(null).error("SELECT * FROM messages"))
        .isEqualTo(
            "42501 1:15 permission denied for table messages: it holds the rows of each user apart and this"
                + " session has no user [Open a session of a user with db.session(user).]");
  }

  @Test
  void bind_parameterWithoutType_isRefused() {
    assertThat(bed.error("SELECT $2 + 1")).startsWith("42P18").contains("parameter $1");
  }
}
