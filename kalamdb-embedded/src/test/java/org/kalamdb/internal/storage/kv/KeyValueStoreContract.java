package org.kalamdb.internal.storage.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** What every store must do; run for each of them. */
public abstract class KeyValueStoreContract {
  protected KeyValueStore store;

  protected abstract KeyValueStore open();

  @BeforeEach
  void openStore() {
    store = open();
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private void put(byte[] key, byte[] value) {
    KvWriteBatch batch = new KvWriteBatch();
    batch.put(KeyFamily.ROWS, key, value);
    store.write(batch, false);
  }

  private byte @Nullable [] get(byte[] key) {
    return store.get(KeyFamily.ROWS, key, null);
  }

  private List<byte[]> keys(byte[] from, byte @Nullable [] to, boolean reverse) {
    List<byte[]> keys = new ArrayList<>();
    try (KvIterator iterator = store.iterator(KeyFamily.ROWS, from, to, reverse, null)) {
      while (iterator.next()) {
        keys.add(iterator.copyKey());
      }
    }
    return keys;
  }

  @Test
  void get_absentPresentEmptyAndOverwritten_givesNewest() {
    assertThat(get(bytes(1))).isNull();
    put(bytes(1), bytes());
    assertThat(get(bytes(1))).isEmpty();
    put(bytes(1), bytes(7));
    assertThat(get(bytes(1))).containsExactly(7);
    assertThat(store.get(KeyFamily.META, bytes(1), null)).isNull();
  }

  @Test
  void write_argumentsChangedAfterwards_keepsWhatWasWritten() {
    byte[] key = bytes(1);
    byte[] value = bytes(2);
    put(key, value);
    key[0] = 9;
    value[0] = 9;
    byte[] got = get(bytes(1));
    assertThat(got).containsExactly(2);
    got[0] = 8;
    assertThat(get(bytes(1))).containsExactly(2);
  }

  @Test
  void multiGet_someKeysAbsent_givesNullsInOrder() {
    put(bytes(1), bytes(10));
    put(bytes(3), bytes(30));
    List<byte[]> values =
        store.multiGet(KeyFamily.ROWS, List.of(bytes(3), bytes(2), bytes(1), bytes(3)), null);
    assertThat(values).containsExactly(bytes(30), null, bytes(10), bytes(30));
    assertThat(store.multiGet(KeyFamily.ROWS, List.of(), null)).isEmpty();
  }

  @Test
  void write_batchOverFamilies_appliesInOrder() {
    put(bytes(5), bytes(5));
    KvWriteBatch batch = new KvWriteBatch();
    batch.put(KeyFamily.ROWS, bytes(1), bytes(1));
    batch.put(KeyFamily.ROWS, bytes(2), bytes(2));
    batch.put(KeyFamily.MANIFEST, bytes(1), bytes(3));
    batch.deleteRange(KeyFamily.ROWS, bytes(2), bytes(9));
    batch.put(KeyFamily.ROWS, bytes(3), bytes(3));
    batch.delete(KeyFamily.ROWS, bytes(1));
    batch.delete(KeyFamily.ROWS, bytes(77));
    batch.deleteRange(KeyFamily.ROWS, bytes(9), bytes(3));
    store.write(batch, true);
    assertThat(keys(bytes(), null, false)).containsExactly(bytes(3));
    assertThat(store.get(KeyFamily.MANIFEST, bytes(1), null)).containsExactly(3);
  }

  @Test
  void write_emptyBatch_doesNothing() {
    store.write(new KvWriteBatch(), true);
    store.syncLog();
    assertThat(keys(bytes(), null, false)).isEmpty();
  }

  @Test
  void iterator_boundsAndDirections_givesExactlyTheRange() {
    for (int i : new int[] {0, 1, 127, 128, 255}) {
      put(bytes(i), bytes(i));
    }
    assertThat(keys(bytes(), null, false))
        .containsExactly(bytes(0), bytes(1), bytes(127), bytes(128), bytes(255));
    assertThat(keys(bytes(), null, true))
        .containsExactly(bytes(255), bytes(128), bytes(127), bytes(1), bytes(0));
    assertThat(keys(bytes(1), bytes(128), false)).containsExactly(bytes(1), bytes(127));
    assertThat(keys(bytes(1), bytes(128), true)).containsExactly(bytes(127), bytes(1));
    assertThat(keys(bytes(2), bytes(200), true)).containsExactly(bytes(128), bytes(127));
    assertThat(keys(bytes(128), bytes(128), false)).isEmpty();
    assertThat(keys(bytes(200), bytes(1), false)).isEmpty();
    assertThat(keys(bytes(200), bytes(1), true)).isEmpty();
    assertThat(keys(bytes(255, 0), null, true)).isEmpty();
  }

  @Test
  void seek_withinAndOutsideTheRange_neverLeavesIt() {
    for (int i = 0; i < 10; i++) {
      put(bytes(i), bytes(i));
    }
    try (KvIterator up = store.iterator(KeyFamily.ROWS, bytes(2), bytes(8), false, null);
        KvIterator down = store.iterator(KeyFamily.ROWS, bytes(2), bytes(8), true, null)) {
      assertThat(seekThenNext(up, bytes(4))).isEqualTo(4);
      assertThat(seekThenNext(up, bytes(0))).isEqualTo(2);
      assertThat(seekThenNext(up, bytes(7, 0))).isEqualTo(-1);
      assertThat(up.next()).isFalse();
      assertThat(seekThenNext(up, bytes(9))).isEqualTo(-1);
      assertThat(seekThenNext(up, bytes(6, 1))).isEqualTo(7);
      assertThat(seekThenNext(down, bytes(4))).isEqualTo(4);
      assertThat(seekThenNext(down, bytes(4, 0))).isEqualTo(4);
      assertThat(seekThenNext(down, bytes(8))).isEqualTo(7);
      assertThat(seekThenNext(down, bytes(9))).isEqualTo(7);
      assertThat(seekThenNext(down, bytes(1))).isEqualTo(-1);
      assertThat(seekThenNext(down, bytes(2))).isEqualTo(2);
      assertThat(down.next()).isFalse();
      assertThatThrownBy(down::viewKey).isInstanceOf(IllegalStateException.class);
    }
  }

  private static int seekThenNext(KvIterator iterator, byte[] key) {
    iterator.seek(key);
    return iterator.next() ? iterator.viewKey()[0] : -1;
  }

  @Test
  void iterator_longKeysAndValues_lendsAllOfThem() {
    Random random = new Random(1);
    NavigableMap<byte[], byte[]> expected = new TreeMap<>(Arrays::compareUnsigned);
    for (int length : new int[] {0, 1, 63, 64, 65, 300, 5000, 100_000, 1 << 20, 10}) {
      byte[] key = new byte[1 + Math.min(length, 5000)];
      byte[] value = new byte[length];
      random.nextBytes(key);
      random.nextBytes(value);
      expected.put(key, value);
      put(key, value);
    }
    try (KvIterator iterator = store.iterator(KeyFamily.ROWS, bytes(), null, false, null)) {
      for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
        assertThat(iterator.next()).isTrue();
        assertThat(iterator.copyKey()).isEqualTo(entry.getKey());
        assertThat(iterator.copyValue()).isEqualTo(entry.getValue());
        assertThat(Arrays.copyOf(iterator.viewValue(), iterator.valueLength()))
            .isEqualTo(entry.getValue());
        assertThat(Arrays.copyOf(iterator.viewKey(), iterator.keyLength()))
            .isEqualTo(entry.getKey());
      }
      assertThat(iterator.next()).isFalse();
    }
  }

