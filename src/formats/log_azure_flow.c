/* Flow logs of Azure, of a network security group (version 2) and of a virtual network ("Flow logging for network security groups",
 * "Virtual network flow logs"): JSON, a flow a tuple of commas.
 *
 *   "flowTuples":["1542110437,10.5.16.4,192.0.2.9,59831,443,T,O,A,E,25,12345,9,800", ...]
 *                  time,from,to,ports,protocol,direction,allowed,state,packets and bytes there,... and back
 *   "flowTuples":["1663146003606,10.0.0.6,192.0.2.9,23956,443,6,O,E,NX,25,12345,9,800", ...]
 *                  time in ms, ..., direction,state,encryption, the same four
 *
 * Direction O: the machine began it, and "there" is out of it; I: the other end did. States C and E count since the record before,
 * which is five minutes at most: so long is the interval, up to the tuple's time. B (a beginning) and D (denied) carry nothing. */
#include "formats/log_clock.h"
#include "formats/log_flow.h"
#include "formats/log_jsondoc.h"

#include "base/banned.h"

enum name { NAME_NONE, NAME_TUPLES, NAME_MAC, NAME_MAC_ADDRESS };
static const char *const names[] = {"flowTuples", "mac", "macAddress"};

enum { FIELDS = 13, INTERVAL_S = 300 };

struct own {
    char device[24];
    char text[128];
    uint8_t len;
};
_Static_assert(sizeof(struct own) <= JSONDOC_OWN, "a reader's state");

static bool take_value(struct jsondoc *doc, struct str text, bool is_string)
{
    struct own *own = (struct own *)(void *)doc->own;
    if (doc->key == NAME_MAC || doc->key == NAME_MAC_ADDRESS) {
        jsondoc_keep(own->device, sizeof own->device, text);
        return false;
    }
    if (!is_string || doc->keys[doc->depth] != NAME_TUPLES) {
        return false;
    }
    own->len = (uint8_t)(text.len < sizeof own->text ? text.len : 0);
    memcpy(own->text, text.data, own->len);
    return true;
}

static size_t split(struct str text, struct str fields[static FIELDS])
{
    size_t count = 0;
    bool is_more = true;
    while (is_more && count < FIELDS) {
        struct str_cut cut = str_cut(text, ',');
        fields[count++] = cut.head;
        text = cut.tail;
        is_more = cut.found;
    }
    return is_more ? 0 : count;
}

/* Milliseconds in the newer form. */
static bool read_time(struct str text, int64_t *ret_second)
{
    uint64_t number;
    if (!str_u64(text, &number)) {
        return false;
    }
    number = number > UINT64_C(100000000000) ? number / 1000 : number;
    *ret_second = (int64_t)number;
    return number > 100000000 && number < UINT64_C(9000000000);
}

static bool read_count(struct str text, uint64_t *ret_count)
{
    *ret_count = 0;
    return text.len == 0 || str_u64(text, ret_count);
}

static enum log_class read_tuple(const void *setup, struct jsondoc *doc, struct log_line *line, struct buf *scratch)
{
    (void)setup;
    const struct own *own = (const struct own *)(const void *)doc->own;
    struct str fields[FIELDS];
    size_t count = split((struct str){own->text, own->len}, fields);
    uint64_t there = 0, back = 0;
    if (count != FIELDS && count != 8) { /* version 1 ends behind allowed */
        return LOG_NOT_SO;
    }
    if (!read_time(fields[0], &line->second)) {
        return LOG_NO_TIME;
    }
    if (fields[1].len == 0 || fields[2].len == 0) {
        return LOG_NO_CLIENT;
    }
    bool is_out = str_eq(fields[6], STR("O"));
    if (!is_out && !str_eq(fields[6], STR("I"))) {
        return LOG_NOT_SO;
    }
    if (count == 8 || !read_count(fields[10], &there) || !read_count(fields[12], &back)) {
        return count == 8 ? LOG_NOTE : LOG_NO_SIZE; /* version 1 has no bytes */
    }
    line->zone_minutes = 0;
    line->second -= INTERVAL_S;
    line->duration_us = (uint64_t)INTERVAL_S * 1000000;
    line->device = log_scratch(scratch, str_of(own->device));
    flow_set(line, is_out ? FLOW_OUT : FLOW_IN, fields[1], fields[2], there, back, scratch);
    return LOG_PARSED;
}

static const struct jsondoc_shape shape = {
    .names = names, .name_count = sizeof names / sizeof *names, .value = take_value, .read = read_tuple};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)spec;
    (void)ret_setup;
    (void)ret_has;
    return str_starts(str_trim(head), STR("{")) && str_find(head, STR("\"flowTuples\""), 0) != SIZE_MAX;
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return jsondoc_parse(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_azure_flow = {
    .name = "Azure flow log",
    .cannot_show = "what was in the packets; version 1 of it has no bytes at all",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR | LOG_HAS_ZONE,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
