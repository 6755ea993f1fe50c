package org.kalamdb.internal.expr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Expression.Comparison;
import org.kalamdb.internal.expr.Expression.Connective;
import org.kalamdb.internal.vector.ColumnView;
import org.kalamdb.internal.vector.ColumnWriter;
import org.kalamdb.internal.vector.RecordBatch;
import org.kalamdb.internal.vector.SelectionVector;
import org.kalamdb.schema.DataType;

/**
 * Computes one expression, over batches or over single rows: the one evaluator behind WHERE, CHECK,
 * DEFAULT, generated columns and live filters.
 *
 * <p>It owns scratch vectors that are reused from call to call and freed by {@link #close}. Results
 * of {@link #evaluate} are lent until the next call. Not thread-safe: each thread compiles its own.
 */
public final class ExpressionEvaluator implements AutoCloseable {
  private final Expression expression;
  private final BufferAllocator allocator;
  private final EvaluationNode root;
  private final Frame frame = new Frame();
  private @Nullable RowInput rowInput;
  private int[] selected = new int[16];

  private ExpressionEvaluator(
      Expression expression, BufferAllocator allocator, EvaluationNode root) {
    this.expression = expression;
    this.allocator = allocator;
    this.root = root;
  }

  /** An evaluator whose memory comes from the allocator; the caller closes it. */
  public static ExpressionEvaluator compile(Expression expression, BufferAllocator allocator) {
    List<EvaluationNode> made = new ArrayList<>();
    try {
      return new ExpressionEvaluator(expression, allocator, condition(expression, allocator, made));
    } catch (RuntimeException e) {
      made.forEach(EvaluationNode::close);
      throw e;
    }
  }

  public DataType type() {
    return expression.type();
  }

  /**
   * The values at the given rows of the batch, by row number of the batch; other rows are rubbish.
   * The view is valid until the next call or until the batch is closed.
   */
  public ColumnView evaluate(RecordBatch batch, SelectionVector rows, EvaluationContext context) {
    frame.begin(batch, batch.rowCount(), context);
    return root.evaluate(frame, rows.viewRows(), rows.size());
  }

  /** The values at the given rows, close together in a vector that the caller closes. */
  public FieldVector takeVector(
      RecordBatch batch, SelectionVector rows, EvaluationContext context) {
    ColumnView values = evaluate(batch, rows, context);
    try (ColumnWriter writer = new ColumnWriter(expression.type(), allocator)) {
      writer.begin(rows.size());
      writer.copyRows(0, values, rows.viewRows(), rows.size());
      return writer.takeVector(rows.size());
    }
  }

  /**
   * The values at the given rows, at their row numbers in a vector as long as the batch, which the
   * caller closes; other rows are rubbish.
   */
  public FieldVector takeInPlace(
      RecordBatch batch, SelectionVector rows, EvaluationContext context) {
    ColumnView values = evaluate(batch, rows, context);
    int rowCount = batch.rowCount();
    EvaluationNode node = root instanceof CodedCondition coded ? coded.condition() : root;
    if (node instanceof CallNode call && !values.isConstant()) {
      return call.takeResult(rowCount);
    }
    try (ColumnWriter writer = new ColumnWriter(expression.type(), allocator)) {
      writer.begin(rowCount);
      for (int i = 0; i < rows.size(); i++) {
        writer.copyValue(rows.get(i), values, rows.get(i));
      }
      return writer.takeVector(rowCount);
    }
  }

  /** The active rows of the batch where the (BOOLEAN) expression is TRUE, in a new selection. */
  public SelectionVector filter(RecordBatch batch, EvaluationContext context) {
    SelectionVector rows = batch.selection();
    frame.begin(batch, batch.rowCount(), context);
    if (selected.length < rows.size()) {
      selected = new int[rows.size()];
    }
    int count = root.select(frame, rows.viewRows(), rows.size(), selected);
    return count == rows.size() ? rows : SelectionVector.of(Arrays.copyOf(selected, count), count);
  }

