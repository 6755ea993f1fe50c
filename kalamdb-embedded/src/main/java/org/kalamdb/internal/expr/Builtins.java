package org.kalamdb.internal.expr;

/** The list of families of functions; a new family is one line here. */
final class Builtins {
  private Builtins() {}

  static void registerAll(FunctionRegistry registry) {
    Registrar registrar = new Registrar(registry);
    IntegerArithmetic.register(registrar);
    FloatingArithmetic.register(registrar);
    DecimalArithmetic.register(registrar);
    MathFunctions.register(registrar);
    ChoiceFunctions.register(registrar);
    PatternFunctions.register(registrar);
    TextFunctions.register(registrar);
    BytesFunctions.register(registrar);
    DateTimeArithmetic.register(registrar);
    DateTimeFunctions.register(registrar);
    SystemFunctions.register(registrar);
    JsonFunctions.register(registrar);
    EmbeddingFunctions.register(registrar);
  }
}
