/* VPC Flow Logs of Google Cloud, as its log entries in JSON, one a line or in an array ("VPC Flow Logs record format").
 *
 *   {"jsonPayload":{"bytes_sent":"5171","connection":{"src_ip":"10.0.0.5","dest_ip":"203.0.113.9",...},
 *    "start_time":"2020-03-14T21:47:09.123Z","end_time":"...","reporter":"SRC","src_instance":{"vm_name":"web1",...}},...}
 *
 * bytes_sent went from src to dest. The reporter is the machine: SRC sent them, DEST received them. Times are UTC. */
#include "formats/log_clock.h"
#include "formats/log_flow.h"
#include "formats/log_jsondoc.h"

#include "base/banned.h"

enum name {
    NAME_NONE,
    NAME_PAYLOAD,
    NAME_BYTES,
    NAME_CONNECTION,
    NAME_FROM,
    NAME_TO,
    NAME_START,
    NAME_END,
    NAME_REPORTER,
    NAME_SRC_INSTANCE,
    NAME_DEST_INSTANCE,
    NAME_VM
};
static const char *const names[] = {"jsonPayload",  "bytes_sent",    "connection", "src_ip",
                                    "dest_ip",      "start_time",    "end_time",   "reporter",
                                    "src_instance", "dest_instance", "vm_name"};

struct own {
    char from[40], to[40], device[24];
    int64_t start, end;
    uint64_t bytes;
    bool has_start, has_end, has_bytes, has_payload, is_dest;
};
_Static_assert(sizeof(struct own) <= JSONDOC_OWN, "a reader's state");

static bool read_time(struct str text, int64_t *ret_second)
{
    static const struct log_clock clock = {0};
    struct scan scan = {text, 0};
    struct log_stamp stamp;
    struct log_line line;
    if (!log_scan_iso(&scan, &stamp) || !log_clock_set(&clock, &stamp, &line)) {
        return false;
    }
    *ret_second = line.second;
    return true;
}

static bool take_value(struct jsondoc *doc, struct str text, bool is_string)
{
    struct own *own = (struct own *)(void *)doc->own;
    uint8_t inside = doc->keys[doc->depth];
    (void)is_string;
    if (inside == NAME_PAYLOAD) {
        own->has_payload = true;
        if (doc->key == NAME_BYTES) {
            own->has_bytes = jsondoc_number(text, &own->bytes);
        } else if (doc->key == NAME_START) {
            own->has_start = read_time(text, &own->start);
        } else if (doc->key == NAME_END) {
            own->has_end = read_time(text, &own->end);
        } else if (doc->key == NAME_REPORTER) {
            own->is_dest = str_eq(text, STR("DEST"));
        }
    } else if (inside == NAME_CONNECTION && doc->key == NAME_FROM) {
        jsondoc_keep(own->from, sizeof own->from, text);
    } else if (inside == NAME_CONNECTION && doc->key == NAME_TO) {
        jsondoc_keep(own->to, sizeof own->to, text);
    } else if (doc->key == NAME_VM && (inside == NAME_SRC_INSTANCE || inside == NAME_DEST_INSTANCE) &&
               (own->device[0] == '\0' || own->is_dest == (inside == NAME_DEST_INSTANCE))) {
        jsondoc_keep(own->device, sizeof own->device, text);
    }
    return false;
}

/* The entry, which is around the payload, ends. */
static bool take_close(struct jsondoc *doc)
{
    const struct own *own = (const struct own *)(const void *)doc->own;
    bool is_entry = doc->depth <= 2 && doc->keys[doc->depth] == NAME_NONE;
    return is_entry && own->has_payload;
}

static enum log_class read_entry(const void *setup, struct jsondoc *doc, struct log_line *line, struct buf *scratch)
{
    (void)setup;
    struct own own = *(struct own *)(void *)doc->own;
    memset(doc->own, 0, sizeof doc->own);
    if (!own.has_start || !own.has_end || own.end < own.start) {
        return LOG_NO_TIME;
    }
    if (own.from[0] == '\0' || own.to[0] == '\0') {
        return LOG_NO_CLIENT;
    }
    if (!own.has_bytes) {
        return LOG_NO_SIZE;
    }
    line->second = own.start;
    line->zone_minutes = 0;
    line->duration_us =
        (uint64_t)(own.end - own.start + 1) * 1000000; /* whole seconds: the fraction of either is cut off */
    line->device = log_scratch(scratch, str_of(own.device));
    flow_set(line, own.is_dest ? FLOW_IN : FLOW_OUT, str_of(own.from), str_of(own.to), own.bytes, 0, scratch);
    return LOG_PARSED;
}

static const struct jsondoc_shape shape = {.names = names,
                                           .name_count = sizeof names / sizeof *names,
                                           .value = take_value,
                                           .closed = take_close,
                                           .read = read_entry};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)spec;
    (void)ret_setup;
    (void)ret_has;
    struct str first = str_trim(head);
    return (str_starts(first, STR("{")) || str_starts(first, STR("["))) &&
           str_find(first, STR("\"bytes_sent\""), 0) != SIZE_MAX && str_find(first, STR("\"src_ip\""), 0) != SIZE_MAX &&
           str_find(first, STR("\"jsonPayload\""), 0) != SIZE_MAX;
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return jsondoc_parse(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_gcp_flow = {
    .name = "Google Cloud VPC flow log",
    .cannot_show = "what was in the packets; flows are sampled, and bytes estimated from the sample",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR | LOG_HAS_ZONE,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
