package org.kalamdb.internal.catalog;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.schema.DataType;
import org.kalamdb.schema.NamespaceId;
import org.kalamdb.schema.TableId;

/**
 * Views as bytes: a format byte, then the fields in the order of the records, numbers big-endian,
 * names in modified UTF-8 with a two-byte length, the query's text in UTF-8 with a four-byte one.
 */
public final class ViewCodec {
  private static final int FORMAT = 1;

  private ViewCodec() {}

  public static byte[] encode(ViewDefinition view) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      writeId(out, view.id());
      out.writeUTF(view.namespace().name());
      out.writeInt(view.columns().size());
      for (ViewDefinition.Column column : view.columns()) {
        out.writeUTF(column.name());
        out.writeUTF(column.source());
        out.writeUTF(column.type().kind().name());
        out.writeInt(column.type().length());
        out.writeInt(column.type().scale());
      }
      byte[] sql = view.sql().getBytes(StandardCharsets.UTF_8);
      out.writeInt(sql.length);
      out.write(sql);
      out.writeInt(view.reads().size());
      for (TableId id : view.reads()) {
        writeId(out, id);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeId(DataOutputStream out, TableId id) throws IOException {
    out.writeUTF(id.namespace().name());
    out.writeUTF(id.name());
  }

  public static ViewDefinition decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int format = in.readUnsignedByte();
      if (format != FORMAT) {
        throw new KalamException(
            ErrorCode.DATA_CORRUPTED,
            "A view has format " + format + ", this version reads " + FORMAT);
      }
      TableId id = TableId.of(in.readUTF(), in.readUTF());
      NamespaceId namespace = new NamespaceId(in.readUTF());
      List<ViewDefinition.Column> columns = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        columns.add(
            new ViewDefinition.Column(
                in.readUTF(),
                in.readUTF(),
                new DataType(DataType.Kind.valueOf(in.readUTF()), in.readInt(), in.readInt())));
      }
      String sql = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
      List<TableId> reads = new ArrayList<>();
      for (int i = in.readInt(); i > 0; i--) {
        reads.add(TableId.of(in.readUTF(), in.readUTF()));
      }
      return new ViewDefinition(id, namespace, columns, sql, reads);
    } catch (IOException | IllegalArgumentException e) {
      throw new KalamException(ErrorCode.DATA_CORRUPTED, "A view cannot be read", e);
    }
  }
}
