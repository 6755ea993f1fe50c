package org.kalamdb.internal.expr;

import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.schema.DataType;

/** The nodes without operands: literals, parameters, columns. */
final class LeafNodes {
  private LeafNodes() {}

  /** A literal, written once. */
  static final class Literal extends EvaluationNode {
    private final ColumnWriter writer;
    private final ColumnView view;

    Literal(@Nullable Object value, DataType type, BufferAllocator allocator) {
      super(type);
      this.writer = new ColumnWriter(type, allocator);
      try {
        writer.begin(1);
        writer.setObject(0, value);
        this.view = writer.finishConstant();
      } catch (RuntimeException e) {
        writer.close();
        throw e;
      }
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      return view;
    }

    @Override
    public void close() {
      writer.close();
    }
  }

  /** A parameter, written once for each context. */
  static final class Parameter extends EvaluationNode {
    private final int index;
    private final ColumnWriter writer;
    private @Nullable EvaluationContext current;
    private @Nullable ColumnView view;

    Parameter(int index, DataType type, BufferAllocator allocator) {
      super(type);
      this.index = index;
      this.writer = new ColumnWriter(type, allocator);
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      EvaluationContext context = frame.context();
      ColumnView known = view;
      if (known != null && context == current) {
        return known;
      }
      current = null;
      writer.begin(1);
      writer.setObject(0, context.parameter(index));
      ColumnView written = writer.finishConstant();
      view = written;
      current = context;
      return written;
    }

    @Override
    public void close() {
      writer.close();
    }
  }

  /** A column of the query around, written once for each of its rows. */
  static final class OuterColumn extends EvaluationNode {
    private final int id;
    private final ColumnWriter writer;
    private @Nullable EvaluationContext current;
    private long revision;
    private @Nullable ColumnView view;

    OuterColumn(int id, DataType type, BufferAllocator allocator) {
      super(type);
      this.id = id;
      this.writer = new ColumnWriter(type, allocator);
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      EvaluationContext context = frame.context();
      ColumnView known = view;
      if (known != null && context == current && context.outerRevision() == revision) {
        return known;
      }
      current = null;
      writer.begin(1);
      writer.setObject(0, context.outerValue(id));
      ColumnView written = writer.finishConstant();
      view = written;
      revision = context.outerRevision();
      current = context;
      return written;
    }

    @Override
    public void close() {
      writer.close();
    }
  }

  /** A column of the batch. */
  static final class Column extends EvaluationNode {
    private final int index;

    Column(int index, DataType type) {
      super(type);
      this.index = index;
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      return frame.column(index, type);
    }
  }

  /** The operand's bytes under another type: VARCHAR as TEXT. */
  static final class Retyped extends EvaluationNode {
    private final EvaluationNode operand;
    private final ColumnView view;

    Retyped(EvaluationNode operand, DataType type) {
      super(type);
      this.operand = operand;
      this.view = new ColumnView(type);
    }

    @Override
    ColumnView evaluate(Frame frame, int[] rows, int n) {
      view.reset(operand.evaluate(frame, rows, n));
      return view;
    }

    @Override
    public void close() {
      operand.close();
    }
  }
}
