package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the function reference says about all overloads of one name.
 *
 * @param category the chapter it stands in
 * @param name folded name, or an operator's symbol
 * @param signatures one per overload, as {@code repeat(text, integer) → text}
 * @param description one sentence
 * @param example what stands behind SELECT: an expression, or one with a FROM
 * @param result the text of the example's values, rows joined by {@code ", "}; null where they
 *     differ from call to call
 */
public record FunctionEntry(
    FunctionCategory category,
    String name,
    List<String> signatures,
    String description,
    String example,
    @Nullable String result) {
  public FunctionEntry {
    signatures = List.copyOf(signatures);
  }
}
