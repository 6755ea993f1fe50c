package org.kalamdb.internal.storage.kv;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.KalamException;

class InMemoryKeyValueStoreTest extends KeyValueStoreContract {
  @Override
  protected KeyValueStore open() {
    return new InMemoryKeyValueStore();
  }

  @Test
  void checkpoint_always_isRefused() {
    assertThatThrownBy(() -> store.checkpoint(Path.of("nowhere")))
        .isInstanceOf(KalamException.class)
        .hasMessageContaining("0A000");
  }
}
