package org.kalamdb.internal.storage.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.storage.kv.KeyValueStoreContract;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

class RocksKeyValueStoreTest extends KeyValueStoreContract {
  @TempDir Path directory;

  @Override
  protected KeyValueStore open() {
    return RocksKeyValueStore.open(
        directory.resolve("hot"), RocksKeyValueStore.Past.NONE, RocksOptions.DEFAULTS);
  }

  private void put(int key, int value) {
    KvWriteBatch batch = new KvWriteBatch();
    batch.put(KeyFamily.ROWS, new byte[] {(byte) key}, new byte[] {(byte) value});
    store.write(batch, true);
  }

  @Test
  void open_afterClose_hasEverything() {
    put(1, 2);
    store.close();
    store =
        RocksKeyValueStore.open(
            directory.resolve("hot"), RocksKeyValueStore.Past.CRASHED, RocksOptions.DEFAULTS);
    assertThat(store.get(KeyFamily.ROWS, new byte[] {1}, null)).containsExactly(2);
  }

  @Test
  void open_secondTime_isInUse() {
    assertThatThrownBy(
            () ->
                RocksKeyValueStore.open(
                    directory.resolve("hot"),
                    RocksKeyValueStore.Past.CRASHED,
                    RocksOptions.DEFAULTS))
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.OBJECT_IN_USE));
  }

  @Test
  void checkpoint_thenMoreWrites_holdsTheStateOfThen() {
    put(1, 1);
    Path copy = directory.resolve("copy");
    store.checkpoint(copy);
    put(1, 2);
    assertThatThrownBy(() -> store.checkpoint(copy)).isInstanceOf(KalamException.class);
    try (KeyValueStore opened =
        RocksKeyValueStore.open(copy, RocksKeyValueStore.Past.CRASHED, RocksOptions.DEFAULTS)) {
      assertThat(opened.get(KeyFamily.ROWS, new byte[] {1}, null)).containsExactly(1);
    }
  }

  @Test
  void unpack_again_usesTheSameFileAndRepairsADamagedOne() throws Exception {
    Path base = directory.resolve("native");
    Path unpacked = NativeLibrary.unpack(base);
    Path library;
    try (var files = Files.list(unpacked)) {
      library = files.toList().get(0);
    }
    var written = Files.getLastModifiedTime(library);
    assertThat(NativeLibrary.unpack(base)).isEqualTo(unpacked);
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(written);
    byte[] right = Files.readAllBytes(library);
    byte[] damaged = right.clone();
    damaged[right.length / 2] ^= 1;
    Files.write(library, damaged);
    NativeLibrary.unpack(base);
    assertThat(Files.readAllBytes(library)).isEqualTo(right);
    try (var files = Files.list(unpacked)) {
      assertThat(files.toList()).containsExactly(library);
    }
  }
}
