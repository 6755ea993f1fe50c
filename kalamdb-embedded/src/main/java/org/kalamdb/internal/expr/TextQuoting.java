package org.kalamdb.internal.expr;

import static org.kalamdb.internal.expr.TextFunctions.string;
import static org.kalamdb.internal.expr.TextFunctions.text;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.kalamdb.internal.expr.ScalarFunction.Volatility;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/** Text as it would stand in a statement: quoted literals and names. */
final class TextQuoting {
  /** Words that PostgreSQL quotes as names: all its keywords but the unreserved ones. */
  private static final Set<String> KEYWORDS =
      Set.of(
          ("all analyse analyze and any array as asc asymmetric authorization between bigint binary"
                  + " bit boolean both case cast char character check coalesce collate collation"
                  + " column concurrently constraint create cross current_catalog current_date"
                  + " current_role current_schema current_time current_timestamp current_user dec"
                  + " decimal default deferrable desc distinct do else end except exists extract"
                  + " false fetch float for foreign freeze from full grant greatest group grouping"
                  + " having ilike in initially inner inout int integer intersect interval into is"
                  + " isnull join lateral leading least left like limit localtime localtimestamp"
                  + " national natural nchar none normalize not notnull null nullif numeric offset"
                  + " on only or order out outer overlaps overlay placing position precision"
                  + " primary real references returning right row select session_user setof"
                  + " similar smallint some substring symmetric table tablesample then time"
                  + " timestamp to trailing treat trim true union unique user using values varchar"
                  + " variadic verbose when where window with xmlattributes xmlconcat xmlelement"
                  + " xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize"
                  + " xmltable")
              .split(" "));

  private TextQuoting() {}

  static void register(Registrar r) {
    text(r, "quote_ident", a -> identifier(string(a[0])), Kind.TEXT);
    text(r, "quote_literal", a -> literal(string(a[0])), Kind.TEXT);
    r.add(
        "quote_literal",
        in -> DataType.TEXT,
        Volatility.STABLE,
        true,
        (in, type) ->
            Registrar.loop(
                (a, c) -> literal(Values.format(Objects.requireNonNull(a[0]), in.get(0), c.zone())),
                1),
        Kind.UNKNOWN);
    for (Kind kind : List.of(Kind.TEXT, Kind.UNKNOWN)) {
      r.add(
          "quote_nullable",
          in -> DataType.TEXT,
          Volatility.STABLE,
          false,
          (in, type) ->
              Registrar.loop(
                  (a, c) ->
                      a[0] == null ? "NULL" : literal(Values.format(a[0], in.get(0), c.zone())),
                  1),
          kind);
    }
  }

  /** A name that needs no quotes stays as it is. */
  static String identifier(String name) {
    boolean plain =
        !name.isEmpty() && !Character.isDigit(name.charAt(0)) && !KEYWORDS.contains(name);
    for (int i = 0; i < name.length() && plain; i++) {
      char c = name.charAt(i);
      plain = c >= 'a' && c <= 'z' || c == '_' || c >= '0' && c <= '9';
    }
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }

  /** A text with a backslash becomes an escape string. */
  static String literal(String text) {
    String doubled = text.replace("'", "''");
    return text.indexOf('\\') >= 0
        ? "E'" + doubled.replace("\\", "\\\\") + "'"
        : "'" + doubled + "'";
  }
}
