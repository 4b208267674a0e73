/* Rows of the sample that do not count (docs/statistics.md, A.2). */
#include <math.h>
#include <stdlib.h>

#include "base/str.h"
#include "match/columns.h"
#include "match/count.h"

#include "base/banned.h"

enum { BURST_LEAST = 5 };
#define NO_BURST UINT32_MAX

const char *row_state_name(enum row_state state)
{
    static const char *const names[] = {
        "counts",   "reserved domain",       "created in a burst", "among the first 50 rows",
        "seed row", "repeats an earlier row"};
    return names[state];
}

/* RFC 2606 and RFC 6761: names that belong to nobody, so whoever bears them is nobody's customer. Of the database's own such rows
 * nothing follows; that it does not hold one which the sample shows speaks like any other row. */
static bool is_reserved_domain(struct str email)
{
    static const char *const endings[] = {
        "@example.com", "@example.net", "@example.org", ".example.com", ".example.net", ".example.org", ".test",
        ".example",     ".invalid",     ".localhost",   "@test",        "@example",     "@invalid",     "@localhost"};
    char last = email.len == 0 ? '\0' : email.data[email.len - 1];
    if (memchr("mtged", last, 5) == NULL) { /* how they end */
        return false;
    }
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        if (str_ends(email, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

/* A minute holds a burst from five rows on; in a table that busy by itself, from what a minute four times as busy as the
 * mean one would hold in one of a million minutes (Poisson). */
static uint32_t burst_of(const struct ref_facts *facts)
{
    double span = (double)(facts->begun.last - facts->begun.first + 1);
    double rate = facts->begun.total == 0 ? 0 : (double)facts->begun.total / span;
    if (rate < .25) {
        return BURST_LEAST;
    }
    double busy = 4 * rate;
    double term = exp(-busy);
    double below = term;
    uint32_t count = 1;
    while (1 - below > 1e-6 && count < 1000000 && busy < 600) {
        term *= busy / count;
        below += term;
        count++;
    }
    count = busy >= 600 ? (uint32_t)(busy + 5 * sqrt(busy)) : count;
    return count > BURST_LEAST ? count : BURST_LEAST;
}

/* So many rows of a minute are a burst. NO_BURST: no minute holds one. */
static uint32_t burst_threshold(const struct ref_facts *facts)
{
    uint32_t burst = burst_of(facts);
    return minutes_peak(&facts->begun) < burst ? NO_BURST : burst;
}

/* The place in the table by creation below which a row is one of its first. */
static bool is_head(const struct ref_facts *facts, const struct link *link)
{
    return facts->head.count > 0 && link->order != LINK_NO_TIME && link->order <= facts->head.place[0];
}

/* A secret of the sample's row that a background set holds too was not made for a customer. */
static bool is_seed(const struct evidence_input *in, const struct evidence *out, size_t row)
{
    const struct set *set = in->sample->set;
    for (size_t i = 0; i < out->column_count; i++) {
        size_t column = in->sample->pairs[out->columns[i].pair].sample;
        uint32_t value = set_cell(set, row, column);
        if (out->columns[i].class != COLUMN_SECRET || set->columns[column].class != NORMAL_SECRET || value == 0) {
            continue;
        }
        for (size_t b = 0; b < in->background_count; b++) {
            struct pack_room room;
            if (set_find(in->backgrounds[b].set, set_class(set, value), set_bytes(set, value, &room)) != 0) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Rows that are another row again ---- */

/* Which values some row had: bits, for the columns that link and for each source-made column. */
struct said {
    uint64_t *by_link[LINK_VIAS], *by_column[LINK_PAIRS_MAX];
};

static void said_close(struct said *said)
{
    for (size_t i = 0; i < LINK_VIAS; i++) {
        free(said->by_link[i]);
    }
    for (size_t i = 0; i < LINK_PAIRS_MAX; i++) {
        free(said->by_column[i]);
    }
}

static int said_open(struct said *said, const struct evidence_input *in, const struct evidence *out, struct err *err)
{
    size_t words = in->sample->set->value_count / 64 + 1;
    bool good = true;
    for (size_t i = 0; i < LINK_VIAS && good; i++) {
        said->by_link[i] = in->sample->via_pair[i] < 0 ? NULL : calloc(words, sizeof(uint64_t));
        good = in->sample->via_pair[i] < 0 || said->by_link[i] != NULL;
    }
    for (size_t i = 0; i < out->column_count && good; i++) {
        said->by_column[i] = !out->columns[i].is_counted ? NULL : calloc(words, sizeof(uint64_t));
        good = !out->columns[i].is_counted || said->by_column[i] != NULL;
    }
    return good ? 0 : err_set(err, ERR_LIMIT, "no memory for %u values", in->sample->set->value_count);
}

static bool say(uint64_t *bits, uint32_t value)
{
    bool was_said = (bits[value / 64] >> (value % 64) & 1U) != 0;
    bits[value / 64] |= UINT64_C(1) << (value % 64);
    return was_said;
}

/* A row that was there before: whoever it is about, or a value that the table holds once and in which an earlier row agreed.
 * One account copied a hundred times is one account. */
static bool is_repeated(const struct evidence_input *in, const struct evidence *out, size_t row, struct said *said)
{
    const struct linkage *sample = in->sample;
    bool repeated = false;
    for (size_t via = 0; via < LINK_VIAS; via++) {
        size_t pair = sample->via_pair[via] < 0 ? 0 : (size_t)sample->via_pair[via];
        uint32_t value = sample->via_pair[via] < 0 ? 0 : set_cell(sample->set, row, sample->pairs[pair].sample);
        if (value != 0) {
            repeated = say(said->by_link[via], value);
            break; /* by what it is known best */
        }
    }
    for (size_t i = 0; i < out->column_count; i++) {
        const struct link_pair *pair = &sample->pairs[out->columns[i].pair];
        uint32_t value = set_cell(sample->set, row, pair->sample);
        bool is_one = value != 0 && (pair->counts == NULL || link_occurs(sample, pair, value) <= 1);
        if (out->columns[i].is_counted && is_one && columns_comparable(sample, row, out->columns[i].pair) &&
            columns_agree(sample, row, out->columns[i].pair, out->offset_s)) {
            repeated = say(said->by_column[i], value) || repeated;
        }
    }
    return repeated;
}

/* ---- All rows ---- */

static enum row_state state_of(const struct evidence_input *in, const struct evidence *out, size_t row, uint32_t burst)
{
    const struct linkage *sample = in->sample;
    if (in->background_count > 0 && is_seed(in, out, row)) {
        return ROW_SEED;
    }
    if (links_hits(&sample->links, row) == 0) { /* most rows, mostly */
        return ROW_COUNTS;
    }
    int email = sample->via_pair[LINK_EMAIL];
    uint32_t value = email < 0 ? 0 : set_cell(sample->set, row, sample->pairs[email].sample);
    struct pack_room room;
    if (value != 0 && is_reserved_domain(set_bytes(sample->set, value, &room))) {
        return ROW_RESERVED;
    }
    if (links_hits(&sample->links, row) != 1) {
        return ROW_COUNTS;
    }
    const struct link found = links_read(&sample->links, row);
    const struct link *link = &found;
    if (is_head(in->facts, link)) {
        return ROW_HEAD;
    }
    bool in_burst = burst != NO_BURST && in->facts->created_is_time && link->created != LINK_NO_TIME &&
                    minutes_at(&in->facts->begun, minute_of(link->created)) >= burst;
    return in_burst ? ROW_BURST : ROW_COUNTS;
}

int count_sort_rows(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    size_t rows = in->sample->set->row_count;
    uint32_t burst = burst_threshold(in->facts);
    struct said said = {0};
    out->states = calloc(rows + 1, sizeof(*out->states));
    if (out->states == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", rows);
    }
    int result = said_open(&said, in, out, err);
    for (size_t r = 0; r < rows && result == 0; r++) {
        enum row_state state = is_repeated(in, out, r, &said) ? ROW_REPEATED : state_of(in, out, r, burst);
        out->states[r] = (uint8_t)state;
        out->excluded[state]++;
    }
    said_close(&said);
    return result;
}
