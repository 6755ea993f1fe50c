package org.kalamdb.internal.engine;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.copy.CsvFormat;
import org.kalamdb.internal.sql.parse.Option;
import org.kalamdb.internal.sql.parse.Position;
import org.kalamdb.internal.storage.cold.ParquetExport;

/**
 * The options of a COPY, checked.
 *
 * @param csv null for other formats
 * @param parquet null for other formats
 * @param forceQuote names for FORCE_QUOTE; {@code *} for all
 * @param forceNotNull names whose NULL text is text
 * @param forceNull names whose quoted NULL text is NULL
 */
record CopyOptions(
    @Nullable CsvFormat csv,
    @Nullable ParquetFormat parquet,
    List<String> forceQuote,
    List<String> forceNotNull,
    List<String> forceNull) {

  /** How a Parquet file is written. */
  record ParquetFormat(String compression, int rowGroupRows) {}

  /** Reads them; without FORMAT the file's name tells it. */
  static CopyOptions of(List<Option> options, String file, boolean from, Position position) {
    String format = null;
    char delimiter = ',';
    String nullText = "";
    char quote = '"';
    @Nullable Character escape = null;
    CsvFormat.Header header = CsvFormat.Header.NONE;
    List<String> forceQuote = List.of();
    List<String> forceNotNull = List.of();
    List<String> forceNull = List.of();
    String compression = "zstd";
    int rowGroupRows = ParquetExport.MAX_ROW_GROUP_ROWS;
    Set<String> ofParquet = new HashSet<>();
    Set<String> ofCsv = new HashSet<>();
    for (Option option : options) {
      ofCsv.add(option.name());
      switch (option.name()) {
        case "format" -> {
          format = option.text().toLowerCase(Locale.ROOT);
          ofCsv.remove("format");
        }
        case "encoding" -> {
          String encoding = option.text().toUpperCase(Locale.ROOT).replace("-", "");
          if (!encoding.equals("UTF8")) {
            throw unsupported(option, "ENCODING other than UTF8");
          }
          ofCsv.remove("encoding");
        }
        case "delimiter" -> delimiter = single(option);
        case "quote" -> quote = single(option);
        case "escape" -> escape = single(option);
        case "null" -> nullText = nullText(option);
        case "header" -> header = header(option, from);
        case "force_quote" -> forceQuote = names(option, !from);
        case "force_not_null" -> forceNotNull = names(option, from);
        case "force_null" -> forceNull = names(option, from);
        case "compression", "codec" -> {
          compression = compression(option, from);
          moved(option, ofCsv, ofParquet);
        }
        case "row_group_size" -> {
          names(option, !from);
          rowGroupRows = (int) option.longValue(1, ParquetExport.MAX_ROW_GROUP_ROWS);
          moved(option, ofCsv, ofParquet);
        }
        default -> throw unsupported(option, option.name().toUpperCase(Locale.ROOT));
      }
    }
    String written = format == null ? extension(file) : format;
    if (!ofParquet.isEmpty() && !written.equals("parquet")) {
      throw position.error(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "COPY " + ofParquet.iterator().next() + " available only in PARQUET mode");
    }
    switch (written) {
      case "csv" -> {
        if (delimiter == quote) {
          throw position.error(
              ErrorCode.INVALID_PARAMETER_VALUE, "COPY delimiter and quote must be different");
        }
        if (nullText.indexOf(delimiter) >= 0 || nullText.indexOf(quote) >= 0) {
          throw position.error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "COPY delimiter and quote must not appear in the NULL specification");
        }
        return new CopyOptions(
            new CsvFormat(delimiter, nullText, quote, escape == null ? quote : escape, header),
            null,
            forceQuote,
            forceNotNull,
            forceNull);
      }
      case "json", "jsonl", "ndjson" -> {
        requireNone(ofCsv, position);
        return new CopyOptions(null, null, List.of(), List.of(), List.of());
      }
      case "parquet" -> {
        requireNone(ofCsv, position);
        return new CopyOptions(
            null, new ParquetFormat(compression, rowGroupRows), List.of(), List.of(), List.of());
      }
      default ->
          throw position
              .error(ErrorCode.FEATURE_NOT_SUPPORTED, "COPY needs a FORMAT for this file name")
              .withHint("WITH (FORMAT CSV), WITH (FORMAT JSON) or WITH (FORMAT PARQUET)");
    }
  }

  private static void moved(Option option, Set<String> from, Set<String> to) {
    from.remove(option.name());
    to.add(option.name());
  }

  private static void requireNone(Set<String> ofCsv, Position position) {
    if (!ofCsv.isEmpty()) {
      throw position.error(
          ErrorCode.INVALID_PARAMETER_VALUE,
          "COPY " + ofCsv.iterator().next() + " available only in CSV mode");
    }
  }

  private static String compression(Option option, boolean from) {
    names(option, !from);
    return switch (option.text().toLowerCase(Locale.ROOT)) {
      case "zstd" -> "zstd";
      case "snappy" -> "snappy";
      case "none", "uncompressed" -> "none";
      default -> throw option.invalid("zstd, snappy or none");
    };
  }

  private static String extension(String file) {
    return file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static RuntimeException unsupported(Option option, String what) {
    return option
        .position()
        .error(ErrorCode.FEATURE_NOT_SUPPORTED, "COPY with " + what + " is not supported");
  }

  private static char single(Option option) {
    String text = option.text();
    boolean fits =
        text.length() == 1
            && text.charAt(0) < 128
            && text.charAt(0) != '\n'
            && text.charAt(0) != '\r';
    if (!fits) {
      throw option
          .position()
          .error(
              ErrorCode.FEATURE_NOT_SUPPORTED,
              "COPY " + option.name() + " must be a single one-byte character");
    }
    return text.charAt(0);
  }

  private static String nullText(Option option) {
    if (option.text().indexOf('\n') >= 0 || option.text().indexOf('\r') >= 0) {
      throw option
          .position()
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "COPY null representation cannot use newline or carriage return");
    }
    return option.text();
  }

  private static CsvFormat.Header header(Option option, boolean from) {
    if (option.text().equalsIgnoreCase("match")) {
      if (!from) {
        throw option
            .position()
            .error(ErrorCode.FEATURE_NOT_SUPPORTED, "cannot use \"match\" with HEADER in COPY TO");
      }
      return CsvFormat.Header.MATCH;
    }
    return option.booleanValue() ? CsvFormat.Header.PRESENT : CsvFormat.Header.NONE;
  }

  private static List<String> names(Option option, boolean allowed) {
    if (!allowed) {
      throw option
          .position()
          .error(
              ErrorCode.INVALID_PARAMETER_VALUE,
              "COPY " + option.name() + " is not available in this direction");
    }
    return List.of(option.text().split("\n", -1));
  }
}
