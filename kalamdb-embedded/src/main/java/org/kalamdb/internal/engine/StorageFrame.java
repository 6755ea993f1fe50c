package org.kalamdb.internal.engine;

import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.KalamOptions;
import org.kalamdb.internal.feed.ChangeConsumer;
import org.kalamdb.internal.job.Jobs;
import org.kalamdb.internal.storage.file.DatabaseDirectory;
import org.kalamdb.internal.storage.kv.KeyValueStore;
import org.kalamdb.internal.txn.CommitGuard;
import org.kalamdb.internal.txn.EventListeners;
import org.kalamdb.schema.NamespaceId;

/**
 * What a storage is opened in, and stays when it is opened again.
 *
 * @param directory null for a database in memory
 * @param cold where segments are
 * @param commitMillis the time of commits, in epoch milliseconds
 * @param consumer told of every commit
 * @param listeners who is told of events
 * @param isInUse whether a session of this process has its temporary tables in a namespace
 * @param jobs what the database does in the background
 * @param layer what is put over the store; tests make it fail there
 */
record StorageFrame(
    KalamOptions options,
    @Nullable DatabaseDirectory directory,
    Path cold,
    LongSupplier commitMillis,
    BufferAllocator allocator,
    ChangeConsumer consumer,
    CommitGuard guard,
    EventListeners listeners,
    Predicate<NamespaceId> isInUse,
    Jobs jobs,
    UnaryOperator<KeyValueStore> layer) {}
