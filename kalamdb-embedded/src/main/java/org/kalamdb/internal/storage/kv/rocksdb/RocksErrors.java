package org.kalamdb.internal.storage.kv.rocksdb;

import org.kalamdb.error.ErrorCode;
import org.kalamdb.error.KalamException;
import org.kalamdb.internal.common.Hints;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** RocksDB's errors as ours. */
final class RocksErrors {
  private RocksErrors() {}

  static KalamException onRead(RocksDBException e) {
    return translate(e, ErrorCode.IO_ERROR, "Reading the hot tier failed");
  }

  /**
   * A failed write may come back after a restart (one failed fdatasync is enough), so its outcome
   * is unknown.
   */
  static KalamException onWrite(RocksDBException e) {
    return translate(
        e,
        ErrorCode.STATEMENT_COMPLETION_UNKNOWN,
        "Writing to the hot tier failed and it is unknown whether the write took effect");
  }

  static KalamException onOpen(RocksDBException e) {
    Status status = e.getStatus();
    if (status != null && status.getCode() == Status.Code.InvalidArgument) {
      // What RocksDB answers when families or files are not what they must be.
      return new KalamException(
              ErrorCode.DATA_CORRUPTED, "The hot tier is damaged: " + e.getMessage(), e)
          .withHint(Hints.DAMAGED);
    }
    KalamException error = translate(e, ErrorCode.IO_ERROR, "Opening the hot tier failed");
    return error.code() == ErrorCode.DATA_CORRUPTED ? error.withHint(Hints.DAMAGED) : error;
  }

  private static KalamException translate(RocksDBException e, ErrorCode ioError, String sentence) {
    Status status = e.getStatus();
    String message = String.valueOf(e.getMessage());
    if (message.contains("No space left on device")
        || (status != null && status.getSubCode() == Status.SubCode.NoSpace)) {
      return new KalamException(ErrorCode.DISK_FULL, "The disk is full", e);
    }
    Status.Code code = status == null ? Status.Code.Undefined : status.getCode();
    return switch (code) {
      case Corruption ->
          new KalamException(ErrorCode.DATA_CORRUPTED, "The hot tier is damaged: " + message, e);
      case IOError ->
          message.contains("lock ") && message.contains("LOCK")
              ? new KalamException(
                  ErrorCode.OBJECT_IN_USE, "The hot tier is open elsewhere: " + message, e)
              : new KalamException(ioError, sentence + ": " + message, e);
      case ShutdownInProgress -> closed();
      default -> new KalamException(ioError, sentence + ": " + message, e);
    };
  }

  static KalamException closed() {
    return new KalamException(ErrorCode.CONNECTION_DOES_NOT_EXIST, "The database is closed");
  }
}
