package org.kalamdb.internal.exec;

import org.apache.arrow.memory.BufferAllocator;

/**
 * What the queries of a database take from: its memory, temporary files and threads.
 *
 * @param database allocator that each query's is a child of
 * @param queryMemory the most bytes one query may hold
 * @param spill where operators put what does not fit
 * @param workers threads that read ahead
 */
public record QueryResources(
    BufferAllocator database, long queryMemory, SpillSpace spill, WorkerPool workers) {}
