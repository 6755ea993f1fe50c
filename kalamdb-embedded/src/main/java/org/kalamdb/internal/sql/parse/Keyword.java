package org.kalamdb.internal.sql.parse;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Words that PostgreSQL 15 does not treat like any name everywhere (appendix C of its manual), with
 * the places where each of them may be a name all the same, and QUALIFY. Every other word of the
 * grammar has its meaning only where nothing else may stand.
 */
enum Keyword {
  ALL(Kind.RESERVED),
  ANALYSE(Kind.RESERVED),
  ANALYZE(Kind.RESERVED),
  AND(Kind.RESERVED),
  ANY(Kind.RESERVED),
  ARRAY(Kind.RESERVED, false),
  AS(Kind.RESERVED, false),
  ASC(Kind.RESERVED),
  ASYMMETRIC(Kind.RESERVED),
  BOTH(Kind.RESERVED),
  CASE(Kind.RESERVED),
  CAST(Kind.RESERVED),
  CHECK(Kind.RESERVED),
  COLLATE(Kind.RESERVED),
  COLUMN(Kind.RESERVED),
  CONSTRAINT(Kind.RESERVED),
  CREATE(Kind.RESERVED, false),
  CURRENT_CATALOG(Kind.RESERVED),
  CURRENT_DATE(Kind.RESERVED),
  CURRENT_ROLE(Kind.RESERVED),
  CURRENT_TIME(Kind.RESERVED),
  CURRENT_TIMESTAMP(Kind.RESERVED),
  CURRENT_USER(Kind.RESERVED),
  DEFAULT(Kind.RESERVED),
  DEFERRABLE(Kind.RESERVED),
  DESC(Kind.RESERVED),
  DISTINCT(Kind.RESERVED),
  DO(Kind.RESERVED),
  ELSE(Kind.RESERVED),
  END(Kind.RESERVED),
  EXCEPT(Kind.RESERVED, false),
  FALSE(Kind.RESERVED),
  FETCH(Kind.RESERVED, false),
  FOR(Kind.RESERVED, false),
  FOREIGN(Kind.RESERVED),
  FROM(Kind.RESERVED, false),
  GRANT(Kind.RESERVED, false),
  GROUP(Kind.RESERVED, false),
  HAVING(Kind.RESERVED, false),
  IN(Kind.RESERVED),
  INITIALLY(Kind.RESERVED),
  INTERSECT(Kind.RESERVED, false),
  INTO(Kind.RESERVED, false),
  LATERAL(Kind.RESERVED),
  LEADING(Kind.RESERVED),
  LIMIT(Kind.RESERVED, false),
  LOCALTIME(Kind.RESERVED),
  LOCALTIMESTAMP(Kind.RESERVED),
  NOT(Kind.RESERVED),
  NULL(Kind.RESERVED),
  OFFSET(Kind.RESERVED, false),
  ON(Kind.RESERVED, false),
  ONLY(Kind.RESERVED),
  OR(Kind.RESERVED),
  ORDER(Kind.RESERVED, false),
  PLACING(Kind.RESERVED),
  PRIMARY(Kind.RESERVED),
  REFERENCES(Kind.RESERVED),
  RETURNING(Kind.RESERVED, false),
  SELECT(Kind.RESERVED),
  SESSION_USER(Kind.RESERVED),
  SOME(Kind.RESERVED),
  SYMMETRIC(Kind.RESERVED),
  TABLE(Kind.RESERVED),
  THEN(Kind.RESERVED),
  TO(Kind.RESERVED, false),
  TRAILING(Kind.RESERVED),
  TRUE(Kind.RESERVED),
  UNION(Kind.RESERVED, false),
  UNIQUE(Kind.RESERVED),
  USER(Kind.RESERVED),
  USING(Kind.RESERVED),
  VARIADIC(Kind.RESERVED),
  WHEN(Kind.RESERVED),
  WHERE(Kind.RESERVED, false),
  WINDOW(Kind.RESERVED, false),
  WITH(Kind.RESERVED, false),
  AUTHORIZATION(Kind.TYPE_OR_FUNCTION),
  BINARY(Kind.TYPE_OR_FUNCTION),
  COLLATION(Kind.TYPE_OR_FUNCTION),
  CONCURRENTLY(Kind.TYPE_OR_FUNCTION),
  CROSS(Kind.TYPE_OR_FUNCTION),
  CURRENT_SCHEMA(Kind.TYPE_OR_FUNCTION),
  FREEZE(Kind.TYPE_OR_FUNCTION),
  FULL(Kind.TYPE_OR_FUNCTION),
  ILIKE(Kind.TYPE_OR_FUNCTION),
  INNER(Kind.TYPE_OR_FUNCTION),
  IS(Kind.TYPE_OR_FUNCTION),
  ISNULL(Kind.TYPE_OR_FUNCTION, false),
  JOIN(Kind.TYPE_OR_FUNCTION),
  LEFT(Kind.TYPE_OR_FUNCTION),
  LIKE(Kind.TYPE_OR_FUNCTION),
  NATURAL(Kind.TYPE_OR_FUNCTION),
  NOTNULL(Kind.TYPE_OR_FUNCTION, false),
  OUTER(Kind.TYPE_OR_FUNCTION),
  OVERLAPS(Kind.TYPE_OR_FUNCTION, false),
  RIGHT(Kind.TYPE_OR_FUNCTION),
  SIMILAR(Kind.TYPE_OR_FUNCTION),
  TABLESAMPLE(Kind.TYPE_OR_FUNCTION),
  VERBOSE(Kind.TYPE_OR_FUNCTION),
  BETWEEN(Kind.COLUMN_NAME),
  BIGINT(Kind.COLUMN_NAME),
  BIT(Kind.COLUMN_NAME),
  BOOLEAN(Kind.COLUMN_NAME),
  CHAR(Kind.COLUMN_NAME, false),
  CHARACTER(Kind.COLUMN_NAME, false),
  COALESCE(Kind.COLUMN_NAME),
  DEC(Kind.COLUMN_NAME),
  DECIMAL(Kind.COLUMN_NAME),
  EXISTS(Kind.COLUMN_NAME),
  EXTRACT(Kind.COLUMN_NAME),
  FLOAT(Kind.COLUMN_NAME),
  GREATEST(Kind.COLUMN_NAME),
  GROUPING(Kind.COLUMN_NAME),
  INOUT(Kind.COLUMN_NAME),
  INT(Kind.COLUMN_NAME),
  INTEGER(Kind.COLUMN_NAME),
  INTERVAL(Kind.COLUMN_NAME),
  LEAST(Kind.COLUMN_NAME),
  NATIONAL(Kind.COLUMN_NAME),
  NCHAR(Kind.COLUMN_NAME),
  NONE(Kind.COLUMN_NAME),
  NORMALIZE(Kind.COLUMN_NAME),
  NULLIF(Kind.COLUMN_NAME),
  NUMERIC(Kind.COLUMN_NAME),
  OUT(Kind.COLUMN_NAME),
  OVERLAY(Kind.COLUMN_NAME),
  POSITION(Kind.COLUMN_NAME),
  PRECISION(Kind.COLUMN_NAME, false),
  REAL(Kind.COLUMN_NAME),
  ROW(Kind.COLUMN_NAME),
  SETOF(Kind.COLUMN_NAME),
  SMALLINT(Kind.COLUMN_NAME),
  SUBSTRING(Kind.COLUMN_NAME),
  TIME(Kind.COLUMN_NAME),
  TIMESTAMP(Kind.COLUMN_NAME),
  TREAT(Kind.COLUMN_NAME),
  TRIM(Kind.COLUMN_NAME),
  VALUES(Kind.COLUMN_NAME),
  VARCHAR(Kind.COLUMN_NAME),
  XMLATTRIBUTES(Kind.COLUMN_NAME),
  XMLCONCAT(Kind.COLUMN_NAME),
  XMLELEMENT(Kind.COLUMN_NAME),
  XMLEXISTS(Kind.COLUMN_NAME),
  XMLFOREST(Kind.COLUMN_NAME),
  XMLNAMESPACES(Kind.COLUMN_NAME),
  XMLPARSE(Kind.COLUMN_NAME),
  XMLPI(Kind.COLUMN_NAME),
  XMLROOT(Kind.COLUMN_NAME),
  XMLSERIALIZE(Kind.COLUMN_NAME),
  XMLTABLE(Kind.COLUMN_NAME),
  AT(Kind.UNRESERVED),
  CUBE(Kind.UNRESERVED),
  DAY(Kind.UNRESERVED, false),
  DOUBLE(Kind.UNRESERVED),
  FILTER(Kind.UNRESERVED, false),
  HOUR(Kind.UNRESERVED, false),
  MINUTE(Kind.UNRESERVED, false),
  MONTH(Kind.UNRESERVED, false),
  OPERATOR(Kind.UNRESERVED),
  OVER(Kind.UNRESERVED, false),
  QUALIFY(Kind.UNRESERVED),
  ROLLUP(Kind.UNRESERVED),
  SECOND(Kind.UNRESERVED, false),
  VARYING(Kind.UNRESERVED, false),
  WITHIN(Kind.UNRESERVED, false),
  WITHOUT(Kind.UNRESERVED, false),
  YEAR(Kind.UNRESERVED, false);

