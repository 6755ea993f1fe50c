package org.kalamdb.internal.exec;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.kalamdb.internal.storage.BatchSource;
import org.kalamdb.internal.vector.RecordBatch;

/**
 * Runs operators in several threads, each over some parts of the scan at their bottom, and puts out
 * their batches in the order of the parts: what comes out is what one thread would have put out.
 *
 * <p>Each thread has a lane, a copy of the operators of its own. Threads of the pool run lanes
 * until enough batches wait to be asked for; they never wait themselves, but leave the lane to
 * whoever comes next. The thread that asks takes part: if the batch it needs is not there it runs a
 * lane that nobody runs. So a busy pool holds nobody up. The first error in any lane is
 * everybody's.
 *
 * <p>Where the scan cannot be divided, or is not worth it, the operators are run as they are.
 */
final class GatherOperator implements Operator {
  /** Batches of each lane that may wait. */
  private static final int WAITING_PER_LANE = 16;

  /** What waits may take up this part of the query's memory. */
  private static final int WAITING_SHARE = 16;

  private final Operator input;
  private final UnaryOperator<Operator> top;
  private final boolean topIfAlone;
  private final ExecutionContext context;
  private final WorkerPool workers;
  private final List<Lane> lanes = new ArrayList<>();
  private final Deque<Output> outputs = new ArrayDeque<>();
  private final long maxWaitingBytes;
  private @Nullable ScanParts parts;
  private @Nullable Operator alone;
  private boolean begun;
  private int waiting;
  private long waitingBytes;
  private @Nullable Throwable failure;
  private boolean closed;
  private boolean interrupted;

  /** Who has a lane: nobody, nobody yet, one thread. */
  private enum State {
    IDLE,
    SCHEDULED,
    RUNNING
  }

  /** One thread's copy of the operators; its fields are guarded by the gather. */
  private static final class Lane {
    private final ScanParts.Reader reader;
    private final Operator operators;
    private State state = State.IDLE;

    /** Of the part in hand; null between parts. */
    private @Nullable Output output;

    Lane(ScanParts.Reader reader, Operator operators) {
      this.reader = reader;
      this.operators = operators;
    }
  }

  /** What came of one part so far. */
  private static final class Output {
    private final Lane lane;
    private final Deque<RecordBatch> ready = new ArrayDeque<>();
    private boolean ended;

    Output(Lane lane) {
      this.lane = lane;
    }
  }

  /** Runs an input that {@linkplain Operator#isForkable can be forked}, and owns it. */
  GatherOperator(Operator input, ExecutionContext context) {
    this(input, UnaryOperator.identity(), false, context);
  }

  /**
   * As {@link #GatherOperator(Operator, ExecutionContext)}, with a further operator in each lane.
   *
   * @param top makes it over the lane's operators, which it owns; null at the end of its input, it
   *     must go on when the input does
   * @param topIfAlone whether it is needed too where one thread runs the input
   */
  GatherOperator(
      Operator input, UnaryOperator<Operator> top, boolean topIfAlone, ExecutionContext context) {
    this.input = input;
    this.top = top;
    this.topIfAlone = topIfAlone;
    this.context = context;
    this.workers = context.workers();
    this.maxWaitingBytes = context.allocator().getLimit() / WAITING_SHARE;
  }

  @Override
  public @Nullable RecordBatch next() {
    if (!begun) {
      begun = true;
      begin();
    }
    Operator only = alone;
    if (only != null) {
      return only.next();
    }
    try {
      return gather();
    } finally {
      keepInterrupt();
    }
  }

  private void keepInterrupt() {
    if (interrupted) {
      interrupted = false;
      Thread.currentThread().interrupt();
    }
  }

  private void begin() {
    ScanParts divided = input.prepareForks();
    if (divided == null) {
      alone = topIfAlone ? top.apply(input) : input;
      return;
    }
    parts = divided;
    int count = Math.min(context.threads(), divided.count());
    for (int i = 0; i < count; i++) {
      ScanParts.Reader reader = new ScanParts.Reader();
      lanes.add(new Lane(reader, top.apply(input.fork(reader))));
    }
  }

  private @Nullable RecordBatch gather() {
    while (true) {
      Lane lane;
      synchronized (this) {
        rethrow();
        RecordBatch batch = poll();
        schedule();
        if (batch != null || (outputs.isEmpty() && isExhausted())) {
          return batch;
        }
        lane = idleLane();
        if (lane == null) {
          awaitProgress();
          continue;
        }
        lane.state = State.RUNNING;
      }
      step(lane);
      synchronized (this) {
        lane.state = State.IDLE;
      }
    }
  }

  private boolean isExhausted() {
    return Objects.requireNonNull(parts, "parts").isEmpty();
  }

