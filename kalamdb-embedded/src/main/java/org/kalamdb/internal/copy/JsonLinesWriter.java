package org.kalamdb.internal.copy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.expr.Values;
import org.kalamdb.schema.DataType;

/** Writes each row as a JSON object on a line of its own. Not thread-safe. */
public final class JsonLinesWriter implements RowWriter {
  private static final JsonFactory JSON = new JsonFactory();

  private final Writer out;
  private final List<DataType> types;
  private List<String> names = List.of();

  /** {@code out} stays the caller's. */
  public JsonLinesWriter(Writer out, List<DataType> types) {
    this.out = out;
    this.types = List.copyOf(types);
  }

  @Override
  public void begin(List<String> columns) {
    names = List.copyOf(columns);
  }

  @Override
  public void write(@Nullable Object[] row) throws IOException {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      for (int i = 0; i < types.size(); i++) {
        json.writeFieldName(names.get(i));
        write(json, row[i], types.get(i));
      }
      json.writeEndObject();
    }
    out.write(line.toString());
    out.write('\n');
  }

  private static void write(JsonGenerator json, @Nullable Object value, DataType type)
      throws IOException {
    if (value == null) {
      json.writeNull();
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> json.writeBoolean((Boolean) value);
      case SMALLINT, INTEGER, BIGINT, DECIMAL, JSON, EMBEDDING ->
          json.writeRawValue(Values.format(value, type));
      case REAL, DOUBLE -> {
        if (Double.isFinite(((Number) value).doubleValue())) {
          json.writeRawValue(Values.format(value, type));
        } else {
          json.writeString(Values.format(value, type));
        }
      }
      default -> json.writeString(Values.format(value, type));
    }
  }
}
