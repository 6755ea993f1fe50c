package org.kalamdb.schema;

import java.util.Locale;

/**
 * What a session may do, from least to most. A session has the role it was opened with, never one
 * that SQL text asks for; {@code docs/concepts/roles.md} has the whole matrix.
 */
public enum Role {
  /** Nobody in particular, without a user id: reads public shared tables. */
  ANONYMOUS,

  /** A user of the application: reads and writes own rows, reads public shared tables. */
  USER,

  /**
   * A part of the application that works for its users: writes shared tables, reads all users'
   * rows, acts as a user, makes and alters tables, flushes and compacts.
   */
  SERVICE,

  /** Whoever runs the database: everything but what concerns those of role {@link #SYSTEM}. */
  DBA,

  /** Everything. */
  SYSTEM;

  /** The name in SQL, as {@code CURRENT_ROLE} gives it. */
  public String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the role may do all that the other one may. */
  public boolean includes(Role other) {
    return compareTo(other) >= 0;
  }
}
