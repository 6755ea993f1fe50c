package org.kalamdb.internal.expr;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every function and operator stands in the reference. */
class FunctionDescriptionsTest {
  @Test
  void entries_ofTheRegistry_leaveNothingOut() {
    assertThat(FunctionRegistry.instance().undescribed()).isEmpty();
  }

  @Test
  void entries_haveSignatures() {
    assertThat(FunctionRegistry.instance().entries())
        .allSatisfy(entry -> assertThat(entry.signatures()).as(entry.name()).isNotEmpty());
  }
}
