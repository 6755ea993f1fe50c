package org.kalamdb.internal.expr;

/** The list of families of functions; a new family is one line here. */
final class Builtins {
  private Builtins() {}

  static void registerAll(FunctionRegistry registry) {
  }
}
