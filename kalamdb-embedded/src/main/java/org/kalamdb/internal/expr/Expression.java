package org.kalamdb.internal.expr;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.DataType;

/**
 * A bound, typed expression over the columns of one input. Trees are immutable and shared between
 * threads; what computes them is an {@code ExpressionEvaluator}.
 */
public sealed interface Expression {
  DataType type();

  /** A value of the type's Java class, or null. */
  record Literal(@Nullable Object value, DataType type) implements Expression {}

  /** The statement's parameter number {@code index}, from 0, coerced to {@code type}. */
  record Parameter(int index, DataType type) implements Expression {}

  /** Column number {@code index} of the input batch; {@code name} is for people. */
  record Column(int index, DataType type, String name) implements Expression {}

  /**
   * A column of the query around: the value that the {@code Apply} which knows the number has set
   * for the row in hand. Constant while the plan it stands in runs once.
   */
  record OuterColumn(int id, DataType type, String name) implements Expression {}

  /**
   * A scalar function or operator with its resolved overload; arguments have the overload's types.
   */
  record Call(ScalarFunction function, List<Expression> arguments, DataType type)
      implements Expression {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }

  /** Conversion; {@code implicit} ones were put in by the binder. */
  record Cast(Expression operand, DataType type, boolean implicit) implements Expression {}

  /**
   * Three-valued AND or OR of two or more operands, left to right, later ones only where needed.
   */
  record Logical(Connective connective, List<Expression> operands) implements Expression {
    public Logical {
      operands = List.copyOf(operands);
    }

    @Override
    public DataType type() {
      return DataType.BOOLEAN;
    }
  }

  /** AND or OR. */
  enum Connective {
    AND,
    OR
  }

  record Not(Expression operand) implements Expression {
    @Override
    public DataType type() {
      return DataType.BOOLEAN;
    }
  }

  record IsNull(Expression operand, boolean negated) implements Expression {
    @Override
    public DataType type() {
      return DataType.BOOLEAN;
    }
  }

  /** Comparison of two operands of one type. */
  record Comparison(ComparisonOperator operator, Expression left, Expression right)
      implements Expression {
    @Override
    public DataType type() {
      return DataType.BOOLEAN;
    }
  }

  /** The six comparisons and the two that take NULL for a value. */
  enum ComparisonOperator {
    EQUAL("="),
    NOT_EQUAL("<>"),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">="),
    DISTINCT("IS DISTINCT FROM"),
    NOT_DISTINCT("IS NOT DISTINCT FROM");

    private final String sql;

    ComparisonOperator(String sql) {
      this.sql = sql;
    }

    public String sql() {
      return sql;
    }

    /** The operator with its operands exchanged. */
    public ComparisonOperator flip() {
      return switch (this) {
        case LESS -> GREATER;
        case LESS_OR_EQUAL -> GREATER_OR_EQUAL;
        case GREATER -> LESS;
        case GREATER_OR_EQUAL -> LESS_OR_EQUAL;
        default -> this;
      };
    }
  }

  /** {@code operand [NOT] IN (a, b, ...)}; all of one type. */
  record In(Expression operand, List<Expression> list, boolean negated) implements Expression {
    public In {
      list = List.copyOf(list);
    }

    @Override
    public DataType type() {
      return DataType.BOOLEAN;
    }
  }

  /** Searched CASE (a simple CASE is bound to this form). */
  record Case(List<When> whens, @Nullable Expression otherwise, DataType type)
      implements Expression {
    public Case {
      whens = List.copyOf(whens);
    }
  }

  /** One arm of a CASE. */
  record When(Expression condition, Expression result) {}

  /** First operand that is not NULL; later ones are computed only where needed. */
  record Coalesce(List<Expression> operands, DataType type) implements Expression {
    public Coalesce {
      operands = List.copyOf(operands);
    }
  }
}