  /** Where a word may be a name. */
  enum Kind {
    /** Nowhere but behind a dot and behind AS in a select list. */
    RESERVED,
    /** As the name of a type or function. */
    TYPE_OR_FUNCTION,
    /** As the name of a column, table or alias, but not of a function. */
    COLUMN_NAME,
    /** Everywhere, but for a label without AS. */
    UNRESERVED
  }

  private static final int SLOTS = 512;
  private static final @Nullable Keyword[] WORDS = new Keyword[SLOTS];
  private static final Keyword[] KEYWORDS = values();
  private static final int LONGEST = CURRENT_TIMESTAMP.word.length();

  static {
    for (Keyword keyword : KEYWORDS) {
      int hash = 0;
      for (int i = 0; i < keyword.word.length(); i++) {
        hash = hash(hash, keyword.word.charAt(i));
      }
      int slot = hash & (SLOTS - 1);
      while (WORDS[slot] != null) {
        slot = (slot + 1) & (SLOTS - 1);
      }
      WORDS[slot] = keyword;
    }
  }

  private final Kind kind;
  private final boolean bareLabel;
  private final String word;

  Keyword(Kind kind) {
    this(kind, true);
  }

  Keyword(Kind kind, boolean bareLabel) {
    this.kind = kind;
    this.bareLabel = bareLabel;
    this.word = name().toLowerCase(Locale.ROOT);
  }

