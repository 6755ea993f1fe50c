package org.kalamdb.internal.expr;

/** What the function reference says about the session and identifiers. */
final class SystemReference {
  private SystemReference() {}

  static void describe(Registrar r) {
    r.describe("now", "The moment the statement began.", "now() = current_timestamp", "true");
    r.describe(
        "current_timestamp", "As now, without parentheses.", "current_timestamp = now()", "true");
    r.describe("transaction_timestamp", "As now.", "transaction_timestamp() = now()", "true");
    r.describe("statement_timestamp", "As now.", "statement_timestamp() = now()", "true");
    r.describe("clock_timestamp", "The moment it is computed.", "clock_timestamp() >= now()", null);
    r.describe(
        "current_date",
        "The date in the session's time zone.",
        "current_date = now()::date",
        "true");
    r.describe(
        "current_time",
        "The time of day in the session's time zone.",
        "pg_typeof(current_time)",
        "time without time zone");
    r.describe("localtime", "As current_time.", "localtime = current_time", "true");
    r.describe(
        "localtimestamp",
        "The moment the statement began, in the session's time zone.",
        "localtimestamp = now()::timestamp",
        "true");
    r.describe("current_user", "The session's user.", "current_user = session_user", "true");
    r.describe("session_user", "As current_user.", "session_user = current_user", "true");
    r.describe("user", "As current_user.", "user = current_user", "true");
    r.describe("current_role", "The role of the session's user.", "current_role", null);
    r.describe(
        "current_namespace",
        "The namespace that unqualified names are looked up in.",
        "current_namespace()",
        "default");
    r.describe("current_schema", "As current_namespace.", "current_schema()", "default");
    r.describe(
        "current_database", "The name of the database: kalamdb.", "current_database()", "kalamdb");
    r.describe("current_catalog", "As current_database.", "current_catalog", "kalamdb");
    r.describe(
        "version",
        "The product and its dialect.",
        "version()",
        "KalamDB, in the dialect of PostgreSQL 15");
    r.describe("pg_typeof", "The name of the value's type.", "pg_typeof(1.5)", "numeric");
    r.describe(
        "snowflake_id",
        "A number that rises from call to call: milliseconds since 2024, worker, sequence.",
        "snowflake_id()",
        null);
    r.describe(
        "gen_random_uuid", "A random UUID (version 4).", "length(gen_random_uuid()::text)", "36");
    r.describe(
        "uuid_v7", "A UUID that rises with time (version 7).", "length(uuid_v7()::text)", "36");
    r.describe(
        "ulid", "A ULID: 26 letters and digits that rise with time.", "length(ulid())", "26");
  }
}
