package org.kalamdb.benchmarks.cold;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A query that is timed on both engines.
 *
 * @param ours without the user, who is the session's
 * @param theirs null: the same
 * @param user whose rows are read; null: those of the shared table
 * @param parameters draws the values of one execution
 * @param repeats executions in a round, each with other values
 */
record ColdQuery(
    String name,
    String ours,
    @Nullable String theirs,
    @Nullable String user,
    Parameters parameters,
    int repeats) {
  /** Values for {@code ?}, by chance. */
  interface Parameters {
    Object[] draw(SplittableRandom random);
  }

  private static final Parameters NONE = random -> new Object[0];

  String duckSql() {
    return theirs == null ? ours : theirs;
  }

  static List<ColdQuery> all(long rows, String small, String large) {
    long range = Math.min(10_000, rows / 4);
    Parameters ranges =
        random -> {
          long from = random.nextLong(rows - range);
          return new Object[] {from, from + range - 1};
        };
    String groups =
        "SELECT author, COUNT(*) AS n, SUM(size) AS total FROM messages GROUP BY author";
    String noteColumns = "id, author, room, size, sent, body";
    return List.of(
        shared("COUNT", "SELECT COUNT(*) FROM messages"),
        shared("SUM", "SELECT SUM(size) FROM messages"),
        shared(
            "GROUP BY 10,000 strings",
            "SELECT COUNT(*), MAX(n), MIN(total), MAX(total) FROM (" + groups + ") AS g"),
        new ColdQuery(
            String.format(Locale.ROOT, "range of %,d rows by key", range),
            "SELECT COUNT(*), SUM(size), MAX(sent), MAX(body) FROM messages"
                + " WHERE id BETWEEN ? AND ?",
            null,
            null,
            ranges,
            10),
        new ColdQuery(
            "point by key",
            "SELECT * FROM messages WHERE id = ?",
            null,
            null,
            random -> new Object[] {random.nextLong(rows)},
            50),
        shared(
            "LIKE '%" + ColdRows.RARE_WORD + "%'",
            "SELECT COUNT(*), SUM(size) FROM messages WHERE body LIKE '%"
                + ColdRows.RARE_WORD
                + "%'"),
        ofUser("200 rows of one user", noteColumns, small),
        ofUser("1,000 rows of one user", noteColumns, large));
  }

  /** All groups, to be compared and not timed. */
  static ColdQuery groups() {
    return shared(
        "groups",
        "SELECT author, COUNT(*) AS n, SUM(size) AS total FROM messages GROUP BY author"
            + " ORDER BY author");
  }

  private static ColdQuery shared(String name, String sql) {
    return new ColdQuery(name, sql, null, null, NONE, 1);
  }

  private static ColdQuery ofUser(String name, String columns, String user) {
    return new ColdQuery(
        name,
        "SELECT " + columns + " FROM notes ORDER BY id",
        "SELECT " + columns + " FROM notes WHERE owner = '" + user + "' ORDER BY id",
        user,
        NONE,
        20);
  }
}
