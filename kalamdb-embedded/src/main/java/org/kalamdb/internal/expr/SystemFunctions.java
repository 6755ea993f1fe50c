package org.kalamdb.internal.expr;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.kalamdb.internal.common.SnowflakeIds;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** The moment, the session, and identifiers. */
final class SystemFunctions {
  private static final char[] BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

  private SystemFunctions() {}

  static void register(Registrar r) {
    for (String name :
        List.of("now", "current_timestamp", "transaction_timestamp", "statement_timestamp")) {
      r.value(name, Volatility.STABLE, DataType.TIMESTAMPTZ, (a, c) -> c.statementTime());
    }
    r.value(
        "clock_timestamp",
        Volatility.VOLATILE,
        DataType.TIMESTAMPTZ,
        (a, c) -> Instant.now().truncatedTo(ChronoUnit.MICROS));
    r.value("current_date", Volatility.STABLE, DataType.DATE, (a, c) -> DateTimeFunctions.today(c));
    r.value(
        "localtimestamp",
        Volatility.STABLE,
        DataType.TIMESTAMP,
        (a, c) -> LocalDateTime.ofInstant(c.statementTime(), c.zone()));
    for (String name : List.of("localtime", "current_time")) {
      r.value(
          name,
          Volatility.STABLE,
          DataType.TIME,
          (a, c) -> LocalDateTime.ofInstant(c.statementTime(), c.zone()).toLocalTime());
    }
    for (String name : List.of("current_user", "session_user", "user")) {
      r.value(name, Volatility.STABLE, DataType.TEXT, (a, c) -> c.user());
    }
    r.value("current_role", Volatility.STABLE, DataType.TEXT, (a, c) -> c.role());
    for (String name : List.of("current_namespace", "current_schema")) {
      r.value(name, Volatility.STABLE, DataType.TEXT, (a, c) -> c.namespace());
    }
    for (String name : List.of("current_database", "current_catalog")) {
      r.value(name, DataType.TEXT, (a, c) -> "kalamdb");
    }
    r.value("version", DataType.TEXT, (a, c) -> "KalamDB, in the dialect of PostgreSQL 15");
    r.add(
        "pg_typeof",
        in -> DataType.TEXT,
        Volatility.STABLE,
        false,
        (in, type) -> Registrar.loop((a, c) -> TypeRules.sqlName(in.get(0)), 1),
        Kind.UNKNOWN);
    r.value("snowflake_id", Volatility.VOLATILE, DataType.BIGINT, (a, c) -> c.ids().next());
    r.value(
        "gen_random_uuid", Volatility.VOLATILE, DataType.UUID, (a, c) -> randomUuid(c.random()));
    r.value("uuid_v7", Volatility.VOLATILE, DataType.UUID, (a, c) -> uuidV7(c));
    r.value("ulid", Volatility.VOLATILE, DataType.TEXT, (a, c) -> ulid(c));
  }

  private static UUID randomUuid(RandomGenerator random) {
    long high = random.nextLong() & ~0xf000L | 0x4000L;
    long low = random.nextLong() >>> 2 | Long.MIN_VALUE;
    return new UUID(high, low);
  }

  /**
   * RFC 9562 version 7: 48 bits of milliseconds, then, so that ids of one database rise, the 12
   * bits of sequence of a snowflake id, then random bits.
   */
  private static UUID uuidV7(EvaluationContext context) {
    long id = context.ids().next();
    long millis = SnowflakeIds.millisOf(id);
    long high = millis << 16 | 0x7000L | id & 0xfff;
    long low = context.random().nextLong() >>> 2 | Long.MIN_VALUE;
    return new UUID(high, low);
  }

  /** 26 characters of Crockford's base 32: 48 bits of milliseconds, 12 of sequence, 68 random. */
  private static String ulid(EvaluationContext context) {
    long id = context.ids().next();
    long millis = SnowflakeIds.millisOf(id);
    long high = millis << 16 | (id & 0xfff) << 4 | context.random().nextLong() >>> 60;
    long low = context.random().nextLong();
    char[] text = new char[26];
    for (int i = 25; i >= 0; i--) {
      text[i] = BASE32[(int) (low & 31)];
      low = low >>> 5 | high << 59;
      high >>>= 5;
    }
    return new String(text);
  }
}
