package org.kalamdb.internal.expr;

/** The list of families of functions; a new family is one line here. */
final class Builtins {
  private Builtins() {}

  static void registerAll(FunctionRegistry registry) {
    Registrar registrar = new Registrar(registry, FunctionCategory.MATH);
    IntegerArithmetic.register(registrar);
    FloatingArithmetic.register(registrar);
    DecimalArithmetic.register(registrar);
    DecimalFunctions.register(registrar);
    MathFunctions.register(registrar);
    TrigonometricFunctions.register(registrar);
    IntegerFunctions.register(registrar);
    MathReference.describe(registrar);
    registrar.chapter(FunctionCategory.CONDITIONAL);
    ChoiceFunctions.register(registrar);
    registrar.chapter(FunctionCategory.PATTERN);
    PatternFunctions.register(registrar);
    RegexFunctions.register(registrar);
    PatternReference.describe(registrar);
    registrar.chapter(FunctionCategory.TEXT);
    TextFunctions.register(registrar);
    TextParts.register(registrar);
    TextQuoting.register(registrar);
    FormatFunction.register(registrar);
    TextReference.describe(registrar);
    registrar.chapter(FunctionCategory.BYTES);
    BytesFunctions.register(registrar);
    BytesReference.describe(registrar);
    registrar.chapter(FunctionCategory.DATE_TIME);
    DateTimeArithmetic.register(registrar);
    DateTimeParts.register(registrar);
    DateTimeTruncation.register(registrar);
    DateTimeFunctions.register(registrar);
    IntervalFunctions.register(registrar);
    TemplateFunctions.register(registrar);
    DateTimeReference.describe(registrar);
    registrar.chapter(FunctionCategory.SYSTEM);
    SystemFunctions.register(registrar);
    SystemReference.describe(registrar);
    registrar.chapter(FunctionCategory.JSON);
    JsonFunctions.register(registrar);
    JsonBuilding.register(registrar);
    JsonEditing.register(registrar);
    JsonReference.describe(registrar);
    registrar.chapter(FunctionCategory.EMBEDDING);
    EmbeddingFunctions.register(registrar);
  }
}
