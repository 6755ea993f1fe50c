package org.kalamdb.schema;

/**
 * A span of time as PostgreSQL keeps it: months, days and microseconds apart, because a month has
 * no fixed number of days and a day no fixed number of hours.
 */
public record Interval(int months, int days, long micros) {}
