/**
 * Recorded histories of concurrent transactions and a check of what isolation levels promise about
 * them, after Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
 * Observations" (2020): transactions append unique numbers to lists, so that each read tells the
 * order of all writes before it.
 */
package org.kalamdb.histories;
