package org.kalamdb.internal.vector;

/**
 * Turns off the checks that Arrow makes on each access, which make a read seven times slower. To be
 * called before the first Arrow class is loaded; if the host has loaded Arrow before, its settings
 * stay and only the vectors' own accessors are slower, for kernels read by address.
 *
 * <p>A value that the host has set itself is kept, so tests run with {@code
 * -Darrow.enable_unsafe_memory_access=false -Darrow.enable_null_check_for_get=true}.
 */
public final class ArrowSetup {
  private static final String UNSAFE_ACCESS = "arrow.enable_unsafe_memory_access";
  private static final String NULL_CHECK = "arrow.enable_null_check_for_get";

  private ArrowSetup() {}

  public static void prepare() {
    setUnlessGiven(UNSAFE_ACCESS, "true");
    setUnlessGiven(NULL_CHECK, "false");
  }

  private static void setUnlessGiven(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
