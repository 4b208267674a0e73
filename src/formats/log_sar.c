/* sysstat's network counters as `sar -n DEV` prints them (sysstat: sar.c, pr_stats.c).
 *
 *   Linux 6.1.0-18-amd64 (web1)   03/14/2020   _x86_64_   (2 CPU)
 *
 *   21:47:09        IFACE   rxpck/s   txpck/s    rxkB/s    txkB/s ...
 *   21:57:09         eth0      1.00      2.00      0.10      1.25 ...
 *   Average:         eth0 ...
 *
 * A line's time is the end of its interval; that of the table's head, or of the sample before, its beginning. Times are those of
 * a clock on a wall, 12 or 24 hours: past midnight they start again, which is the next day. One that goes back by no more than
 * three hours was put back (summer time's end): the sample has no interval that is known, and the day stays. A date "03/04/20" is month first in
 * the C locale and day first in others: unless one of them cannot be, the one that is not behind the file's own time and
 * nearest to it is taken. */
#include <stdlib.h>

#include "base/time.h"
#include "formats/log_clock.h"
#include "formats/log_rate.h"

#include "base/banned.h"

enum {
    COLUMNS_MAX = 24,
    DAY_S = 86400,
    PUT_BACK_S = 3 * 3600 /* summer time's end is an hour; midnight is nearly a day */
};

/* What was learned from the lines so far. */
struct memory {
    int64_t day;             /* since 1970, of the current time; 0: no head yet */
    int64_t before, now;     /* local seconds; before: where the interval began. INT64_MIN: not known */
    uint8_t device, in, out; /* columns, from 1 behind the time; 0: this table is of something else */
    bool is_bytes;           /* old releases: rxbyt/s */
};
_Static_assert(sizeof(struct memory) <= LOG_STATE_BYTES, "a reader's state");

/* "03/14/2020", "03/14/20", "2020-03-14", "14.03.2020" as one of two dates. */
static size_t scan_dates(struct str word, struct log_stamp dates[static 2])
{
    struct scan scan = {word, 0};
    uint64_t a, b, year;
    dates[0] = (struct log_stamp){0};
    if (log_scan_date(&scan, '-', &dates[0]) && scan.at == word.len) {
        return 1;
    }
    scan.at = 0;
    if (!scan_number(&scan, 2, 2, &a) || scan.at >= word.len) {
        return 0;
    }
    char separator = word.data[scan.at++];
    if ((separator != '/' && separator != '.' && separator != '-') || !scan_number(&scan, 2, 2, &b) ||
        !scan_char(&scan, separator) || !scan_number(&scan, 2, 4, &year) || scan.at != word.len) {
        return 0;
    }
    year += year < 70 ? 2000 : year < 100 ? 1900 : 0;
    struct log_stamp month_first = {.year = year, .month = a, .day = b};
    struct log_stamp day_first = {.year = year, .month = b, .day = a};
    size_t count = 0;
    if (a >= 1 && a <= 12 && separator != '.') {
        dates[count++] = month_first;
    }
    if (b >= 1 && b <= 12 && (a != b || count == 0)) {
        dates[count++] = day_first;
    }
    return count;
}

/* "Linux RELEASE (HOST) DATE _MACHINE_ (N CPU)" */
static bool read_title(const struct log_clock *clock, struct str text, struct memory *memory)
{
    struct scan scan = {text, 0};
    struct str word;
    struct log_stamp dates[2];
    int64_t best = INT64_MIN;
    if (!scan_text(&scan, STR("Linux ")) || !scan_word(&scan, &word)) {
        return false;
    }
    while (scan_word(&scan, &word)) {
        size_t count = scan_dates(word, dates);
        for (size_t i = 0; i < count; i++) {
            struct log_line line = {0};
            if (log_clock_set(clock, &dates[i], &line)) {
                int64_t local = line.second + clock->zone_s;
                bool is_better =
                    best == INT64_MIN || (local <= clock->latest && (best > clock->latest || local > best));
                best = is_better ? local : best;
            }
        }
        if (count > 0) {
            break;
        }
    }
    if (best == INT64_MIN) {
        return false;
    }
    *memory = (struct memory){.day = best / DAY_S, .before = INT64_MIN, .now = INT64_MIN};
    return true;
}

/* "21:57:09", "09:57:09 PM"; local seconds of the day. */
static bool scan_clock(struct scan *scan, int64_t *ret_second)
{
    struct log_stamp stamp = {0};
    struct str word;
    if (!log_scan_time(scan, &stamp) || stamp.hour > 23 || stamp.minute > 59 || stamp.second > 60) {
        return false;
    }
    struct scan ahead = *scan;
    if (scan_word(&ahead, &word) && (str_eq_nocase(word, STR("AM")) || str_eq_nocase(word, STR("PM")))) {
        if (stamp.hour == 0 || stamp.hour > 12) {
            return false;
        }
        stamp.hour = stamp.hour % 12 + (str_eq_nocase(word, STR("PM")) ? 12 : 0);
        *scan = ahead;
    }
    *ret_second = (int64_t)(stamp.hour * 3600 + stamp.minute * 60 + (stamp.second == 60 ? 59 : stamp.second));
    return true;
}

