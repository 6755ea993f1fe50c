package org.kalamdb.internal.expr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kalamdb.internal.expr.Evaluating.NULL;
import static org.kalamdb.internal.expr.Evaluating.call;
import static org.kalamdb.internal.expr.Evaluating.cast;
import static org.kalamdb.internal.expr.Evaluating.op;
import static org.kalamdb.internal.expr.Evaluating.typed;

import java.math.BigDecimal;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.kalamdb.schema.DataType;

/** Functions and operators against the answers in PostgreSQL's manual. */
class FunctionTableTest {
  private static void is(String expected, Supplier<Expression> expression) {
    assertThat(Evaluating.text(expression)).isEqualTo(expected);
  }

  private static BigDecimal dec(String text) {
    return new BigDecimal(text);
  }

  private static Expression date(String text) {
    return typed(DataType.DATE, text);
  }

  private static Expression ts(String text) {
    return typed(DataType.TIMESTAMP, text);
  }

  private static Expression interval(String text) {
    return typed(DataType.INTERVAL, text);
  }

  @Test
  void arithmetic_integers_overflowAndDivisionAreErrors() {
    is("5", () -> op(2, "+", 3));
    is("-1", () -> op(2, "-", 3));
    is("6", () -> op(2, "*", "3"));
    is("-2", () -> op(-5, "/", 2));
    is("-1", () -> op(-5, "%", 2));
    is("22003", () -> op(Integer.MAX_VALUE, "+", 1));
    is("22003", () -> op(Integer.MIN_VALUE, "/", -1));
    is("0", () -> op(Integer.MIN_VALUE, "%", -1));
    is("22003", () -> op(Long.MAX_VALUE, "*", 2));
    is("22003", () -> op((short) 30000, "+", (short) 30000));
    is("60000", () -> op((short) 30000, "+", 30000));
    is("22012", () -> op(1, "/", 0));
    is("22012", () -> op(1L, "%", 0L));
    is("NULL", () -> op(1, "+", NULL));
    is(
        "22003",
        () -> FunctionRegistry.instance().resolveOperator("-", Evaluating.of(Integer.MIN_VALUE)));
  }

  @Test
  void arithmetic_decimals_followTheScaleRules() {
    is("3.75", () -> op(dec("1.5"), "+", dec("2.25")));
    is("4", () -> op(dec("1"), "+", 3));
    is("3.375", () -> op(dec("1.5"), "*", dec("2.25")));
    is("0.33333333333333333333", () -> op(dec("1.0"), "/", 3));
    is("0.5", () -> op(dec("5.5"), "%", 5));
    is("22012", () -> op(dec("5.5"), "/", dec("0.0")));
    is(
        "12345678901234567890123456789012345678",
        () -> op(dec("12345678901234567890123456789012345677"), "+", dec("1")));
    is("22003", () -> op(dec("99999999999999999999999999999999999999"), "+", dec("1")));
    is("0.1", () -> op(dec("0.3"), "-", dec("0.2")));
  }

  @Test
  void arithmetic_doubles_neverBecomeInfinite() {
    is("0.30000000000000004", () -> op(0.1, "+", 0.2));
    is("22003", () -> op(1e308, "*", 10.0));
    is("22003", () -> op(1e-308, "*", 1e-308));
    is("22012", () -> op(1.0, "/", 0));
    is("Infinity", () -> op(Double.POSITIVE_INFINITY, "+", 1));
    is("2.5", () -> op(1.5f, "+", 1));
  }

  @Test
  void math_likeTheManual() {
    is("17.4", () -> call("abs", dec("-17.4")));
    is("-42", () -> call("ceil", dec("-42.8")));
    is("-43", () -> call("floor", dec("-42.8")));
    is("43", () -> call("round", dec("42.5")));
    is("-43", () -> call("round", dec("-42.5")));
    is("42", () -> call("round", 42.5));
    is("42.44", () -> call("round", dec("42.4382"), 2));
    is("42.43", () -> call("trunc", dec("42.4382"), 2));
    is("1200", () -> call("round", dec("1234"), -2));
    is("42", () -> call("trunc", dec("42.8")));
    is("-42", () -> call("trunc", -42.8));
    is("-1", () -> call("sign", -8.4));
    is("1.4142135623730951", () -> call("sqrt", 2.0));
    is("2201F", () -> call("sqrt", -1.0));
    is("729", () -> call("power", 9, 3));
    is("2201F", () -> call("power", 0, -1));
    is("2.718281828459045", () -> call("exp", 1.0));
    is("2201E", () -> call("ln", 0.0));
    is("2", () -> call("log", 100.0));
    is("1", () -> call("mod", 9, 4));
    is("3", () -> call("greatest", 1, 3, NULL, 2));
    is("1", () -> call("least", 3, 1, NULL));
    is("NULL", () -> call("nullif", 1, 1));
    is("1", () -> call("nullif", 1, 2));
    is("8", () -> op(2, "^", 3));
    is("3.141592653589793", () -> call("pi"));
  }

