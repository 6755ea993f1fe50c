package org.kalamdb.samples.feed;

/** Input the sample cannot use; the message is for the person who gave it. */
final class FeedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FeedException(String message) {
    super(message);
  }
}
