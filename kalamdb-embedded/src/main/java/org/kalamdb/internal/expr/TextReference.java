package org.kalamdb.internal.expr;

/** What the function reference says about text. */
final class TextReference {
  private TextReference() {}

  static void describe(Registrar r) {
    r.describe(
        "||",
        "Both one after another; a value of another type beside a text is written as text.",
        "'Value: ' || 42",
        "Value: 42");
    r.describe(
        "ascii", "The code point of the first character; 0 of an empty text.", "ascii('x')", "120");
    r.describe("bit_length", "Bits in UTF-8 or in the bytes.", "bit_length('jose')", "32");
    r.describe(
        "btrim",
        "Without the blanks, or the characters given, at both ends.",
        "btrim('xyxtrimyyx', 'xyz')",
        "trim");
    r.describe("char_length", "The number of characters.", "char_length('josé')", "4");
    r.describe("character_length", "As char_length.", "character_length('jose')", "4");
    r.describe("chr", "The character of the code point.", "chr(65)", "A");
    r.describe(
        "concat",
        "The texts of the values that are not NULL, one after another.",
        "concat('abcde', 2, NULL, 22)",
        "abcde222");
    r.describe(
        "concat_ws",
        "As concat, with the first text between the others.",
        "concat_ws(',', 'abcde', 2, NULL, 22)",
        "abcde,2,22");
    r.describe(
        "format",
        "The first text with the others in the place of %s, %I (as a name) and %L (as a literal), each with an optional position$ and width.",
        "format('Hello %s, %1$s, %-5s|%I', 'World', 'x', 'My Col')",
        "Hello World, World, x    |\"My Col\"");
    r.describe(
        "initcap",
        "The first letter of each word in upper case, the others in lower case.",
        "initcap('hi THOMAS')",
        "Hi Thomas");
    r.describe(
        "left",
        "The first n characters; with a negative n all but the last -n.",
        "left('abcde', 2)",
        "ab");
    r.describe("length", "The number of characters, or of bytes.", "length('jose')", "4");
    r.describe("lower", "In lower case.", "lower('TOM')", "tom");
    r.describe(
        "lpad",
        "Filled on the left with blanks or a text up to the length, or cut to it.",
        "lpad('hi', 5, 'xy')",
        "xyxhi");
    r.describe(
        "ltrim",
        "Without the blanks, or the characters given, at the start.",
        "ltrim('zzzytest', 'xyz')",
        "test");
    r.describe(
        "normalize",
        "In the Unicode normalization form NFC, or the one given as NFC, NFD, NFKC or NFKD.",
        "length(normalize('é', NFC))",
        "1");
    r.describe("octet_length", "Bytes in UTF-8 or of the value.", "octet_length('josé')", "5");
    r.describe(
        "overlay",
        "The text with the second in the place of the characters from a position, as many as the second has or as are given.",
        "overlay('Txxxxas' PLACING 'hom' FROM 2 FOR 4)",
        "Thomas");
    r.describe(
        "position",
        "Where the second text begins in the first, 0 if nowhere.",
        "position('om' IN 'Thomas')",
        "3");
    r.describe(
        "quote_ident",
        "As a name in a statement, in double quotes where they are needed.",
        "quote_ident('Foo bar')",
        "\"Foo bar\"");
    r.describe(
        "quote_literal",
        "As a literal in a statement.",
        "quote_literal('O''Reilly')",
        "'O''Reilly'");
    r.describe(
        "quote_nullable", "As quote_literal, and NULL for NULL.", "quote_nullable(NULL)", "NULL");
    r.describe("repeat", "So many times one after another.", "repeat('Pg', 4)", "PgPgPgPg");
    r.describe(
        "replace",
        "The second text replaced by the third wherever it is.",
        "replace('abcdefabcdef', 'cd', 'XX')",
        "abXXefabXXef");
    r.describe(
        "reverse", "The characters from the last to the first.", "reverse('abcde')", "edcba");
    r.describe(
        "right",
        "The last n characters; with a negative n all but the first -n.",
        "right('abcde', 2)",
        "de");
    r.describe(
        "rpad",
        "Filled on the right with blanks or a text up to the length, or cut to it.",
        "rpad('hi', 5, 'xy')",
        "hixyx");
    r.describe(
        "rtrim",
        "Without the blanks, or the characters given, at the end.",
        "rtrim('testxxzx', 'xyz')",
        "test");
    r.describe(
        "split_part",
        "Field number n between the delimiters; a negative n counts from the end.",
        "split_part('abc~@~def~@~ghi', '~@~', -2)",
        "def");
    r.describe(
        "starts_with",
        "Whether the first text starts with the second.",
        "starts_with('alphabet', 'alph')",
        "true");
    r.describe("strpos", "As position, with the text first.", "strpos('high', 'ig')", "2");
    r.describe("substr", "As substring.", "substr('alphabet', 3, 2)", "ph");
    r.describe(
        "substring",
        "The characters from a position, as many as given; or what matches a regular expression.",
        "substring('Thomas' FROM 2 FOR 3)",
        "hom");
    r.describe("to_hex", "The number in base 16.", "to_hex(2147483647)", "7fffffff");
    r.describe(
        "translate",
        "Each character that is in the second text replaced by the one at its place in the third, or left out.",
        "translate('12345', '143', 'ax')",
        "a2x5");
    r.describe(
        "trim",
        "Without the blanks, or the characters given, at both ends or one.",
        "trim(BOTH 'xyz' FROM 'yxTomxx')",
        "Tom");
    r.describe(
        "unistr",
        "With the escapes \\XXXX, \\+XXXXXX, \\uXXXX and \\UXXXXXXXX resolved.",
        "unistr('d\\0061t\\+000061')",
        "data");
    r.describe("upper", "In upper case.", "upper('tom')", "TOM");
  }
}