  @Test
  void text_likeTheManual() {
    is("PostgreSQL", () -> op("Post", "||", "greSQL"));
    is("Value: 42", () -> op("Value: ", "||", 42));
    is("NULL", () -> op("a", "||", NULL));
    is("4", () -> call("length", "jose"));
    is("4", () -> call("char_length", "josé"));
    is("5", () -> call("octet_length", "josé"));
    is("hom", () -> call("substring", "Thomas", 2, 3));
    is("T", () -> call("substring", "Thomas", -1, 3));
    is("22011", () -> call("substring", "Thomas", 2, -1));
    is("phabet", () -> call("substr", "alphabet", 3));
    is("3", () -> call("strpos", "Thomas", "om"));
    is("abXXefabXXef", () -> call("replace", "abcdefabcdef", "cd", "XX"));
    is("ab", () -> call("left", "abcde", 2));
    is("abc", () -> call("left", "abcde", -2));
    is("de", () -> call("right", "abcde", 2));
    is("PgPgPgPg", () -> call("repeat", "Pg", 4));
    is("edcba", () -> call("reverse", "abcde"));
    is("xyxhi", () -> call("lpad", "hi", 5, "xy"));
    is("hixyx", () -> call("rpad", "hi", 5, "xy"));
    is("hel", () -> call("lpad", "hello", 3));
    is("abcde222", () -> call("concat", "abcde", 2, NULL, 22));
    is("abcde,2,22", () -> call("concat_ws", ",", "abcde", 2, NULL, 22));
    is("def", () -> call("split_part", "abc~@~def~@~ghi", "~@~", 2));
    is("ghi", () -> call("split_part", "abc,def,ghi,jkl", ",", -2));
    is("true", () -> call("starts_with", "alphabet", "alph"));
    is("120", () -> call("ascii", "x"));
    is("A", () -> call("chr", 65));
    is("54000", () -> call("chr", 0));
    is("Hi Thomas", () -> call("initcap", "hi THOMAS"));
    is("900150983cd24fb0d6963f7d28e17f72", () -> call("md5", "abc"));
    is("7fffffff", () -> call("to_hex", 2147483647));
    is("MTIz", () -> call("encode", typed(DataType.BYTES, "123"), "base64"));
    is("\\x313233", () -> call("decode", "MTIz", "base64"));
    is("22023", () -> call("decode", "MTIz", "rot13"));
    is("trim", () -> call("btrim", "xyxtrimyyx", "xyz"));
    is("test", () -> call("ltrim", "zzzytest", "xyz"));
    is("TOM", () -> call("upper", "tom"));
  }

  @Test
  void patterns_likeTheManual() {
    is("true", () -> op("abc", "LIKE", "abc"));
    is("true", () -> op("abc", "LIKE", "a%"));
    is("true", () -> op("abc", "LIKE", "_b_"));
    is("false", () -> op("abc", "LIKE", "c"));
    is("true", () -> op("äbc", "LIKE", "_bc"));
    is("true", () -> op("10%", "LIKE", "10\\%"));
    is("false", () -> op("100", "LIKE", "10\\%"));
    is("true", () -> call("~~", "a_c", "a#_c", "#"));
    is("22025", () -> op("abc", "LIKE", "abc\\"));
    is("true", () -> op("HELLO", "ILIKE", "h%o"));
    is("true", () -> op("ÄB", "ILIKE", "ä_"));
    is("true", () -> op("abcabcd", "LIKE", "%abcd"));
    is("true", () -> op("xaybzc", "LIKE", "%a%b%c"));
    is("true", () -> op("", "LIKE", "%"));
    is("true", () -> op("", "LIKE", ""));
    is("true", () -> op("thomas", "~", "t.*ma"));
    is("true", () -> op("thomas", "~*", "T.*ma"));
    is("2201B", () -> op("thomas", "~", "("));
    is("54001", () -> op("a".repeat(40) + "!", "~", "^(a+)+\\1b$"));
    is("ThM", () -> call("regexp_replace", "Thomas", ".[mN]a.", "M"));
  }

