/* NetFlow records as `nfdump -o csv` prints them (nfdump: output_csv.c; before 1.7.3 the long form below, then a short one).
 *
 *   ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,...
 *   2020-03-14 21:47:09,2020-03-14 21:47:19,10.012,192.0.2.1,203.0.113.9,443,51000,TCP,...,12,5171,0,0,...
 *   firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,bps,bpp,flows
 *
 * Some releases put the bytes of a flow of one direction into ibyt, 1.7.1 into obyt: where only one is not 0, it is that of the
 * way from sa to da; where both are, which is which is not known, and they are of either direction.
 * Columns are found by their names in the head. Times are local to whoever ran nfdump. Behind the records stands a summary. */
#include <stdlib.h>

#include "formats/log_clock.h"
#include "formats/log_flow.h"
#include "formats/log_rate.h"

#include "base/banned.h"

enum column {
    COLUMN_START,
    COLUMN_END,
    COLUMN_DURATION,
    COLUMN_FROM,
    COLUMN_TO,
    COLUMN_BYTES,
    COLUMN_BACK,
    COLUMN_DEVICE,
    COLUMN_COUNT
};
enum { FIELDS_MAX = 96 };

struct setup {
    struct log_clock clock;
    struct flow_own own;
    uint8_t at[COLUMN_COUNT]; /* from 1; 0: there is none */
};

static const struct {
    const char *name;
    enum column column;
} known[] = {{"ts", COLUMN_START},     {"te", COLUMN_END},          {"td", COLUMN_DURATION},
             {"sa", COLUMN_FROM},      {"da", COLUMN_TO},           {"ibyt", COLUMN_BYTES},
             {"obyt", COLUMN_BACK},    {"firstSeen", COLUMN_START}, {"duration", COLUMN_DURATION},
             {"srcAddr", COLUMN_FROM}, {"dstAddr", COLUMN_TO},      {"bytes", COLUMN_BYTES},
             {"lastSeen", COLUMN_END}};

static bool read_head(struct str line, struct setup *setup)
{
    line.len -= line.len > 0 && line.data[line.len - 1] == '\r';
    for (uint8_t field = 1; field < FIELDS_MAX && line.len > 0; field++) {
        struct str_cut cut = str_cut(line, ',');
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            if (str_eq(str_trim(cut.head), str_of(known[i].name)) && setup->at[known[i].column] == 0) {
                setup->at[known[i].column] = field;
            }
        }
        line = cut.tail;
    }
    return setup->at[COLUMN_START] != 0 && setup->at[COLUMN_FROM] != 0 && setup->at[COLUMN_TO] != 0 &&
           setup->at[COLUMN_BYTES] != 0 && (setup->at[COLUMN_END] != 0 || setup->at[COLUMN_DURATION] != 0);
}

static void split(const struct setup *setup, struct str line, struct str fields[static COLUMN_COUNT])
{
    for (size_t c = 0; c < COLUMN_COUNT; c++) {
        fields[c] = (struct str){0};
    }
    for (uint8_t field = 1; field < FIELDS_MAX && line.len > 0; field++) {
        struct str_cut cut = str_cut(line, ',');
        for (size_t c = 0; c < COLUMN_COUNT; c++) {
            fields[c] = setup->at[c] == field ? str_trim(cut.head) : fields[c];
        }
        line = cut.tail;
    }
}

static bool read_times(const struct setup *setup, const struct str fields[static COLUMN_COUNT], struct log_line *line)
{
    struct scan scan = {fields[COLUMN_START], 0};
    struct log_stamp stamp;
    struct log_line end = {0};
    uint64_t hundredths;
    if (!log_scan_iso(&scan, &stamp) || !log_clock_set(&setup->clock, &stamp, line)) {
        return false;
    }
    line->duration_us = 0;
    scan = (struct scan){fields[COLUMN_END], 0};
    if (fields[COLUMN_END].len > 0 && log_scan_iso(&scan, &stamp) && log_clock_set(&setup->clock, &stamp, &end)) {
        int64_t us = (end.second - line->second) * 1000000 + ((int64_t)end.nano - (int64_t)line->nano) / 1000;
        line->duration_us = us > 0 ? (uint64_t)us : 0;
        return us >= 0;
    }
    if (!log_rate_read(fields[COLUMN_DURATION], &hundredths) || hundredths > UINT64_C(1000000000)) {
        return false;
    }
    line->duration_us = hundredths * 10000;
    return true;
}

