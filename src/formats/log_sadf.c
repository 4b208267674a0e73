/* sysstat's network counters as `sadf -d -- -n DEV` prints them (sadf(1), -d: "for database ingestion").
 *
 *   # hostname;interval;timestamp;IFACE;rxpck/s;txpck/s;rxkB/s;txkB/s;...
 *   web1;600;2020-03-14 21:57:09 UTC;eth0;1.00;2.00;0.10;1.25;...
 *   web1;-1;2020-03-14 22:01:00 UTC;LINUX-RESTART (2 CPU)
 *
 * A time is the end of its interval; without "UTC" it is local, and with -U it is seconds since 1970. Where another
 * zone's name stands instead ("CET": no release that was looked at writes one), the time is local too. Columns are what the latest
 * head says. Source: sysstat of 2019, sadf_misc.c (print_dbppc_restart: " UTC" or nothing behind date and time). */
#include <stdlib.h>

#include "formats/log_clock.h"
#include "formats/log_rate.h"

#include "base/banned.h"

enum { COLUMNS_MAX = 32, INTERVAL_AT = 2, TIME_AT = 3 };

/* Columns from 1 of the latest head; 0: it is of something else. */
struct memory {
    uint8_t device, in, out;
};

static void read_head(struct str text, struct memory *memory)
{
    *memory = (struct memory){0};
    for (uint8_t column = 1; column < COLUMNS_MAX && text.len > 0; column++) {
        struct str_cut cut = str_cut(text, ';');
        struct str name = str_trim(cut.head);
        memory->device = str_eq(name, STR("IFACE")) ? column : memory->device;
        memory->in = str_eq(name, STR("rxkB/s")) ? column : memory->in;
        memory->out = str_eq(name, STR("txkB/s")) ? column : memory->out;
        text = cut.tail;
    }
}

static bool read_time(const struct log_clock *clock, struct str text, struct log_line *line)
{
    struct scan scan = {text, 0};
    struct log_stamp stamp;
    uint64_t epoch;
    if (str_u64(text, &epoch) && epoch < UINT64_C(9000000000)) {
        line->second = (int64_t)epoch;
        line->zone_minutes = 0;
        return true;
    }
    if (!log_scan_iso(&scan, &stamp)) {
        return false;
    }
    struct str zone = {0};
    (void)scan_word(&scan, &zone);
    stamp.has_zone = str_eq(zone, STR("UTC")) || str_eq(zone, STR("GMT"));
    bool is_zone = zone.len <= 6;
    for (size_t i = 0; i < zone.len && is_zone; i++) {
        char c = zone.data[i];
        is_zone = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-';
    }
    return is_zone && scan.at == text.len && log_clock_set(clock, &stamp, line);
}

static enum log_class read_row(const struct log_clock *clock, const struct memory *memory, struct log_line *line)
{
    struct str text = {line->text, line->len}, device = {0};
    uint64_t interval = 0, in = 0, out = 0;
    bool has_time = false, has_in = false, has_out = false;
    for (uint8_t column = 1; column < COLUMNS_MAX && text.len > 0; column++) {
        struct str_cut cut = str_cut(text, ';');
        text = cut.tail;
        if (column == INTERVAL_AT && !str_u64(cut.head, &interval)) {
            return LOG_NOTE; /* -1: a restart, a comment */
        }
        if (column == TIME_AT) {
            has_time = read_time(clock, cut.head, line);
        } else if (column == memory->device) {
            device = cut.head;
        } else if (column == memory->in) {
            has_in = log_rate_read(cut.head, &in);
        } else if (column == memory->out) {
            has_out = log_rate_read(cut.head, &out);
        }
    }
    if (!has_time) {
        return LOG_NO_TIME;
    }
    line->device = log_part(line, device);
    return has_in && has_out && device.len > 0 && log_rate_set(line, interval, in, out) ? LOG_PARSED : LOG_NO_SIZE;
}

static enum log_class read_line(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)scratch;
    struct memory *memory = state;
    struct str text = {line->text, line->len};
    if (text.data[0] == '#') {
        read_head(text, memory);
        return LOG_NOTE;
    }
    return memory->device == 0 || memory->in == 0 || memory->out == 0 ? LOG_NOTE : read_row(setup, memory, line);
}

static const struct log_shape shape = {.read = read_line};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    if (!str_starts(head, STR("# hostname;interval;timestamp")) || str_find(head, STR(";IFACE;"), 0) == SIZE_MAX) {
        return false;
    }
    *ret_has |= str_find(head, STR(" UTC;"), 0) != SIZE_MAX ? LOG_HAS_ZONE : 0;
    return log_clock_setup(spec, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_sadf = {
    .name = "sysstat counters (sadf -d)",
    .cannot_show = "where bytes went and what they were: it counts what passed an interface, at intervals of minutes",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
