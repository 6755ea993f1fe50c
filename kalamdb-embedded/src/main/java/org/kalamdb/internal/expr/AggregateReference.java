package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.List;

/** What the function reference says about the functions of {@link AggregateRegistry}. */
public final class AggregateReference {
  private static final String NUMBERS = " FROM (VALUES (1), (2), (4)) AS t(x)";
  private static final String TRUTHS = " FROM (VALUES (TRUE), (FALSE)) AS t(x)";

  private static final String PAIRS = " FROM (VALUES (1, 1), (2, 2), (4, 3)) AS t(y, x)";

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
    entries.add(
        entry(
            "bit_and",
            "All values joined by bitwise AND.",
            "bit_and(x)" + NUMBERS,
            "0",
            "bit_and(smallint) → smallint",
            "bit_and(integer) → integer",
            "bit_and(bigint) → bigint"));
    entries.add(
        entry(
            "bit_or",
            "All values joined by bitwise OR.",
            "bit_or(x)" + NUMBERS,
            "7",
            "bit_or(smallint) → smallint",
            "bit_or(integer) → integer",
            "bit_or(bigint) → bigint"));
    entries.add(
        entry(
            "bit_xor",
            "All values joined by bitwise XOR.",
            "bit_xor(x)" + NUMBERS,
            "7",
            "bit_xor(smallint) → smallint",
            "bit_xor(integer) → integer",
            "bit_xor(bigint) → bigint"));
    entries.add(
        entry(
            "var_pop",
            "The variance of the values as a whole population.",
            "var_pop(x)" + NUMBERS,
            "1.5555555555555556",
            "var_pop(any whole number or numeric) → numeric",
            "var_pop(real or double precision) → double precision"));
    entries.add(
        entry(
            "var_samp",
            "The variance of the values as a sample.",
            "var_samp(x)" + NUMBERS,
            "2.3333333333333333",
            "var_samp(any whole number or numeric) → numeric",
            "var_samp(real or double precision) → double precision"));
    entries.add(
        entry(
            "variance",
            "As var_samp.",
            "variance(x)" + NUMBERS,
            "2.3333333333333333",
            "variance(any whole number or numeric) → numeric",
            "variance(real or double precision) → double precision"));
    entries.add(
        entry(
            "stddev_pop",
            "The standard deviation of the values as a whole population.",
            "stddev_pop(x)" + NUMBERS,
            "1.2472191289246471",
            "stddev_pop(any whole number or numeric) → numeric",
            "stddev_pop(real or double precision) → double precision"));
    entries.add(
        entry(
            "stddev_samp",
            "The standard deviation of the values as a sample.",
            "stddev_samp(x)" + NUMBERS,
            "1.5275252316519467",
            "stddev_samp(any whole number or numeric) → numeric",
            "stddev_samp(real or double precision) → double precision"));
    entries.add(
        entry(
            "stddev",
            "As stddev_samp.",
            "stddev(x)" + NUMBERS,
            "1.5275252316519467",
            "stddev(any whole number or numeric) → numeric",
            "stddev(real or double precision) → double precision"));
    entries.add(
        entry(
            "corr",
            "The correlation of y and x. Pairs with a NULL are left out.",
            "round(corr(y, x)::numeric, 4)" + PAIRS,
            "0.9820",
            "corr(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "covar_pop",
            "The covariance of the pairs as a whole population. Pairs with a NULL are left out.",
            "covar_pop(y, x)" + PAIRS,
            "1",
            "covar_pop(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "covar_samp",
            "The covariance of the pairs as a sample. Pairs with a NULL are left out.",
            "covar_samp(y, x)" + PAIRS,
            "1.5",
            "covar_samp(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_avgx",
            "The mean of x. Pairs with a NULL are left out.",
            "regr_avgx(y, x)" + PAIRS,
            "2",
            "regr_avgx(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_avgy",
            "The mean of y. Pairs with a NULL are left out.",
            "round(regr_avgy(y, x)::numeric, 4)" + PAIRS,
            "2.3333",
            "regr_avgy(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_count",
            "How many pairs have no NULL.",
            "regr_count(y, x)" + PAIRS,
            "3",
            "regr_count(y double precision, x double precision) → bigint"));
    entries.add(
        entry(
            "regr_intercept",
            "Where the least-squares line cuts the y axis. Pairs with a NULL are left out.",
            "round(regr_intercept(y, x)::numeric, 4)" + PAIRS,
            "-0.6667",
            "regr_intercept(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_r2",
            "The square of the correlation. Pairs with a NULL are left out.",
            "round(regr_r2(y, x)::numeric, 4)" + PAIRS,
            "0.9643",
            "regr_r2(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_slope",
            "The slope of the least-squares line. Pairs with a NULL are left out.",
            "regr_slope(y, x)" + PAIRS,
            "1.5",
            "regr_slope(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_sxx",
            "The sum of squared distances of x from its mean. Pairs with a NULL are left out.",
            "regr_sxx(y, x)" + PAIRS,
            "2",
            "regr_sxx(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_sxy",
            "The sum of products of the distances of x and y from their means. Pairs with a NULL are left out.",
            "regr_sxy(y, x)" + PAIRS,
            "3",
            "regr_sxy(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "regr_syy",
            "The sum of squared distances of y from its mean. Pairs with a NULL are left out.",
            "round(regr_syy(y, x)::numeric, 4)" + PAIRS,
            "4.6667",
            "regr_syy(y double precision, x double precision) → double precision"));
    entries.add(
        entry(
            "percentile_cont",
            "The value at this share of the ordered values, between two of them if need be.",
            "percentile_cont(0.75) WITHIN GROUP (ORDER BY x)" + NUMBERS,
            "3",
            "percentile_cont(double precision) WITHIN GROUP (ORDER BY double precision) → double precision",
            "percentile_cont(double precision) WITHIN GROUP (ORDER BY interval) → interval"));
    entries.add(
        entry(
            "percentile_disc",
            "The first of the ordered values at or behind this share of them.",
            "percentile_disc(0.5) WITHIN GROUP (ORDER BY x)" + NUMBERS,
            "2",
            "percentile_disc(double precision) WITHIN GROUP (ORDER BY any ordered) → same type"));
    entries.add(
        entry(
            "mode",
            "The most frequent value.",
            "mode() WITHIN GROUP (ORDER BY x)" + NUMBERS,
            "1",
            "mode() WITHIN GROUP (ORDER BY any ordered) → same type"));
    entries.add(
        entry(
            "rank",
            "The rank that a row of these values would have, with gaps.",
            "rank(2) WITHIN GROUP (ORDER BY x)" + NUMBERS,
            "2",
            "rank(any ordered [, ...]) WITHIN GROUP (ORDER BY any ordered [, ...]) → bigint"));
    entries.add(
        entry(
            "dense_rank",
            "The rank that a row of these values would have, without gaps.",
            "dense_rank(3) WITHIN GROUP (ORDER BY x)" + NUMBERS,
            "3",
            "dense_rank(any ordered [, ...]) WITHIN GROUP (ORDER BY any ordered [, ...]) → bigint"));
    entries.add(
        entry(
            "percent_rank",
            "(rank - 1) / (rows of the group), of a row of these values.",
            "percent_rank(3) WITHIN GROUP (ORDER BY x)" + NUMBERS,
            "0.6666666666666666",
            "percent_rank(any ordered [, ...]) WITHIN GROUP (ORDER BY any ordered [, ...]) → double precision"));
    entries.add(
        entry(
            "cume_dist",
            "The share of rows, a row of these values included, that come before it or are its peers.",
            "cume_dist(2) WITHIN GROUP (ORDER BY x)" + NUMBERS,
            "0.75",
            "cume_dist(any ordered [, ...]) WITHIN GROUP (ORDER BY any ordered [, ...]) → double precision"));
    entries.add(
        entry(
            "array_agg",
            "The values as a JSON array, there being no arrays.",
            "array_agg(x ORDER BY x)" + NUMBERS,
            "[1, 2, 4]",
            "array_agg(any) → json"));
    entries.add(
        entry(
            "json_agg",
            "The values as a JSON array.",
            "json_agg(x ORDER BY x DESC)" + NUMBERS,
            "[4, 2, 1]",
            "json_agg(any) → json"));
    entries.add(
        entry(
            "jsonb_agg",
            "The values as a JSON array.",
            "jsonb_agg(x ORDER BY x)" + NUMBERS,
            "[1, 2, 4]",
            "jsonb_agg(any) → json"));
    entries.add(
        entry(
            "json_object_agg",
            "A JSON object of keys and values.",
            "json_object_agg(x, 2 * x ORDER BY x)" + NUMBERS,
            "{ \"1\" : 2, \"2\" : 4, \"4\" : 8 }",
            "json_object_agg(any, any) → json"));
    entries.add(
        entry(
            "jsonb_object_agg",
            "A JSON object of keys and values.",
            "jsonb_object_agg(x, 2 * x ORDER BY x)" + NUMBERS,
            "{\"1\": 2, \"2\": 4, \"4\": 8}",
            "jsonb_object_agg(any, any) → json"));
    return entries;
  }

  private static FunctionEntry entry(
      String name, String description, String example, String result, String... signatures) {
    return new FunctionEntry(
        FunctionCategory.AGGREGATE, name, List.of(signatures), description, example, result);
  }
}
