/** KalamDB Embedded: open a database, get a session, run SQL, subscribe. */
@NullMarked
package org.kalamdb;

import org.jspecify.annotations.NullMarked;
