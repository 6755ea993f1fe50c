package org.kalamdb.internal.catalog;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A place for segments as the catalog knows it; immutable.
 *
 * @param number what files of it are told by, never reused; 0: the local one
 * @param id name; there is no renaming
 * @param title what people call it, or null
 * @param description for people, or null
 * @param path its directory, absolute; null for the local one, which moves with the database
 * @param sharedTemplate directories of shared tables in it; null: the usual ones
 * @param userTemplate directories of users' partitions in it; null: the usual ones
 * @param token what the directory must show in order to count as this storage; null for local
 * @param createdMillis when it was made, in epoch milliseconds; 0 for local
 */
public record StorageDefinition(
    int number,
    String id,
    @Nullable String title,
    @Nullable String description,
    @Nullable String path,
    @Nullable String sharedTemplate,
    @Nullable String userTemplate,
    @Nullable UUID token,
    long createdMillis) {
  /** The name of the storage in the database's own directory. */
  public static final String LOCAL_ID = "local";

  /** The local storage as long as nobody changed it. */
  public static final StorageDefinition LOCAL =
      new StorageDefinition(0, LOCAL_ID, null, null, null, null, null, null, 0);

  public boolean isLocal() {
    return number == 0;
  }

  /** The same with other texts. */
  public StorageDefinition with(
      @Nullable String newTitle,
      @Nullable String newDescription,
      @Nullable String newSharedTemplate,
      @Nullable String newUserTemplate) {
    return new StorageDefinition(
        number,
        id,
        newTitle,
        newDescription,
        path,
        newSharedTemplate,
        newUserTemplate,
        token,
        createdMillis);
  }
}