  @Test
  void dates_likeTheManual() {
    is("2001-10-05", () -> op(date("2001-09-28"), "+", 7));
    is("2001-09-28 01:00:00", () -> op(date("2001-09-28"), "+", interval("1 hour")));
    is("1 day 01:00:00", () -> op(interval("1 day"), "+", interval("1 hour")));
    is("3", () -> op(date("2001-10-01"), "-", date("2001-09-28")));
    is("63 days 15:00:00", () -> op(ts("2001-09-29 03:00"), "-", ts("2001-07-27 12:00")));
    is("2024-02-29 00:00:00", () -> op(ts("2024-01-31"), "+", interval("1 month")));
    is("00:15:00", () -> op(interval("1 hour"), "/", 4.0));
    is("3 days 12:00:00", () -> op(interval("1 day"), "*", 3.5));
    is("43 years 9 mons 27 days", () -> call("age", ts("2001-04-10"), ts("1957-06-13")));
    is("2001-02-16 20:00:00", () -> call("date_trunc", "hour", ts("2001-02-16 20:38:40")));
    is("2001-01-01 00:00:00", () -> call("date_trunc", "year", ts("2001-02-16 20:38:40")));
    is("3 days 02:00:00", () -> call("date_trunc", "hour", interval("3 days 02:47:33")));
    is("22023", () -> call("date_trunc", "fortnight", ts("2001-02-16")));
    is("21", () -> call("extract", "century", ts("2001-02-16 20:38:40")));
    is("5", () -> call("extract", "dow", ts("2001-02-16 20:38:40")));
    is("47", () -> call("extract", "doy", ts("2001-02-16 20:38:40")));
    is("7", () -> call("extract", "week", ts("2001-02-16 20:38:40")));
    is("40.500000", () -> call("extract", "second", ts("2001-02-16 20:38:40.5")));
    is("442800.000000", () -> call("extract", "epoch", interval("5 days 3 hours")));
    is("20", () -> call("date_part", "hour", ts("2001-02-16 20:38:40")));
    is("2010-09-13 04:32:03+00", () -> call("to_timestamp", 1284352323.0));
    is("2013-07-15", () -> call("make_date", 2013, 7, 15));
    is("22008", () -> call("make_date", 2013, 2, 30));
    is("2024-02-29 12:34:56.789012+00", () -> call("now"));
    is("2024-02-29", () -> call("current_date"));
  }

  @Test
  void systemAndJsonAndEmbeddings() {
    is("alice", () -> call("current_user"));
    is("chat", () -> call("current_namespace"));
    Expression json = typed(DataType.JSON, "{\"a\": {\"b\":\"foo\"}, \"n\": [1, 2.50, null]}");
    is("{\"b\":\"foo\"}", () -> op(json, "->", "a"));
    is("foo", () -> op(op(json, "->", "a"), "->>", "b"));
    is("\"foo\"", () -> op(op(json, "->", "a"), "->", "b"));
    is("2.50", () -> op(op(json, "->", "n"), "->>", 1));
    is("2.50", () -> op(op(json, "->", "n"), "->", -2));
    is("NULL", () -> op(op(json, "->", "n"), "->>", 2));
    is("NULL", () -> op(json, "->", "zzz"));
    is("object", () -> call("json_typeof", json));
    is("3", () -> call("json_array_length", op(json, "->", "n")));
    Expression v = typed(DataType.embedding(3), "[1,2,3]");
    is("0", () -> op(v, "<=>", "[2,4,6]"));
    is("5", () -> op(typed(DataType.embedding(2), "[0,0]"), "<->", "[3,4]"));
    is("-14", () -> op(v, "<#>", v));
    is("22023", () -> op(v, "<->", "[1,2]"));
    assertThat((String) Evaluating.knownValue(call("ulid"))).hasSize(26);
    java.util.UUID uuid = (java.util.UUID) Evaluating.knownValue(call("uuid_v7"));
    assertThat(uuid.version()).isEqualTo(7);
    assertThat(uuid.variant()).isEqualTo(2);
    assertThat(((java.util.UUID) Evaluating.knownValue(call("gen_random_uuid"))).version())
        .isEqualTo(4);
  }

