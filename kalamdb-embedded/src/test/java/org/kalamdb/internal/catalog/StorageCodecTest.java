package org.kalamdb.internal.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.kalamdb.error.KalamException;

class StorageCodecTest {
  private static final StorageDefinition STORAGE =
      new StorageDefinition(
          7,
          "archive",
          "Old",
          null,
          "/mnt/ä",
          null,
          "{namespace}/{tableName}/{userId}",
          UUID.fromString("6f1c2c1e-0000-4000-8000-000000000001"),
          1_795_245_000_000L);

  /** As databases have it: whoever changes this changes the format number. */
  private static final String STORED =
      "01"
          + "00000007"
          + "010000000761726368697665"
          + "01000000034f6c64"
          + "00"
          + "01000000072f6d6e742fc3a4"
          + "00"
          + "01000000207b6e616d6573706163657d2f7b7461626c654e616d657d2f7b7573657249647d"
          + "010000002436663163326331652d303030302d343030302d383030302d303030303030303030303031"
          + "000001a1fcf0c540";

  @Test
  void encode_givesTheBytesThatDatabasesHave_andBack() {
    assertThat(HexFormat.of().formatHex(StorageCodec.encode(STORAGE))).isEqualTo(STORED);
    assertThat(StorageCodec.decode(HexFormat.of().parseHex(STORED))).isEqualTo(STORAGE);
    assertThat(StorageCodec.decode(StorageCodec.encode(StorageDefinition.LOCAL)))
        .isEqualTo(StorageDefinition.LOCAL);
  }

  @Test
  void decode_cutOrOfAnotherFormat_isDamage() {
    byte[] stored = StorageCodec.encode(STORAGE);
    for (int length = 0; length < stored.length; length++) {
      byte[] cut = Arrays.copyOf(stored, length);
      KalamException e = catchThrowableOfType(KalamException.class, () -> StorageCodec.decode(cut));
      assertThat(e).as("of %s bytes", length).isNotNull();
      assertThat(e.sqlState()).isEqualTo("XX001");
    }
    stored[0] = 9;
    assertThat(catchThrowableOfType(KalamException.class, () -> StorageCodec.decode(stored)))
        .hasMessageContaining("format 9");
  }
}
