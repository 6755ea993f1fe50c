package org.kalamdb.internal.storage.cold;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kalamdb.internal.storage.file.LocalFileStore;

class SegmentFilesTest {
  @TempDir Path directory;

  @Test
  void sweep_orphansAndTemporaryFiles_goAndTheRestStays() {
    LocalFileStore files = new LocalFileStore(directory);
    for (String path :
        new String[] {
          "a/1.parquet",
          "a/2.parquet",
          "a/3.parquet.tmp",
          "a/manifest.json",
          "a/manifest.json.tmp",
          "x.txt"
        }) {
      files.create(path).close();
    }
    assertThat(SegmentFiles.sweep(files, files.list(""), Set.of("a/1.parquet")))
        .containsExactly("a/2.parquet", "a/3.parquet.tmp", "a/manifest.json.tmp");
    assertThat(files.list("")).containsExactly("a/1.parquet", "a/manifest.json", "x.txt");
  }

  @Test
  void newFile_sameNumberTwice_isAnotherFile() {
    assertThat(SegmentFiles.newFile("p", 12))
        .matches("p/12-[0-9a-f]{8}\\.parquet")
        .isNotEqualTo(SegmentFiles.newFile("p", 12));
  }
}