  @Test
  void casts_textFormsInAndOut() {
    is("true", () -> cast(" yes ", DataType.BOOLEAN));
    is("22P02", () -> cast("o", DataType.BOOLEAN));
    is("false", () -> cast("of", DataType.BOOLEAN));
    is("-5", () -> cast(" -5 ", DataType.INTEGER));
    is("22P02", () -> cast("5.0", DataType.INTEGER));
    is("22003", () -> cast("2147483648", DataType.INTEGER));
    is("-9223372036854775808", () -> cast("-9223372036854775808", DataType.BIGINT));
    is("22003", () -> cast("9223372036854775808", DataType.BIGINT));
    is("2", () -> cast(2.5, DataType.INTEGER));
    is("3", () -> cast(dec("2.5"), DataType.INTEGER));
    is("22003", () -> cast(1e10, DataType.INTEGER));
    is("1e+20", () -> cast("1e20", DataType.DOUBLE));
    is("1e+15", () -> cast("1000000000000000", DataType.DOUBLE));
    is("100000000000000", () -> cast("100000000000000", DataType.DOUBLE));
    is("0.0001", () -> cast("0.0001", DataType.DOUBLE));
    is("1e-05", () -> cast("0.00001", DataType.DOUBLE));
    is("-0", () -> cast("-0", DataType.DOUBLE));
    is("5e-324", () -> cast("5e-324", DataType.DOUBLE));
    is("2e+23", () -> cast("2e23", DataType.DOUBLE));
    is("1e+06", () -> cast("1000000", DataType.REAL));
    is("22003", () -> cast("1e400", DataType.DOUBLE));
    is("22P02", () -> cast("1d", DataType.DOUBLE));
    is("1.24", () -> cast("1.235", DataType.decimal(5, 2)));
    is("0.00", () -> cast("1e-1000000000", DataType.decimal(5, 2)));
    is("22003", () -> cast("1e1000000000", DataType.decimal(5, 2)));
    is("22003", () -> cast("999.995", DataType.decimal(5, 2)));
    is("0A000", () -> cast("NaN", DataType.decimal(5, 2)));
    is("abc", () -> cast("abcdef", DataType.varchar(3)));
    is(
        "22001",
        () ->
            TypeRules.coerce(
                Evaluating.of("abcdef"), DataType.varchar(3), TypeRules.CastContext.ASSIGNMENT));
    is(
        "abc",
        () ->
            TypeRules.coerce(
                Evaluating.of("abc   "), DataType.varchar(3), TypeRules.CastContext.ASSIGNMENT));
    is("\\x00ff41", () -> cast("\\000\\377A", DataType.BYTES));
    is("\\xdeadbeef", () -> cast("\\xDEADBEEF", DataType.BYTES));
    is("22023", () -> cast("\\xDEADBEE", DataType.BYTES));
    is(
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        () -> cast("{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", DataType.UUID));
    is("22P02", () -> cast("a0eebc99", DataType.UUID));
    is("{\"a\":1 }", () -> cast("{\"a\":1 }", DataType.JSON));
    is("22P02", () -> cast("{a:1}", DataType.JSON));
    is("22P02", () -> cast("1 2", DataType.JSON));
    is("[1,2.5,-3]", () -> cast("[1, 2.5, -3]", DataType.embedding(3)));
    is("22023", () -> cast("[1,2]", DataType.embedding(3)));
  }

  @Test
  void casts_datesAndIntervals() {
    is("1999-01-08", () -> cast("1999-01-08", DataType.DATE));
    is("1999-01-08", () -> cast("19990108", DataType.DATE));
    is("0044-03-15 BC", () -> cast("0044-03-15 BC", DataType.DATE));
    is("22008", () -> cast("1999-02-30", DataType.DATE));
    is("22007", () -> cast("tomorrowish", DataType.DATE));
    is("infinity", () -> cast("infinity", DataType.TIMESTAMP));
    is("04:05:06.789", () -> cast("04:05:06.789", DataType.TIME));
    is("16:05:00", () -> cast("04:05 PM", DataType.TIME));
    is("22008", () -> cast("25:00", DataType.TIME));
    is("1999-01-08 04:05:06", () -> cast("1999-01-08 04:05:06", DataType.TIMESTAMP));
    is("1999-01-09 00:00:00", () -> cast("1999-01-08 24:00:00", DataType.TIMESTAMP));
    is("1999-01-08 04:05:06.123457", () -> cast("1999-01-08T04:05:06.1234567", DataType.TIMESTAMP));
    is("1999-01-08 12:05:06+00", () -> cast("1999-01-08 04:05:06 -8:00", DataType.TIMESTAMPTZ));
    is(
        "2024-07-01 10:00:00+00",
        () -> cast("2024-07-01 12:00 Europe/Berlin", DataType.TIMESTAMPTZ));
    is(
        "2024-07-01 12:00:00+02 Europe/Berlin",
        () -> cast("2024-07-01 12:00 Europe/Berlin", DataType.ZONED_TIMESTAMP));
    is("2024-07-01 12:00:00+05:30", () -> cast("2024-07-01 12:00+05:30", DataType.ZONED_TIMESTAMP));
    is(
        "1 year 2 mons 3 days 04:05:06",
        () -> cast("1 year 2 months 3 days 4 hours 5 minutes 6 seconds", DataType.INTERVAL));
    is("1 year 2 mons 3 days 04:05:06", () -> cast("P1Y2M3DT4H5M6S", DataType.INTERVAL));
    is("-1 years -2 mons +3 days -04:05:06", () -> cast("P-1Y-2M3DT-4H-5M-6S", DataType.INTERVAL));
    is("1 year 2 mons", () -> cast("1-2", DataType.INTERVAL));
    is("3 days 04:05:06", () -> cast("3 4:05:06", DataType.INTERVAL));
    is("-1 days", () -> cast("1 day ago", DataType.INTERVAL));
    is("1 mon 15 days", () -> cast("1.5 months", DataType.INTERVAL));
    is("00:00:00", () -> cast("0", DataType.INTERVAL));
    is("22007", () -> cast("1 fortnight", DataType.INTERVAL));
    is("22008", () -> cast("99999999999 years", DataType.INTERVAL));
    is("2024-02-29 00:00:00+00", () -> cast(date("2024-02-29"), DataType.TIMESTAMPTZ));
  }

