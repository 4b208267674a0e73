/* Flow logs of an AWS VPC ("Flow log records", Amazon VPC user guide): words between blanks, the default format of version 2 or one
 * that a line of field names says.
 *
 *   version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
 *   2 123456789010 eni-0a1b2c3d 10.0.0.5 203.0.113.9 443 51000 6 20 4249 1584222429 1584222489 ACCEPT OK
 *   2 123456789010 eni-0a1b2c3d - - - - - - - 1584222429 1584222489 - NODATA
 *
 * An export of CloudWatch puts a time before each. NODATA is an interval in which nothing passed; SKIPDATA one that was not
 * recorded, and is no line of traffic. A rejected flow's bytes did not pass. Times are seconds since 1970. */
#include <stdlib.h>

#include "formats/log_clock.h"
#include "formats/log_flow.h"

#include "base/banned.h"

enum column {
    COLUMN_VERSION,
    COLUMN_DEVICE,
    COLUMN_FROM,
    COLUMN_TO,
    COLUMN_BYTES,
    COLUMN_START,
    COLUMN_END,
    COLUMN_ACTION,
    COLUMN_STATUS,
    COLUMN_DIRECTION,
    COLUMN_COUNT
};
static const char *const names[COLUMN_COUNT] = {"version", "interface-id", "srcaddr", "dstaddr",    "bytes",
                                                "start",   "end",          "action",  "log-status", "flow-direction"};

enum { FIELDS_MAX = 64 };

struct setup {
    struct flow_own own;
    uint8_t at[COLUMN_COUNT]; /* from 1; 0: there is none */
};

static const uint8_t default_at[COLUMN_COUNT] = {1, 3, 4, 5, 10, 11, 12, 13, 14, 0};

static bool read_head(struct str line, uint8_t at[static COLUMN_COUNT])
{
    struct scan scan = {line, 0};
    struct str word;
    memset(at, 0, COLUMN_COUNT);
    for (uint8_t field = 1; field < FIELDS_MAX && scan_word(&scan, &word); field++) {
        for (size_t c = 0; c < COLUMN_COUNT; c++) {
            at[c] = str_eq(word, str_of(names[c])) ? field : at[c];
        }
    }
    return at[COLUMN_START] != 0 && at[COLUMN_END] != 0 && at[COLUMN_BYTES] != 0 && at[COLUMN_FROM] != 0 &&
           at[COLUMN_TO] != 0;
}

static size_t split(const uint8_t at[static COLUMN_COUNT], struct str line, struct str fields[static COLUMN_COUNT])
{
    struct scan scan = {line, 0};
    struct log_stamp stamp;
    struct str word;
    size_t count = 0;
    memset(fields, 0, COLUMN_COUNT * sizeof *fields);
    if (log_scan_iso(&scan, &stamp)) { /* CloudWatch's own time */
        scan_blanks(&scan);
    }
    for (uint8_t field = 1; field < FIELDS_MAX && scan_word(&scan, &word); field++) {
        for (size_t c = 0; c < COLUMN_COUNT; c++) {
            fields[c] = at[c] == field && !str_eq(word, STR("-")) ? word : fields[c];
        }
        count++;
    }
    return count;
}

static bool read_times(const struct str fields[static COLUMN_COUNT], struct log_line *line)
{
    uint64_t start, end;
    if (!str_u64(fields[COLUMN_START], &start) || !str_u64(fields[COLUMN_END], &end) || end < start ||
        end > UINT64_C(9000000000) || start < 100000000) {
        return false;
    }
    line->second = (int64_t)start;
    line->duration_us = (end - start) * 1000000;
    line->zone_minutes = 0;
    return true;
}

static enum flow_side side_of(const struct setup *setup, const struct str fields[static COLUMN_COUNT])
{
    if (str_eq(fields[COLUMN_DIRECTION], STR("egress"))) {
        return FLOW_OUT;
    }
    if (str_eq(fields[COLUMN_DIRECTION], STR("ingress"))) {
        return FLOW_IN;
    }
    return flow_side_of(&setup->own, fields[COLUMN_FROM], fields[COLUMN_TO]);
}

static enum log_class read_line(const void *setup_pointer, void *state, struct log_line *line, struct buf *scratch)
{
    const struct setup *setup = setup_pointer;
    struct str text = {line->text, line->len}, fields[COLUMN_COUNT];
    uint8_t at[COLUMN_COUNT];
    uint64_t bytes;
    (void)state;
    bool is_head = str_find(text, STR("srcaddr"), 0) != SIZE_MAX && read_head(text, at);
    size_t count = is_head ? 0 : split(setup->at, text, fields);
    if (is_head || str_eq(fields[COLUMN_STATUS], STR("SKIPDATA"))) {
        return LOG_NOTE;
    }
    if (count < 4) {
        return LOG_NOT_SO;
    }
    if (!read_times(fields, line)) {
        return LOG_NO_TIME;
    }
    line->device = log_part(line, fields[COLUMN_DEVICE]);
    if (str_eq(fields[COLUMN_STATUS], STR("NODATA"))) {
        flow_set(line, FLOW_OUT, (struct str){0}, (struct str){0}, 0, 0, scratch);
        return LOG_PARSED;
    }
    if (fields[COLUMN_FROM].len == 0 || fields[COLUMN_TO].len == 0) {
        return LOG_NO_CLIENT;
    }
    if (!str_u64(fields[COLUMN_BYTES], &bytes)) {
        return LOG_NO_SIZE;
    }
    bytes = str_eq(fields[COLUMN_ACTION], STR("REJECT")) ? 0 : bytes;
    flow_set(line, side_of(setup, fields), fields[COLUMN_FROM], fields[COLUMN_TO], bytes, 0, scratch);
    return LOG_PARSED;
}

static const struct log_shape shape = {.read = read_line};

/* Without a line of names: version 2, an interface, times that can be. */
static bool is_default(struct str line)
{
    struct str fields[COLUMN_COUNT];
    struct log_line times;
    return split(default_at, line, fields) == 14 && str_eq(fields[COLUMN_VERSION], STR("2")) &&
           str_starts(fields[COLUMN_DEVICE], STR("eni-")) && read_times(fields, &times);
}

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)spec;
    (void)ret_has;
    struct str_cut cut = str_cut(head, '\n');
    struct setup *setup = calloc(1, sizeof *setup);
    struct flow_seen *seen = calloc(1, sizeof *seen);
    bool has_names = setup != NULL && seen != NULL && read_head(cut.head, setup->at);
    if (setup == NULL || seen == NULL || (!has_names && !is_default(cut.head))) {
        free(seen);
        free(setup);
        return false;
    }
    if (!has_names) {
        memcpy(setup->at, default_at, sizeof default_at);
    }
    while (cut.head.len > 0 || cut.tail.len > 0) {
        struct str fields[COLUMN_COUNT];
        (void)split(setup->at, cut.head, fields);
        if (fields[COLUMN_FROM].len > 0 && fields[COLUMN_TO].len > 0 && str_eq(fields[COLUMN_STATUS], STR("OK"))) {
            flow_see(seen, fields[COLUMN_FROM], fields[COLUMN_TO]);
        }
        cut = str_cut(cut.tail, '\n');
    }
    flow_learn(seen, &setup->own);
    free(seen);
    *ret_setup = setup;
    return true;
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_vpc_flow = {
    .name = "AWS VPC flow log",
    .cannot_show =
        "what was in the packets; traffic to the cloud's own name and time services and to instance metadata",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR | LOG_HAS_ZONE,
    .probe = probe,
    .parse = parse,
};
