package org.kalamdb.internal.storage.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.ConstantText;
import org.kalamdb.internal.catalog.TableDefinition;
import org.kalamdb.internal.storage.file.FileStore;
import org.kalamdb.internal.storage.file.NewFiles;
import org.kalamdb.internal.storage.file.ReadableFile;
import org.kalamdb.internal.storage.file.StorageFiles;
import org.kalamdb.internal.storage.file.WritableFile;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.UserId;
import org.roaringbitmap.RoaringBitmap;

/**
 * The copy of a partition's manifest that lies beside its files as {@value #FILE_NAME}, for readers
 * other than this database. The key-value store is the truth: a copy is never used for anything,
 * and one that is stale or damaged is written anew.
 *
 * <p>The rows of the partition that are not hot, as of {@code as_of_seq}, are those of all {@code
 * segments} without the row numbers (from 0, in file order) in {@code superseded_rows} and without
 * rows whose {@code _deleted} is true. The last field is a CRC32C of all the bytes before its
 * comma.
 */
public final class ManifestJson {
  /** What the copy is called in the partition's directory. */
  public static final String FILE_NAME = "manifest.json";

  private static final int FORMAT_VERSION = 1;
  private static final String CHECKSUM = ",\"crc32c\":\"";
  private static final int MAX_BYTES = 256 << 20;
  private static final JsonFactory JSON = new JsonFactory();

  /** How a copy compares with the truth. */
  public enum Condition {
    CURRENT,
    MISSING,
    STALE,
    DAMAGED
  }

  /**
   * What a copy says.
   *
   * @param segments by their place in the copy
   */
  public record Copy(long asOfSeq, int schemaVersion, List<SegmentCopy> segments) {
    public Copy {
      segments = List.copyOf(segments);
    }
  }

  /** What a copy says of one segment. */
  public record SegmentCopy(
      long number, String file, long rows, long bytes, long tombstones, RoaringBitmap superseded) {}

  private ManifestJson() {}

  /**
   * Writes the copy: temporary file, sync, rename, sync of the directory.
   *
   * @param superseded by segment number; segments without superseded rows may be left out
   */
  public static void write(
      FileStore files,
      String directory,
      TableDefinition table,
      @Nullable UserId user,
      PartitionManifest manifest,
      Map<Long, RoaringBitmap> superseded,
      long asOfSeq) {
    try (NewFiles alone = new NewFiles(files)) {
      writeInto(alone, files, directory, table, user, manifest, superseded, asOfSeq);
      alone.publish();
    }
  }

  /** As {@link #write}, but that it is in place when the group is published. */
  @SuppressWarnings("resource") // the group closes the file
  public static void writeInto(
      NewFiles group,
      FileStore files,
      String directory,
      TableDefinition table,
      @Nullable UserId user,
      PartitionManifest manifest,
      Map<Long, RoaringBitmap> superseded,
      long asOfSeq) {
    byte[] content = render(files, directory, table, user, manifest, superseded, asOfSeq);
    String path = directory + "/" + FILE_NAME;
    String temporary = path + ".tmp";
    WritableFile file = createAnew(files, temporary);
    group.add(file, temporary, path);
    file.write(content, 0, content.length);
    file.complete();
  }

  /** One that an earlier failure left goes. */
  private static WritableFile createAnew(FileStore files, String temporary) {
    try {
      return files.create(temporary);
    } catch (KalamException e) {
      if (!files.delete(temporary)) {
        throw e;
      }
      return files.create(temporary);
    }
  }

  /**
   * Compares the copy with the truth and writes it anew if it is anything but current; returns what
   * it was, for the caller to report.
   */
  public static Condition refresh(
      FileStore files,
      String directory,
      TableDefinition table,
      @Nullable UserId user,
      PartitionManifest manifest,
      Map<Long, RoaringBitmap> superseded,
      long asOfSeq) {
    Condition condition = compare(files, directory, table, manifest, superseded);
    if (condition != Condition.CURRENT) {
      write(files, directory, table, user, manifest, superseded, asOfSeq);
    }
    return condition;
  }