static bool is_summary(struct str line)
{
    return str_starts(line, STR("Summary")) || str_starts(line, STR("flows,bytes,packets")) ||
           str_starts(line, STR("No match"));
}

static enum log_class read_line(const void *setup_pointer, void *state, struct log_line *line, struct buf *scratch)
{
    const struct setup *setup = setup_pointer;
    bool *is_over = state;
    struct str text = {line->text, line->len}, fields[COLUMN_COUNT];
    struct setup again = {0};
    uint64_t bytes, back = 0;
    if (is_summary(text) || *is_over) { /* and the numbers below it */
        *is_over = !read_head(text, &again);
        return LOG_NOTE;
    }
    bool is_name = text.data[0] < '0' || text.data[0] > '9';
    if (is_name && read_head(text, &again)) {
        return LOG_NOTE;
    }
    split(setup, text, fields);
    if (!read_times(setup, fields, line)) {
        return LOG_NO_TIME;
    }
    if (fields[COLUMN_FROM].len == 0 || fields[COLUMN_TO].len == 0) {
        return LOG_NO_CLIENT;
    }
    if (!str_u64(fields[COLUMN_BYTES], &bytes) ||
        (fields[COLUMN_BACK].len > 0 && !str_u64(fields[COLUMN_BACK], &back))) {
        return LOG_NO_SIZE;
    }
    if (bytes == 0) {
        bytes = back;
        back = 0;
    }
    enum flow_side side = back > 0 ? FLOW_EITHER : flow_side_of(&setup->own, fields[COLUMN_FROM], fields[COLUMN_TO]);
    flow_set(line, side, fields[COLUMN_FROM], fields[COLUMN_TO], bytes, back, scratch);
    return LOG_PARSED;
}

static const struct log_shape shape = {.read = read_line};

static bool probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    (void)ret_has;
    struct setup setup = {0};
    struct flow_seen *seen = calloc(1, sizeof *seen);
    struct setup *kept = calloc(1, sizeof *kept);
    struct str_cut cut = str_cut(head, '\n');
    if (seen == NULL || kept == NULL || !read_head(cut.head, &setup)) {
        free(seen);
        free(kept);
        return false;
    }
    log_clock_init(&setup.clock, spec);
    while (cut.tail.len > 0) {
        cut = str_cut(cut.tail, '\n');
        struct str fields[COLUMN_COUNT];
        split(&setup, cut.head, fields);
        if (fields[COLUMN_FROM].len > 0 && fields[COLUMN_TO].len > 0) {
            flow_see(seen, fields[COLUMN_FROM], fields[COLUMN_TO]);
        }
    }
    flow_learn(seen, &setup.own);
    free(seen);
    *kept = setup;
    *ret_setup = kept;
    return true;
}

static size_t parse(const void *setup, struct log_state *state, struct str block, bool is_last, struct log_batch *batch)
{
    return log_parse_lines(&shape, setup, state, block, is_last, batch);
}

const struct log_format log_nfdump = {
    .name = "NetFlow (nfdump -o csv)",
    .cannot_show = "what was in the packets; sampled flows count less than was sent",
    .kind = LOG_TRAFFIC,
    .has = LOG_HAS_BYTES | LOG_HAS_WIRE | LOG_HAS_BYTES_IN | LOG_HAS_DURATION | LOG_HAS_YEAR,
    .is_whole = true,
    .probe = probe,
    .parse = parse,
};