  @Test
  void snapshot_laterWrites_areNotSeen() {
    put(bytes(1), bytes(1));
    put(bytes(2), bytes(1));
    try (KvSnapshot snapshot = store.snapshot();
        KvIterator newest = store.iterator(KeyFamily.ROWS, bytes(), null, false, null)) {
      put(bytes(1), bytes(2));
      KvWriteBatch batch = new KvWriteBatch();
      batch.deleteRange(KeyFamily.ROWS, bytes(2), bytes(9));
      batch.put(KeyFamily.ROWS, bytes(0), bytes(0));
      store.write(batch, false);
      assertThat(store.get(KeyFamily.ROWS, bytes(1), snapshot)).containsExactly(1);
      assertThat(store.multiGet(KeyFamily.ROWS, List.of(bytes(0), bytes(2)), snapshot))
          .containsExactly(null, bytes(1));
      try (KvIterator iterator = store.iterator(KeyFamily.ROWS, bytes(), null, true, snapshot)) {
        assertThat(iterator.next()).isTrue();
        assertThat(iterator.copyKey()).containsExactly(2);
      }
      assertThat(newest.next()).isTrue();
      assertThat(newest.copyKey())
          .as("an iterator sees the state it was opened at")
          .containsExactly(1);
      assertThat(get(bytes(1))).containsExactly(2);
    }
  }

