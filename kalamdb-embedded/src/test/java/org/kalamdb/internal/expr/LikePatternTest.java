package org.kalamdb.internal.expr;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

class LikePatternTest {
  private static final String[] LETTERS = {"a", "b", "é", "\u0001", "\uD83D\uDE00"};

  @Test
  void matches_containsPrefixAndSuffix_agreeWithStrings() {
    Random random = new Random(20);
    try (BufferAllocator allocator = new RootAllocator()) {
      for (int round = 0; round < 20_000; round++) {
        String value = text(random, random.nextInt(30));
        String part = text(random, 1 + random.nextInt(4));
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        // A buffer that ends with the value: nothing behind it may be read.
        try (ArrowBuf buffer = allocator.buffer(utf8.length + 1L)) {
          long end = buffer.memoryAddress() + buffer.capacity();
          buffer.setBytes(buffer.capacity() - utf8.length, utf8);
          long address = end - utf8.length;
          assertThat(matches("%" + part + "%", address, utf8.length))
              .as("'%s' in '%s'", part, value)
              .isEqualTo(value.contains(part));
          assertThat(matches(part + "%", address, utf8.length)).isEqualTo(value.startsWith(part));
          assertThat(matches("%" + part, address, utf8.length)).isEqualTo(value.endsWith(part));
        }
      }
    }
  }

  private static boolean matches(String pattern, long address, int length) {
    return LikePattern.compile(pattern.getBytes(StandardCharsets.UTF_8), -1)
        .matches(address, length);
  }

  private static String text(Random random, int letters) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < letters; i++) {
      text.append(LETTERS[random.nextInt(random.nextInt(4) == 0 ? LETTERS.length : 2)]);
    }
    return text.toString();
  }
}
