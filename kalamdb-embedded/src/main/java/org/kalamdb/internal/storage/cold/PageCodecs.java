package org.kalamdb.internal.storage.cold;

import java.util.EnumMap;
import java.util.Map;
import org.apache.parquet.format.CompressionCodec;

/** The codecs of one file's chunks, made as they are met. One thread at a time. */
final class PageCodecs implements AutoCloseable {
  private final Map<CompressionCodec, PageCodec> codecs = new EnumMap<>(CompressionCodec.class);

  /** The codec, which stays this object's; XX001 for one that segments do not have. */
  PageCodec of(CompressionCodec codec) {
    return codecs.computeIfAbsent(codec, PageCodec::new);
  }

  /** The codec with this name in the options of a table. */
  PageCodec ofOption(String name) {
    return of(PageCodec.stored(name));
  }

  @Override
  public void close() {
    codecs.values().forEach(PageCodec::close);
    codecs.clear();
  }
}
