package org.kalamdb.differential;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.differential.OwnDatabase.Tier;
import org.kalamdb.differential.OwnDatabase.Way;
import org.kalamdb.differential.Query.Ordered;
import org.kalamdb.differential.Query.With;

/** A world in all databases, and whether they agree on a query. */
final class Judge implements AutoCloseable {
  private final World world;
  private final List<Database> ours = new ArrayList<>();
  private final List<Database> rivals = new ArrayList<>();
  private int lacking;

  Judge(World world) throws SQLException {
    this.world = world;
    try {
      ours.add(new OwnDatabase(world, Tier.HOT));
      ours.add(new OwnDatabase(world, Tier.MIXED, Way.SOME_PASSES));
      ours.add(new OwnDatabase(world, Tier.COLD, Way.PARAMETERS));
      ours.add(new OwnDatabase(world, Tier.HOT, Way.LITTLE_MEMORY));
      ours.add(new OwnDatabase(world, Tier.MIXED, Way.IN_TRANSACTION));
      rivals.add(RivalDatabase.duckDb(world));
      rivals.add(RivalDatabase.h2(world));
    } catch (SQLException | RuntimeException e) {
      close();
      throw e;
    }
  }

  World world() {
    return world;
  }

  /** How many times another of ours than the first had too little memory or time to answer. */
  int lacking() {
    return lacking;
  }

  /** What came of a query. */
  enum Verdict {
    /** All that could answer said the same. */
    AGREED,
    /** One rival says what we say, the other something else. */
    OUTVOTED,
    /** No rival could answer. */
    ALONE,
    /** We say that we do not support it. */
    REFUSED,
    /** A join of everything with everything: more than is waited for or compared. */
    TOO_LONG,
    DISAGREED
  }

  /**
   * @param failed whether our answer was an error
   * @param report what everybody said
   */
  record Hearing(Verdict verdict, boolean failed, String report) {}

  Hearing hear(Query query) {
    boolean ordered = isOrdered(query);
    List<Database> asked = new ArrayList<>(ours);
    for (Database rival : rivals) {
      if (Features.runsOn(rival.dialect(), query)) {
        asked.add(rival);
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (Database database : asked) {
      Answer answer = database.ask(query.sql(database.dialect()));
      if (answers.isEmpty() && answer.lacksTime()) {
        return new Hearing(Verdict.TOO_LONG, true, query.sql(database.dialect()));
      }
      answers.add(answer);
    }
    Answer first = answers.get(0);
    Verdict verdict = first.refused() ? Verdict.REFUSED : Verdict.ALONE;
    boolean agrees = false;
    boolean differs = false;
    boolean failsToo = false;
    boolean answered = false;
    for (int i = 1; i < asked.size(); i++) {
      Answer answer = answers.get(i);
      if (i < ours.size()) {
        if (answer.lacksMemory() || answer.lacksTime()) {
          lacking++;
          continue;
        }
        boolean same = first.refused() ? answer.isError() : first.agrees(answer, ordered);
        verdict = same ? verdict : Verdict.DISAGREED;
      } else if (answer.isError() || answer.size() > mostRows(query)) {
        failsToo |= answer.isError(); // One that ignores LIMIT is no witness.
      } else if (!first.refused()) {
        answered = true;
        agrees |= first.agrees(answer, ordered);
        differs |= !first.agrees(answer, ordered);
      }
    }
    if (verdict == Verdict.ALONE) {
      boolean seconded = agrees || (first.isError() && failsToo);
      if (differs) {
        verdict = seconded ? Verdict.OUTVOTED : Verdict.DISAGREED;
      } else if (answered || seconded) {
        verdict = Verdict.AGREED;
      }
    }
    return new Hearing(verdict, first.isError(), report(query, asked, answers, ordered));
  }

  private static boolean isOrdered(@Nullable Query query) {
    if (query instanceof With with) {
      return isOrdered(with.query());
    }
    return query instanceof Query.Recursive recursive
        ? isOrdered(recursive.body())
        : query instanceof Ordered || query instanceof Query.DistinctOn;
  }

  private static long mostRows(@Nullable Query query) {
    if (query instanceof With with) {
      return mostRows(with.query());
    }
    if (query instanceof Query.Recursive recursive) {
      return mostRows(recursive.body());
    }
    return query instanceof Ordered ordered ? ordered.mostRows() : Long.MAX_VALUE;
  }

  private static String report(
      Query query, List<Database> asked, List<Answer> answers, boolean ordered) {
    StringBuilder text = new StringBuilder();
    for (Dialect dialect : Dialect.values()) {
      text.append(dialect).append(": ").append(query.sql(dialect)).append('\n');
    }
    for (int i = 0; i < asked.size(); i++) {
      text.append(asked.get(i).name())
          .append(": ")
          .append(answers.get(i).text(ordered))
          .append('\n');
    }
    return text.toString();
  }

  @Override
  public void close() {
    ours.forEach(Database::close);
    rivals.forEach(Database::close);
  }
}
