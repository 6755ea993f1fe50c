package org.kalamdb.internal.job;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.kalamdb.schema.UserId;

/**
 * The jobs of an open database: those that are under way, and the last ones that ended.
 * Thread-safe.
 */
public final class Jobs {
  /** So many that ended are remembered. */
  static final int REMEMBERED = 1_000;

  private final LongSupplier clockMillis;
  private final Map<String, Job> all = new LinkedHashMap<>(); // its own monitor
  private final Deque<Job> ended = new ArrayDeque<>();
  private final long opened;
  private long number;

  public Jobs(LongSupplier clockMillis) {
    this.clockMillis = clockMillis;
    this.opened = clockMillis.getAsLong();
  }

  long nowMillis() {
    return clockMillis.getAsLong();
  }

  /** A job that waits for its turn. */
  public Job create(Job.Type type, String subject, @Nullable UserId user) {
    Job job = look(type, subject, user);
    begun(job);
    return job;
  }

  /** A look whether there is something to do: nobody sees it before it is started, or fails. */
  public Job look(Job.Type type, String subject, @Nullable UserId user) {
    synchronized (all) {
      String id =
          (type.letter() + Long.toString(opened, 36) + "-" + Long.toString(++number, 36))
              .toUpperCase(Locale.ROOT);
      return new Job(this, id, type, subject, user, nowMillis());
    }
  }

  void begun(Job job) {
    synchronized (all) {
      all.put(job.id(), job);
    }
  }

  /** The job of that id, in any case of letters; null if there is none, or none any more. */
  public @Nullable Job find(String id) {
    synchronized (all) {
      return all.get(id.toUpperCase(Locale.ROOT));
    }
  }

  /** All of them, oldest first. */
  public List<Job.State> list() {
    List<Job> jobs;
    synchronized (all) {
      jobs = new ArrayList<>(all.values());
    }
    return jobs.stream().map(Job::state).toList();
  }

  void ended(Job job) {
    synchronized (all) {
      all.put(job.id(), job);
      ended.add(job);
      while (ended.size() > REMEMBERED) {
        all.remove(ended.remove().id());
      }
    }
  }

  void forget(Job job) {
    synchronized (all) {
      all.remove(job.id());
    }
  }
}
