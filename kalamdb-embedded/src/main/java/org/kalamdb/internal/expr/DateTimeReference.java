package org.kalamdb.internal.expr;

/** What the function reference says about dates, times and intervals. */
final class DateTimeReference {
  private DateTimeReference() {}

  static void describe(Registrar r) {
    r.describe(
        "age",
        "The difference in years, months, days and time; of one timestamp, from it to midnight of the current date.",
        "age(timestamp '2001-04-10', timestamp '1957-06-13')",
        "43 years 9 mons 27 days");
    r.describe(
        "date_bin",
        "The start of the step that holds the timestamp, steps counted from an origin.",
        "date_bin('15 minutes', timestamp '2020-02-11 15:44:17', timestamp '2001-01-01')",
        "2020-02-11 15:30:00");
    r.describe(
        "date_part",
        "As extract, as double precision.",
        "date_part('hour', timestamp '2001-02-16 20:38:40')",
        "20");
    r.describe(
        "date_trunc",
        "Cut to the field named; of an instant in the session's time zone or the one given.",
        "date_trunc('hour', timestamp '2001-02-16 20:38:40')",
        "2001-02-16 20:00:00");
    r.describe(
        "extract",
        "The field named: century, day, decade, dow, doy, epoch, hour, isodow, isoyear, julian, microseconds, millennium, milliseconds, minute, month, quarter, second, timezone, timezone_hour, timezone_minute, week, year.",
        "extract(YEAR FROM timestamp '2001-02-16 20:38:40')",
        "2001");
    r.describe(
        "isfinite",
        "Whether it is not infinity or -infinity.",
        "isfinite(date '2001-02-16')",
        "true");
    r.describe(
        "justify_days",
        "Each 30 days as a month.",
        "justify_days(interval '1 year 65 days')",
        "1 year 2 mons 5 days");
    r.describe(
        "justify_hours",
        "Each 24 hours as a day.",
        "justify_hours(interval '50 hours 10 minutes')",
        "2 days 02:10:00");
    r.describe(
        "justify_interval",
        "Both, with one sign throughout.",
        "justify_interval(interval '1 mon -1 hour')",
        "29 days 23:00:00");
    r.describe(
        "make_date", "The date of a year, month and day.", "make_date(2013, 7, 15)", "2013-07-15");
    r.describe(
        "make_interval",
        "The interval of so many years, months, weeks, days, hours, minutes and seconds; the last may be left out.",
        "make_interval(0, 0, 0, 10)",
        "10 days");
    r.describe(
        "make_time",
        "The time of an hour, minute and second.",
        "make_time(8, 15, 23.5)",
        "08:15:23.5");
    r.describe(
        "make_timestamp",
        "The timestamp of a year, month, day, hour, minute and second.",
        "make_timestamp(2013, 7, 15, 8, 15, 23.5)",
        "2013-07-15 08:15:23.5");
    r.describe(
        "make_timestamptz",
        "The same as an instant, in the session's time zone or the one given.",
        "make_timestamptz(2013, 7, 15, 8, 15, 23.5, 'Europe/Berlin')",
        "2013-07-15 06:15:23.5+00");
    r.describe(
        "overlaps",
        "Whether two spans, each given by its start and its end or length, have a time in common.",
        "overlaps(date '2001-02-16', date '2001-12-21', date '2001-10-30', date '2002-10-30')",
        "true");
    r.describe(
        "timezone",
        "What AT TIME ZONE calls: the local time of an instant in a zone, or the instant of a local time.",
        "timestamp '2001-02-16 20:38:40' AT TIME ZONE 'America/Denver'",
        "2001-02-17 03:38:40+00");
    r.describe(
        "to_char",
        "The value by a template: of numbers 9 0 . , S MI PR RN TH EEEE, of times YYYY MM DD HH24 MI SS MS US Mon Day and more.",
        "to_char(timestamp '2002-04-20 17:31:12.66', 'YYYY-MM-DD HH12:MI:SS AM')",
        "2002-04-20 05:31:12 PM");
    r.describe(
        "to_date",
        "The date of a text by a template.",
        "to_date('05 Dec 2000', 'DD Mon YYYY')",
        "2000-12-05");
    r.describe(
        "to_number",
        "The number of a text by a template.",
        "to_number('12,454.8-', '99G999D9S')",
        "-12454.8");
    r.describe(
        "to_timestamp",
        "The instant so many seconds after 1970, or of a text by a template.",
        "to_timestamp(1284352323)",
        "2010-09-13 04:32:03+00");
  }
}
