package org.kalamdb.internal.expr;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType.Kind;

/** string_agg of text or bytes: NULL values are left out, a NULL delimiter is empty. */
final class StringAggregator extends ObjectAggregator<StringAggregator.State> {
  private boolean bytes;

  /** What is joined so far, and the delimiter of its first value, which merging needs. */
  static final class State {
    final ByteArrayOutputStream joined = new ByteArrayOutputStream();
    byte[] firstDelimiter = new byte[0];
  }

  @Override
  @Nullable State add(@Nullable State state, ColumnView[] arguments, int row) {
    if (arguments[0].isNull(row)) {
      return state;
    }
    byte[] delimiter = arguments[1].isNull(row) ? new byte[0] : arguments[1].copyBytes(row);
    State target = state;
    if (target == null) {
      target = new State();
      target.firstDelimiter = delimiter;
    } else {
      target.joined.writeBytes(delimiter);
    }
    target.joined.writeBytes(arguments[0].copyBytes(row));
    return target;
  }

  @Override
  State combine(State left, State right) {
    left.joined.writeBytes(right.firstDelimiter);
    left.joined.writeBytes(right.joined.toByteArray());
    return left;
  }

  @Override
  State copy(State state) {
    State copy = new State();
    copy.firstDelimiter = state.firstDelimiter;
    copy.joined.writeBytes(state.joined.toByteArray());
    return copy;
  }

  @Override
  public void finish(ColumnWriter out, int row, int from, int to) {
    bytes = out.type().kind() == Kind.BYTES;
    super.finish(out, row, from, to);
  }

  @Override
  public boolean isGrowing() {
    return true;
  }

  /** The stream's array is up to twice as long as what it holds. */
  @Override
  long bytesOf(State state) {
    return 3 * OBJECT_BYTES + state.joined.size() * 3L / 2;
  }

  @Override
  Object result(State state) {
    byte[] joined = state.joined.toByteArray();
    return bytes ? joined : new String(joined, StandardCharsets.UTF_8);
  }
}
