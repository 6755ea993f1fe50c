package org.kalamdb.internal.sql.ddl;

import java.util.List;
import org.kalamdb.error.ErrorCode;
import org.kalamdb.internal.catalog.CatalogSnapshot;
import org.kalamdb.internal.sql.parse.Option;

/** The storage that options of a table name. */
public final class StorageOptions {
  private StorageOptions() {}

  /** Refuses, with 42704, a storage that is not there. */
  public static void check(CatalogSnapshot catalog, List<Option> options) {
    for (Option option : options) {
      if (option.name().equals("storage_id") && catalog.storage(option.text()) == null) {
        throw option
            .position()
            .error(ErrorCode.UNDEFINED_OBJECT, "storage \"" + option.text() + "\" does not exist");
      }
    }
  }
}
