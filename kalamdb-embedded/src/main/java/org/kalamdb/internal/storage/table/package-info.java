/**
 * Tables as one: hot rows, cold segments and a transaction's own writes behind one scan and one
 * lookup.
 */
@NullMarked
package org.kalamdb.internal.storage.table;

import org.jspecify.annotations.NullMarked;