  private static Condition compare(
      FileStore files,
      String directory,
      TableDefinition table,
      PartitionManifest manifest,
      Map<Long, RoaringBitmap> superseded) {
    if (files.size(directory + "/" + FILE_NAME) < 0) {
      return Condition.MISSING;
    }
    Copy copy;
    try {
      copy = read(files, directory);
    } catch (KalamException e) {
      if (e.code() == ErrorCode.DATA_CORRUPTED) {
        return Condition.DAMAGED;
      }
      throw e;
    }
    List<SegmentCopy> wanted =
        manifest.segments().stream()
            .map(segment -> copyOf(nameOf(files, directory, segment), segment, superseded))
            .toList();
    boolean same =
        copy.segments().equals(wanted) && copy.schemaVersion() == table.schema().version();
    return same ? Condition.CURRENT : Condition.STALE;
  }

  private static SegmentCopy copyOf(
      String name, SegmentEntry segment, Map<Long, RoaringBitmap> superseded) {
    return new SegmentCopy(
        segment.number(),
        name,
        segment.rows(),
        segment.bytes(),
        segment.tombstones(),
        superseded.getOrDefault(segment.number(), new RoaringBitmap()));
  }

  /**
   * How a reader of the copy finds the file: relative to the copy, and where it is in another
   * storage by its {@link FileStore#location}.
   */
  private static String nameOf(FileStore files, String directory, SegmentEntry segment) {
    String file = segment.file();
    if (file.startsWith(directory + "/")) {
      return file.substring(directory.length() + 1);
    }
    if (StorageFiles.storageOf(file) != StorageFiles.storageOf(directory)) {
      return files.location(file);
    }
    String[] from = directory.split("/");
    String[] to = file.split("/");
    int common = 0;
    while (common < from.length && from[common].equals(to[common])) {
      common++;
    }
    return "../".repeat(from.length - common)
        + String.join("/", Arrays.asList(to).subList(common, to.length));
  }

  private static byte[] render(
      FileStore files,
      String directory,
      TableDefinition table,
      @Nullable UserId user,
      PartitionManifest manifest,
      Map<Long, RoaringBitmap> superseded,
      long asOfSeq) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("format_version", FORMAT_VERSION);
      json.writeStringField("namespace", table.id().namespace().name());
      json.writeStringField("table", table.id().name());
      if (user != null) {
        json.writeStringField("user", user.value());
      }
      json.writeNumberField("as_of_seq", asOfSeq);
      writeSchema(json, table.schema());
      json.writeArrayFieldStart("segments");
      for (SegmentEntry segment : manifest.segments()) {
        String name = nameOf(files, directory, segment);
        writeSegment(json, name, segment, superseded.get(segment.number()));
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    byte[] object = bytes.toByteArray();
    int body = object.length - 1;
    String end = CHECKSUM + checksum(object, body) + "\"}\n";
    byte[] content = Arrays.copyOf(object, body + end.length());
    System.arraycopy(end.getBytes(UTF_8), 0, content, body, end.length());
    return content;
  }