  /** The value of an expression without columns. */
  public @Nullable Object evaluateScalar(EvaluationContext context) {
    if (expression instanceof Expression.Literal literal) {
      return literal.value();
    }
    if (expression instanceof Expression.Parameter parameter) {
      return context.parameter(parameter.index());
    }
    frame.begin(null, 1, context);
    return root.evaluate(frame, EvaluationNode.ROW_ZERO, 1).getObject(0);
  }

  /** The value of an expression without columns, without an evaluator to keep. */
  public static @Nullable Object evaluateScalar(
      Expression expression, EvaluationContext context, BufferAllocator allocator) {
    if (expression instanceof Expression.Literal literal) {
      return literal.value();
    }
    if (expression instanceof Expression.Parameter parameter) {
      return context.parameter(parameter.index());
    }
    try (ExpressionEvaluator evaluator = compile(expression, allocator)) {
      return evaluator.evaluateScalar(context);
    }
  }

  /**
   * The value for one row, given as Java values of the columns' types: DEFAULT, CHECK and live
   * filters of single rows. The columns' types are those the expression was bound with.
   */
  public @Nullable Object evaluateRow(@Nullable Object[] row, EvaluationContext context) {
    if (expression instanceof Expression.Literal literal) {
      return literal.value();
    }
    if (expression instanceof Expression.Parameter parameter) {
      return context.parameter(parameter.index());
    }
    if (expression instanceof Expression.Column column) {
      return row[column.index()];
    }
    return evaluateRowInBatch(row, context).getObject(0);
  }

  /** Whether the (BOOLEAN) expression is TRUE for one row; a CHECK passes also where it is NULL. */
  public boolean isTrue(@Nullable Object[] row, EvaluationContext context) {
    beginRow(row, context);
    return root.select(frame, EvaluationNode.ROW_ZERO, 1, selected) == 1;
  }

  private ColumnView evaluateRowInBatch(@Nullable Object[] row, EvaluationContext context) {
    beginRow(row, context);
    return root.evaluate(frame, EvaluationNode.ROW_ZERO, 1);
  }

  private void beginRow(@Nullable Object[] row, EvaluationContext context) {
    RowInput input = rowInput;
    if (input == null) {
      input = new RowInput(expression, allocator);
      rowInput = input;
    }
    frame.beginRow(input.fill(row), context);
  }

  @Override
  public void close() {
    root.close();
    if (rowInput != null) {
      rowInput.close();
      rowInput = null;
    }
  }

  private static EvaluationNode node(
      Expression expression, BufferAllocator allocator, List<EvaluationNode> made) {
    EvaluationNode node = newNode(expression, allocator, made);
    made.add(node);
    return node;
  }

  /** As {@link #node}, for an expression whose {@code select} is asked. */
  private static EvaluationNode condition(
      Expression expression, BufferAllocator allocator, List<EvaluationNode> made) {
    EvaluationNode node = node(expression, allocator, made);
    int column =
        expression.type().kind() == DataType.Kind.BOOLEAN
            ? CodedCondition.columnOf(expression)
            : -1;
    return column < 0 ? node : new CodedCondition(node, column);
  }

