package org.kalamdb.internal.expr;

/** One overload of a scalar function or operator: name, signature, and how to compute it. */
public interface ScalarFunction {
  String name();
}
