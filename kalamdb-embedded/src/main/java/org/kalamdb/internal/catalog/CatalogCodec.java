package org.kalamdb.internal.catalog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.catalog.IndexDefinition.BloomSize;
import org.kalamdb.internal.catalog.IndexDefinition.IndexColumn;
import org.kalamdb.internal.common.Utf8;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.SeqId;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * Table definitions as bytes: a format byte, then fields in the order of the records, numbers
 * big-endian, names in modified UTF-8 with a two-byte length, other texts in UTF-8 with a four-byte
 * length, nullable ones behind a flag byte, types and kinds by name.
 */
public final class CatalogCodec {
  private static final int FORMAT = 5;

  /** Knew no codecs of single columns and no storages of users. */
  private static final int FORMAT_OF_ONE_CODEC = 4;

  /** Knew of a flush policy only rows and seconds. */
  private static final int FORMAT_OF_TWO_LIMITS = 3;

  /** Did not note when schema versions were made either. */
  private static final int FORMAT_WITHOUT_TIMES = 2;

  private CatalogCodec() {}

  public static byte[] encode(TableDefinition table) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(table.number());
      out.writeUTF(table.id().namespace().name());
      out.writeUTF(table.id().name());
      out.writeUTF(table.type().name());
      out.writeInt(table.revision());
      out.writeInt(table.schemas().size());
      for (TableSchema schema : table.schemas()) {
        writeSchema(out, schema);
      }
      writeConstraints(out, table.constraints());
      writeOptions(out, table.options());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  public static TableDefinition decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format < FORMAT_WITHOUT_TIMES || format > FORMAT) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "A catalog entry has format "
                + format
                + ", this version reads "
                + FORMAT_WITHOUT_TIMES
                + " to "
                + FORMAT);
      }
      int number = in.readInt();
      TableId id = TableId.of(in.readUTF(), in.readUTF());
      TableType type = TableType.valueOf(in.readUTF());
      int revision = in.readInt();
      List<TableSchema> schemas = readList(in, schema -> readSchema(schema, format));
      return new TableDefinition(
          number, id, type, revision, schemas, readConstraints(in), readOptions(in, format));
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A catalog entry cannot be read", e);
    }
  }

  private static void writeSchema(DataOutputStream out, TableSchema schema) throws IOException {
    out.writeInt(schema.version());
    out.writeInt(schema.columns().size());
    for (ColumnSchema column : schema.columns()) {
      out.writeInt(column.id());
      out.writeUTF(column.name());
      out.writeUTF(column.type().kind().name());
      out.writeInt(column.type().length());
      out.writeInt(column.type().scale());
      out.writeBoolean(column.nullable());
      writeText(out, column.defaultSql());
      writeText(out, column.generatedSql());
      out.writeUTF(column.identity().name());
      Object missing = column.missingValue();
      writeText(out, missing == null ? null : ConstantText.of(column.type(), missing));
    }
    writeNumbers(out, schema.primaryKey());
    SeqId since = schema.since();
    out.writeLong(since == null ? 0 : since.value());
  }

  private static TableSchema readSchema(DataInputStream in, int format) throws IOException {
    int version = in.readInt();
    List<ColumnSchema> columns = readList(in, CatalogCodec::readColumn);
    List<Integer> key = readNumbers(in);
    long since = format == FORMAT_WITHOUT_TIMES ? 0 : in.readLong();
    return new TableSchema(version, columns, key, since == 0 ? null : new SeqId(since));
  }

  private static ColumnSchema readColumn(DataInputStream in) throws IOException {
    int id = in.readInt();
    String name = in.readUTF();
    DataType type = new DataType(DataType.Kind.valueOf(in.readUTF()), in.readInt(), in.readInt());
    boolean nullable = in.readBoolean();
    String defaultSql = readText(in);
    String generatedSql = readText(in);
    ColumnSchema.Identity identity = ColumnSchema.Identity.valueOf(in.readUTF());
    String missing = readText(in);
    return new ColumnSchema(
        id,
        name,
        type,
        nullable,
        defaultSql,
        generatedSql,
        identity,
        missing == null ? null : ConstantText.parse(type, missing));
  }

  private static void writeConstraints(DataOutputStream out, TableConstraints constraints)
      throws IOException {
    writeText(out, constraints.primaryKey());
    out.writeInt(constraints.checks().size());
    for (CheckConstraint check : constraints.checks()) {
      out.writeUTF(check.name());
      writeText(out, check.sql());
      writeNumbers(out, check.columns());
      out.writeBoolean(check.ready());
    }
    out.writeInt(constraints.indexes().size());
    for (IndexDefinition index : constraints.indexes()) {
      writeIndex(out, index);
    }
    out.writeInt(constraints.foreignKeys().size());
    for (ForeignKey key : constraints.foreignKeys()) {
      out.writeUTF(key.name());
      writeNumbers(out, key.columns());
      out.writeInt(key.table());
      writeNumbers(out, key.referenced());
      out.writeUTF(key.onDelete().name());
      out.writeUTF(key.onUpdate().name());
      out.writeInt(key.index());
      out.writeBoolean(key.ready());
    }
    out.writeInt(constraints.nextIndex());
  }

  private static void writeIndex(DataOutputStream out, IndexDefinition index) throws IOException {
    out.writeInt(index.number());
    out.writeUTF(index.name());
    out.writeUTF(index.kind().name());
    out.writeBoolean(index.unique());
    out.writeUTF(index.origin().name());
    out.writeInt(index.columns().size());
    for (IndexColumn column : index.columns()) {
      out.writeInt(column.column());
      out.writeBoolean(column.descending());
    }
    out.writeBoolean(index.spansUsers());
    out.writeDouble(index.bloom().falsePositives());
    out.writeLong(index.bloom().items());
    out.writeBoolean(index.ready());
  }

  private static TableConstraints readConstraints(DataInputStream in) throws IOException {
    String primaryKey = readText(in);
    List<CheckConstraint> checks = readList(in, CatalogCodec::readCheck);
    List<IndexDefinition> indexes = readList(in, CatalogCodec::readIndex);
    List<ForeignKey> foreignKeys = readList(in, CatalogCodec::readForeignKey);
    return new TableConstraints(primaryKey, checks, indexes, foreignKeys, in.readInt());
  }

  private static CheckConstraint readCheck(DataInputStream in) throws IOException {
    return new CheckConstraint(
        in.readUTF(),
        Objects.requireNonNullElse(readText(in), ""),
        readNumbers(in),
        in.readBoolean());
  }

  private static IndexDefinition readIndex(DataInputStream in) throws IOException {
    return new IndexDefinition(
        in.readInt(),
        in.readUTF(),
        IndexDefinition.Kind.valueOf(in.readUTF()),
        in.readBoolean(),
        IndexDefinition.Origin.valueOf(in.readUTF()),
        readList(in, i -> new IndexColumn(i.readInt(), i.readBoolean())),
        in.readBoolean(),
        new BloomSize(in.readDouble(), in.readLong()),
        in.readBoolean());
  }

  private static ForeignKey readForeignKey(DataInputStream in) throws IOException {
    return new ForeignKey(
        in.readUTF(),
        readNumbers(in),
        in.readInt(),
        readNumbers(in),
        ForeignKey.Action.valueOf(in.readUTF()),
        ForeignKey.Action.valueOf(in.readUTF()),
        in.readInt(),
        in.readBoolean());
  }

  /** Reads one item of a list. */
  @FunctionalInterface
  private interface ItemReader<T> {
    T read(DataInputStream in) throws IOException;
  }

  private static <T> List<T> readList(DataInputStream in, ItemReader<T> item) throws IOException {
    int count = in.readInt();
    List<T> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(item.read(in));
    }
    return items;
  }

  private static void writeNumbers(DataOutputStream out, List<Integer> numbers) throws IOException {
    out.writeInt(numbers.size());
    for (int number : numbers) {
      out.writeInt(number);
    }
  }

  private static List<Integer> readNumbers(DataInputStream in) throws IOException {
    return readList(in, DataInputStream::readInt);
  }

  private static void writeOptions(DataOutputStream out, TableOptions options) throws IOException {
    out.writeUTF(options.flush().toString());
    out.writeLong(options.ttlSeconds());
    out.writeLong(options.maxBuffer());
    out.writeBoolean(options.ephemeral());
    out.writeUTF(options.compression());
    out.writeLong(options.deletedRetentionHours());
    out.writeUTF(options.accessLevel());
    writeText(out, options.storageId());
    out.writeBoolean(options.useUserStorage());
    Map<Integer, String> codecs = new TreeMap<>(options.columnCompression());
    out.writeInt(codecs.size());
    for (Map.Entry<Integer, String> codec : codecs.entrySet()) {
      out.writeInt(codec.getKey());
      out.writeUTF(codec.getValue());
    }
  }

  private static TableOptions readOptions(DataInputStream in, int format) throws IOException {
    return new TableOptions(
        format <= FORMAT_OF_TWO_LIMITS ? readTwoLimits(in) : FlushPolicy.parse(in.readUTF()),
        in.readLong(),
        in.readLong(),
        in.readBoolean(),
        in.readUTF(),
        in.readLong(),
        in.readUTF(),
        readText(in),
        format > FORMAT_OF_ONE_CODEC && in.readBoolean(),
        format <= FORMAT_OF_ONE_CODEC ? Map.of() : readCodecs(in));
  }

  private static Map<Integer, String> readCodecs(DataInputStream in) throws IOException {
    Map<Integer, String> codecs = new HashMap<>();
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      codecs.put(in.readInt(), in.readUTF());
    }
    return codecs;
  }

  private static FlushPolicy readTwoLimits(DataInputStream in) throws IOException {
    long rows = in.readLong();
    long seconds = in.readLong();
    FlushPolicy usual = FlushPolicy.DEFAULT;
    return rows == usual.rows() && seconds == 0
        ? usual
        : FlushPolicy.parse(
            (rows > 0 ? "rows:" + rows : "")
                + (rows > 0 && seconds > 0 ? "," : "")
                + (seconds > 0 ? "interval:" + seconds : ""));
  }

  private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      byte[] utf8 = Utf8.encode(text);
      out.writeInt(utf8.length);
      out.write(utf8);
    }
  }

  private static @Nullable String readText(DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      return null;
    }
    byte[] utf8 = in.readNBytes(in.readInt());
    return Utf8.decode(utf8, 0, utf8.length);
  }
}
