/* vnStat's counters as `vnstat --json` prints them (vnStat 1.x: src/dbjson.c, KiB; 2.x: the same, bytes, jsonversion 2).
 *
 * Five minutes, hours, days and months count the same bytes, each as long as its configuration keeps them; the record's session says
 * which: its length in seconds. Totals, years and the list of top days are passed over. An interval that is not over yet has
 * what was counted until the export. Entries of newer releases have a timestamp; else their time is the machine's local one. */
#include <stdlib.h>

#include "formats/log_clock.h"
#include "formats/log_jsondoc.h"

#include "base/banned.h"

enum name {
    NAME_NONE,
    NAME_NAME,
    NAME_ID,
    NAME_TRAFFIC,
    NAME_FIVEMINUTE,
    NAME_HOUR,
    NAME_HOURS,
    NAME_DAY,
    NAME_DAYS,
    NAME_MONTH,
    NAME_MONTHS,
    NAME_DATE,
    NAME_TIME,
    NAME_YEAR,
    NAME_MINUTE,
    NAME_TIMESTAMP,
    NAME_RX,
    NAME_TX,
    NAME_JSONVERSION,
    NAME_NICK
};
static const char *const names[] = {"name",      "id",    "traffic", "fiveminute",  "hour", "hours", "day",
                                    "days",      "month", "months",  "date",        "time", "year",  "minute",
                                    "timestamp", "rx",    "tx",      "jsonversion", "nick"};

enum { DEPTH_INTERFACE = 3, DEPTH_SECTION = 5, DEPTH_ENTRY = 6, DEPTH_DATE = 7, DAY_S = 86400 };

struct own {
    char device[32];
    struct log_stamp stamp;
    uint64_t timestamp, rx, tx, id;
    bool has_rx, has_tx, is_first_version;
};
_Static_assert(sizeof(struct own) <= JSONDOC_OWN, "a reader's state");

static uint32_t seconds_of(uint8_t section)
{
    switch (section) {
    case NAME_FIVEMINUTE:
        return 300;
    case NAME_HOUR:
    case NAME_HOURS:
        return 3600;
    case NAME_DAY:
    case NAME_DAYS:
        return DAY_S;
    case NAME_MONTH:
    case NAME_MONTHS:
        return 30 * DAY_S;
    default:
        return 0;
    }
}

static void take_date(struct own *own, uint8_t key, uint64_t number)
{
    uint64_t *part = key == NAME_YEAR     ? &own->stamp.year
                     : key == NAME_MONTH  ? &own->stamp.month
                     : key == NAME_DAY    ? &own->stamp.day
                     : key == NAME_HOUR   ? &own->stamp.hour
                     : key == NAME_MINUTE ? &own->stamp.minute
                                          : NULL;
    if (part != NULL) {
        *part = number;
    }
}

static bool take_value(struct jsondoc *doc, struct str text, bool is_string)
{
    struct own *own = (struct own *)(void *)doc->own;
    uint64_t number;
    if (doc->depth == 1 && doc->key == NAME_JSONVERSION) {
        own->is_first_version = str_eq(text, STR("1"));
    } else if (doc->depth == DEPTH_INTERFACE && is_string && (doc->key == NAME_NAME || doc->key == NAME_ID)) {
        jsondoc_keep(own->device, sizeof own->device, text);
    } else if (doc->depth < DEPTH_ENTRY || !jsondoc_number(text, &number)) {
        return false;
    } else if (doc->depth == DEPTH_DATE && (doc->keys[DEPTH_DATE] == NAME_DATE || doc->keys[DEPTH_DATE] == NAME_TIME)) {
        take_date(own, doc->key, number);
    } else if (doc->depth == DEPTH_ENTRY && doc->key == NAME_TIMESTAMP) {
        own->timestamp = number;
    } else if (doc->depth == DEPTH_ENTRY && doc->key == NAME_ID) {
        own->id = number;
    } else if (doc->depth == DEPTH_ENTRY && doc->key == NAME_RX) {
        own->rx = number;
        own->has_rx = true;
    } else if (doc->depth == DEPTH_ENTRY && doc->key == NAME_TX) {
        own->tx = number;
        own->has_tx = true;
    }
    return false;
}

static void take_open(struct jsondoc *doc)
{
    struct own *own = (struct own *)(void *)doc->own;
    if (doc->depth == DEPTH_ENTRY) {
        own->stamp = (struct log_stamp){.day = 1};
        own->timestamp = own->rx = own->tx = own->id = 0;
        own->has_rx = own->has_tx = false;
    }
}

static bool take_close(struct jsondoc *doc)
{
    struct own *own = (struct own *)(void *)doc->own;
    return doc->depth == DEPTH_ENTRY && doc->keys[4] == NAME_TRAFFIC && seconds_of(doc->keys[DEPTH_SECTION]) > 0 &&
           own->has_rx && own->has_tx;
}

static uint64_t bytes_of(const struct own *own, uint64_t number)
{
    return !own->is_first_version ? number : number > (LOG_NO_BYTES - 1) / 1024 ? LOG_NO_BYTES : number * 1024;
}

static enum log_class read_entry(const void *setup, struct jsondoc *doc, struct log_line *line, struct buf *scratch)
{
    struct own *own = (struct own *)(void *)doc->own;
    uint8_t section = doc->keys[DEPTH_SECTION];
    if (own->is_first_version && section == NAME_HOURS) {
        own->stamp.hour = own->id;
    }
    if (own->timestamp > 0 && own->timestamp < UINT64_C(9000000000)) {
        line->second = (int64_t)own->timestamp;
        line->zone_minutes = 0;
    } else if (own->stamp.year == 0 || !log_clock_set(setup, &own->stamp, line)) {
        return LOG_NO_TIME;
    }
    line->session = seconds_of(section);
    line->duration_us =
        (line->session == (uint64_t)30 * DAY_S ? log_clock_month_s(&own->stamp) : line->session) * 1000000;
    line->bytes = bytes_of(own, own->tx);
    line->bytes_in = bytes_of(own, own->rx);
    line->device = log_scratch(scratch, str_of(own->device));
    return LOG_PARSED;
}

static const struct jsondoc_shape shape = {.names = names,
                                           .name_count = sizeof names / sizeof *names,
                                           .value = take_value,
                                           .opened = take_open,
                                           .closed = take_close,
                                           .read = read_entry};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    if (str_find(str_slice(head, 0, 256), STR("\"vnstatversion\""), 0) == SIZE_MAX) {
        return false;
    }
    *ret_has |= str_find(head, STR("\"timestamp\""), 0) != SIZE_MAX ? LOG_HAS_ZONE : 0;
    return log_clock_setup(spec, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return jsondoc_parse(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_vnstat = {
    .name = "vnStat counters",
    .cannot_show = "where bytes went and what they were: it counts what passed an interface",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
