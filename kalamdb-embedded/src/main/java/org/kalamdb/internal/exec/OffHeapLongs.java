package org.kalamdb.internal.exec;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/** An array of longs whose memory counts against the query's limit. Checks no bounds. */
final class OffHeapLongs implements AutoCloseable {
  private final BufferAllocator allocator;
  private @Nullable ArrowBuf buffer;
  private long address;
  private long capacity;

  OffHeapLongs(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  /** Makes room for the indexes below {@code size}; what is written stays. */
  void ensure(long size) {
    if (size > capacity) {
      resize(Math.max(size, Math.max(1024, 2 * capacity)));
    }
  }

  /** Bytes that {@link #ensure} takes before it gives back the old ones. */
  long growth(long size) {
    return size > capacity ? 8 * Math.max(size, Math.max(1024, 2 * capacity)) : 0;
  }

  private void resize(long size) {
    ArrowBuf larger = allocator.buffer(8 * size);
    ArrowBuf old = buffer;
    if (old != null) {
      MemoryUtil.copyMemory(address, larger.memoryAddress(), 8 * capacity);
      old.close();
    }
    buffer = larger;
    address = larger.memoryAddress();
    capacity = larger.capacity() / 8;
  }

  /** Starts over with {@code size} elements, all of them zero. */
  void reset(long size) {
    close();
    ensure(size);
    MemoryUtil.setMemory(address, 8 * size, (byte) 0);
  }

  long get(long index) {
    return MemoryUtil.getLong(address + 8 * index);
  }

  void set(long index, long value) {
    MemoryUtil.putLong(address + 8 * index, value);
  }

  @Override
  public void close() {
    ArrowBuf old = buffer;
    buffer = null;
    address = 0;
    capacity = 0;
    if (old != null) {
      old.close();
    }
  }
}
