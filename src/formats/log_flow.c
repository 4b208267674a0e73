/* Which end of a flow is the machine's. */
#include "formats/log_flow.h"

#include "base/str.h"
#include "formats/log_scan.h"

#include "base/banned.h"

static void count(struct flow_seen *seen, struct str address)
{
    if (address.len == 0 || address.len >= FLOW_ADDRESS_BYTES) {
        return;
    }
    uint64_t hash = str_hash(address);
    for (size_t i = 0; i < FLOW_SEEN; i++) {
        size_t slot = (size_t)(hash + i) % FLOW_SEEN;
        if (seen->counts[slot] == 0) {
            seen->hashes[slot] = hash;
            seen->texts[slot] = address;
        }
        if (seen->hashes[slot] == hash) {
            seen->counts[slot]++;
            return;
        }
    }
}

void flow_see(struct flow_seen *seen, struct str from, struct str to)
{
    seen->flows++;
    count(seen, from);
    count(seen, to);
}

void flow_learn(const struct flow_seen *seen, struct flow_own *ret_own)
{
    size_t found = 0, at = 0;
    *ret_own = (struct flow_own){0};
    for (size_t i = 0; i < FLOW_SEEN; i++) {
        if (seen->flows >= 4 && (uint64_t)seen->counts[i] * 10 >= (uint64_t)seen->flows * 9) {
            found++;
            at = i;
        }
    }
    if (found == 1) {
        memcpy(ret_own->address, seen->texts[at].data, seen->texts[at].len);
    }
}

static bool is_private(struct str address)
{
    static const char *const starts[] = {"10.", "192.168.", "127.", "169.254.", "fe80:", "fc", "fd", "::1"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (str_starts(address, str_of(starts[i]))) {
            return true;
        }
    }
    struct scan scan = {address, 0};
    uint64_t first, second;
    if (!scan_number(&scan, 1, 3, &first) || !scan_char(&scan, '.') || !scan_number(&scan, 1, 3, &second)) {
        return false;
    }
    return (first == 172 && second >= 16 && second <= 31) || (first == 100 && second >= 64 && second <= 127);
}

enum flow_side flow_side_of(const struct flow_own *own, struct str from, struct str to)
{
    struct str mine = str_of(own->address);
    if (mine.len > 0 && (str_eq(from, mine) || str_eq(to, mine))) {
        return str_eq(from, to) ? FLOW_EITHER : str_eq(from, mine) ? FLOW_OUT : FLOW_IN;
    }
    bool is_from = is_private(from), is_to = is_private(to);
    return is_from == is_to ? FLOW_EITHER : is_from ? FLOW_OUT : FLOW_IN;
}

static struct log_span span_of(const struct log_line *line, struct str text, struct buf *scratch)
{
    bool is_inside = text.len > 0 && text.data >= line->text && text.data + text.len <= line->text + line->len;
    return is_inside ? log_part(line, text) : log_scratch(scratch, text);
}

void flow_set(struct log_line *line, enum flow_side side, struct str from, struct str to, uint64_t bytes, uint64_t back,
              struct buf *scratch)
{
    uint64_t both = bytes > LOG_NO_BYTES - 1 - back ? LOG_NO_BYTES - 1 : bytes + back;
    line->status = side == FLOW_EITHER ? FLOW_UNKNOWN : FLOW_KNOWN;
    line->bytes = side == FLOW_OUT ? bytes : side == FLOW_IN ? back : both;
    line->bytes_in = side == FLOW_IN ? bytes : side == FLOW_OUT ? back : both;
    line->client = span_of(line, side == FLOW_IN ? from : to, scratch);
}
