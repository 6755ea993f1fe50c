package org.kalamdb.internal.catalog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.ColumnSchema;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.TableId;
import org.kalamdb.schema.TableSchema;
import org.kalamdb.schema.TableType;

/**
 * Table definitions as bytes: a format byte, then fields in the order of the records, numbers
 * big-endian, texts in modified UTF-8 with a two-byte length, nullable texts behind a flag byte,
 * types and kinds by name.
 */
public final class CatalogCodec {
  private static final int FORMAT = 1;

  private CatalogCodec() {}

  public static byte[] encode(TableDefinition table) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeInt(table.number());
      out.writeUTF(table.id().namespace().name());
      out.writeUTF(table.id().name());
      out.writeUTF(table.type().name());
      out.writeInt(table.schemas().size());
      for (TableSchema schema : table.schemas()) {
        writeSchema(out, schema);
      }
      writeOptions(out, table.options());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  public static TableDefinition decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "A catalog entry has format " + format + ", this version reads " + FORMAT);
      }
      int number = in.readInt();
      TableId id = TableId.of(in.readUTF(), in.readUTF());
      TableType type = TableType.valueOf(in.readUTF());
      int versions = in.readInt();
      List<TableSchema> schemas = new ArrayList<>();
      for (int i = 0; i < versions; i++) {
        schemas.add(readSchema(in));
      }
      return new TableDefinition(number, id, type, schemas, readOptions(in));
    } catch (IOException | IllegalArgumentException e) {
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
      writeText(out, column.checkSql());
    }
    out.writeInt(schema.primaryKey().size());
    for (int index : schema.primaryKey()) {
      out.writeInt(index);
    }
  }

  private static TableSchema readSchema(DataInputStream in) throws IOException {
    int version = in.readInt();
    int count = in.readInt();
    List<ColumnSchema> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int id = in.readInt();
      String name = in.readUTF();
      DataType type = new DataType(DataType.Kind.valueOf(in.readUTF()), in.readInt(), in.readInt());
      columns.add(new ColumnSchema(id, name, type, in.readBoolean(), readText(in), readText(in)));
    }
    int keys = in.readInt();
    List<Integer> primaryKey = new ArrayList<>();
    for (int i = 0; i < keys; i++) {
      primaryKey.add(in.readInt());
    }
    return new TableSchema(version, columns, primaryKey);
  }

  private static void writeOptions(DataOutputStream out, TableOptions options) throws IOException {
    out.writeLong(options.flushRows());
    out.writeLong(options.flushIntervalSeconds());
    out.writeLong(options.ttlSeconds());
    out.writeLong(options.maxBuffer());
    out.writeBoolean(options.ephemeral());
    out.writeUTF(options.compression());
    out.writeLong(options.deletedRetentionHours());
    out.writeUTF(options.accessLevel());
    writeText(out, options.storageId());
  }

  private static TableOptions readOptions(DataInputStream in) throws IOException {
    return new TableOptions(
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readBoolean(),
        in.readUTF(),
        in.readLong(),
        in.readUTF(),
        readText(in));
  }

  private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
    out.writeBoolean(text != null);
    if (text != null) {
      out.writeUTF(text);
    }
  }

  private static @Nullable String readText(DataInputStream in) throws IOException {
    return in.readBoolean() ? in.readUTF() : null;
  }
}
