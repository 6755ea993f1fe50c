package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;

/** What the function reference says about the functions of {@link AggregateRegistry}. */
public final class AggregateReference {
  private static final String NUMBERS = " FROM (VALUES (1), (2), (4)) AS t(x)";
  private static final String TRUTHS = " FROM (VALUES (TRUE), (FALSE)) AS t(x)";

  private AggregateReference() {}

  public static List<FunctionEntry> entries() {
    List<FunctionEntry> entries = new ArrayList<>();
    entries.add(
        entry(
            "count",
            "How many rows there are; with an argument, where it is not NULL.",
            "count(*)" + NUMBERS,
            "3",
            "count(*) → bigint",
            "count(any) → bigint"));
    entries.add(
        entry(
            "sum",
            "The sum of the values that are not NULL; NULL if there are none.",
            "sum(x)" + NUMBERS,
            "7",
            "sum(smallint) → bigint",
            "sum(integer) → bigint",
            "sum(bigint) → numeric",
            "sum(numeric) → numeric",
            "sum(real) → real",
            "sum(double precision) → double precision",
            "sum(interval) → interval"));
    entries.add(
        entry(
            "avg",
            "The mean of the values that are not NULL; NULL if there are none.",
            "avg(x)" + NUMBERS,
            "2.3333333333333333",
            "avg(smallint) → numeric",
            "avg(integer) → numeric",
            "avg(bigint) → numeric",
            "avg(numeric) → numeric",
            "avg(real) → double precision",
            "avg(double precision) → double precision",
            "avg(interval) → interval"));
    entries.add(
        entry(
            "min",
            "The least value that is not NULL.",
            "min(x)" + NUMBERS,
            "1",
            "min(any ordered) → same type"));
    entries.add(
        entry(
            "max",
            "The greatest value that is not NULL.",
            "max(x)" + NUMBERS,
            "4",
            "max(any ordered) → same type"));
    entries.add(
        entry(
            "any_value",
            "Some value that is not NULL.",
            "any_value(x)" + NUMBERS,
            "1",
            "any_value(any) → same type"));
    entries.add(
        entry(
            "bool_and",
            "Whether all values that are not NULL are true.",
            "bool_and(x)" + TRUTHS,
            "false",
            "bool_and(boolean) → boolean"));
    entries.add(
        entry("every", "As bool_and.", "every(x)" + TRUTHS, "false", "every(boolean) → boolean"));
    entries.add(
        entry(
            "bool_or",
            "Whether any value is true.",
            "bool_or(x)" + TRUTHS,
            "true",
            "bool_or(boolean) → boolean"));
    entries.add(
        entry(
            "string_agg",
            "The values that are not NULL one after another, with the delimiter between them.",
            "string_agg(x::text, ',')" + NUMBERS,
            "1,2,4",
            "string_agg(text, text) → text",
            "string_agg(bytea, bytea) → bytea"));
    return entries;
  }

  private static FunctionEntry entry(
      String name, String description, String example, String result, String... signatures) {
    return new FunctionEntry(
        FunctionCategory.AGGREGATE, name, List.of(signatures), description, example, result);
  }
}
