package org.kalamdb.schema;

import java.util.Objects;

/** A namespace (PostgreSQL's schema) by its folded name. */
public record NamespaceId(String name) {
  /** The namespace of unqualified names in a new session; it always exists. */
  public static final NamespaceId DEFAULT = new NamespaceId("default");

  public NamespaceId {
    Objects.requireNonNull(name, "name");
  }

  @Override
  public String toString() {
    return name;
  }
}
