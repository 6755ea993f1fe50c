/** What the database does in the background, and what is known of it. */
@org.jspecify.annotations.NullMarked
package org.kalamdb.internal.job;
