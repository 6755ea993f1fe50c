package org.kalamdb.internal.storage.cold;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.format.CompressionCodec;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.xerial.snappy.Snappy;

/**
 * Compresses and decompresses pages. Holds native memory once used: the caller closes it. One
 * thread at a time, so every writer and reader has its own.
 */
final class PageCodec implements AutoCloseable {
  private static final int ZSTD_LEVEL = 3;

  private final CompressionCodec codec;
  private @Nullable ZstdCompressCtx compressor;
  private @Nullable ZstdDecompressCtx decompressor;

  PageCodec(CompressionCodec codec) {
    switch (codec) {
      case ZSTD, SNAPPY, UNCOMPRESSED, GZIP -> this.codec = codec;
      default ->
          throw new KalamException(
              ErrorCode.DATA_CORRUPTED, "compression " + codec + " is not one of segments");
    }
  }

  /** The codec with this name in the options of a table. */
  static PageCodec ofOption(String name) {
    return new PageCodec(stored(name));
  }

  /** What a file calls the codec. */
  static CompressionCodec stored(String name) {
    return switch (name) {
      case "zstd" -> CompressionCodec.ZSTD;
      case "snappy" -> CompressionCodec.SNAPPY;
      case "none" -> CompressionCodec.UNCOMPRESSED;
      default ->
          throw new KalamException(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "compression \"" + name + "\" is not one of zstd, snappy, none");
    };
  }

  CompressionCodec stored() {
    return codec;
  }

  /** The most bytes that {@link #compress} writes. */
  int bound(int length) {
    return switch (codec) {
      case ZSTD -> Math.toIntExact(Zstd.compressBound(length));
      case SNAPPY -> Snappy.maxCompressedLength(length);
      default -> length;
    };
  }

  /** Returns how many bytes it wrote to the beginning of {@code into}. */
  int compress(byte[] bytes, int offset, int length, byte[] into) {
    switch (codec) {
      case ZSTD -> {
        ZstdCompressCtx context = compressor;
        if (context == null) {
          context = new ZstdCompressCtx().setLevel(ZSTD_LEVEL);
          compressor = context;
        }
        return context.compressByteArray(into, 0, into.length, bytes, offset, length);
      }
      case SNAPPY -> {
        try {
          return Snappy.compress(bytes, offset, length, into, 0);
        } catch (IOException e) {
          throw new KalamException(ErrorCode.INTERNAL_ERROR, "snappy could not compress a page", e);
        }
      }
      default -> {
        System.arraycopy(bytes, offset, into, 0, length);
        return length;
      }
    }
  }

  /** Fills {@code size} bytes of {@code into}; anything else is damage (XX001). */
  void decompress(byte[] bytes, int offset, int length, byte[] into, int at, int size) {
    int written;
    try {
      switch (codec) {
        case ZSTD -> {
          ZstdDecompressCtx context = decompressor;
          if (context == null) {
            context = new ZstdDecompressCtx();
            decompressor = context;
          }
          written = context.decompressByteArray(into, at, size, bytes, offset, length);
        }
        case SNAPPY -> {
          written =
              Snappy.uncompressedLength(bytes, offset, length) == size
                  ? Snappy.uncompress(bytes, offset, length, into, at)
                  : -1;
        }
        case GZIP -> {
          try (InputStream in =
              new GZIPInputStream(new ByteArrayInputStream(bytes, offset, length))) {
            written = in.readNBytes(into, at, size) + (in.read() < 0 ? 0 : 1);
          }
        }
        default -> {
          if (length == size) {
            System.arraycopy(bytes, offset, into, at, size);
          }
          written = length;
        }
      }
    } catch (ZstdException | IOException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "a page does not decompress", e);
    }
    if (written != size) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "a page decompresses to a wrong size");
    }
  }

  @Override
  public void close() {
    ZstdCompressCtx compressing = compressor;
    if (compressing != null) {
      compressing.close();
      compressor = null;
    }
    ZstdDecompressCtx decompressing = decompressor;
    if (decompressing != null) {
      decompressing.close();
      decompressor = null;
    }
  }
}
