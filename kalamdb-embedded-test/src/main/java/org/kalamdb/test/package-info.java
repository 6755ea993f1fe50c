/**
 * Test kit: databases that live as long as a test, listeners that remember, stand-ins that fail on
 * demand.
 */
@NullMarked
package org.kalamdb.test;

import org.jspecify.annotations.NullMarked;
