package org.kalamdb.internal.expr;

/** The chapters of the function reference, in its order. */
public enum FunctionCategory {
  CONDITIONAL("Conditional functions"),
  MATH("Mathematical functions and operators"),
  TEXT("Text functions and operators"),
  PATTERN("Pattern matching"),
  BYTES("Functions of BYTES"),
  DATE_TIME("Date and time functions and operators"),
  JSON("JSON functions and operators"),
  EMBEDDING("Embedding functions and operators"),
  SYSTEM("Session, identifiers, system"),
  AGGREGATE("Aggregate functions"),
  WINDOW("Window functions"),
  TABLE("Functions that give rows, in FROM and in select lists");

  private final String title;

  FunctionCategory(String title) {
    this.title = title;
  }

  public String title() {
    return title;
  }
}