  @Test
  void logic_isThreeValued() {
    String[] and = {"true", "false", "NULL", "false", "false", "false", "NULL", "false", "NULL"};
    String[] or = {"true", "true", "true", "true", "false", "NULL", "true", "NULL", "NULL"};
    Boolean[] values = {true, false, null};
    for (int i = 0; i < 9; i++) {
      java.util.List<Expression> operands =
          java.util.List.of(
              new Expression.Literal(values[i / 3], DataType.BOOLEAN),
              new Expression.Literal(values[i % 3], DataType.BOOLEAN));
      is(and[i], () -> new Expression.Logical(Expression.Connective.AND, operands));
      is(or[i], () -> new Expression.Logical(Expression.Connective.OR, operands));
    }
    is("NULL", () -> new Expression.Not(new Expression.Literal(null, DataType.BOOLEAN)));
    is("NULL", () -> op(1, "=", NULL));
    is("NULL", () -> in(1, true, 2, NULL));
    is("false", () -> in(1, true, 1, NULL));
    is("true", () -> in(1, false, 1, NULL));
    is("NULL", () -> in(NULL, false, 1));
    is("true", () -> op("NaN", "=", Double.NaN));
    is("true", () -> op(Double.NaN, ">", Double.POSITIVE_INFINITY));
    is("true", () -> op(0.0, "=", -0.0));
    is("true", () -> op(dec("1.50"), "=", dec("1.5")));
    is("true", () -> op(cast("a ", DataType.character(2)), "=", "a"));
  }

  private static Expression in(Object operand, boolean negated, Object... list) {
    java.util.List<Expression> items =
        java.util.Arrays.stream(list)
            .map(
                item ->
                    TypeRules.coerce(
                        Evaluating.of(item), DataType.INTEGER, TypeRules.CastContext.IMPLICIT))
            .toList();
    return new Expression.In(
        TypeRules.coerce(Evaluating.of(operand), DataType.INTEGER, TypeRules.CastContext.IMPLICIT),
        items,
        negated);
  }

  @Test
  void resolution_messagesArePostgres() {
    assertThatMessage(() -> call("foo", 1, "x"), "function foo(integer, unknown) does not exist");
    assertThatMessage(() -> op(1, "+", true), "operator does not exist: integer + boolean");
    assertThatMessage(() -> op("1", "+", "2"), "operator is not unique: unknown + unknown");
    assertThatMessage(() -> op(1, "=", true), "operator does not exist: integer = boolean");
    assertThatMessage(
        () -> op(cast("x", DataType.TEXT), "=", 1), "operator does not exist: text = integer");
    assertThatMessage(() -> cast(true, DataType.DATE), "cannot cast type boolean to date");
    assertThatMessage(() -> op("a", "=", 1), "invalid input syntax for type integer: \"a\"");
  }

  private static void assertThatMessage(Supplier<Expression> expression, String reason) {
    org.assertj.core.api.Assertions.assertThatThrownBy(expression::get)
        .isInstanceOfSatisfying(
            org.kalamdb.error.KalamException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
