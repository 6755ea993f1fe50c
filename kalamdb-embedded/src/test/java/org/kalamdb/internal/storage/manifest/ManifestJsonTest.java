package org.kalamdb.internal.storage.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.internal.storage.file.LocalFileStore;
import org.kalamdb.internal.storage.manifest.ManifestJson.Condition;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;

class ManifestJsonTest {
  private static final UserId USER = new UserId("al\"ice\u0001\u00e4");
  private static final PartitionManifest MANIFEST =
      PartitionManifest.of(List.of(ManifestFixture.entry(1), ManifestFixture.entry(2)));
  private static final Map<Long, RoaringBitmap> SUPERSEDED =
      Map.of(2L, RoaringBitmap.bitmapOf(3, 900));

  private static final String HOME = "chat/users/messages/ab/u";

  @TempDir Path directory;
  private LocalFileStore files;

  @BeforeEach
  void open() {
    files = new LocalFileStore(directory);
  }

  private Condition refresh(PartitionManifest manifest, Map<Long, RoaringBitmap> superseded) {
    return ManifestJson.refresh(files, HOME, ManifestFixture.TABLE, USER, manifest, superseded, 77);
  }

  @Test
  void refresh_missingStaleOrCurrent_isToldApart() {
    assertThat(refresh(MANIFEST, SUPERSEDED)).isEqualTo(Condition.MISSING);
    assertThat(refresh(MANIFEST, SUPERSEDED)).isEqualTo(Condition.CURRENT);
    assertThat(refresh(MANIFEST, Map.of())).isEqualTo(Condition.STALE);
    assertThat(refresh(PartitionManifest.of(List.of(ManifestFixture.entry(1))), Map.of()))
        .isEqualTo(Condition.STALE);
    assertThat(refresh(PartitionManifest.EMPTY, Map.of())).isEqualTo(Condition.STALE);
    assertThat(refresh(PartitionManifest.EMPTY, Map.of())).isEqualTo(Condition.CURRENT);
    assertThat(files.list("")).containsExactly(HOME + "/manifest.json");
  }

  @Test
  void write_segmentsInOtherDirectories_areNamedByTheirWayFromTheCopy() {
    ManifestJson.write(
        files, "chat/other/x", ManifestFixture.TABLE, USER, MANIFEST, SUPERSEDED, 77);
    assertThat(ManifestJson.read(files, "chat/other/x").segments())
        .extracting(ManifestJson.SegmentCopy::file)
        .contains("../../users/messages/ab/u/1.parquet");
  }

  @Test
  void read_written_saysWhatAReaderNeeds() {
    refresh(MANIFEST, SUPERSEDED);
    ManifestJson.Copy copy = ManifestJson.read(files, HOME);
    assertThat(copy.asOfSeq()).isEqualTo(77);
    assertThat(copy.segments())
        .extracting(ManifestJson.SegmentCopy::file)
        .containsExactly("2.parquet", "1.parquet");
    assertThat(copy.segments().get(0).superseded()).isEqualTo(RoaringBitmap.bitmapOf(3, 900));
  }

  @Test
  void refresh_anyByteDamaged_isReportedAndMended() throws IOException {
    refresh(MANIFEST, SUPERSEDED);
    Path file = directory.resolve(HOME + "/manifest.json");
    byte[] good = Files.readAllBytes(file);
    for (int i = 0; i < good.length; i += 7) {
      byte[] bad = good.clone();
      bad[i] ^= 4;
      Files.write(file, bad);
      assertThat(refresh(MANIFEST, SUPERSEDED))
          .describedAs("byte %d", i)
          .isEqualTo(Condition.DAMAGED);
      assertThat(Files.readAllBytes(file)).isEqualTo(good);
    }
    Files.write(file, new byte[0]);
    assertThatThrownBy(() -> ManifestJson.read(files, HOME)).hasMessageContaining("is damaged");
    assertThat(refresh(MANIFEST, SUPERSEDED)).isEqualTo(Condition.DAMAGED);
  }

  @Test
  void write_readByDuckDb_isJson() throws Exception {
    refresh(MANIFEST, SUPERSEDED);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT user, s.file, len(s.superseded_rows), s.max_seq FROM (SELECT \"user\" AS user, unnest(segments) AS s"
                    + " FROM read_json('"
                    + directory.resolve(HOME + "/manifest.json")
                    + "')) ORDER BY 2")) {
      assertThat(result.next()).isTrue();
      assertThat(result.getString(1)).isEqualTo(USER.value());
      assertThat(result.getLong(4)).isEqualTo(1L << 62);
      assertThat(result.next()).isTrue();
      assertThat(result.getString(2)).isEqualTo("2.parquet");
      assertThat(result.getInt(3)).isEqualTo(2);
    }
  }
}
