package org.kalamdb.internal.security;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.TableType;

/**
 * What a session may do. Roles come from how a session was made, never from SQL text. A role is
 * asked before the catalog is, so that an error tells nothing about what exists.
 */
public enum Role {
  /** An application's user: own partitions, and reads what is shared with everybody. */
  USER,
  /** The application itself. */
  DBA;

  /** The name as CURRENT_ROLE gives it. */
  public String sqlName() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Refuses statements that change the catalog or operate the database. */
  public void checkAdministration(String statement) {
    if (this != DBA) {
      throw denied(statement + " is not allowed for role " + sqlName());
    }
  }

  /** Refuses to change rows of a table that the role can only read. */
  public void checkWrite(TableDefinition table) {
    if (this != DBA && table.type() == TableType.SHARED) {
      throw denied("permission denied for table " + table.id().name());
    }
  }

  /** The tables there are, as far as the role may know. */
  public CatalogSnapshot view(CatalogSnapshot catalog) {
    return this == DBA ? catalog : catalog.publicView();
  }

  private static KalamException denied(String message) {
    return new KalamException(ErrorCode.INSUFFICIENT_PRIVILEGE, message);
  }
}
