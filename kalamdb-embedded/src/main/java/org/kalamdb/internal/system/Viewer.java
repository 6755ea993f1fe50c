package org.kalamdb.internal.system;

import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.UserId;

/**
 * Who looks at what the database tells of its sessions.
 *
 * @param everybody whether rows of everybody are seen; else own ones only
 * @param user whose own rows are; null: nobody's
 */
public record Viewer(boolean everybody, @Nullable UserId user) {
  /**
   * Whether the viewer sees what is of somebody.
   *
   * @param owner null: of no user
   */
  public boolean sees(@Nullable UserId owner) {
    return everybody || (owner != null && owner.equals(user));
  }

  boolean seesRowOf(@Nullable Object owner) {
    return everybody || (user != null && user.value().equals(owner));
  }
}
