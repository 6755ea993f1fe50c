package org.kalamdb.internal.expr;

import java.util.List;

/** What the function reference says about the functions of {@link TableFunctionRegistry}. */
public final class TableFunctionReference {
  private TableFunctionReference() {}

  public static List<FunctionEntry> entries() {
    return List.of(
        entry(
            "generate_series",
            "The numbers, or moments, from the first to the second by a step, which is 1 if it is not given.",
            "x FROM generate_series(2, 8, 3) AS t(x)",
            "2, 5, 8",
            "generate_series(integer, integer [, integer]) → setof integer",
            "generate_series(bigint, bigint [, bigint]) → setof bigint",
            "generate_series(numeric, numeric [, numeric]) → setof numeric",
            "generate_series(timestamp, timestamp, interval) → setof timestamp",
            "generate_series(timestamptz, timestamptz, interval) → setof timestamptz"),
        entry(
            "string_to_table",
            "The parts of a text between separators; its characters if the separator is NULL.",
            "string_to_table('a,b', ',')",
            "a, b",
            "string_to_table(text, text) → setof text"),
        entry(
            "unnest",
            "The elements of a JSON array.",
            "unnest('[1, 2]'::json)",
            "1, 2",
            "unnest(json) → setof json"),
        entry(
            "regexp_matches",
            "What the parentheses of the first match took, as a JSON array; of every match with option g.",
            "regexp_matches('foobarbaz', 'b(.)(.)', 'g')",
            "[\"a\", \"r\"], [\"a\", \"z\"]",
            "regexp_matches(text, text [, text]) → setof json"),
        entry(
            "regexp_split_to_table",
            "What lies between the matches.",
            "regexp_split_to_table('hello world', '\\s+')",
            "hello, world",
            "regexp_split_to_table(text, text [, text]) → setof text"),
        entry(
            "json_array_elements",
            "The elements of the array.",
            "json_array_elements('[1, true]')",
            "1, true",
            "json_array_elements(json) → setof json"),
        entry(
            "json_array_elements_text",
            "The elements of the array as texts.",
            "json_array_elements_text('[\"a\", \"b\"]')",
            "a, b",
            "json_array_elements_text(json) → setof text"),
        entry(
            "json_object_keys",
            "The names of the object's members.",
            "json_object_keys('{\"a\": 1, \"b\": 2}')",
            "a, b",
            "json_object_keys(json) → setof text"),
        entry(
            "json_each",
            "The members of the object.",
            "value FROM json_each('{\"a\": 1, \"b\": \"x\"}')",
            "1, \"x\"",
            "json_each(json) → setof (key text, value json)"),
        entry(
            "json_each_text",
            "The members of the object, their values as texts.",
            "value FROM json_each_text('{\"a\": 1, \"b\": \"x\"}')",
            "1, x",
            "json_each_text(json) → setof (key text, value text)"),
        entry(
            "jsonb_array_elements",
            "As json_array_elements.",
            "jsonb_array_elements('[1, true]')",
            "1, true",
            "jsonb_array_elements(json) → setof json"),
        entry(
            "jsonb_array_elements_text",
            "As json_array_elements_text.",
            "jsonb_array_elements_text('[\"a\", \"b\"]')",
            "a, b",
            "jsonb_array_elements_text(json) → setof text"),
        entry(
            "jsonb_object_keys",
            "As json_object_keys.",
            "jsonb_object_keys('{\"a\": 1, \"b\": 2}')",
            "a, b",
            "jsonb_object_keys(json) → setof text"),
        entry(
            "jsonb_each",
            "As json_each.",
            "value FROM jsonb_each('{\"a\": 1, \"b\": \"x\"}')",
            "1, \"x\"",
            "jsonb_each(json) → setof (key text, value json)"),
        entry(
            "jsonb_each_text",
            "As json_each_text.",
            "value FROM jsonb_each_text('{\"a\": 1, \"b\": \"x\"}')",
            "1, x",
            "jsonb_each_text(json) → setof (key text, value text)"));
  }

  private static FunctionEntry entry(
      String name, String description, String example, String result, String... signatures) {
    return new FunctionEntry(
        FunctionCategory.TABLE, name, List.of(signatures), description, example, result);
  }
}
