package org.kalamdb.internal.storage.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.InMemoryKeyValueStore;
import org.kalamdb.internal.storage.kv.KvSnapshot;
import org.kalamdb.internal.storage.kv.KvWriteBatch;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;

class ManifestStoreTest {
  private static final List<UserId> USERS =
      List.of(new UserId("a"), new UserId("b"), new UserId("\u00ff"));

  @Test
  void decode_encodedEntry_isTheEntry() {
    SegmentEntry entry = ManifestFixture.entry(3);
    byte[] bytes = SegmentEntryCodec.encode(entry);
    assertThat(SegmentEntryCodec.decode(3, bytes, bytes.length)).isEqualTo(entry);
    for (int length = 0; length < bytes.length; length++) {
      int cut = length;
      assertThatThrownBy(() -> SegmentEntryCodec.decode(3, bytes, cut))
          .isInstanceOfSatisfying(
              KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED));
    }
  }

  /** What a reader at one commit must see. */
  private record Truth(
      long seq,
      KvSnapshot snapshot,
      TreeMap<String, Set<Long>> segments,
      TreeMap<String, Set<Integer>> markers) {}

  /**
   * Random publishes, markers and drops; readers at every open snapshot compare with a plain model.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void readers_atAnySnapshotAndCacheSize_seeWhatWasCommittedByThen(long seed) {
    Random random = new Random(seed);
    try (InMemoryKeyValueStore kv = new InMemoryKeyValueStore()) {
      ManifestStore store = new ManifestStore(kv, seed % 3 == 0 ? 0 : 1 << 20);
      TreeMap<String, Set<Long>> segments = new TreeMap<>();
      TreeMap<String, Set<Integer>> markers = new TreeMap<>();
      List<Truth> readers = new ArrayList<>();
      readers.add(new Truth(0, kv.snapshot(), copy(segments), copy(markers)));
      long number = 1;
      for (long seq = 1; seq <= 300; seq++) {
        UserId user = USERS.get(random.nextInt(2));
        Set<Long> own = segments.computeIfAbsent(user.value(), key -> new HashSet<>());
        KvWriteBatch batch = new KvWriteBatch();
        int action = random.nextInt(40);
        if (action == 0 && random.nextInt(4) == 0) {
          store.addDropTo(batch, 7);
          kv.write(batch, false);
          store.applyDrop(7, seq);
          segments.clear();
          markers.clear();
        } else if (action < 10) {
          List<SegmentEntry> removed = new ArrayList<>();
          if (own.size() > 2) {
            long gone = own.iterator().next();
            removed.add(ManifestFixture.entry(gone));
            own.remove(gone);
            markers.remove(user.value() + gone);
          }
          List<SegmentEntry> added = List.of(ManifestFixture.entry(number));
          own.add(number++);
          store.addPublishTo(batch, ManifestFixture.TABLE, user, added, removed);
          kv.write(batch, false);
          store.applyPublish(ManifestFixture.TABLE, user, added, removed, seq);
        } else if (!own.isEmpty()) {
          long segment = own.iterator().next();
          long[] rows =
              random.ints(1 + random.nextInt(40), 0, 1000).distinct().asLongStream().toArray();
          for (long row : rows) {
            ManifestStore.addMarkerTo(batch, ManifestFixture.TABLE, user, segment, row, seq);
            markers.computeIfAbsent(user.value() + segment, key -> new HashSet<>()).add((int) row);
          }
          kv.write(batch, false);
          store.applyMarkers(ManifestFixture.TABLE, user, segment, rows, seq);
        }
        if (random.nextInt(4) == 0) {
          readers.add(new Truth(seq, kv.snapshot(), copy(segments), copy(markers)));
        }
        if (readers.size() > 6) {
          readers.remove(random.nextInt(readers.size())).snapshot().close();
        }
        check(store, readers.get(random.nextInt(readers.size())));
        check(store, readers.get(readers.size() - 1));
      }
      readers.forEach(reader -> reader.snapshot().close());
    }
  }

  private static <T> TreeMap<String, Set<T>> copy(TreeMap<String, Set<T>> map) {
    TreeMap<String, Set<T>> copy = new TreeMap<>();
    map.forEach((key, value) -> copy.put(key, new HashSet<>(value)));
    return copy;
  }

  private static void check(ManifestStore store, Truth truth) {
    for (UserId user : USERS) {
      PartitionManifest manifest =
          store.manifestAt(ManifestFixture.TABLE, user, truth.snapshot(), truth.seq());
      Set<Long> numbers = new HashSet<>();
      manifest.segments().forEach(segment -> numbers.add(segment.number()));
      assertThat(numbers).isEqualTo(truth.segments().getOrDefault(user.value(), Set.of()));
      assertThat(manifest.segments())
          .isSortedAccordingTo((a, b) -> Arrays.compareUnsigned(a.minKey(), b.minKey()));
      for (long segment : numbers) {
        @Nullable RoaringBitmap rows =
            store.supersededAt(ManifestFixture.TABLE, user, segment, truth.snapshot(), truth.seq());
        Set<Integer> found = new HashSet<>();
        if (rows != null) {
          rows.forEach((int row) -> found.add(row));
        }
        assertThat(found).isEqualTo(truth.markers().getOrDefault(user.value() + segment, Set.of()));
      }
    }
  }

  @Test
  void supersededAt_nothingChanged_isTheSameBitmap() {
    try (InMemoryKeyValueStore kv = new InMemoryKeyValueStore();
        KvSnapshot before = kv.snapshot()) {
      ManifestStore store = new ManifestStore(kv, 1 << 20);
      UserId user = USERS.get(0);
      assertThat(store.supersededAt(ManifestFixture.TABLE, user, 1, before, 0)).isNull();
      KvWriteBatch batch = new KvWriteBatch();
      ManifestStore.addMarkerTo(batch, ManifestFixture.TABLE, user, 1, 5, 10);
      kv.write(batch, false);
      store.applyMarkers(ManifestFixture.TABLE, user, 1, new long[] {5}, 10);
      try (KvSnapshot after = kv.snapshot()) {
        RoaringBitmap rows = store.supersededAt(ManifestFixture.TABLE, user, 1, after, 10);
        assertThat(rows).isEqualTo(RoaringBitmap.bitmapOf(5));
        assertThat(store.supersededAt(ManifestFixture.TABLE, user, 1, after, 11)).isSameAs(rows);
      }
      assertThat(store.supersededAt(ManifestFixture.TABLE, user, 1, before, 9)).isNull();
    }
  }

  @Test
  void visitAll_everyPartition_isNamed() {
    try (InMemoryKeyValueStore kv = new InMemoryKeyValueStore()) {
      ManifestStore store = new ManifestStore(kv, 1 << 20);
      KvWriteBatch batch = new KvWriteBatch();
      for (UserId user : USERS) {
        store.addPublishTo(
            batch,
            ManifestFixture.TABLE,
            user,
            List.of(ManifestFixture.entry(user.value().charAt(0))),
            List.of());
      }
      kv.write(batch, false);
      List<String> seen = new ArrayList<>();
      try (KvSnapshot snapshot = kv.snapshot()) {
        store.visitAll(
            snapshot, (table, user, entry) -> seen.add(table + " " + user + " " + entry.number()));
      }
      assertThat(seen).containsExactly("7 a 97", "7 b 98", "7 \u00ff 255");
    }
  }
}
