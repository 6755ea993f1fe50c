package org.kalamdb.internal.expr;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.DictionaryCodes;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * A condition on one column of text: where the column comes with numbers of a dictionary, it is
 * computed for each number that a row has, from the dictionary, and remembered.
 */
final class CodedCondition extends EvaluationNode {
  private static final byte UNKNOWN = 0;
  private static final byte TRUE = 1;
  private static final byte OTHER = 2;

  private final EvaluationNode condition;
  private final int column;
  private @Nullable Object dictionary;
  private @Nullable EvaluationContext context;
  private long revision;

  /** By number. */
  private byte[] known = {};

  private final Frame dictionaryFrame = new Frame();
  private @Nullable ColumnView[] views = {};

  CodedCondition(EvaluationNode condition, int column) {
    super(condition.type);
    this.condition = condition;
    this.column = column;
  }

  EvaluationNode condition() {
    return condition;
  }

  /** The only column of the condition if it is text and the condition repeatable; else -1. */
  static int columnOf(Expression condition) {
    if (ExpressionTree.isVolatile(condition)) {
      return -1;
    }
    int column = onlyColumn(condition, -1);
    return column >= 0 && isText(condition, column) ? column : -1;
  }

  /** {@code found}, or the column found if it is the first; -2 if there are several. */
  private static int onlyColumn(Expression expression, int found) {
    int column = found;
    if (expression instanceof Expression.Column own) {
      return found == -1 || found == own.index() ? own.index() : -2;
    }
    for (Expression child : ExpressionTree.children(expression)) {
      column = onlyColumn(child, column);
    }
    return column;
  }

  private static boolean isText(Expression expression, int column) {
    return expression instanceof Expression.Column own
        ? own.type().isText()
        : ExpressionTree.children(expression).stream().anyMatch(child -> isText(child, column));
  }

  @Override
  ColumnView evaluate(Frame frame, int[] rows, int n) {
    return condition.evaluate(frame, rows, n);
  }

  @Override
  int select(Frame frame, int[] rows, int n, int[] out) {
    RecordBatch batch = frame.batch();
    DictionaryCodes codes = batch == null ? null : batch.codes(column);
    if (codes == null) {
      return condition.select(frame, rows, n, out);
    }
    begin(codes, frame.context());
    learn(codes, frame.context(), rows, n);
    int count = 0;
    for (int i = 0; i < n; i++) {
      int row = rows[i];
      out[count] = row;
      count += known[codes.codes()[row]] & TRUE;
    }
    return count;
  }

  private void begin(DictionaryCodes codes, EvaluationContext now) {
    boolean same =
        codes.dictionary().equals(dictionary) && now == context && now.outerRevision() == revision;
    if (!same) {
      if (known.length <= codes.size()) {
        known = new byte[codes.size() + 1];
      }
      Arrays.fill(known, UNKNOWN);
      dictionary = codes.dictionary();
      context = now;
      revision = now.outerRevision();
    }
  }

  /** Computes the condition for the numbers of the rows that are not known, by the dictionary. */
  private void learn(DictionaryCodes codes, EvaluationContext now, int[] rows, int n) {
    int[] found = scratch(n);
    int count = 0;
    for (int i = 0; i < n; i++) {
      int code = codes.codes()[rows[i]];
      if (known[code] == UNKNOWN) {
        known[code] = OTHER;
        found[count++] = code;
      }
    }
    if (count == 0) {
      return;
    }
    Arrays.sort(found, 0, count);
    if (views.length <= column) {
      views = new ColumnView[column + 1];
    }
    views[column] = codes.values().get();
    dictionaryFrame.beginValues(views, codes.size() + 1, now);
    try {
      int matching = condition.select(dictionaryFrame, found, count, found);
      for (int i = 0; i < matching; i++) {
        known[found[i]] = TRUE;
      }
    } catch (RuntimeException | Error e) {
      dictionary = null;
      throw e;
    }
  }

  @Override
  public void close() {
    condition.close();
  }
}
