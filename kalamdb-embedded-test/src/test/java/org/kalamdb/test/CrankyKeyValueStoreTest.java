package org.kalamdb.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.InMemoryKeyValueStore;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.test.CrankyKeyValueStore.Effect;
import org.kalamdb.test.CrankyKeyValueStore.Operation;

class CrankyKeyValueStoreTest {
  private final CrankyKeyValueStore store = new CrankyKeyValueStore(new InMemoryKeyValueStore());

  private void put(int key) {
    KvWriteBatch batch = new KvWriteBatch();
    batch.put(KeyFamily.ROWS, new byte[] {(byte) key}, new byte[0]);
    store.write(batch, true);
  }

  private boolean has(int key) {
    return store.get(KeyFamily.ROWS, new byte[] {(byte) key}, null) != null;
  }

  @Test
  void fail_secondWrite_failsOnceWithOrWithoutEffect() {
    store.fail(Operation.WRITE, 2, Effect.NOT_DONE);
    put(1);
    assertThat(has(1)).isTrue();
    assertThatThrownBy(() -> put(2))
        .isInstanceOfSatisfying(
            KalamException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STATEMENT_COMPLETION_UNKNOWN));
    assertThat(has(2)).isFalse();
    store.fail(Operation.WRITE, 1, Effect.DONE);
    assertThatThrownBy(() -> put(3)).isInstanceOf(KalamException.class);
    assertThat(has(3)).isTrue();
    put(4);
    assertThat(store.failures()).isEqualTo(2);
  }

  @Test
  void failFrom_anyOperation_failsUntilHealed() {
    put(1);
    try (KvIterator iterator = store.iterator(KeyFamily.ROWS, new byte[0], null, false, null)) {
      store.failFrom(null, 1);
      assertThatThrownBy(iterator::next).isInstanceOf(KalamException.class);
      assertThatThrownBy(() -> has(1)).isInstanceOf(KalamException.class);
      assertThatThrownBy(store::snapshot).isInstanceOf(KalamException.class);
      store.heal();
      assertThat(iterator.next()).isTrue();
    }
    assertThat(store.operations()).isEqualTo(6);
  }
}
