package org.kalamdb.internal.storage.kv.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.storage.kv.KeyFamily;
import org.kalamdb.internal.storage.kv.KvIterator;
import org.kalamdb.internal.storage.kv.KvWriteBatch;

/** Damage to a store that was killed, and what opening it says. */
class WalPreflightTest {
  private static final int ROWS = 200;

  /** Bytes a commit of one short row takes in the log. */
  private static final int RECORD = LogFile.HEADER + 12 + 2 + 1 + 4 + 1 + 100;

  @TempDir Path temporary;
  private Path killed;

  /**
   * Commits ROWS rows of 100 bytes, one of 100,000, and keeps the files as a kill would leave them.
   */
  @BeforeEach
  void writeAndKill() throws IOException {
    Path hot = temporary.resolve("hot");
    killed = temporary.resolve("killed");
    try (RocksKeyValueStore store =
        RocksKeyValueStore.open(hot, RocksKeyValueStore.Past.NONE, RocksOptions.DEFAULTS)) {
      Random random = new Random(3);
      for (int i = 0; i < ROWS; i++) {
        byte[] value = new byte[i == 50 ? 100_000 : 100];
        random.nextBytes(value);
        KvWriteBatch batch = new KvWriteBatch();
        batch.put(KeyFamily.ROWS, ByteBuffer.allocate(4).putInt(i).array(), value);
        store.write(batch, i == ROWS - 1);
      }
      copy(hot, killed);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static Path file(Path directory, String pattern) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches(pattern))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  private Path log() throws IOException {
    return file(killed, "[0-9]+\\.log");
  }

  /** How many rows opening gives; they must be a prefix of the commits. */
  private int rowsAfterOpen() {
    return assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          try (RocksKeyValueStore store =
                  RocksKeyValueStore.open(
                      killed, RocksKeyValueStore.Past.CRASHED, RocksOptions.DEFAULTS);
              KvIterator iterator =
                  store.iterator(KeyFamily.ROWS, new byte[0], null, false, null)) {
            int rows = 0;
            while (iterator.next()) {
              assertThat(ByteBuffer.wrap(iterator.viewKey()).getInt()).isEqualTo(rows++);
            }
            return rows;
          }
        });
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(this::rowsAfterOpen)
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED))
        .hasMessageContainingAll(parts);
  }

  @Test
  void open_afterKill_hasEveryRow() {
    assertThat(rowsAfterOpen()).isEqualTo(ROWS);
  }

  @Test
  void open_cutAtAnyByteOfTheTail_hasAPrefix() throws IOException {
    byte[] whole = Files.readAllBytes(log());
    for (int cut : new int[] {1, 6, 17, 100, 120, 126, 127, 128, 5000}) {
      Path log = log();
      Files.write(log, Arrays.copyOf(whole, whole.length - cut));
      List<WalPreflight.TornTail> torn = WalPreflight.check(killed, true);
      assertThat(torn).hasSizeLessThanOrEqualTo(1);
      assertThat(WalPreflight.check(killed, true)).as("checked again").isEmpty();
      LogFile.Scan scan = LogFile.scan(log);
      assertThat(scan.flaw()).isNull();
      assertThat(scan.records()).isEqualTo(ROWS - (cut + RECORD - 1) / RECORD);
    }
    assertThat(rowsAfterOpen()).isEqualTo(ROWS - (5000 + RECORD - 1) / RECORD);
  }

  @Test
  void open_cutInsideTheLongRecord_dropsThatRecordWhole() throws IOException {
    Files.write(log(), Arrays.copyOf(Files.readAllBytes(log()), 60_000));
    assertThat(rowsAfterOpen()).isEqualTo(50);
  }

  @Test
  void open_zerosAtTheEnd_hasEveryWholeRow() throws IOException {
    byte[] whole = Files.readAllBytes(log());
    Files.write(log(), Arrays.copyOf(whole, whole.length + 70_000));
    assertThat(rowsAfterOpen()).isEqualTo(ROWS);
  }

  @Test
  void open_lastPagesZeroed_hasAPrefix() throws IOException {
    byte[] bytes = Files.readAllBytes(log());
    Arrays.fill(bytes, bytes.length - 4096, bytes.length, (byte) 0);
    Files.write(log(), bytes);
    assertThat(rowsAfterOpen()).isEqualTo(ROWS - (4096 + RECORD - 1) / RECORD);
  }

  @Test
  void check_anyFlippedBit_isRefusedAndNothingIsChanged() throws IOException {
    byte[] whole = Files.readAllBytes(log());
    Random random = new Random(5);
    int accepted = 0;
    for (int i = 0; i < 300; i++) {
      byte[] flipped = whole.clone();
      int at = i < RECORD ? whole.length - 1 - i : random.nextInt(whole.length);
      if (isPadding(at)) {
        continue;
      }
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(log(), flipped);
      try {
        List<WalPreflight.TornTail> torn = WalPreflight.check(killed, true);
        // A length that now points past the end looks like a cut; only the last record can.
        assertThat(torn).as("byte %s", at).hasSize(1);
        assertThat(torn.get(0).offset()).isEqualTo(whole.length - RECORD);
        accepted++;
      } catch (KalamException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED);
        assertThat(e).hasMessageContaining(log().toString());
        assertThat(Files.readAllBytes(log())).isEqualTo(flipped);
      }
    }
    assertThat(accepted).as("flips in the two bytes of the last length").isLessThanOrEqualTo(2);
  }

  /** Blocks of the log are padded where a header would not fit; nothing reads these bytes. */
  private boolean isPadding(int at) {
    return at % LogFile.BLOCK >= LogFile.BLOCK - LogFile.HEADER + 1;
  }

  @Test
  void open_recyclableRecordType_isRefusedWithoutHanging() throws IOException {
    byte[] bytes = Files.readAllBytes(log());
    int second = LogFile.HEADER + (bytes[4] & 0xFF | (bytes[5] & 0xFF) << 8);
    assertThat(bytes[second + 6]).isEqualTo((byte) 1);
    bytes[second + 6] = 5;
    Files.write(log(), bytes);
    assertRefused(log().toString(), "at byte " + second, "type 5");
  }

  @Test
  void open_garbageTailWithRecyclableType_isRefusedWithoutHanging() throws IOException {
    byte[] whole = Files.readAllBytes(log());
    for (int type = 5; type <= 8; type++) {
      byte[] bytes = Arrays.copyOf(whole, whole.length + 20);
      Arrays.fill(bytes, whole.length, bytes.length, (byte) 1);
      bytes[whole.length + 6] = (byte) type;
      Files.write(log(), bytes);
      assertRefused("type " + type);
    }
  }

  @Test
  void open_holeInTheMiddle_isRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(log());
    Arrays.fill(bytes, 3000, 7096, (byte) 0);
    Files.write(log(), bytes);
    assertRefused(log().toString());
  }

  @Test
  void open_tornLogBeforeOneWithRecords_isRefused() throws IOException {
    Path log = log();
    byte[] whole = Files.readAllBytes(log);
    Files.write(log, Arrays.copyOf(whole, whole.length - 10));
    byte[] batch = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    CRC32C crc = new CRC32C();
    crc.update(1);
    crc.update(batch, 0, batch.length);
    ByteBuffer record =
        ByteBuffer.allocate(LogFile.HEADER + batch.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(LogFile.mask((int) crc.getValue())).putShort((short) batch.length).put((byte) 1);
    Files.write(killed.resolve("999999.log"), record.put(batch).array());
    assertRefused(log.getFileName().toString(), "cut off");
  }

  @Test
  void open_deletedLog_isRefused() throws IOException {
    // A log that was never followed by another is only known to the marks later guards keep.
    Path hot = temporary.resolve("more");
    Path copy = temporary.resolve("more-killed");
    try (RocksKeyValueStore store =
        RocksKeyValueStore.open(
            hot, RocksKeyValueStore.Past.NONE, new RocksOptions(1 << 20, 1 << 20))) {
      for (int i = 0; i < 300; i++) {
        KvWriteBatch batch = new KvWriteBatch();
        batch.put(
            KeyFamily.values()[i % 8], ByteBuffer.allocate(4).putInt(i).array(), new byte[5000]);
        store.write(batch, false);
        try (Stream<Path> files = Files.list(hot)) {
          if (files.filter(file -> file.toString().endsWith(".log")).count() >= 2) {
            break;
          }
        }
      }
      store.syncLog();
      copy(hot, copy);
    }
    try (Stream<Path> files = Files.list(copy)) {
      List<Path> logs = files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
      assertThat(logs).hasSizeGreaterThanOrEqualTo(2);
      Files.delete(logs.get(0));
    }
    killed = copy;
    assertThatThrownBy(this::rowsAfterOpen)
        .isInstanceOfSatisfying(
            KalamException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED));
  }

  @Test
  void open_manifestDamagedOrMissing_isRefused() throws IOException {
    Path manifest = file(killed, "MANIFEST-.*");
    byte[] bytes = Files.readAllBytes(manifest);
    byte[] flipped = bytes.clone();
    flipped[20] ^= 4;
    Files.write(manifest, flipped);
    assertRefused(manifest.toString());
    Files.delete(manifest);
    assertRefused(manifest.toString(), "missing");
    Files.write(manifest, bytes);
    Path current = killed.resolve("CURRENT");
    Files.write(current, new byte[0]);
    assertRefused("CURRENT");
    Files.delete(current);
    assertRefused("CURRENT", "missing");
    assertThat(current).as("nothing was created").doesNotExist();
  }

  @Test
  void open_tableFileDamaged_isAnErrorAndNoEarlyEnd() throws IOException {
    try (RocksKeyValueStore store =
        RocksKeyValueStore.open(killed, RocksKeyValueStore.Past.CRASHED, RocksOptions.DEFAULTS)) {
      store.compactRange(KeyFamily.ROWS, new byte[0], null);
    }
    Path table = file(killed, "[0-9]+\\.sst");
    byte[] bytes = Files.readAllBytes(table);
    bytes[bytes.length / 3] ^= 1;
    Files.write(table, bytes);
    assertRefused(table.getFileName().toString());
  }
}
