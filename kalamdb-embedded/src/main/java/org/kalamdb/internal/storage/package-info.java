/** Reading tables: hot rows and cold segments as one stream of batches. */
@NullMarked
package org.kalamdb.internal.storage;

import org.jspecify.annotations.NullMarked;
