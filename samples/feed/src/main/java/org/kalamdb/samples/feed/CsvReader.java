package org.kalamdb.samples.feed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Records of a CSV file (RFC 4180, UTF-8, plain or gzip by its first bytes). Quoted fields may span
 * lines. What breaks the format is an error that names the line; nothing is guessed.
 */
final class CsvReader implements AutoCloseable {
  private final FileChannel file;
  private final BufferedReader reader;
  private int line = 1;
  private int recordLine;

  private CsvReader(FileChannel file, Reader reader) {
    this.file = file;
    this.reader = new BufferedReader(reader, 1 << 16);
  }

  static CsvReader open(Path path) throws IOException {
    FileChannel file = FileChannel.open(path);
    try {
      ByteBuffer magic = ByteBuffer.allocate(2);
      file.read(magic, 0);
      var bytes = Channels.newInputStream(file);
      boolean gzip = magic.position() == 2 && magic.getShort(0) == 0x1F8B;
      var decoder =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT);
      return new CsvReader(
          file, new InputStreamReader(gzip ? new GZIPInputStream(bytes, 1 << 16) : bytes, decoder));
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Line on which the record last read began. */
  int recordLine() {
    return recordLine;
  }

  /** Share of the file's bytes read so far, 0 to 1. */
  double progress() throws IOException {
    return file.size() == 0 ? 1 : Math.min(1.0, (double) file.position() / file.size());
  }

  /** The fields of the next record; null at the end of the file. */
  @Nullable List<String> next() throws IOException {
    recordLine = line;
    List<String> fields = new ArrayList<>();
    int c = read();
    if (c < 0) {
      return null;
    }
    while (true) {
      StringBuilder field = new StringBuilder();
      if (c == '"') {
        c = readQuoted(field);
      } else {
        while (c >= 0 && c != ',' && c != '\n' && c != '\r') {
          if (c == '"') {
            throw malformed("a quote inside a field that does not begin with one");
          }
          field.append((char) c);
          c = read();
        }
      }
      fields.add(field.toString());
      if (c == '\r') {
        c = read();
        if (c >= 0 && c != '\n') {
          throw malformed("a carriage return that ends no line");
        }
      }
      if (c < 0 || c == '\n') {
        return fields;
      }
      c = read();
    }
  }

  /** Reads up to the closing quote and returns what follows it. */
  private int readQuoted(StringBuilder field) throws IOException {
    while (true) {
      int c = read();
      if (c < 0) {
        throw malformed("a quoted field is not closed");
      }
      if (c == '"') {
        c = read();
        if (c != '"') {
          if (c >= 0 && c != ',' && c != '\n' && c != '\r') {
            throw malformed("text after the closing quote of a field");
          }
          return c;
        }
      }
      field.append((char) c);
    }
  }

  private int read() throws IOException {
    try {
      int c = reader.read();
      if (c == '\n') {
        line++;
      }
      return c;
    } catch (CharacterCodingException e) {
      throw malformed("bytes that are not UTF-8");
    }
  }

  FeedException malformed(String what) {
    return new FeedException("line " + recordLine + ": malformed CSV: " + what);
  }

  @Override
  public void close() throws IOException {
    try (reader) {
      file.close();
    }
  }
}
