package org.kalamdb.internal.storage.kv.rocksdb;

import org.kalamdb.internal.storage.kv.KeyFamily;

/** Receives entries of a store; the arrays are its own. */
@FunctionalInterface
public interface EntryVisitor {
  void visit(KeyFamily family, byte[] key, byte[] value);
}
