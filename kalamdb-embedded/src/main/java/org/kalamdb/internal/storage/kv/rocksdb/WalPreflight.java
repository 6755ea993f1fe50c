package org.kalamdb.internal.storage.kv.rocksdb;
import java.nio.file.Path;
final class WalPreflight { static void check(Path p) {} }
