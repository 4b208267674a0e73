/* Times that do not say everything: without a zone, without a year (RFC 3164, "Mar 14 21:47:09").
 *
 * The zone is what a person said, else UTC is taken; the engine says which. The year is the latest one that does not put the
 * line behind the file's own time (plus a day: clocks and zones differ). So December's lines of a file written in
 * January are last year's, and 29 February is a leap year's. It needs nothing but the line and the file's time, and so is
 * the same from whatever place of the file reading starts. What it cannot do: a file that runs for longer than a year has its
 * older part in the wrong year; that shows as time running backwards by a year, and is counted as such. A copy that lost the
 * file's time may be years off. */
#ifndef ASSAY_FORMATS_LOG_CLOCK_H
#define ASSAY_FORMATS_LOG_CLOCK_H

#include "formats/log.h"
#include "formats/log_scan.h"

struct log_clock {
    int64_t zone_s; /* seconds east of Greenwich, for times without a zone */
    int64_t latest; /* no line is later, in seconds of such a local clock */
};
void log_clock_init(struct log_clock *clock, const struct log_spec *spec);

/* For probes of readers whose setup is such a clock: makes it. False: no memory. */
bool log_clock_setup(const struct log_spec *spec, void **ret_setup);
/* The same, and true if one of the head's first lines is such as starts() takes. */
bool log_clock_probe(const struct log_spec *spec, struct str head, bool (*starts)(const void *setup, struct str line),
                     void **ret_setup);

/* Does a line carry a stamp where logs have theirs, of whatever format? Such a line is no rest of a record before it. */
bool log_clock_dated(struct str line);

/* A date and time of day as a line has them. year 0: the line does not say. */
struct log_stamp {
    uint64_t year, month, day, hour, minute, second;
    uint32_t nano;
    bool has_zone;
    int16_t zone_minutes; /* has_zone: east of Greenwich */
};

/* The instant into line (second, nano, zone_minutes). False: no such day or time, or the year is missing and none fits. */
bool log_clock_set(const struct log_clock *clock, const struct log_stamp *stamp, struct log_line *line);

/* How long the stamp's month is, in seconds; 31 days if there is no such month. */
uint32_t log_clock_month_s(const struct log_stamp *stamp);

/* Each reads what its name says and passes over it. "Mar" is 3, whatever its case; */
bool log_scan_month(struct scan *scan, uint64_t *ret_month);
/* "21:47:09", "21:47:09.123456" or with a comma; */
bool log_scan_time(struct scan *scan, struct log_stamp *stamp);
/* "2020-03-14" with that separator; */
bool log_scan_date(struct scan *scan, char separator, struct log_stamp *stamp);
/* "Mar 14 21:47:09" and "Mar  4 21:47:09" (RFC 3164 4.1.2), and with a year behind the day (some devices); */
bool log_scan_syslog(struct scan *scan, struct log_stamp *stamp);
/* "2020-03-14T21:47:09.123456+01:00", "...Z", a blank for the T, without fraction or zone (RFC 3339, ISO 8601); */
bool log_scan_iso(struct scan *scan, struct log_stamp *stamp);
/* "Sat Mar 14 21:47:09 2020", with a fraction or without (ctime). */
bool log_scan_ctime(struct scan *scan, struct log_stamp *stamp);

#endif
