package org.kalamdb.internal.storage.cold;

import java.io.IOException;
import java.io.InputStream;
import shaded.parquet.org.apache.thrift.TBase;
import shaded.parquet.org.apache.thrift.TConfiguration;
import shaded.parquet.org.apache.thrift.TException;
import shaded.parquet.org.apache.thrift.protocol.TCompactProtocol;
import shaded.parquet.org.apache.thrift.transport.TIOStreamTransport;

/**
 * Parquet's thrift structures from bytes that nobody has checked: no list or text is taken to be
 * longer than the bytes that are there.
 */
final class ForeignThrift {
  private static final int MAX_DEPTH = 32;

  private ForeignThrift() {}

  /** Fills the structure; {@code in} is behind it then. */
  static <T extends TBase<T, ?>> T read(InputStream in, int length, T into) throws IOException {
    try {
      TConfiguration limits = new TConfiguration(length, length, MAX_DEPTH);
      into.read(new TCompactProtocol(new TIOStreamTransport(limits, in)));
      return into;
    } catch (TException | RuntimeException e) {
      throw new IOException("not a structure of Parquet: " + e.getMessage(), e);
    }
  }
}
