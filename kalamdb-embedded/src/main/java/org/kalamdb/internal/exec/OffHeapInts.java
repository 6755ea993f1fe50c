package org.kalamdb.internal.exec;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/** An array of ints whose memory counts against the query's limit. Checks no bounds. */
final class OffHeapInts implements AutoCloseable {
  private final BufferAllocator allocator;
  private @Nullable ArrowBuf buffer;
  private long address;
  private long capacity;

  OffHeapInts(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  /** Makes room for the indexes below {@code size}; what is written stays. */
  void ensure(long size) {
    if (size > capacity) {
      resize(Math.max(size, Math.max(1024, 2 * capacity)));
    }
  }

  private void resize(long size) {
    ArrowBuf larger = allocator.buffer(4 * size);
    ArrowBuf old = buffer;
    if (old != null) {
      MemoryUtil.copyMemory(address, larger.memoryAddress(), 4 * capacity);
      old.close();
    }
    buffer = larger;
    address = larger.memoryAddress();
    capacity = larger.capacity() / 4;
  }

  /** Starts over with {@code size} elements, all of them zero. */
  void reset(long size) {
    close();
    ensure(size);
    MemoryUtil.setMemory(address, 4 * size, (byte) 0);
  }

  int get(long index) {
    return MemoryUtil.getInt(address + 4 * index);
  }

  void set(long index, int value) {
    MemoryUtil.putInt(address + 4 * index, value);
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