  Kind kind() {
    return kind;
  }

  /** True where it may name a select item without AS before it. */
  boolean isBareLabel() {
    return bareLabel;
  }

  /** True where it may name a column, table, alias, window or common table. */
  boolean isColumnName() {
    return kind == Kind.COLUMN_NAME || kind == Kind.UNRESERVED;
  }

  /** True where it may name a type or function. */
  boolean isFunctionName() {
    return kind == Kind.TYPE_OR_FUNCTION || kind == Kind.UNRESERVED;
  }

  /** The hash of a word one character longer, the same for both cases of an ASCII letter. */
  static int hash(int hash, char c) {
    return 31 * hash + (c | 0x20);
  }

  /** The keyword with this number. */
  static Keyword of(int ordinal) {
    return KEYWORDS[ordinal];
  }

  /** The keyword spelt in {@code [start, end)} of the text, whose hash is given, or null. */
  static @Nullable Keyword find(String text, int start, int end, int hash) {
    if (end - start > LONGEST) {
      return null;
    }
    int slot = hash & (SLOTS - 1);
    Keyword keyword = WORDS[slot];
    while (keyword != null && !keyword.isSpelt(text, start, end)) {
      slot = (slot + 1) & (SLOTS - 1);
      keyword = WORDS[slot];
    }
    return keyword;
  }

  private boolean isSpelt(String text, int start, int end) {
    if (end - start != word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      char c = text.charAt(start + i);
      char lower = word.charAt(i);
      if (c != lower && !(c >= 'A' && c <= 'Z' && c + 32 == lower)) {
        return false;
      }
    }
    return true;
  }
}
