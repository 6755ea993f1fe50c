package org.kalamdb.internal.copy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;

/** Reads JSON objects, one a line; empty lines are skipped. Not thread-safe. */
public final class JsonLinesReader {
  private static final JsonFactory JSON = new JsonFactory();

  private final BufferedReader in;
  private long line;

  /** {@code in} stays the caller's. */
  public JsonLinesReader(BufferedReader in) {
    this.in = in;
  }

  /** The line, from 1, of the last object. */
  public long line() {
    return line;
  }

  /** Members of the next object: strings' content, others as written, null for null. */
  public @Nullable Map<String, @Nullable String> next() throws IOException {
    String text;
    do {
      text = in.readLine();
      line++;
      if (text == null) {
        return null;
      }
    } while (text.isBlank());
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw malformed("a JSON object is expected on each line");
      }
      Map<String, @Nullable String> members = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        members.put(name, value(parser, text));
      }
      if (parser.nextToken() != null) {
        throw malformed("more than one JSON value on a line");
      }
      return members;
    } catch (JsonProcessingException e) {
      throw malformed("invalid JSON: " + e.getOriginalMessage());
    }
  }

  private static @Nullable String value(JsonParser parser, String text) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.VALUE_NULL) {
      return null;
    }
    if (token == JsonToken.VALUE_STRING) {
      return parser.getText();
    }
    int from = (int) parser.currentTokenLocation().getCharOffset();
    if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
      parser.skipChildren();
      return text.substring(from, (int) parser.currentTokenLocation().getCharOffset() + 1);
    }
    return parser.getText();
  }

  private static KalamException malformed(String what) {
    return new KalamException(ErrorCode.BAD_COPY_FILE_FORMAT, what);
  }
}