  @Test
  void snapshot_usedAfterItsClose_isMisuse() {
    KvSnapshot snapshot = store.snapshot();
    KvIterator iterator = store.iterator(KeyFamily.ROWS, bytes(), null, false, snapshot);
    snapshot.close();
    snapshot.close();
    assertThatThrownBy(() -> store.get(KeyFamily.ROWS, bytes(1), snapshot))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.iterator(KeyFamily.ROWS, bytes(), null, false, snapshot))
        .isInstanceOf(IllegalStateException.class);
    assertThat(iterator.next()).isFalse();
    iterator.close();
    iterator.close();
    assertThatThrownBy(iterator::next).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void close_thingsLeftOpen_givesDatabaseIsClosedEverAfter() {
    put(bytes(1), bytes(1));
    KvSnapshot snapshot = store.snapshot();
    KvIterator iterator = store.iterator(KeyFamily.ROWS, bytes(), null, false, snapshot);
    assertThat(iterator.next()).isTrue();
    KvWriteBatch batch = new KvWriteBatch();
    batch.put(KeyFamily.ROWS, bytes(1), bytes(1));
    store.close();
    store.close();
    List<ThrowingCallable> calls =
        List.of(
            () -> store.get(KeyFamily.ROWS, bytes(1), null),
            () -> store.get(KeyFamily.ROWS, bytes(1), snapshot),
            () -> store.multiGet(KeyFamily.ROWS, List.of(bytes(1)), null),
            () -> store.write(batch, true),
            () -> store.syncLog(),
            () -> store.iterator(KeyFamily.ROWS, bytes(), null, false, null),
            () -> store.snapshot(),
            () -> store.compactRange(KeyFamily.ROWS, bytes(), null),
            () -> store.approximateBytes(KeyFamily.ROWS, bytes(), bytes(9)),
            () -> iterator.next(),
            () -> iterator.seek(bytes(1)));
    for (ThrowingCallable call : calls) {
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(
              KalamException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.CONNECTION_DOES_NOT_EXIST));
    }
    assertThatCode(iterator::close).doesNotThrowAnyException();
    assertThatCode(snapshot::close).doesNotThrowAnyException();
  }

  @Test
  void close_whileThreadsReadAndWrite_givesThemDatabaseIsClosed() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      put(bytes(i), bytes(i));
    }
    AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    java.util.concurrent.CountDownLatch busy = new java.util.concurrent.CountDownLatch(4);
    for (int t = 0; t < 4; t++) {
      int kind = t;
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (int i = 0; true; i++) {
                    if (i == 20) {
                      busy.countDown();
                    }
                    useStore(kind, i);
                  }
                } catch (KalamException e) {
                  if (e.code() != ErrorCode.CONNECTION_DOES_NOT_EXIST) {
                    wrong.set(e);
                  }
                } catch (Throwable e) {
                  wrong.set(e);
                }
              });
      threads.add(thread);
      thread.start();
    }
    busy.await();
    store.close();
    for (Thread thread : threads) {
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
    assertThat(wrong.get()).isNull();
  }

  private void useStore(int kind, int i) {
    switch (kind) {
      case 0 -> get(bytes(i % 100));
      case 1 -> put(bytes(i % 100), bytes(i));
      case 2 -> {
        try (KvSnapshot snapshot = store.snapshot()) {
          store.get(KeyFamily.ROWS, bytes(1), snapshot);
        }
      }
      default -> {
        try (KvIterator iterator =
            store.iterator(KeyFamily.ROWS, bytes(), null, i % 2 == 0, null)) {
          while (iterator.next()) {
            iterator.viewKey();
          }
        }
      }
    }
  }

  @Test
  void approximateBytes_someData_countsIt() {
    for (int i = 0; i < 50; i++) {
      byte[] value = new byte[10_000];
      new Random(i).nextBytes(value);
      put(bytes(i), value);
    }
    assertThat(store.approximateBytes(KeyFamily.ROWS, bytes(0), bytes(99)))
        .isBetween(100_000L, 2_000_000L);
    assertThat(store.approximateBytes(KeyFamily.ROWS, bytes(99), bytes(100))).isLessThan(100_000);
    store.compactRange(KeyFamily.ROWS, bytes(0), bytes(50));
    assertThat(get(bytes(3))).hasSize(10_000);
  }

  @Test
  void randomHistory_againstASortedMap_agrees() {
    Random random = new Random(42);
    NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
    List<KvSnapshot> snapshots = new ArrayList<>();
    List<NavigableMap<byte[], byte[]>> models = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      KvWriteBatch batch = new KvWriteBatch();
      for (int i = random.nextInt(20); i >= 0; i--) {
        byte[] key = randomKey(random);
        switch (random.nextInt(12)) {
          case 0 -> {
            byte[] end = randomKey(random);
            batch.deleteRange(KeyFamily.ROWS, key, end);
            if (Arrays.compareUnsigned(key, end) < 0) {
              model.subMap(key, end).clear();
            }
          }
          case 1, 2, 3 -> {
            batch.delete(KeyFamily.ROWS, key);
            model.remove(key);
          }
          default -> {
            byte[] value = bytes(step, i);
            batch.put(KeyFamily.ROWS, key, value);
            model.put(key, value);
          }
        }
      }
      store.write(batch, false);
      if (step % 60 == 30) {
        snapshots.add(store.snapshot());
        models.add(copy(model));
      }
      if (step % 10 == 0) {
        assertSame(model, null, random);
      }
    }
    for (int i = 0; i < snapshots.size(); i++) {
      assertSame(models.get(i), snapshots.get(i), random);
      snapshots.get(i).close();
    }
    assertSame(model, null, random);
  }

  private static NavigableMap<byte[], byte[]> copy(NavigableMap<byte[], byte[]> map) {
    NavigableMap<byte[], byte[]> copy = new TreeMap<>(Arrays::compareUnsigned);
    copy.putAll(map);
    return copy;
  }

  private static byte[] randomKey(Random random) {
    byte[] key = new byte[1 + random.nextInt(2)];
    random.nextBytes(key);
    key[0] = (byte) (random.nextInt(16) * 17);
    return key;
  }

  private void assertSame(
      NavigableMap<byte[], byte[]> model, @Nullable KvSnapshot snapshot, Random random) {
    byte[] from = randomKey(random);
    byte[] to = random.nextBoolean() ? null : randomKey(random);
    NavigableMap<byte[], byte[]> expected =
        to == null
            ? model.tailMap(from, true)
            : Arrays.compareUnsigned(from, to) < 0
                ? model.subMap(from, true, to, false)
                : new TreeMap<>(Arrays::compareUnsigned);
    for (boolean reverse : new boolean[] {false, true}) {
      List<String> found = new ArrayList<>();
      try (KvIterator iterator = store.iterator(KeyFamily.ROWS, from, to, reverse, snapshot)) {
        while (iterator.next()) {
          found.add(text(iterator.copyKey(), iterator.copyValue()));
        }
      }
      List<String> wanted = new ArrayList<>();
      (reverse ? expected.descendingMap() : expected)
          .forEach((key, value) -> wanted.add(text(key, value)));
      assertThat(found).isEqualTo(wanted);
    }
    byte[] key = randomKey(random);
    assertThat(store.get(KeyFamily.ROWS, key, snapshot)).isEqualTo(model.get(key));
  }

  private static String text(byte[] key, byte[] value) {
    return Arrays.toString(key) + "=" + Arrays.toString(value);
  }
}