static void advance(struct memory *memory, int64_t of_day)
{
    int64_t second = memory->day * DAY_S + of_day;
    if (memory->now != INT64_MIN && second < memory->now && memory->now - second <= PUT_BACK_S) {
        memory->before = INT64_MIN; /* the clock was put back: how long this interval was is not known */
        memory->now = second;
        return;
    }
    if (memory->now != INT64_MIN && second < memory->now) {
        memory->day++;
        second += DAY_S;
    }
    if (second != memory->now) {
        memory->before = memory->now;
        memory->now = second;
    }
}

/* The head of a table: which columns are whose. */
static bool read_columns(struct scan *scan, struct memory *memory)
{
    struct scan ahead = *scan;
    struct str word;
    struct memory found = {0};
    for (uint8_t column = 1; column < COLUMNS_MAX && scan_word(&ahead, &word); column++) {
        bool is_old_in = str_eq(word, STR("rxbyt/s")), is_old_out = str_eq(word, STR("txbyt/s"));
        found.device = str_eq(word, STR("IFACE")) ? column : found.device;
        found.in = str_eq(word, STR("rxkB/s")) || is_old_in ? column : found.in;
        found.out = str_eq(word, STR("txkB/s")) || is_old_out ? column : found.out;
        found.is_bytes |= is_old_in || is_old_out;
    }
    struct str first = {0};
    ahead = *scan;
    bool is_head = scan_word(&ahead, &first) && first.len > 1 && first.data[0] >= 'A' && first.data[0] <= 'Z' &&
                   (found.device != 0 || str_find(scan_rest(&ahead), STR("/s"), 0) != SIZE_MAX ||
                    str_find(scan_rest(&ahead), STR("%"), 0) != SIZE_MAX);
    if (!is_head) {
        return false;
    }
    bool is_ours = found.device != 0 && found.in != 0 && found.out != 0;
    memory->device = is_ours ? found.device : 0;
    memory->in = found.in;
    memory->out = found.out;
    memory->is_bytes = found.is_bytes;
    return true;
}

static enum log_class read_row(const struct log_clock *clock, struct scan *scan, const struct memory *memory,
                               struct log_line *line)
{
    struct str word, device = {0};
    uint64_t in = 0, out = 0;
    bool has_in = false, has_out = false;
    for (uint8_t column = 1; column < COLUMNS_MAX && scan_word(scan, &word); column++) {
        if (column == memory->device) {
            device = word;
        } else if (column == memory->in) {
            has_in = log_rate_read(word, &in);
        } else if (column == memory->out) {
            has_out = log_rate_read(word, &out);
        }
    }
    if (!has_in || !has_out || device.len == 0) {
        return LOG_NO_SIZE;
    }
    if (memory->before == INT64_MIN) {
        return LOG_NO_TIME;
    }
    if (memory->is_bytes) { /* hundredths of a byte: of a kilobyte they are */
        in /= 1024;
        out /= 1024;
    }
    line->second = memory->now - clock->zone_s;
    line->device = log_part(line, device);
    return log_rate_set(line, (uint64_t)(memory->now - memory->before), in, out) ? LOG_PARSED : LOG_NO_SIZE;
}

static enum log_class read_line(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)scratch;
    struct memory *memory = state;
    struct scan scan = {{line->text, line->len}, 0};
    int64_t of_day;
    if (read_title(setup, scan.text, memory) || scan_text(&scan, STR("Average:")) ||
        scan_text(&scan, STR("Summary:"))) {
        return LOG_NOTE;
    }
    if (!scan_clock(&scan, &of_day) || memory->day == 0) {
        return LOG_NO_TIME;
    }
    if (str_find(scan.text, STR("LINUX RESTART"), 0) != SIZE_MAX || str_find(scan.text, STR("  COM "), 0) != SIZE_MAX) {
        advance(memory, of_day);
        memory->before = INT64_MIN; /* counters began anew */
        memory->device = 0;
        return LOG_NOTE;
    }
    if (read_columns(&scan, memory)) {
        advance(memory, of_day); /* that of the sample before the table */
        memory->before = INT64_MIN;
        return LOG_NOTE;
    }
    if (memory->device == 0) {
        return LOG_NOTE; /* a table of something else */
    }
    advance(memory, of_day);
    return read_row(setup, &scan, memory, line);
}

static const struct log_shape shape = {.read = read_line};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)ret_has;
    struct log_clock clock;
    struct memory memory = {0};
    log_clock_init(&clock, spec);
    if (!read_title(&clock, str_cut(head, '\n').head, &memory) || str_find(head, STR("IFACE"), 0) == SIZE_MAX) {
        return false;
    }
    struct log_clock *kept = malloc(sizeof *kept);
    if (kept != NULL) {
        *kept = clock;
    }
    *ret_setup = kept;
    return kept != NULL;
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_sar = {
    .name = "sysstat counters (sar -n DEV)",
    .cannot_show = "where bytes went and what they were: it counts what passed an interface, at intervals of minutes",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
