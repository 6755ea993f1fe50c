package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.manifest.SegmentEntry;

class SegmentDamageTest {
  @TempDir Path directory;

  @Test
  void scan_anyBitFlipped_isAnErrorOrTheRightRows() throws IOException {
    TableDefinition table = ColdFixture.everyType();
    List<@Nullable Object[]> rows = ColdFixture.everyTypeRows(400, 3);
    SegmentEntry entry;
    List<List<@Nullable Object>> want;
    try (ColdFixture cold = new ColdFixture(directory)) {
      entry = cold.write(table, 1, rows);
      want = cold.read(ColdFixture.everything(table), entry, null);
    }
    Path file = directory.resolve("s/1.parquet");
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(11);
    int harmless = 0;
    for (int i = 0; i < 250; i++) {
      byte[] bad = good.clone();
      int bit = random.nextInt(bad.length * 8);
      bad[bit / 8] ^= (byte) (1 << (bit % 8));
      Files.write(file, bad);
      try (ColdFixture cold = new ColdFixture(directory)) {
        assertThat(cold.read(ColdFixture.everything(table), entry, null))
            .describedAs("byte %d, bit %d", bit / 8, bit % 8)
            .isEqualTo(want);
        harmless++;
      } catch (KalamException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED);
        assertThat(e.reason()).contains("s/1.parquet").contains("chat.messages");
      }
    }
    assertThat(harmless).isLessThan(25);
  }

  @Test
  void scan_bitsOfPageHeadersFlipped_isAnErrorOrTheRightRows() throws IOException {
    TableDefinition table = ColdFixture.everyType();
    SegmentEntry entry;
    List<List<@Nullable Object>> want;
    List<Integer> headers = new ArrayList<>();
    try (ColdFixture cold = new ColdFixture(directory)) {
      entry = cold.write(table, 1, ColdFixture.everyTypeRows(60, 3));
      want = cold.read(ColdFixture.everything(table), entry, null);
      try (var in = cold.files.open(entry.file())) {
        SegmentFooter.read(in, table, entry)
            .groups
            .get(0)
            .chunks()
            .forEach(
                chunk -> {
                  headers.add((int) chunk.dataOffset);
                  headers.add((int) chunk.dictionaryOffset);
                });
      }
    }
    Path file = directory.resolve("s/1.parquet");
    byte[] good = Files.readAllBytes(file);
    for (int start : headers.subList(18, 24)) {
      for (int bit = 0; bit < 8 * 24; bit += 5) {
        byte[] bad = good.clone();
        bad[start + bit / 8] ^= (byte) (1 << (bit % 8));
        Files.write(file, bad);
        try (ColdFixture cold = new ColdFixture(directory)) {
          assertThat(cold.read(ColdFixture.everything(table), entry, null)).isEqualTo(want);
        } catch (KalamException e) {
          assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED);
        }
      }
    }
  }

  @Test
  void scan_fileCutOrForeign_isRefusedBeforeReading() throws IOException {
    TableDefinition table = ColdFixture.everyType();
    try (ColdFixture cold = new ColdFixture(directory)) {
      SegmentEntry entry = cold.write(table, 1, ColdFixture.everyTypeRows(400, 3));
      SegmentEntry other = cold.write(table, 2, ColdFixture.everyTypeRows(401, 4));
      Path file = directory.resolve("s/1.parquet");
      Files.copy(
          directory.resolve("s/2.parquet"),
          file,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      assertThatThrownBy(() -> cold.read(ColdFixture.everything(table), entry, null))
          .hasMessageContaining("the manifest says");
      SegmentEntry lying =
          new SegmentEntry(
              1,
              entry.file(),
              0,
              entry.rows(),
              other.bytes(),
              entry.tailBytes(),
              entry.tailCrc(),
              entry.minKey(),
              entry.maxKey(),
              0,
              0,
              1,
              0,
              0,
              List.of());
      assertThatThrownBy(() -> cold.read(ColdFixture.everything(table), lying, null))
          .hasMessageContaining("checksum");
      Files.delete(file);
      assertThatThrownBy(() -> cold.read(ColdFixture.everything(table), entry, null))
          .isInstanceOfSatisfying(
              KalamException.class,
              e -> {
                assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPTED);
                assertThat(e).hasMessageContaining(entry.file());
              });
    }
  }

  @Test
  void scan_twoThreadsAtOnce_bothReadRightly() throws Exception {
    TableDefinition table = ColdFixture.everyType();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (ColdFixture cold = new ColdFixture(directory)) {
      SegmentEntry entry = cold.write(table, 1, ColdFixture.everyTypeRows(6000, 3));
      List<List<@Nullable Object>> want = cold.read(ColdFixture.everything(table), entry, null);
      Callable<Boolean> reader =
          () -> {
            for (int i = 0; i < 4; i++) {
              if (!cold.read(ColdFixture.everything(table), entry, null).equals(want)) {
                return false;
              }
            }
            return true;
          };
      Future<Boolean> one = threads.submit(reader);
      Future<Boolean> other = threads.submit(reader);
      assertThat(one.get(60, TimeUnit.SECONDS)).isTrue();
      assertThat(other.get(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      threads.shutdownNow();
    }
  }
}
