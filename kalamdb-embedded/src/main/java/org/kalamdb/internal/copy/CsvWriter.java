package org.kalamdb.internal.copy;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.schema.DataType;

/** Writes records as CSV in PostgreSQL's dialect, quoting what must be quoted. Not thread-safe. */
public final class CsvWriter implements RowWriter {
  private final Writer out;
  private final CsvFormat format;
  private final List<DataType> types;
  private final Set<Integer> forceQuote;

  /**
   * @param out stays the caller's
   * @param forceQuote columns whose values are quoted always, NULL excepted
   */
  public CsvWriter(Writer out, CsvFormat format, List<DataType> types, Set<Integer> forceQuote) {
    this.out = out;
    this.format = format;
    this.types = List.copyOf(types);
    this.forceQuote = Set.copyOf(forceQuote);
  }

  @Override
  public void begin(List<String> names) throws IOException {
    if (format.header() != CsvFormat.Header.NONE) {
      for (int i = 0; i < names.size(); i++) {
        separate(i);
        field(names.get(i), false, names.size() == 1);
      }
      out.write('\n');
    }
  }

  @Override
  public void write(@Nullable Object[] row) throws IOException {
    for (int i = 0; i < types.size(); i++) {
      separate(i);
      Object value = row[i];
      if (value == null) {
        out.write(format.nullText());
      } else {
        field(textOf(value, types.get(i)), forceQuote.contains(i), types.size() == 1);
      }
    }
    out.write('\n');
  }

  private static String textOf(Object value, DataType type) {
    return value instanceof Boolean truth ? (truth ? "t" : "f") : Values.format(value, type);
  }

  private void separate(int column) throws IOException {
    if (column > 0) {
      out.write(format.delimiter());
    }
  }

  private void field(String text, boolean force, boolean alone) throws IOException {
    if (!force && !mustQuote(text, alone)) {
      out.write(text);
      return;
    }
    out.write(format.quote());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == format.quote() || c == format.escape()) {
        out.write(format.escape());
      }
      out.write(c);
    }
    out.write(format.quote());
  }

  private boolean mustQuote(String text, boolean alone) {
    if (text.equals(format.nullText()) || (alone && text.equals("\\."))) {
      return true;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == format.delimiter() || c == format.quote() || c == '\n' || c == '\r') {
        return true;
      }
    }
    return false;
  }
}
