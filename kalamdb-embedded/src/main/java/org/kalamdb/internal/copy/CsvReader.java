package org.kalamdb.internal.copy;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/**
 * Records of a CSV file in PostgreSQL's dialect: quotes may begin and end within a field, quoted
 * text may span lines, a record ends at a line feed, a carriage return or both. Reads as it goes.
 * Not thread-safe.
 */
public final class CsvReader {
  private static final int END = -1;

  private final Reader in;
  private final CsvFormat format;
  private final StringBuilder text = new StringBuilder();
  private int ahead;
  private boolean hasAhead;
  private long line = 1;
  private long recordLine;

  /** Reads from {@code in}, which is best buffered and stays the caller's. */
  public CsvReader(Reader in, CsvFormat format) {
    this.in = in;
    this.format = format;
  }

  /** A field: its text, and whether part of it was quoted, so that it is not NULL. */
  public record Field(String text, boolean quoted) {}

  /** The line, from 1, where the last record began. */
  public long line() {
    return recordLine;
  }

  /** The next record; null at the end or behind the line {@code \\.}. */
  public @Nullable List<Field> next() throws IOException {
    recordLine = line;
    if (peek() == END) {
      return null;
    }
    List<Field> fields = new ArrayList<>();
    boolean more = true;
    while (more) {
      more = field(fields);
    }
    Field first = fields.get(0);
    return fields.size() == 1 && !first.quoted() && first.text().equals("\\.") ? null : fields;
  }

  /** Reads one field and what ends it; true if another follows. */
  private boolean field(List<Field> fields) throws IOException {
    text.setLength(0);
    boolean quoted = false;
    while (true) {
      int c = read();
      if (c == format.quote()) {
        quoted = true;
        quotedPart();
      } else if (c == format.delimiter() || c == '\n' || c == '\r' || c == END) {
        if (c == '\r' && peek() == '\n') {
          read();
        }
        if (c == '\n' || c == '\r') {
          line++;
        }
        fields.add(new Field(text.toString(), quoted));
        return c == format.delimiter();
      } else {
        text.append((char) c);
      }
    }
  }

  private void quotedPart() throws IOException {
    while (true) {
      int c = read();
      if (c == END) {
        throw new KalamException(ErrorCode.BAD_COPY_FILE_FORMAT, "unterminated CSV quoted field");
      }
      if (c == format.escape() && (peek() == format.quote() || peek() == format.escape())) {
        text.append((char) read());
      } else if (c == format.quote()) {
        return;
      } else {
        if (c == '\n') {
          line++;
        }
        text.append((char) c);
      }
    }
  }

  private int peek() throws IOException {
    if (!hasAhead) {
      ahead = in.read();
      hasAhead = true;
    }
    return ahead;
  }

  private int read() throws IOException {
    int c = peek();
    hasAhead = false;
    return c;
  }
}
