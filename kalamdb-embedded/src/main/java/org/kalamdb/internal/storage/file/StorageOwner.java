package org.kalamdb.internal.storage.file;

import java.nio.file.Path;
import java.util.UUID;

/**
 * The database that storages belong to.
 *
 * @param database the real path of its directory
 * @param id which a copy of it shares
 */
public record StorageOwner(Path database, UUID id) {}
