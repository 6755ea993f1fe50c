package org.kalamdb;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a transaction runs.
 *
 * @param isolation what it sees of others; {@link Isolation#SNAPSHOT} by default
 * @param readOnly whether statements that write are refused with 25006
 * @param durability what its acknowledged commit survives; null: as the session says
 */
public record TransactionOptions(
    Isolation isolation, boolean readOnly, @Nullable Durability durability) {
  private static final TransactionOptions DEFAULTS =
      new TransactionOptions(Isolation.SNAPSHOT, false, null);

  public TransactionOptions {
    Objects.requireNonNull(isolation, "isolation");
  }

  public static TransactionOptions defaults() {
    return DEFAULTS;
  }

  public TransactionOptions withIsolation(Isolation newIsolation) {
    return new TransactionOptions(newIsolation, readOnly, durability);
  }

  public TransactionOptions asReadOnly() {
    return withReadOnly(true);
  }

  public TransactionOptions withReadOnly(boolean newReadOnly) {
    return new TransactionOptions(isolation, newReadOnly, durability);
  }

  public TransactionOptions withDurability(Durability newDurability) {
    return new TransactionOptions(
        isolation, readOnly, Objects.requireNonNull(newDurability, "durability"));
  }
}
