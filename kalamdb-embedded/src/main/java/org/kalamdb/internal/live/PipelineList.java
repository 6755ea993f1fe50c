package org.kalamdb.internal.live;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Pipelines in no particular order; adding and removing cost the same at any length. */
final class PipelineList {
  private Pipeline[] pipelines = new Pipeline[1];
  private int size;

  void add(Pipeline pipeline) {
    if (size == pipelines.length) {
      pipelines = Arrays.copyOf(pipelines, size * 2);
    }
    pipeline.slot = size;
    pipelines[size++] = pipeline;
  }

  void remove(Pipeline pipeline) {
    Pipeline last = pipelines[--size];
    pipelines[pipeline.slot] = last;
    last.slot = pipeline.slot;
    Arrays.fill(pipelines, size, size + 1, null);
    if (size > 0 && size < pipelines.length / 4) {
      pipelines = Arrays.copyOf(pipelines, pipelines.length / 2);
    }
  }

  @Nullable Pipeline find(@Nullable Object shareKey) {
    for (int i = 0; i < size && shareKey != null; i++) {
      if (pipelines[i].sharesWith(shareKey)) {
        return pipelines[i];
      }
    }
    return null;
  }

  int size() {
    return size;
  }

  Pipeline get(int index) {
    return pipelines[index];
  }
}