  private void rethrow() {
    Throwable thrown = failure;
    if (thrown instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (thrown instanceof Error error) {
      throw error;
    }
  }

  /** The next batch in order, if it is there. */
  private @Nullable RecordBatch poll() {
    Output first;
    while ((first = outputs.peek()) != null) {
      RecordBatch batch = first.ready.poll();
      if (batch != null) {
        waiting--;
        waitingBytes -= batch.bytes();
        return batch;
      }
      if (!first.ended) {
        return null;
      }
      outputs.remove();
    }
    return null;
  }

  /** A lane for the thread that asks, with a part in hand: that of the next batch if it is free. */
  private @Nullable Lane idleLane() {
    Output first = outputs.peek();
    if (first != null && first.lane.state != State.RUNNING) {
      return first.lane;
    }
    // One that the pool is to run is taken from it only if there is no other.
    Lane idle = idleLane(State.IDLE);
    return idle != null ? idle : idleLane(State.SCHEDULED);
  }

  private @Nullable Lane idleLane(State state) {
    for (Lane lane : lanes) {
      if (lane.state == state && hasRoom() && hasPart(lane)) {
        return lane;
      }
    }
    return null;
  }

  private boolean hasRoom() {
    return waiting < WAITING_PER_LANE * lanes.size() && waitingBytes < maxWaitingBytes;
  }

  /** Whether the lane has a part in hand, or is given the next one. */
  private boolean hasPart(Lane lane) {
    if (lane.output != null) {
      return true;
    }
    BatchSource part = Objects.requireNonNull(parts, "parts").take();
    if (part == null) {
      return false;
    }
    lane.reader.begin(part);
    Output output = new Output(lane);
    lane.output = output;
    outputs.add(output);
    return true;
  }

  /** Asks the pool to run idle lanes. */
  private void schedule() {
    // The thread that asks runs one itself.
    int wanted = lanes.size() - 1;
    for (Lane lane : lanes) {
      wanted -= lane.state == State.IDLE ? 0 : 1;
    }
    for (Lane lane : lanes) {
      boolean useful = lane.output != null || !isExhausted();
      if (wanted > 0 && lane.state == State.IDLE && useful && hasRoom() && !isStopped()) {
        wanted--;
        lane.state = State.SCHEDULED;
        if (!workers.tryExecute(() -> run(lane))) {
          lane.state = State.IDLE;
          return;
        }
      }
    }
  }

  private boolean isStopped() {
    return closed || failure != null || workers.isClosed();
  }

  /** Runs a lane in a thread of the pool, to the end of its part; then others have their turn. */
  private void run(Lane lane) {
    synchronized (this) {
      if (lane.state != State.SCHEDULED) {
        return; // Somebody could not wait.
      }
      if (isStopped() || !hasPart(lane)) {
        release(lane);
        return;
      }
      lane.state = State.RUNNING;
    }
    while (true) {
      step(lane);
      synchronized (this) {
        if (isStopped() || !hasRoom()) {
          release(lane);
          return;
        }
        if (lane.output == null) {
          release(lane);
          schedule();
          return;
        }
      }
    }
  }

  private void release(Lane lane) {
    lane.state = State.IDLE;
    notifyAll();
  }

  /** Makes one batch, or comes to the end of the part; for the thread that has the lane. */
  private void step(Lane lane) {
    RecordBatch batch = null;
    Throwable thrown = null;
    try {
      batch = lane.operators.next();
      if (batch != null && batch.selection().size() == 0) {
        batch.close();
        return;
      }
      if (batch != null) {
        loaded(batch);
      }
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    synchronized (this) {
      Output output = Objects.requireNonNull(lane.output, "output");
      if (thrown != null) {
        failure = failure == null ? thrown : failure;
      } else if (batch == null) {
        output.ended = true;
        lane.output = null;
      } else {
        output.ready.add(batch);
        waiting++;
        waitingBytes += batch.bytes();
      }
      notifyAll();
    }
  }

  /** The batch goes to another thread. */
  private static void loaded(RecordBatch batch) {
    try {
      batch.load();
    } catch (RuntimeException | Error e) {
      Closeables.closeAfter(e, List.of(batch));
      throw e;
    }
  }

  /** Waits for a lane that another thread runs; an interrupt is kept for later. */
  @SuppressWarnings("WaitNotInLoop") // the callers' loops ask again
  private void awaitProgress() {
    try {
      // What is waited for is one batch that is being made, or the end of a part.
      wait();
    } catch (InterruptedException e) {
      interrupted = true;
    }
  }

  @Override
  public void close() {
    List<@Nullable AutoCloseable> owned = new ArrayList<>();
    owned.add(input);
    owned.add(alone);
    synchronized (this) {
      if (closed) {
        return; // The input below is reached on several ways, at each of many levels.
      }
      closed = true;
      while (lanes.stream().anyMatch(lane -> lane.state == State.RUNNING)) {
        awaitProgress();
      }
      lanes.forEach(lane -> owned.add(lane.operators));
      outputs.forEach(output -> owned.addAll(output.ready));
      outputs.clear();
      lanes.clear();
    }
    keepInterrupt();
    Closeables.closeAll(owned);
  }
}
