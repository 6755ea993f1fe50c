package org.kalamdb.internal.sql.plan;

/** What a join does with rows that find a partner and with rows that find none. */
public enum JoinType {
  INNER("Inner"),
  /** Left rows without a partner are kept with NULLs. */
  LEFT("Left"),
  /** Right rows without a partner are kept with NULLs. */
  RIGHT("Right"),
  FULL("Full"),
  /** Left rows that have a partner, each once; the right columns are not in the output. */
  SEMI("Semi"),
  /** Left rows that have no partner; the right columns are not in the output. */
  ANTI("Anti"),
  /**
   * Every left row and one BOOLEAN column: the value of {@code IN} for it. It is NULL where no
   * partner was found but some condition was NULL. With keys alone that is a NULL key on either
   * side; with a residual too, the keys only choose whom the residual is asked about.
   */
  MARK("Mark"),
  /** Every left row and one BOOLEAN column, never NULL: whether it has a partner. */
  EXISTS("Exists"),
  /** As LEFT, but a second partner is error 21000: a scalar subquery. */
  SINGLE("Single");

  private final String label;

  JoinType(String label) {
    this.label = label;
  }

  /** As EXPLAIN prints it. */
  public String label() {
    return label;
  }

  /** Whether left rows without a partner are in the output. */
  public boolean keepsLeft() {
    return this == LEFT || this == FULL || this == SINGLE || marks();
  }

  /** Whether right rows without a partner are in the output. */
  public boolean keepsRight() {
    return this == RIGHT || this == FULL;
  }

  /** Whether the output has the columns of the right side. */
  public boolean showsRight() {
    return this != SEMI && this != ANTI && !marks();
  }

  /** Whether the output has a column that tells of a partner. */
  public boolean marks() {
    return this == MARK || this == EXISTS;
  }
}
