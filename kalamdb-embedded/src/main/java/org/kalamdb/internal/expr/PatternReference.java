package org.kalamdb.internal.expr;

/** What the function reference says about patterns. */
final class PatternReference {
  private PatternReference() {}

  static void describe(Registrar r) {
    r.describe(
        "~~",
        "LIKE: % is any run of characters, _ any one; a backslash, or the character of ESCAPE, makes the next one plain.",
        "'abc' LIKE 'a%'",
        "true");
    r.describe("~~*", "ILIKE: the same without regard to case.", "'abc' ILIKE 'A_C'", "true");
    r.describe(
        "similar to",
        "SIMILAR TO: % and _ as in LIKE, | * + ? {m,n} () [] as in regular expressions.",
        "'abc' SIMILAR TO '%(b|d)%'",
        "true");
    r.describe(
        "~*",
        "Whether the regular expression matches, without regard to case.",
        "'thomas' ~* 'T.*ma'",
        "true");
    r.describe("!~", "Whether it does not match.", "'thomas' !~ 't.*max'", "true");
    r.describe(
        "!~*",
        "Whether it does not match, without regard to case.",
        "'thomas' !~* 'T.*ma'",
        "false");
    r.describe(
        "regexp_count",
        "How often the regular expression matches, from a position.",
        "regexp_count('123456789012', '\\d\\d\\d', 2)",
        "3");
    r.describe(
        "regexp_instr",
        "Where the n-th match begins, or with 1 as fifth argument ends; 0 if there is none.",
        "regexp_instr('ABCDEF', 'c(.)(..)', 1, 1, 0, 'i')",
        "3");
    r.describe(
        "regexp_like",
        "Whether the regular expression matches.",
        "regexp_like('Hello World', 'world$', 'i')",
        "true");
    r.describe(
        "regexp_match",
        "What the parentheses of the first match took, as a JSON array.",
        "regexp_match('foobarbequebaz', '(bar)(beque)')",
        "[\"bar\", \"beque\"]");
    r.describe(
        "regexp_replace",
        "The first match replaced, or with option g all, or the n-th from a position.",
        "regexp_replace('Thomas', '.[mN]a.', 'M')",
        "ThM");
    r.describe(
        "regexp_split_to_array",
        "What lies between the matches, as a JSON array.",
        "regexp_split_to_array('hello world', '\\s+')",
        "[\"hello\", \"world\"]");
    r.describe(
        "regexp_substr",
        "The n-th match from a position.",
        "regexp_substr('ABCDEF', 'c(.)(..)', 1, 1, 'i', 2)",
        "EF");
  }
}
