package org.kalamdb.internal.expr;

import org.apache.arrow.memory.util.MemoryUtil;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.DataType.Kind;

/**
 * Distances between embeddings, summed up in double precision. {@code <=>} is the cosine distance,
 * {@code <->} the Euclidean, {@code <#>} the negated inner product, so that less is nearer.
 */
final class EmbeddingFunctions {
  private EmbeddingFunctions() {}

  static void register(Registrar r) {
    describe(r);
    distance(r, "cosine_distance", EmbeddingFunctions::cosine);
    distance(r, "<=>", EmbeddingFunctions::cosine);
    distance(r, "l2_distance", EmbeddingFunctions::euclidean);
    distance(r, "<->", EmbeddingFunctions::euclidean);
    distance(r, "inner_product", EmbeddingFunctions::innerProduct);
    distance(r, "<#>", (a, b, n) -> -innerProduct(a, b, n));
    r.kernel(
        "vector_dims",
        in -> DataType.INTEGER,
        (in, type) -> Registrar.loop((a, c) -> in.get(0).length(), 1),
        Kind.EMBEDDING);
    r.kernel(
        "vector_norm",
        DataType.DOUBLE,
        (in, out, rows, n, context) -> {
          int dimensions = in[0].type().length();
          for (int i = 0; i < n; i++) {
            long at = in[0].valueAddress(rows[i]);
            out.setDouble(rows[i], Math.sqrt(innerProduct(at, at, dimensions)));
          }
        },
        Kind.EMBEDDING);
  }

  private static void describe(Registrar r) {
    r.describe(
        "cosine_distance",
        "1 minus the cosine of the angle between two embeddings.",
        "cosine_distance('[1,0]'::embedding(2), '[0,1]')",
        "1");
    r.describe(
        "<=>", "As cosine_distance, for ORDER BY.", "'[1,0]'::embedding(2) <=> '[0,1]'", "1");
    r.describe(
        "l2_distance",
        "The Euclidean distance of two embeddings.",
        "l2_distance('[0,0]'::embedding(2), '[3,4]')",
        "5");
    r.describe("<->", "As l2_distance, for ORDER BY.", "'[0,0]'::embedding(2) <-> '[3,4]'", "5");
    r.describe(
        "inner_product",
        "The sum of the products of the dimensions.",
        "inner_product('[1,2]'::embedding(2), '[3,4]')",
        "11");
    r.describe(
        "<#>",
        "The inner product negated, so that less is nearer.",
        "'[1,2]'::embedding(2) <#> '[3,4]'",
        "-11");
    r.describe(
        "vector_dims", "The number of dimensions.", "vector_dims('[1,2]'::embedding(2))", "2");
    r.describe("vector_norm", "The Euclidean length.", "vector_norm('[3,4]'::embedding(2))", "5");
  }

  /** A measure of two embeddings by the address of their floats. */
  @FunctionalInterface
  private interface Distance {
    double of(long left, long right, int dimensions);
  }

  private static void distance(Registrar r, String name, Distance distance) {
    r.kernel(
        name,
        in -> DataType.DOUBLE,
        (in, type) -> {
          int dimensions = in.get(0).length();
          if (in.get(1).length() != dimensions) {
            throw new KalamException(
                ErrorCode.DATATYPE_MISMATCH,
                "different embedding dimensions " + dimensions + " and " + in.get(1).length());
          }
          return (columns, out, rows, n, context) -> {
            ColumnView a = columns[0];
            ColumnView b = columns[1];
            for (int i = 0; i < n; i++) {
              out.setDouble(
                  rows[i],
                  distance.of(a.valueAddress(rows[i]), b.valueAddress(rows[i]), dimensions));
            }
          };
        },
        Kind.EMBEDDING,
        Kind.EMBEDDING);
  }

  private static float at(long address, int i) {
    return Float.intBitsToFloat(MemoryUtil.getInt(address + 4L * i));
  }

  private static double innerProduct(long a, long b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (double) at(a, i) * at(b, i);
    }
    return sum;
  }

  private static double euclidean(long a, long b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double difference = (double) at(a, i) - at(b, i);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  /** NaN if either embedding is all zeros. */
  private static double cosine(long a, long b, int n) {
    double product = 0;
    double left = 0;
    double right = 0;
    for (int i = 0; i < n; i++) {
      double x = at(a, i);
      double y = at(b, i);
      product += x * y;
      left += x * x;
      right += y * y;
    }
    double similarity = product / Math.sqrt(left * right);
    return 1 - Math.max(-1, Math.min(1, similarity));
  }
}
