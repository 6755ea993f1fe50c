package org.kalamdb.schema;

import java.util.Objects;

/** A table by namespace and folded name. */
public record TableId(NamespaceId namespace, String name) {
  public TableId {
    Objects.requireNonNull(namespace, "namespace");
    Objects.requireNonNull(name, "name");
  }

  public static TableId of(String namespace, String name) {
    return new TableId(new NamespaceId(namespace), name);
  }

  @Override
  public String toString() {
    return namespace + "." + name;
  }
}
