package org.kalamdb.internal.expr;

/** What the function reference says about JSON. */
final class JsonReference {
  private JsonReference() {}

  static void describe(Registrar r) {
    r.describe(
        "->",
        "The member of that name, or the element of that number from 0, as JSON.",
        "'{\"a\": {\"b\": 1}}'::json -> 'a'",
        "{\"b\": 1}");
    r.describe("->>", "The same as text.", "'[1,2,3]'::json ->> 2", "3");
    r.describe(
        "#>",
        "What lies at the path, as JSON.",
        "'{\"a\": {\"b\": [\"x\", \"y\"]}}'::jsonb #> '{a,b,1}'",
        "\"y\"");
    r.describe(
        "#>>", "The same as text.", "'{\"a\": {\"b\": [\"x\", \"y\"]}}'::jsonb #>> '{a,b,1}'", "y");
    r.describe(
        "@>",
        "Whether the first holds the second.",
        "'{\"a\":1, \"b\":2}'::jsonb @> '{\"b\":2}'",
        "true");
    r.describe(
        "<@",
        "Whether the second holds the first.",
        "'{\"b\":2}'::jsonb <@ '{\"a\":1, \"b\":2}'",
        "true");
    r.describe(
        "?",
        "Whether the text is a key or an element.",
        "'{\"a\":1, \"b\":2}'::jsonb ? 'b'",
        "true");
    r.describe(
        "?|", "Whether any of the texts is.", "'{\"a\":1, \"b\":2}'::jsonb ?| '{b,z}'", "true");
    r.describe(
        "?&", "Whether all of the texts are.", "'{\"a\":1, \"b\":2}'::jsonb ?& '{a,b}'", "true");
    r.describe(
        "#-",
        "Without what lies at the path.",
        "'[\"a\", {\"b\":1}]'::jsonb #- '{1,b}'",
        "[\"a\", {}]");
    r.describe(
        "json_object",
        "A JSON object of texts: of keys and values in turn, or of keys and of values. Each list is a JSON array or in braces.",
        "json_object('{a,1,b,def}')",
        "{\"a\" : \"1\", \"b\" : \"def\"}");
    r.describe(
        "jsonb_object",
        "As json_object.",
        "jsonb_object('{a,b}', '{1,def}')",
        "{\"a\": \"1\", \"b\": \"def\"}");
    r.describe("json_array_length", "The number of elements.", "json_array_length('[1,2,3]')", "3");
    r.describe("jsonb_array_length", "As json_array_length.", "jsonb_array_length('[1,2,3]')", "3");
    r.describe(
        "json_build_array",
        "A JSON array of the values.",
        "json_build_array(1, 2, 'foo', NULL)",
        "[1, 2, \"foo\", null]");
    r.describe(
        "jsonb_build_array",
        "The same, written as jsonb.",
        "jsonb_build_array(1, 2, 'foo')",
        "[1, 2, \"foo\"]");
    r.describe(
        "json_build_object",
        "A JSON object of keys and values in turn.",
        "json_build_object('foo', 1, 2, TRUE)",
        "{\"foo\" : 1, \"2\" : true}");
    r.describe(
        "jsonb_build_object",
        "The same, written as jsonb.",
        "jsonb_build_object('foo', 1, 2, TRUE)",
        "{\"2\": true, \"foo\": 1}");
    r.describe(
        "json_extract_path",
        "What lies at the path of the texts.",
        "json_extract_path('{\"a\": {\"b\": 1}}', 'a', 'b')",
        "1");
    r.describe(
        "jsonb_extract_path",
        "As json_extract_path.",
        "jsonb_extract_path('{\"a\": {\"b\": 1}}', 'a')",
        "{\"b\": 1}");
    r.describe(
        "json_extract_path_text",
        "The same as text.",
        "json_extract_path_text('{\"a\": \"x\"}', 'a')",
        "x");
    r.describe(
        "jsonb_extract_path_text",
        "As json_extract_path_text.",
        "jsonb_extract_path_text('{\"a\": \"x\"}', 'a')",
        "x");
    r.describe(
        "json_strip_nulls",
        "Without members that are null.",
        "json_strip_nulls('[{\"a\":1, \"b\":null}, 2, null]')",
        "[{\"a\": 1}, 2, null]");
    r.describe(
        "jsonb_strip_nulls",
        "As json_strip_nulls.",
        "jsonb_strip_nulls('{\"a\":1, \"b\":null}')",
        "{\"a\": 1}");
    r.describe(
        "json_typeof",
        "object, array, string, number, boolean or null.",
        "json_typeof('-123.4')",
        "number");
    r.describe("jsonb_typeof", "As json_typeof.", "jsonb_typeof('[1]')", "array");
    r.describe(
        "jsonb_insert",
        "With a value put in before what lies at the path, or behind it.",
        "jsonb_insert('{\"a\": [0,1,2]}', '{a,1}', '\"new\"')",
        "{\"a\": [0, \"new\", 1, 2]}");
    r.describe(
        "jsonb_pretty",
        "With a line for each member and element.",
        "jsonb_pretty('[1]')",
        "[\n    1\n]");
    r.describe(
        "jsonb_set",
        "With what lies at the path replaced, or put there unless the last argument is false.",
        "jsonb_set('{\"a\": [1,2]}', '{a,0}', '9')",
        "{\"a\": [9, 2]}");
    r.describe(
        "to_json",
        "The value as JSON.",
        "to_json('Fred said \"Hi.\"'::text)",
        "\"Fred said \\\"Hi.\\\"\"");
    r.describe(
        "to_jsonb",
        "The same, written as jsonb.",
        "to_jsonb(timestamp '2024-02-29 12:00:00')",
        "\"2024-02-29T12:00:00\"");
  }
}
