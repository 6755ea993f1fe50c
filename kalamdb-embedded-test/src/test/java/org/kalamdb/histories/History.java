package org.kalamdb.histories;

import java.util.ArrayList;
import java.util.List;

/** What transactions did and saw. Times are of one clock, in any unit. */
final class History {
  private final List<Transaction> transactions = new ArrayList<>();

  /** What a transaction did to one list. */
  sealed interface Operation permits Append, Read {
    int key();
  }

  /**
   * Put a number at the end of a list.
   *
   * @param value used once in a history
   * @param undone whether the transaction itself took it back, by a savepoint
   */
  record Append(int key, int value, boolean undone) implements Operation {}

  /**
   * Saw a whole list.
   *
   * @param started before the statement that read
   */
  record Read(int key, List<Integer> values, long started) implements Operation {
    Read {
      values = List.copyOf(values);
    }
  }

  /**
   * One transaction.
   *
   * @param committed false if it was rolled back or refused
   * @param began before its first statement
   * @param ended after its COMMIT returned
   */
  record Transaction(
      String name, boolean committed, long began, long ended, List<Operation> operations) {
    Transaction {
      operations = List.copyOf(operations);
    }

    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(name).append(committed ? "" : " (aborted)");
      for (Operation operation : operations) {
        if (operation instanceof Append append) {
          text.append(" append(").append(append.key()).append(", ").append(append.value());
          text.append(append.undone() ? ") undone" : ")");
        } else if (operation instanceof Read read) {
          List<Integer> seen = read.values();
          String shown =
              seen.size() <= 6
                  ? seen.toString()
                  : "..." + seen.subList(seen.size() - 6, seen.size());
          text.append(" read(").append(read.key()).append(", ").append(shown).append(')');
        }
      }
      return text.toString();
    }
  }

  History add(Transaction transaction) {
    transactions.add(transaction);
    return this;
  }

  History addAll(List<Transaction> others) {
    transactions.addAll(others);
    return this;
  }

  List<Transaction> transactions() {
    return transactions;
  }
}
