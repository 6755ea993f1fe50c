package org.kalamdb.internal.engine;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.copy.CsvFormat;
import org.kalamdb.internal.copy.CsvReader;
import org.kalamdb.internal.copy.JsonLinesReader;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;

/** The rows of a CSV or JSON file. */
final class CopySource implements CopyRows {
  /** Stands for a column that a row does not have. */
  static final Object DEFAULT = new Object();

  private final TableDefinition table;
  private final List<Integer> targets;
  private final CopyOptions options;
  private final @Nullable CsvReader csv;
  private final @Nullable JsonLinesReader json;

  CopySource(TableDefinition table, List<Integer> targets, CopyOptions options, BufferedReader in) {
    this.table = table;
    this.targets = targets;
    this.options = options;
    this.csv = options.csv() == null ? null : new CsvReader(in, options.csv());
    this.json = options.csv() == null ? new JsonLinesReader(in) : null;
  }

  @Override
  public @Nullable Object @Nullable [] next() throws IOException {
    try {
      return csv != null ? nextRecord(csv, csvFormat()) : json != null ? nextObject(json) : null;
    } catch (CharacterCodingException e) {
      throw located(
          new KalamException(
              ErrorCode.CHARACTER_NOT_IN_REPERTOIRE,
              "invalid byte sequence for encoding \"UTF8\""));
    } catch (KalamException e) {
      throw located(e);
    }
  }

  @Override
  public KalamException located(KalamException e) {
    if (e.code() == ErrorCode.SERIALIZATION_FAILURE || e.reason().contains("(COPY ")) {
      return e;
    }
    return new KalamException(
        e.code(), e.reason() + " (COPY " + table.id().name() + ", line " + line() + ")", e);
  }

  private long line() {
    return csv != null ? csv.line() : json != null ? json.line() : 0;
  }

  private CsvFormat csvFormat() {
    CsvFormat format = options.csv();
    return format == null ? CsvFormat.DEFAULT : format;
  }

  /** Skips or checks the first line. */
  @Override
  public void begin() throws IOException {
    if (csv == null || csvFormat().header() == CsvFormat.Header.NONE) {
      return;
    }
    List<CsvReader.Field> names = csv.next();
    if (csvFormat().header() != CsvFormat.Header.MATCH || names == null) {
      return;
    }
    if (names.size() != targets.size()) {
      throw located(
          malformed(
              "wrong number of fields in header line: field count is "
                  + names.size()
                  + ", expected "
                  + targets.size()));
    }
    for (int i = 0; i < names.size(); i++) {
      String expected = column(i).name();
      if (!names.get(i).text().equals(expected)) {
        throw located(
            malformed(
                "column name mismatch in header line field "
                    + (i + 1)
                    + ": got \""
                    + names.get(i).text()
                    + "\", expected \""
                    + expected
                    + "\""));
      }
    }
  }

  private static KalamException malformed(String what) {
    return new KalamException(ErrorCode.BAD_COPY_FILE_FORMAT, what);
  }

  private ColumnSchema column(int target) {
    return table.schema().column(targets.get(target));
  }

  private @Nullable Object @Nullable [] nextRecord(CsvReader reader, CsvFormat format)
      throws IOException {
    List<CsvReader.Field> fields = reader.next();
    if (fields == null) {
      return null;
    }
    if (fields.size() > targets.size()) {
      throw malformed("extra data after last expected column");
    }
    if (fields.size() < targets.size()) {
      throw malformed("missing data for column \"" + column(fields.size()).name() + "\"");
    }
    @Nullable Object[] row = new @Nullable Object[targets.size()];
    for (int i = 0; i < row.length; i++) {
      CsvReader.Field field = fields.get(i);
      String name = column(i).name();
      boolean isNull =
          field.text().equals(format.nullText())
              && (field.quoted()
                  ? options.forceNull().contains(name)
                  : !options.forceNotNull().contains(name));
      row[i] = isNull ? null : converted(field.text(), column(i));
    }
    return row;
  }

  private @Nullable Object @Nullable [] nextObject(JsonLinesReader reader) throws IOException {
    Map<String, @Nullable String> members = reader.next();
    if (members == null) {
      return null;
    }
    @Nullable Object[] row = new @Nullable Object[targets.size()];
    int found = 0;
    for (int i = 0; i < row.length; i++) {
      String name = column(i).name();
      if (members.containsKey(name)) {
        found++;
        String text = members.get(name);
        row[i] = text == null ? null : converted(text, column(i));
      } else {
        row[i] = DEFAULT;
      }
    }
    if (found < members.size()) {
      members
          .keySet()
          .removeAll(targets.stream().map(t -> table.schema().column(t).name()).toList());
      throw new KalamException(
          ErrorCode.UNDEFINED_COLUMN,
          "column \""
              + members.keySet().iterator().next()
              + "\" of relation \""
              + table.id().name()
              + "\" does not exist");
    }
    return row;
  }

  private @Nullable Object converted(String text, ColumnSchema column) {
    try {
      return Values.coerceParameter(
          Values.cast(text, DataType.UNKNOWN, column.type()), column.type());
    } catch (KalamException e) {
      String shown = text.length() > 100 ? text.substring(0, 100) + "..." : text;
      throw new KalamException(
          e.code(),
          e.reason()
              + " (COPY "
              + table.id().name()
              + ", line "
              + line()
              + ", column "
              + column.name()
              + ": \""
              + shown
              + "\")",
          e);
    }
  }
}