  private static EvaluationNode[] nodes(
      List<Expression> expressions, BufferAllocator allocator, List<EvaluationNode> made) {
    EvaluationNode[] nodes = new EvaluationNode[expressions.size()];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = node(expressions.get(i), allocator, made);
    }
    return nodes;
  }

  private static EvaluationNode[] conditions(
      List<Expression> expressions, BufferAllocator allocator, List<EvaluationNode> made) {
    EvaluationNode[] nodes = new EvaluationNode[expressions.size()];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = condition(expressions.get(i), allocator, made);
    }
    return nodes;
  }

  private static EvaluationNode newNode(
      Expression expression, BufferAllocator allocator, List<EvaluationNode> made) {
    if (expression instanceof Expression.Literal literal) {
      boolean unknownText =
          literal.type().kind() == DataType.Kind.UNKNOWN && literal.value() != null;
      return new LeafNodes.Literal(
          literal.value(), unknownText ? DataType.TEXT : literal.type(), allocator);
    } else if (expression instanceof Expression.Parameter parameter) {
      return new LeafNodes.Parameter(parameter.index(), parameter.type(), allocator);
    } else if (expression instanceof Expression.Column column) {
      return new LeafNodes.Column(column.index(), column.type());
    } else if (expression instanceof Expression.OuterColumn column) {
      return new LeafNodes.OuterColumn(column.id(), column.type(), allocator);
    } else if (expression instanceof Expression.Call call) {
      List<DataType> types = call.arguments().stream().map(Expression::type).toList();
      EvaluationNode[] arguments = nodes(call.arguments(), allocator, made);
      Kernel kernel = call.function().kernel().create(types, call.type());
      return new CallNode(call.function(), kernel, arguments, call.type(), allocator);
    } else if (expression instanceof Expression.Cast cast) {
      return castNode(cast, node(cast.operand(), allocator, made), allocator);
    } else if (expression instanceof Comparison comparison) {
      return comparisonNode(comparison, false, allocator, made);
    } else if (expression instanceof Expression.Logical logical) {
      return new LogicalNodes.Connective(
          logical.connective() == Connective.AND,
          conditions(logical.operands(), allocator, made),
          allocator);
    } else if (expression instanceof Expression.Not not) {
      return not.operand() instanceof Comparison comparison
          ? comparisonNode(comparison, true, allocator, made)
          : new LogicalNodes.Not(node(not.operand(), allocator, made), allocator);
    } else if (expression instanceof Expression.IsNull isNull) {
      return new LogicalNodes.IsNull(
          node(isNull.operand(), allocator, made), isNull.negated(), allocator);
    } else if (expression instanceof Expression.In in) {
      boolean constant =
          in.list().stream()
              .allMatch(
                  item ->
                      item instanceof Expression.Literal || item instanceof Expression.Parameter);
      return new InNode(
          node(in.operand(), allocator, made),
          nodes(in.list(), allocator, made),
          in.negated(),
          constant,
          allocator);
    } else if (expression instanceof Expression.Case choice) {
      List<Expression> results = new ArrayList<>();
      choice.whens().forEach(when -> results.add(when.result()));
      results.add(
          choice.otherwise() == null
              ? new Expression.Literal(null, choice.type())
              : choice.otherwise());
      return new ChoiceNodes.Case(
          nodes(choice.whens().stream().map(Expression.When::condition).toList(), allocator, made),
          nodes(results, allocator, made),
          choice.type(),
          allocator);
    } else if (expression instanceof Expression.Coalesce coalesce) {
      return new ChoiceNodes.Coalesce(
          nodes(coalesce.operands(), allocator, made), coalesce.type(), allocator);
    }
    throw new IllegalArgumentException(
        "Not an expression that has a value of its own: " + expression);
  }

  private static EvaluationNode comparisonNode(
      Comparison comparison,
      boolean negated,
      BufferAllocator allocator,
      List<EvaluationNode> made) {
    return new ComparisonNode(
        negated ? ComparisonNode.negate(comparison.operator()) : comparison.operator(),
        node(comparison.left(), allocator, made),
        node(comparison.right(), allocator, made),
        allocator);
  }

  private static EvaluationNode castNode(
      Expression.Cast cast, EvaluationNode operand, BufferAllocator allocator) {
    DataType from = cast.operand().type();
    if (TypeRules.sameBytes(from, cast.type())) {
      return new LeafNodes.Retyped(operand, cast.type());
    }
    return new CallNode(
        CastKernels.create(from, cast.type(), cast.implicit()),
        true,
        true,
        new EvaluationNode[] {operand},
        cast.type(),
        allocator);
  }
}
