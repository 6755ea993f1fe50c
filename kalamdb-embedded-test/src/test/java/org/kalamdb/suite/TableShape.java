package org.kalamdb.suite;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Columns of a table under test: {@code a INT} and {@code b TEXT NOT NULL}, with the columns of the
 * key before, between or behind them.
 *
 * @param kind what the table is; without a key, {@code k0} is filled as if it were one
 * @param keyTypes types of the key's columns {@code k0}, {@code k1}, in key order
 * @param columns all columns in declared order
 */
record TableShape(Kind kind, List<KeyType> keyTypes, List<String> columns) {
  /** Kinds of tables. */
  enum Kind {
    USER,
    SHARED,
    /** Shared, with a hidden row key. */
    KEYLESS,
    STREAM
  }

  /** How long an event lives. */
  static final Duration TTL = Duration.ofHours(3);

  boolean perUser() {
    return kind == Kind.USER || kind == Kind.STREAM;
  }

  /** Whether the table knows its key: others take any rows. */
  boolean keyed() {
    return kind == Kind.USER || kind == Kind.SHARED;
  }

  /** Types of keys, with values that collide often and lie at the borders. */
  enum KeyType {
    BIGINT("BIGINT", Comparator.comparing(value -> (Long) value)) {
      @Override
      Object next(Random random) {
        int pick = random.nextInt(14);
        return pick == 12 ? Long.MIN_VALUE : pick == 13 ? Long.MAX_VALUE : pick - 4L;
      }
    },
    TEXT(
        "TEXT",
        (a, b) ->
            Arrays.compareUnsigned(
                ((String) a).getBytes(StandardCharsets.UTF_8),
                ((String) b).getBytes(StandardCharsets.UTF_8))) {
      private final List<String> pool =
          List.of(
              "",
              "a",
              "a\u0001",
              "ab",
              "b",
              "A",
              "é",
              "e\u0301",
              "\uFFFD",
              "😀",
              "long ".repeat(40),
              "'",
              "%");

      @Override
      Object next(Random random) {
        return pool.get(random.nextInt(pool.size()));
      }
    },
    UUID(
        "UUID",
        (a, b) -> {
          UUID x = (UUID) a;
          UUID y = (UUID) b;
          int high = Long.compareUnsigned(x.getMostSignificantBits(), y.getMostSignificantBits());
          return high != 0
              ? high
              : Long.compareUnsigned(x.getLeastSignificantBits(), y.getLeastSignificantBits());
        }) {
      @Override
      Object next(Random random) {
        long[] halves = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE};
        return new UUID(
            halves[random.nextInt(halves.length)], halves[random.nextInt(halves.length)]);
      }
    },
    DECIMAL("DECIMAL(12,3)", Comparator.comparing(value -> (BigDecimal) value)) {
      private final List<String> pool =
          List.of(
              "0.000",
              "0.001",
              "-0.001",
              "1.000",
              "-1.000",
              "1.500",
              "10.000",
              "999999999.999",
              "-999999999.999");

      @Override
      Object next(Random random) {
        return new BigDecimal(pool.get(random.nextInt(pool.size())));
      }
    };

    private final String sql;
    private final Comparator<Object> order;

    KeyType(String sql, Comparator<Object> order) {
      this.sql = sql;
      this.order = order;
    }

    abstract Object next(Random random);
  }

  static List<TableShape> all() {
    List<TableShape> shapes = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (KeyType type : KeyType.values()) {
        shapes.add(new TableShape(kind, List.of(type), List.of("a", "k0", "b")));
        if (kind == Kind.KEYLESS || kind == Kind.STREAM) {
          continue;
        }
        shapes.add(new TableShape(kind, List.of(type), List.of("k0", "a", "b")));
        shapes.add(new TableShape(kind, List.of(type), List.of("a", "b", "k0")));
        for (KeyType second : KeyType.values()) {
          shapes.add(new TableShape(kind, List.of(type, second), List.of("k1", "a", "k0", "b")));
        }
      }
    }
    return shapes;
  }

  String createTable() {
    String definitions =
        columns.stream()
            .map(
                column ->
                    switch (column) {
                      case "a" -> "a INT";
                      case "b" -> "b TEXT NOT NULL";
                      default -> column + " " + keyTypes.get(column.charAt(1) - '0').sql;
                    })
            .collect(Collectors.joining(", "));
    return "CREATE "
        + (kind == Kind.KEYLESS ? Kind.SHARED : kind)
        + " TABLE m.t ("
        + definitions
        + (keyed() ? ", PRIMARY KEY (" + String.join(", ", keyColumns()) + ")" : "")
        + ")"
        + (kind == Kind.STREAM ? " WITH (TTL_SECONDS = " + TTL.toSeconds() + ")" : "");
  }

  List<String> keyColumns() {
    return keyTypes.size() == 1 ? List.of("k0") : List.of("k0", "k1");
  }

  /** {@code k0 = ? AND k1 = ?}. */
  String keyCondition() {
    return keyColumns().stream()
        .map(column -> column + " = ?")
        .collect(Collectors.joining(" AND "));
  }

  String orderByKey(boolean descending) {
    return keyColumns().stream()
        .map(column -> column + (descending ? " DESC" : ""))
        .collect(Collectors.joining(", "));
  }

  List<Object> nextKey(Random random) {
    List<Object> key = new ArrayList<>();
    keyTypes.forEach(type -> key.add(type.next(random)));
    return key;
  }

  Comparator<List<Object>> keyOrder() {
    return (x, y) -> {
      for (int i = 0; i < keyTypes.size(); i++) {
        int order = keyTypes.get(i).order.compare(x.get(i), y.get(i));
        if (order != 0) {
          return order;
        }
      }
      return 0;
    };
  }

  Object[] row(List<Object> key, Integer a, String b) {
    Object[] row = new Object[columns.size()];
    for (int i = 0; i < row.length; i++) {
      String column = columns.get(i);
      row[i] = column.equals("a") ? a : column.equals("b") ? b : key.get(column.charAt(1) - '0');
    }
    return row;
  }

  int indexOf(String column) {
    return columns.indexOf(column);
  }

  List<Object> keyOf(Object[] row) {
    return keyColumns().stream().map(column -> row[indexOf(column)]).toList();
  }

  @Override
  public String toString() {
    return createTable();
  }
}