  private static String checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return String.format("%08x", crc.getValue());
  }

  private static void writeSchema(JsonGenerator json, TableSchema schema) throws IOException {
    json.writeObjectFieldStart("schema");
    json.writeNumberField("version", schema.version());
    json.writeArrayFieldStart("columns");
    for (ColumnSchema column : schema.columns()) {
      json.writeStartObject();
      json.writeNumberField("id", column.id());
      json.writeStringField("name", column.name());
      json.writeStringField("type", column.type().toString());
      json.writeBooleanField("nullable", column.nullable());
      Object missing = column.missingValue();
      if (missing != null) {
        json.writeStringField("missing", ConstantText.of(column.type(), missing));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("primary_key");
    for (int column : schema.primaryKey()) {
      json.writeString(schema.column(column).name());
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeSegment(
      JsonGenerator json, String name, SegmentEntry segment, @Nullable RoaringBitmap superseded)
      throws IOException {
    json.writeStartObject();
    json.writeNumberField("number", segment.number());
    json.writeStringField("file", name);
    json.writeNumberField("level", segment.level());
    json.writeNumberField("rows", segment.rows());
    json.writeNumberField("bytes", segment.bytes());
    json.writeNumberField("tombstones", segment.tombstones());
    json.writeNumberField("min_seq", segment.minSeq());
    json.writeNumberField("max_seq", segment.maxSeq());
    json.writeNumberField("schema_version", segment.schemaVersion());
    json.writeNumberField("created_millis", segment.createdMillis());
    json.writeArrayFieldStart("superseded_rows");
    if (superseded != null) {
      for (int row : superseded) {
        json.writeNumber(row);
      }
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /** Reads the copy in a directory; XX001 if it is not one that {@link #write} made. */
  public static Copy read(FileStore files, String directory) {
    String path = directory + "/" + FILE_NAME;
    byte[] content;
    try (ReadableFile file = files.open(path)) {
      if (file.size() > MAX_BYTES) {
        throw damaged(path, null);
      }
      content = new byte[(int) file.size()];
      file.read(0, content, 0, content.length);
    }
    // The checksum is of fixed length at the end, so the body's end is known before it is parsed.
    int body = content.length - CHECKSUM.length() - 8 - 3;
    if (body < 0
        || !new String(content, body, content.length - body, UTF_8)
            .equals(CHECKSUM + checksum(content, body) + "\"}\n")) {
      throw damaged(path, null);
    }
    try (JsonParser json = JSON.createParser(content)) {
      return parse(json);
    } catch (IOException | RuntimeException e) {
      throw damaged(path, e);
    }
  }

  private static KalamException damaged(String path, @Nullable Exception cause) {
    return new KalamException(ErrorCode.DATA_CORRUPTED, "file \"" + path + "\" is damaged", cause);
  }

  private static Copy parse(JsonParser json) throws IOException {
    long asOfSeq = 0;
    int schemaVersion = 0;
    List<SegmentCopy> segments = new ArrayList<>();
    expect(json.nextToken(), JsonToken.START_OBJECT);
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "format_version" -> {
          if (json.getIntValue() != FORMAT_VERSION) {
            throw new IOException("another format version");
          }
        }
        case "as_of_seq" -> asOfSeq = json.getLongValue();
        case "schema" -> schemaVersion = parseSchemaVersion(json);
        case "segments" -> {
          while (json.nextToken() != JsonToken.END_ARRAY) {
            segments.add(parseSegment(json));
          }
        }
        default -> json.skipChildren();
      }
    }
    return new Copy(asOfSeq, schemaVersion, segments);
  }

  private static int parseSchemaVersion(JsonParser json) throws IOException {
    int version = 0;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      if (field.equals("version")) {
        version = json.getIntValue();
      } else {
        json.skipChildren();
      }
    }
    return version;
  }

  private static SegmentCopy parseSegment(JsonParser json) throws IOException {
    long number = 0;
    String file = "";
    long rows = 0;
    long bytes = 0;
    long tombstones = 0;
    RoaringBitmap superseded = new RoaringBitmap();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "number" -> number = json.getLongValue();
        case "file" -> file = json.getText();
        case "rows" -> rows = json.getLongValue();
        case "bytes" -> bytes = json.getLongValue();
        case "tombstones" -> tombstones = json.getLongValue();
        case "superseded_rows" -> {
          while (json.nextToken() != JsonToken.END_ARRAY) {
            superseded.add(json.getIntValue());
          }
        }
        default -> json.skipChildren();
      }
    }
    return new SegmentCopy(number, file, rows, bytes, tombstones, superseded);
  }

  private static void expect(@Nullable JsonToken token, JsonToken wanted) throws IOException {
    if (token != wanted) {
      throw new IOException("no " + wanted);
    }
  }
}
