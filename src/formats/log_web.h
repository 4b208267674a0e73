/* What readers of access logs share: addresses, request lines, and times however they are written. */
#ifndef ASSAY_FORMATS_LOG_WEB_H
#define ASSAY_FORMATS_LOG_WEB_H

#include "formats/log.h"

/* An IPv4 or IPv6 address, "unix:" (nginx behind a socket), or a host's name: nothing with a port behind it. */
bool web_is_client(struct str text);
bool web_is_method(struct str text);
/* "192.0.2.1:4711" or "[2001:db8::1]:4711" without its port and brackets; text itself where there is no port. */
struct str web_without_port(struct str text);
/* The right-most element of a list of forwarded-for addresses; the one before it that nobody else can have added. */
struct str web_last_forwarded(struct str list);
/* "https://shop.example:443/a?b" is "/a?b": what a proxy's own log calls the URL is told apart from the path. */
struct str web_without_origin(struct str url);

/* "GET /a HTTP/1.1" into method and target. Anything else is no request and leaves both empty. */
struct web_request {
    struct str method, target;
};
struct web_request web_request(struct str text);

/* ---- times ---- */

/* A time while its parts come in. Zero it first. */
struct web_clock {
    int64_t epoch; /* seconds since 1970, where the log counts them */
    uint32_t nano;
    uint16_t year, day_of_year;
    uint8_t month, day, hour, minute, second;
    int16_t zone_minutes;
    bool has_epoch, has_date, has_year, has_time, has_zone, is_afternoon, is_half_day;
};

/* What is known of times beforehand. */
struct web_calendar {
    int64_t written;      /* ns; TIME_NONE: unknown */
    int16_t zone_minutes; /* for times without one; LOG_NO_ZONE: UTC */
};

#define WEB_TIME_CLF "%d/%b/%Y:%H:%M:%S %z"
#define WEB_TIME_ISO "%Y-%m-%d%i%H:%M:%S%f%z" /* %i: "T" or a space */
#define WEB_TIME_EPOCH "%s%f"
#define WEB_TIME_EPOCH_MS "%q"
#define WEB_TIME_EPOCH_US "%o"

/* Reads text as strftime would have written it with this pattern, and %f (a fraction, or nothing), %i, %q and %o (milliseconds,
 * microseconds since 1970), %v (digits of a fraction). Returns how much of text that took; SIZE_MAX if it is none. */
size_t web_clock_read(struct web_clock *clock, struct str pattern, struct str text);
/* Does web_clock_read know all that is in this pattern of strftime's? */
bool web_time_is_known(struct str pattern);
/* Is a zone in it, or a count since 1970? Is a year? */
bool web_time_has_zone(struct str pattern);
bool web_time_has_year(struct str pattern);
/* Sets second, nano and zone_minutes; false if no time came together. */
bool web_clock_finish(const struct web_clock *clock, const struct web_calendar *calendar, struct log_line *line);

/* Numbers as logs have them: digits, or "-" and nothing, which are LOG_NO_BYTES. False: something else. */
bool web_count(struct str text, uint64_t *ret_count);
/* "0.123" times scale, rounded down; "-", "-1" and nothing are LOG_NO_BYTES. */
bool web_scaled(struct str text, uint64_t scale, uint64_t *ret_count);
/* Three digits; "-", "-1", "0" and nothing are 0. */
bool web_status(struct str text, uint16_t *ret_status);

/* "-" and nothing are no text. */
static inline struct str web_unless_dash(struct str text)
{
    return text.len == 1 && text.data[0] == '-' ? (struct str){text.data, 0} : text;
}

#endif
