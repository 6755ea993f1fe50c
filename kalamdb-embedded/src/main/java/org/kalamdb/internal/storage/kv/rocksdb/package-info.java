/** RocksDB behind the seam; the only package that knows org.rocksdb. */
@NullMarked
package org.kalamdb.internal.storage.kv.rocksdb;

import org.jspecify.annotations.NullMarked;
