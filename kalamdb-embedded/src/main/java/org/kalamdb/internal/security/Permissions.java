package org.kalamdb.internal.security;

import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.schema.Role;
import org.kalamdb.schema.TableType;

/**
 * What a session of a role may do. Asked before the catalog is, so that a refusal tells nothing
 * about what exists; each check throws 42501.
 */
public record Permissions(Role role) {
  /** Refuses statements that write rows to who can write none. */
  public void checkWriting(String statement) {
    require(Role.USER, statement);
  }

  /** Refuses to change rows of a table that the role can only read. */
  public void checkWrite(TableDefinition table) {
    if (table.type() == TableType.SHARED && !role.includes(Role.SERVICE)) {
      throw denied("permission denied for table " + table.id().name());
    }
  }

  /** Refuses to make and to alter tables, indexes and views. */
  public void checkDefinition(String statement) {
    require(Role.SERVICE, statement);
  }

  /** Refuses to flush and compact, and to look at what that would be for. */
  public void checkMaintenance(String statement) {
    require(Role.SERVICE, statement);
  }

  /** Refuses to read rows of other users, and to act as one. */
  public void checkOtherUsers(String what) {
    require(Role.SERVICE, what);
  }

  /** Refuses to drop things and to operate the database. */
  public void checkAdministration(String statement) {
    require(Role.DBA, statement);
  }

  /** Refuses to make users of the role: nobody gives more than they have. */
  public void checkCreateUser(Role made) {
    require(Role.SERVICE, "CREATE USER");
    if (role == Role.SERVICE && made != Role.USER) {
      throw denied("role service creates users of role user only");
    }
    checkConcerns(made);
  }

  /** Refuses to change what concerns somebody of a greater role, or to give it. */
  public void checkConcerns(@Nullable Role other) {
    if (other != null && !role.includes(other)) {
      throw denied("role " + role.sqlName() + " cannot change users of role " + other.sqlName());
    }
  }

  /** Refuses to give a table an access level at which it would be out of reach. */
  public void checkAccessLevel(String level) {
    if (level.equalsIgnoreCase("dba")) {
      require(Role.DBA, "access level dba");
    }
  }

  private void require(Role least, String what) {
    if (!role.includes(least)) {
      throw denied(what + " is not allowed for role " + role.sqlName());
    }
  }

  /** The tables there are, as far as the role may know. */
  public CatalogSnapshot view(CatalogSnapshot catalog) {
    return catalog.asSeenBy(role);
  }

  private static KalamException denied(String message) {
    return new KalamException(ErrorCode.INSUFFICIENT_PRIVILEGE, message);
  }
}
