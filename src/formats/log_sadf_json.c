/* sysstat's network counters as `sadf -j -- -n DEV` prints them (sysstat: json_stats.c, rndr_stats.c).
 *
 *   "timestamp": {"date": "2020-03-14", "time": "21:57:09", "utc": 1, "interval": 600},
 *   "network": {"net-dev": [{"iface": "eth0", "rxkB": 0.00, "txkB": 1.25, ...}]}
 *
 * A sample's time is the end of its interval. Rates are kilobytes (1024) a second with two digits behind the point, so that
 * the bytes of an interval are right to 5 bytes a second. "utc": 0 means local time. A sample without it is
 * local unless it has "timezone": "UTC", which no release that was looked at writes. */
#include <stdlib.h>

#include "formats/log_clock.h"
#include "formats/log_jsondoc.h"
#include "formats/log_rate.h"

#include "base/banned.h"

enum name {
    NAME_NONE,
    NAME_TIMESTAMP,
    NAME_DATE,
    NAME_TIME,
    NAME_UTC,
    NAME_INTERVAL,
    NAME_NET_DEV,
    NAME_IFACE,
    NAME_RX,
    NAME_TX,
    NAME_TIMEZONE
};
static const char *const names[] = {"timestamp", "date",  "time", "utc",  "interval",
                                    "net-dev",   "iface", "rxkB", "txkB", "timezone"};

struct own {
    char device[32];
    struct log_stamp stamp;
    uint64_t interval, rx, tx; /* hundredths of a kilobyte a second */
    bool is_utc, has_time, has_rx, has_tx;
};
_Static_assert(sizeof(struct own) <= JSONDOC_OWN, "a reader's state");

static void take_stamp(struct own *own, uint8_t key, struct str text)
{
    struct scan scan = {text, 0};
    uint64_t number;
    if (key == NAME_DATE) {
        own->has_time = log_scan_date(&scan, '-', &own->stamp);
    } else if (key == NAME_TIME) {
        own->has_time = own->has_time && log_scan_time(&scan, &own->stamp);
    } else if (key == NAME_UTC) {
        own->is_utc = str_eq(text, STR("1")) || str_eq(text, STR("true"));
    } else if (key == NAME_TIMEZONE) {
        own->is_utc = str_eq(text, STR("UTC")) || str_eq(text, STR("GMT"));
    } else if (key == NAME_INTERVAL && str_u64(text, &number)) {
        own->interval = number;
    }
}

static bool take_value(struct jsondoc *doc, struct str text, bool is_string)
{
    struct own *own = (struct own *)(void *)doc->own;
    (void)is_string;
    if (doc->keys[doc->depth] == NAME_TIMESTAMP) {
        take_stamp(own, doc->key, text);
    } else if (doc->key == NAME_IFACE) {
        jsondoc_keep(own->device, sizeof own->device, text);
    } else if (doc->key == NAME_RX) {
        own->has_rx = log_rate_read(text, &own->rx);
    } else if (doc->key == NAME_TX) {
        own->has_tx = log_rate_read(text, &own->tx);
    }
    return false;
}

static void take_open(struct jsondoc *doc)
{
    struct own *own = (struct own *)(void *)doc->own;
    if (doc->keys[doc->depth] == NAME_TIMESTAMP) {
        own->has_time = own->is_utc = false;
        own->interval = 0;
    } else if (doc->depth > 1 && doc->keys[doc->depth - 1] == NAME_NET_DEV) {
        own->has_rx = own->has_tx = false;
        own->device[0] = '\0';
    }
}

static bool take_close(struct jsondoc *doc)
{
    const struct own *own = (const struct own *)(const void *)doc->own;
    return doc->depth > 1 && doc->keys[doc->depth - 1] == NAME_NET_DEV && own->has_rx && own->has_tx;
}

static enum log_class read_sample(const void *setup, struct jsondoc *doc, struct log_line *line, struct buf *scratch)
{
    struct own *own = (struct own *)(void *)doc->own;
    own->stamp.has_zone = own->is_utc;
    own->stamp.zone_minutes = 0;
    if (!own->has_time || !log_clock_set(setup, &own->stamp, line)) {
        return LOG_NO_TIME;
    }
    line->device = log_scratch(scratch, str_of(own->device));
    return log_rate_set(line, own->interval, own->rx, own->tx) ? LOG_PARSED : LOG_NO_SIZE;
}

static const struct jsondoc_shape shape = {.names = names,
                                           .name_count = sizeof names / sizeof *names,
                                           .value = take_value,
                                           .opened = take_open,
                                           .closed = take_close,
                                           .read = read_sample};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    if (str_find(str_slice(head, 0, 256), STR("\"sysstat\""), 0) == SIZE_MAX) {
        return false;
    }
    bool is_utc =
        str_find(head, STR("\"utc\": 1"), 0) != SIZE_MAX || str_find(head, STR("\"timezone\": \"UTC\""), 0) != SIZE_MAX;
    *ret_has |= is_utc && str_find(head, STR("\"utc\": 0"), 0) == SIZE_MAX ? LOG_HAS_ZONE : 0;
    return log_clock_setup(spec, ret_setup);
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return jsondoc_parse(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_sadf_json = {
    .name = "sysstat counters (sadf -j)",
    .cannot_show = "where bytes went and what they were: it counts what passed an interface, at intervals of minutes",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
