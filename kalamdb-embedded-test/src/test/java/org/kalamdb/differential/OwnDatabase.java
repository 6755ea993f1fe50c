package org.kalamdb.differential;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamDB;
import org.kalamdb.KalamOptions;
import org.kalamdb.Session;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.query.PreparedQuery;
import org.kalamdb.query.Result;
import org.kalamdb.query.Row;

/** KalamDB in memory, with the world's rows in one of three states. */
final class OwnDatabase implements Database {
  /** Answers of more rows are compared by nobody: several of them fill the heap. */
  private static final int MOST_ROWS = 200_000;

  /** Where rows are. */
  enum Tier {
    HOT,
    /** Some flushed, some not, some flushed and replaced. */
    MIXED,
    COLD
  }

  /** How queries are asked, in all but the first with indexes. */
  enum Way {
    PLAIN,
    /** With about half of the optimizer's passes. */
    SOME_PASSES,
    /** Literals are parameters of prepared statements. */
    PARAMETERS,
    /** Operators have to spill. */
    LITTLE_MEMORY,
    /** With rows that the transaction has written itself. */
    IN_TRANSACTION
  }

  private static final long LITTLE_MEMORY = 256 << 10;
  private static final long TIMEOUT_MILLIS = 20_000;

  private final World world;
  private final String label;
  private final boolean parameters;
  private final KalamDB db;
  private final Session session;
  private final Random random;

  OwnDatabase(World world, Tier tier) {
    this(world, tier, Way.PLAIN);
  }

  /** A database with the world's rows, asked in one of the ways. */
  OwnDatabase(World world, Tier tier, Way way) {
    this.world = world;
    this.random = new Random(world.variant() + way.ordinal());
    this.parameters = way == Way.PARAMETERS;
    int threads = 1 << random.nextInt(3);
    KalamOptions.Builder options = KalamOptions.builder().queryThreads(threads);
    if (way == Way.LITTLE_MEMORY) {
      options.queryMemoryBytes(LITTLE_MEMORY);
    }
    this.db = KalamDB.openInMemory(options.build());
    this.session = db.session();
    String without = "";
    try {
      for (World.Table table : world.tables()) {
        session.execute(table.create());
        if (way != Way.PLAIN) {
          index(table);
        }
      }
      for (World.Table table : world.tables()) {
        fill(table, tier);
      }
      session.execute("SET statement_timeout = " + TIMEOUT_MILLIS);
      if (way == Way.IN_TRANSACTION) {
        begin();
      }
      if (way == Way.SOME_PASSES) {
        without = withoutSomePasses();
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    this.label =
        String.join(
            " ",
            "KalamDB",
            tier.name(),
            way.name(),
            threads + " threads",
            without.isEmpty() ? "" : "without " + without);
  }

  private void fill(World.Table table, Tier tier) {
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

  /** An index of one or two columns. */
  private void index(World.Table table) {
    List<World.Column> columns = new ArrayList<>(table.columns());
    Collections.shuffle(columns, random);
    String list =
        columns.stream()
            .limit(1 + random.nextInt(2))
            .map(World.Column::name)
            .collect(Collectors.joining(", "));
    session.execute("CREATE INDEX i_" + table.name() + " ON " + table.name() + " (" + list + ")");
  }

  private void begin() {
    session.execute("BEGIN");
    world.tables().forEach(this::rewrite);
  }

  /** Takes some rows away and puts them back, as a transaction's own writes. */
  private void rewrite(World.Table table) {
    if (table.keyed()) {
      for (List<String> row : table.rows()) {
        if (random.nextInt(3) == 0) {
          session.execute("DELETE FROM " + table.name() + " WHERE k = " + row.get(0));
          insert(table, List.of(row));
        }
      }
      session.execute("UPDATE " + table.name() + " SET k = k WHERE k % 2 = 0");
    } else if (!table.rows().isEmpty()) {
      session.execute("DELETE FROM " + table.name());
      insert(table, table.rows());
    }
  }

  /** Turns off about half of the optimizer's passes, chosen by the world. */
  private String withoutSomePasses() {
    String without =
        session.query("SHOW OPTIMIZER PASSES").list().stream()
            .map(row -> String.valueOf(row.get(1)))
            .filter(pass -> random.nextBoolean())
            .distinct()
            .collect(Collectors.joining(","));
    session.execute("SET disabled_optimizer_passes = '" + without + "'");
    return without;
  }

  private void insert(World.Table table, List<List<String>> rows) {
    if (!rows.isEmpty()) {
      session.execute(table.insert(rows));
    }
  }

  @Override
  public String name() {
    return label;
  }

  @Override
  public Dialect dialect() {
    return Dialect.KALAMDB;
  }

  @Override
  public Answer ask(String sql) {
    try {
      List<List<@Nullable Object>> rows = new ArrayList<>();
      for (Row row : query(sql)) {
        if (rows.size() == MOST_ROWS) {
          return Answer.lackOfTime("more than " + MOST_ROWS + " rows");
        }
        List<@Nullable Object> values = new ArrayList<>();
        for (Object value : row.toArray()) {
          values.add(value instanceof Number number ? new BigDecimal(number.toString()) : value);
        }
        rows.add(values);
      }
      return Answer.rows(rows);
    } catch (KalamException e) {
      if (session.inTransaction()) {
        session.execute("ROLLBACK");
        begin();
      }
      if (e.code() == ErrorCode.OUT_OF_MEMORY) {
        return Answer.lackOfMemory(e.getMessage());
      }
      if (e.code() == ErrorCode.QUERY_CANCELED) {
        return Answer.lackOfTime(e.getMessage());
      }
      return Answer.error(
          e.sqlState() + " " + e.getMessage(),
          e.code() == ErrorCode.FEATURE_NOT_SUPPORTED || e.code() == ErrorCode.SYNTAX_ERROR);
    }
  }

  private List<Row> query(String sql) {
    if (!parameters) {
      return read(session.query(sql));
    }
    LiteralsToParameters replaced = LiteralsToParameters.of(sql);
    try (PreparedQuery prepared = session.prepare(replaced.sql())) {
      return read(prepared.query(replaced.values().toArray()));
    }
  }

  /** One row more than are compared is enough. */
  private static List<Row> read(Result answer) {
    List<Row> rows = new ArrayList<>();
    try (answer) {
      Iterator<Row> each = answer.iterator();
      while (rows.size() <= MOST_ROWS && each.hasNext()) {
        rows.add(each.next());
      }
    }
    return rows;
  }

  @Override
  public void close() {
    session.close();
    db.close();
  }
}
