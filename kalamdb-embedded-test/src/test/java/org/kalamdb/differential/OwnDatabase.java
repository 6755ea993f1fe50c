package org.kalamdb.differential;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.Row;

/** KalamDB in memory, with the world's rows in one of three states. */
final class OwnDatabase implements Database {
  /** Where rows are. */
  enum Tier {
    HOT,
    /** Some flushed, some not, some flushed and replaced. */
    MIXED,
    COLD
  }

  private final Tier tier;
  private final String without;
  private final KalamDB db;
  private final Session session;

  OwnDatabase(World world, Tier tier) {
    this(world, tier, 0);
  }

  private OwnDatabase(World world, Tier tier, double share) {
    this.tier = tier;
    this.db = KalamDB.openInMemory();
    this.session = db.session();
    for (World.Table table : world.tables()) {
      session.execute(table.create());
      int flushed =
          switch (tier) {
            case HOT -> 0;
            case MIXED -> table.rows().size() / 2;
            case COLD -> table.rows().size();
          };
      insert(table, table.rows().subList(0, flushed));
      if (flushed > 0) {
        session.execute("STORAGE FLUSH TABLE default." + table.name());
      }
      if (tier == Tier.MIXED && table.keyed() && flushed > 0) {
        List<String> first = table.rows().get(0);
        session.execute("DELETE FROM " + table.name() + " WHERE k = " + first.get(0));
        insert(table, List.of(first));
      }
      insert(table, table.rows().subList(flushed, table.rows().size()));
    }
    Random random = new Random(world.variant());
    without =
        session.query("SHOW OPTIMIZER PASSES").list().stream()
            .map(row -> String.valueOf(row.get(1)))
            .filter(pass -> random.nextDouble() < share)
            .collect(Collectors.joining(","));
    session.execute("SET disabled_optimizer_passes = '" + without + "'");
  }

  /** With about half of the optimizer's passes, chosen by the world. */
  static OwnDatabase withSomePasses(World world, Tier tier) {
    return new OwnDatabase(world, tier, 0.5);
  }

  private void insert(World.Table table, List<List<String>> rows) {
    if (!rows.isEmpty()) {
      session.execute(table.insert(rows));
    }
  }

  @Override
  public String name() {
    return "KalamDB " + tier + (without.isEmpty() ? "" : " without " + without);
  }

  @Override
  public Dialect dialect() {
    return Dialect.KALAMDB;
  }

  @Override
  public Answer ask(String sql) {
    try {
      List<List<@Nullable Object>> rows = new ArrayList<>();
      for (Row row : session.query(sql).list()) {
        List<@Nullable Object> values = new ArrayList<>();
        for (Object value : row.toArray()) {
          values.add(value instanceof Number number ? new BigDecimal(number.toString()) : value);
        }
        rows.add(values);
      }
      return Answer.rows(rows);
    } catch (KalamException e) {
      return Answer.error(
          e.getMessage(),
          e.code() == ErrorCode.FEATURE_NOT_SUPPORTED || e.code() == ErrorCode.SYNTAX_ERROR);
    }
  }

  @Override
  public void close() {
    session.close();
    db.close();
  }
}
