/* vnStat's counters as `vnstat`, `vnstat -5`, `-h`, `-d` and `-m` print them for people (vnStat: src/dbshow.c).
 *
 *    eth0  /  hourly                       or, in the summary:  "   eth0 since 2026-10-01" and "   daily"
 *            hour        rx      |     tx      |    total    |   avg. rate
 *        ------------------------+-------------+-------------+---------------
 *        2026-10-05
 *            10:00          79 B |  296.44 MiB |  296.44 MiB |  690.76 kbit/s
 *
 * Times are the machine's local ones. Bytes are told rounded to two digits behind the point of a unit: the least they can have been
 * is told, and how much more. "MB" is 1000 squared with UnitMode 2 and 1024 squared with UnitMode 1; which it is only "kB" or
 * "KB" elsewhere in the head tells. Where neither is there, such rows are rejected. "today" and "yesterday" are no dates; estimates, years and
 * top days are passed over, as in the JSON (log_vnstat.c), which is exact and to be preferred. */
#include <stdlib.h>

#include "formats/log_clock.h"

#include "base/banned.h"

enum { DAY_S = 86400, UNIT_UNKNOWN = 0, UNIT_BINARY = 1024, UNIT_DECIMAL = 1000 };

struct setup {
    struct log_clock clock;
    uint64_t unit; /* of prefixes that do not say: "MB" */
};

/* What the lines so far said. */
struct memory {
    char device[48];
    uint32_t section; /* seconds of its intervals; 0: of something else */
    struct log_stamp day;
};
_Static_assert(sizeof(struct memory) <= LOG_STATE_BYTES, "a reader's state");

static const struct {
    struct str name;
    uint32_t seconds;
} sections[] = {{STR_INIT("5 minute"), 300},
                {STR_INIT("hourly"), 3600},
                {STR_INIT("daily"), DAY_S},
                {STR_INIT("monthly"), 30 * DAY_S},
                {STR_INIT("yearly"), 0}};

/* False: no section is called so. "top 10" is one. */
static bool section_of(struct str name, uint32_t *ret_seconds)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        if (str_eq(name, sections[i].name)) {
            *ret_seconds = sections[i].seconds;
            return true;
        }
    }
    *ret_seconds = 0;
    return str_starts(name, STR("top "));
}

static void set_device(struct memory *memory, struct str name)
{
    size_t len = name.len < sizeof memory->device - 1 ? name.len : sizeof memory->device - 1;
    *memory = (struct memory){0};
    memcpy(memory->device, name.data, len);
}

/* "eth0  /  hourly", "uplink (eth0)  /  daily"; "eth0 since 2026-10-01"; "daily". */
static bool read_title(struct str text, struct memory *memory)
{
    size_t slash = str_find(text, STR("  /  "), 0), since = str_find(text, STR(" since "), 0);
    uint32_t seconds;
    if (slash != SIZE_MAX && section_of(str_slice(text, slash + 5, text.len), &seconds)) {
        set_device(memory, str_slice(text, 0, slash));
        memory->section = seconds;
        return true;
    }
    if (since != SIZE_MAX) {
        set_device(memory, str_slice(text, 0, since));
        return true;
    }
    if (section_of(text, &seconds)) {
        memory->section = seconds;
        memory->day = (struct log_stamp){0};
        return true;
    }
    return false;
}

/* "2026-10-05", "2026-10" (its first day). */
static bool scan_day(struct scan *scan, struct log_stamp *stamp)
{
    size_t from = scan->at;
    *stamp = (struct log_stamp){0};
    if (log_scan_date(scan, '-', stamp)) {
        return true;
    }
    *stamp = (struct log_stamp){.day = 1};
    if (scan_number(scan, 4, 4, &stamp->year) && scan_char(scan, '-') && scan_number(scan, 2, 2, &stamp->month)) {
        return true;
    }
    scan->at = from;
    return false;
}

/* "KiB": 1024. 0: no unit, or one that may be two. */
static uint64_t unit_of(struct str word, uint64_t unsaid)
{
    static const char prefixes[] = "KMGTPE";
    bool is_iec = word.len == 3 && word.data[1] == 'i' && word.data[2] == 'B';
    if (str_eq(word, STR("B"))) {
        return 1;
    }
    if (!is_iec && (word.len != 2 || word.data[1] != 'B')) {
        return 0;
    }
    uint64_t base = is_iec ? UNIT_BINARY : word.data[0] == 'k' ? UNIT_DECIMAL : unsaid, unit = base;
    char letter = word.data[0] == 'k' ? 'K' : word.data[0];
    for (size_t i = 0; prefixes[i] != '\0'; i++) {
        if (prefixes[i] == letter) {
            return unit;
        }
        unit *= base;
    }
    return 0;
}

/* "296.44 MiB": the least and how much more it may be. */
static bool scan_bytes(struct scan *scan, uint64_t unsaid, uint64_t *ret_least, uint64_t *ret_more)
{
    uint64_t whole, part = 0;
    struct str word;
    scan_blanks(scan);
    if (!scan_number(scan, 1, 9, &whole)) {
        return false;
    }
    bool has_part = scan_char(scan, '.') || scan_char(scan, ',');
    if ((has_part && !scan_number(scan, 2, 2, &part)) || !scan_word(scan, &word)) {
        return false;
    }
    uint64_t unit = unit_of(word, unsaid), hundredths = whole * 100 + part;
    if (unit == 0 || hundredths >= (LOG_NO_BYTES >> 1) / unit) {
        return false;
    }
    uint64_t told = hundredths * unit / 100, half = unit == 1 ? 0 : has_part ? unit / 200 + 1 : unit / 2 + 1;
    *ret_least = told > half ? told - half : 0;
    *ret_more = told - *ret_least + half;
    return true;
}

static bool scan_bar(struct scan *scan)
{
    scan_blanks(scan);
    return scan_char(scan, '|') || scan_char(scan, '/');
}

/* Behind the time. */
static enum log_class read_row(const struct setup *setup, const struct memory *memory, const struct log_stamp *stamp,
                               struct scan *scan, struct log_line *line)
{
    uint64_t more;
    if (!scan_bytes(scan, setup->unit, &line->bytes_in, &more) || !scan_bar(scan) ||
        !scan_bytes(scan, setup->unit, &line->bytes, &line->rounded) || !scan_bar(scan)) {
        return LOG_NO_SIZE;
    }
    if (!log_clock_set(&setup->clock, stamp, line)) {
        return LOG_NO_TIME;
    }
    uint32_t seconds = memory->section == 30 * DAY_S ? log_clock_month_s(stamp) : memory->section;
    line->session = memory->section;
    line->duration_us = (uint64_t)seconds * 1000000;
    return LOG_PARSED;
}

static bool is_head(struct str text)
{
    return str_starts(text, STR("---")) || str_find(text, STR(" rx  "), 0) != SIZE_MAX ||
           str_starts(text, STR("rx  ")) || str_starts(text, STR("rx:")) || str_starts(text, STR("estimated")) ||
           str_starts(text, STR("Database updated"));
}

static enum log_class read_line(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    struct memory *memory = state;
    struct str text = str_trim((struct str){line->text, line->len});
    struct scan scan = {text, 0};
    struct log_stamp stamp;
    if (read_title(text, memory) || is_head(text) || memory->section == 0) {
        return LOG_NOTE;
    }
    if (scan_day(&scan, &stamp)) {
        memory->day = stamp;
        if (scan.at == text.len) {
            return LOG_NOTE; /* the hours below are of this day */
        }
    } else if (memory->section >= DAY_S) {
        return LOG_NO_TIME; /* "today" */
    } else {
        stamp = memory->day;
        if (stamp.year == 0 || !scan_number(&scan, 2, 2, &stamp.hour) || !scan_char(&scan, ':') ||
            !scan_number(&scan, 2, 2, &stamp.minute)) {
            return LOG_NO_TIME;
        }
    }
    line->device = log_scratch(scratch, str_of(memory->device));
    return read_row(setup, memory, &stamp, &scan, line);
}

static const struct log_shape shape = {.read = read_line};

/* A title, and the head of its table within the lines behind it. */
static bool looks_so(struct str head)
{
    struct memory memory;
    bool has_device = false;
    for (struct str rest = head; rest.len > 0;) {
        struct str_cut cut = str_cut(rest, '\n');
        struct str text = str_trim(cut.head);
        memory = (struct memory){0};
        has_device |= read_title(text, &memory) && memory.device[0] != '\0';
        bool is_table = has_device && str_find(text, STR("rx  "), 0) != SIZE_MAX &&
                        str_find(text, STR("tx  "), 0) != SIZE_MAX && str_find(text, STR("total"), 0) != SIZE_MAX &&
                        str_find(text, STR("|"), 0) != SIZE_MAX;
        if (is_table) {
            return true;
        }
        rest = cut.tail;
    }
    return false;
}

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)ret_has;
    if (!looks_so(str_slice(head, 0, 4096))) {
        return false;
    }
    struct setup *setup = malloc(sizeof *setup);
    if (setup != NULL) {
        log_clock_init(&setup->clock, spec);
        setup->unit = str_find(head, STR(" kB"), 0) != SIZE_MAX   ? UNIT_DECIMAL
                      : str_find(head, STR(" KB"), 0) != SIZE_MAX ? UNIT_BINARY
                                                                  : UNIT_UNKNOWN;
    }
    *ret_setup = setup;
    return setup != NULL;
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_vnstat_text = {
    .name = "vnStat counters, printed",
    .cannot_show = "where bytes went and what they were: it counts what passed an interface, and tells it rounded",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
