/* Counting for the likelihood ratio (docs/statistics.md, A.2), then the ratio, the share and the dates. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "match/columns.h"

#include "base/banned.h"

enum { BURST_LEAST = 5 };

const char *row_state_name(enum row_state state)
{
    static const char *const names[] = {"counts", "reserved domain", "created in a burst", "among the first 50 rows",
                                        "seed row"};
    return names[state];
}

static int assume(struct evidence *out, const char *text, struct err *err)
{
    return json_array_append_new(out->assumptions, json_string(text)) == 0
               ? 0
               : err_set(err, ERR_LIMIT, "no memory for a text");
}

/* ---- Rows that do not count ---- */

/* RFC 2606 and RFC 6761: names that belong to nobody, so whoever bears them is nobody's customer. */
static bool is_reserved_domain(struct str email)
{
    static const char *const endings[] = {
        "@example.com", "@example.net", "@example.org", ".example.com", ".example.net", ".example.org", ".test",
        ".example",     ".invalid",     ".localhost",   "@test",        "@example",     "@invalid",     "@localhost"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
        if (str_ends(email, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

/* A minute holds a burst from five rows on; in a table that busy by itself, from what a minute four times as busy as the
 * mean one would hold in one of a million minutes (Poisson). */
static uint32_t burst_threshold(const struct ref_facts *facts)
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

/* The place in the table by creation below which a row is one of its first. */
static bool is_head(const struct ref_facts *facts, const struct link *link)
{
    return facts->head_count > 0 && link->order != LINK_NO_TIME && link->order <= facts->head[0];
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
            if (set_find(in->backgrounds[b].set, set_class(set, value), set_bytes(set, value)) != 0) {
                return true;
            }
        }
    }
    return false;
}

static enum row_state state_of(const struct evidence_input *in, const struct evidence *out, size_t row, uint32_t burst)
{
    const struct linkage *sample = in->sample;
    const struct link *link = &sample->links[row];
    int email = sample->via_pair[LINK_EMAIL];
    uint32_t value = email < 0 ? 0 : set_cell(sample->set, row, sample->pairs[email].sample);
    if (is_seed(in, out, row)) {
        return ROW_SEED;
    }
    if (value != 0 && is_reserved_domain(set_bytes(sample->set, value))) {
        return ROW_RESERVED;
    }
    if (link->hits != 1) {
        return ROW_COUNTS;
    }
    if (is_head(in->facts, link)) {
        return ROW_HEAD;
    }
    bool in_burst = in->facts->created_is_time && link->created != LINK_NO_TIME &&
                    minutes_at(&in->facts->begun, minute_of(link->created)) >= burst;
    return in_burst ? ROW_BURST : ROW_COUNTS;
}

static int sort_rows(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    size_t rows = in->sample->set->row_count;
    uint32_t burst = burst_threshold(in->facts);
    out->states = calloc(rows + 1, sizeof(*out->states));
    if (out->states == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", rows);
    }
    for (size_t r = 0; r < rows; r++) {
        enum row_state state = state_of(in, out, r, burst);
        out->states[r] = (uint8_t)state;
        out->excluded[state]++;
    }
    return 0;
}

/* ---- The clock ---- */

/* One offset for the sample: from the two columns of times that it explains best. */
static int find_offset(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    const struct linkage *sample = in->sample;
    OWN(own_mem) int64_t *differences = calloc(sample->set->row_count + 1, sizeof(*differences));
    if (differences == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu times", sample->set->row_count);
    }
    for (size_t t = 0; t < sample->time_count; t++) {
        size_t count = 0;
        for (size_t r = 0; r < sample->set->row_count; r++) {
            const struct link *link = &sample->links[r];
            if (link->hits == 1 && link->difference_s[t] != LINK_NO_TIME) {
                differences[count++] = link->difference_s[t];
            }
        }
        struct dating_offset offset = dating_clock(differences, count);
        if (!out->has_offset || offset.explained > out->offset.explained) {
            out->offset = offset;
            out->has_offset = out->has_offset || count > 0;
        }
    }
    out->offset_s = out->offset.seconds;
    return 0;
}

/* ---- Source-made columns ---- */

static bool is_newer_in_database(const struct evidence_input *in, const struct evidence *out, size_t row,
                                 int updated_pair)
{
    int64_t shown;
    const struct link *link = &in->sample->links[row];
    uint32_t value = updated_pair < 0 ? 0 : set_cell(in->sample->set, row, in->sample->pairs[updated_pair].sample);
    return value != 0 && link->updated != LINK_NO_TIME && set_seconds(in->sample->set, value, &shown) &&
           link->updated > shown - out->offset_s;
}

static int updated_pair(const struct evidence_input *in, const struct evidence *out)
{
    for (size_t i = 0; i < out->column_count; i++) {
        if ((int)in->sample->pairs[out->columns[i].pair].reference == in->facts->updated) {
            return (int)out->columns[i].pair;
        }
    }
    return -1;
}

/* May this row be compared in this column? A value that D holds twice, or that D has changed since, says nothing. */
static bool counts_in(const struct evidence_input *in, const struct evidence *out, size_t row,
                      const struct aligned *column, int updated)
{
    const struct link_pair *pair = &in->sample->pairs[column->pair];
    if (!columns_comparable(in->sample, row, column->pair) || in->sample->links[row].via == LINK_OTHER) {
        return false;
    }
    uint32_t value = set_cell(in->sample->set, row, pair->sample);
    bool shifted = pair->is_time && out->offset_s != 0;
    if (pair->counts != NULL && pair->counts[value] > 1 && !shifted) {
        return false;
    }
    bool is_mutable = column->class == COLUMN_SECRET && (int)pair->reference != in->facts->created;
    return !is_mutable || !is_newer_in_database(in, out, row, updated);
}

static double coincidence(const struct evidence_input *in, const struct evidence *out, const struct aligned *column)
{
    const struct link_pair *pair = &in->sample->pairs[column->pair];
    bool is_hash = in->table->columns[pair->reference].class == NORMAL_SECRET;
    bool shifted = pair->is_time && out->offset_s != 0;
    double rows = fmax((double)in->facts->rows, 1);
    double sum = 0;
    uint64_t linked = 0;
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        if (out->states[r] == ROW_COUNTS && columns_comparable(in->sample, r, column->pair)) {
            uint32_t value = set_cell(in->sample->set, r, pair->sample);
            sum += shifted ? 1 : (double)pair->counts[value];
            linked++;
        }
    }
    double u = linked == 0 ? 0 : sum / (double)linked / rows;
    u = fmax(u, is_hash ? 1e-6 : 1 / rows);
    return fmin(shifted ? u * DATING_OFFSETS : u, 1);
}

/* The background set's own agreement with the database in that column, at the upper end of its interval. */
static double background_coincidence(const struct evidence_input *in, const struct aligned *column)
{
    size_t reference = in->sample->pairs[column->pair].reference;
    double worst = 0;
    for (size_t b = 0; b < in->background_count; b++) {
        const struct linkage *set = &in->backgrounds[b];
        for (size_t p = 0; p < set->pair_count; p++) {
            uint64_t k = 0, m = 0;
            for (size_t r = 0; set->pairs[p].reference == reference && r < set->set->row_count; r++) {
                if (columns_comparable(set, r, p) && set->links[r].via < LINK_SECRET) {
                    m++;
                    k += columns_agree(set, &set->links[r], p, 0);
                }
            }
            worst = m == 0 ? worst : fmax(worst, stat_clopper_pearson(k, m, .95).hi);
        }
    }
    return worst;
}

/* A.2: k, m, u and tau of a source-made column. */
static void count_column(const struct evidence_input *in, const struct evidence *out, struct aligned *column)
{
    const struct link_pair *pair = &in->sample->pairs[column->pair];
    enum normal_class class = in->table->columns[pair->reference].class;
    struct ratio_column ratio = {.secret = column->class == COLUMN_SECRET};
    int updated = updated_pair(in, out);
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        if (out->states[r] != ROW_COUNTS) {
            continue;
        }
        ratio.n_all +=
            in->sample->via_pair[LINK_SECRET] == (int)column->pair && set_cell(in->sample->set, r, pair->sample) != 0;
        if (counts_in(in, out, r, column, updated)) {
            ratio.m++;
            ratio.k += columns_agree(in->sample, &in->sample->links[r], column->pair, out->offset_s);
        }
    }
    ratio.u = fmin(fmax(coincidence(in, out, column), background_coincidence(in, column)), 1);
    ratio.tau = in->policy.tau[class == NORMAL_TIME ? RATIO_TIME : class == NORMAL_NUMBER ? RATIO_ID : RATIO_HASH];
    column->ratio = ratio;
}

/* ---- Clusters ---- */

static int by_value(const void *a, const void *b)
{
    const int64_t *left = a;
    const int64_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* Does the row agree in one of these columns? */
static bool agrees(const struct evidence_input *in, const struct evidence *out, size_t row, const bool *is_in)
{
    for (size_t i = 0; i < out->column_count; i++) {
        const struct aligned *column = &out->columns[i];
        if (is_in[i] && columns_comparable(in->sample, row, column->pair) &&
            columns_agree(in->sample, &in->sample->links[row], column->pair, out->offset_s)) {
            return true;
        }
    }
    return false;
}

/* Separate minutes of creation among the counting rows that agree in one of these columns. */
static int count_clusters(const struct evidence_input *in, const struct evidence *out, const bool *is_in,
                          uint64_t *ret_clusters, struct err *err)
{
    size_t rows = in->sample->set->row_count;
    OWN(own_mem) int64_t *minutes = calloc(rows + 1, sizeof(*minutes));
    if (minutes == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", rows);
    }
    size_t count = 0;
    uint64_t undated = 0;
    for (size_t r = 0; r < rows; r++) {
        if (out->states[r] == ROW_COUNTS && agrees(in, out, r, is_in)) {
            int64_t created = in->sample->links[r].created;
            undated += created == LINK_NO_TIME;
            minutes[count] = minute_of(created);
            count += created != LINK_NO_TIME;
        }
    }
    qsort(minutes, count, sizeof(*minutes), by_value);
    uint64_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        distinct += i == 0 || minutes[i] != minutes[i - 1];
    }
    *ret_clusters = distinct + undated;
    return 0;
}

/* ---- Identity and pairing ---- */

/* The column by which people are known: e-mail, else phone, else a name. -1 without one. */
static int identity_pair(const struct evidence_input *in, const struct evidence *out)
{
    for (int via = LINK_EMAIL; via <= LINK_PHONE; via++) {
        if (in->sample->via_pair[via] >= 0) {
            return in->sample->via_pair[via];
        }
    }
    for (size_t i = 0; i < out->column_count; i++) {
        size_t reference = in->sample->pairs[out->columns[i].pair].reference;
        if (in->table->columns[reference].class == NORMAL_TEXT && out->columns[i].class == COLUMN_SHARED &&
            in->facts->distinct[reference] >= .3 * (double)in->facts->filled[reference]) {
            return (int)out->columns[i].pair;
        }
    }
    return -1;
}

/* Chosen before its agreement is looked at: a phone, else the text with most different values, else a date. */
static int pairing_pair(const struct evidence_input *in, const struct evidence *out)
{
    int best = -1;
    double best_rank = 0;
    for (size_t i = 0; i < out->column_count; i++) {
        size_t reference = in->sample->pairs[out->columns[i].pair].reference;
        bool is_phone = columns_is_phone(in->sample, in->table, out->columns[i].pair);
        enum normal_class class = is_phone ? NORMAL_PHONE : in->table->columns[reference].class;
        double rank = 1 + in->facts->distinct[reference] / fmax((double)in->facts->filled[reference], 1);
        rank += class == NORMAL_PHONE ? 10 : class == NORMAL_TEXT ? 5 : 0;
        bool usable = class == NORMAL_PHONE || class == NORMAL_TEXT || class == NORMAL_DATE;
        if (out->columns[i].class == COLUMN_PAIRING && usable && rank > best_rank) {
            best = (int)out->columns[i].pair;
            best_rank = rank;
        }
    }
    return best;
}

/* Found among D's values, linked or not. */
static bool is_known(const struct linkage *linkage, size_t s_pair, uint32_t value, const struct ref_table *table,
                     size_t s)
{
    const struct ref_column *column = &table->columns[linkage->pairs[s_pair].reference];
    return column->seen != NULL && column->seen[s] != NULL && (column->seen[s][value / 64] >> (value % 64) & 1U) != 0;
}

static void count_identity(const struct evidence_input *in, const struct evidence *out, int identity,
                           struct ratio_input *ratio)
{
    const struct linkage *sample = in->sample;
    int pairing = pairing_pair(in, out);
    ratio->has_pairing = pairing >= 0;
    for (size_t r = 0; r < sample->set->row_count; r++) {
        if (out->states[r] != ROW_COUNTS) {
            continue;
        }
        uint32_t value = identity < 0 ? 0 : set_cell(sample->set, r, sample->pairs[identity].sample);
        ratio->e_n += value != 0;
        ratio->e_k += value != 0 && is_known(sample, (size_t)identity, value, in->table, sample->index);
        if (pairing >= 0 && columns_comparable(sample, r, (size_t)pairing) &&
            sample->via_pair[sample->links[r].via] != pairing && sample->links[r].via != LINK_OTHER) {
            ratio->p_n++;
            ratio->p_k += columns_agree(sample, &sample->links[r], (size_t)pairing, out->offset_s);
        }
    }
}

/* Column of a background set that is the same kind of identity; -1 without one. */
static int background_identity(const struct evidence_input *in, const struct linkage *set, int identity)
{
    if (identity < 0) {
        return -1;
    }
    for (size_t p = 0; p < set->pair_count; p++) {
        if (set->pairs[p].reference == in->sample->pairs[identity].reference) {
            return (int)p;
        }
    }
    return -1;
}

static size_t count_backgrounds(const struct evidence_input *in, const struct evidence *out, int identity,
                                struct ratio_background *sets)
{
    size_t count = 0;
    const struct linkage *sample = in->sample;
    for (size_t b = 0; b < in->background_count && count < RATIO_BACKGROUNDS_MAX; b++) {
        const struct linkage *set = &in->backgrounds[b];
        int p = background_identity(in, set, identity);
        if (p < 0 || set->pairs[p].n == 0 || in->facts->rows == 0) {
            continue;
        }
        struct ratio_background *found = &sets[count++];
        *found = (struct ratio_background){.c = (double)set->pairs[p].k / (double)set->pairs[p].n,
                                           .r = (double)set->identity_rows / (double)in->facts->rows};
        for (size_t r = 0; r < sample->set->row_count; r++) {
            uint32_t value = set_cell(sample->set, r, sample->pairs[identity].sample);
            if (out->states[r] == ROW_COUNTS && value != 0) {
                found->k += set_find(set->set, set_class(sample->set, value), set_bytes(sample->set, value)) != 0;
            }
        }
    }
    return count;
}

/* ---- The ratio ---- */

static bool is_declared(const struct evidence_input *in, const struct aligned *column, const char *party)
{
    char whole[2 * SET_NAME_BYTES_MAX + 2];
    struct str table = in->table->name;
    struct str name = in->table->columns[in->sample->pairs[column->pair].reference].name;
    (void)snprintf(whole, sizeof(whole), "%.*s.%.*s", STR_FMT(table), STR_FMT(name));
    for (size_t i = 0; i < in->options->shared_count; i++) {
        struct str declared = str_of(in->options->shared[i].column);
        bool same = str_eq_nocase(declared, name) || str_eq_nocase(declared, str_of(whole));
        if (same && strcmp(in->options->shared[i].party, party) == 0) {
            return true;
        }
    }
    return false;
}

/* The columns of the ratio, where those handed to `party` (NULL: nobody) are not secret. */
static int prepare(const struct evidence_input *in, const struct evidence *out, const char *party,
                   struct ratio_input *ratio, struct ratio_column *columns, struct err *err)
{
    bool all[LINK_PAIRS_MAX] = {false};
    bool secret[LINK_PAIRS_MAX] = {false};
    uint64_t issued = 0;
    ratio->columns = columns;
    ratio->column_count = 0;
    for (size_t i = 0; i < out->column_count; i++) {
        if (!out->columns[i].is_counted || out->columns[i].ratio.m == 0) {
            continue;
        }
        struct ratio_column column = out->columns[i].ratio;
        column.secret = column.secret && (party == NULL || !is_declared(in, &out->columns[i], party));
        all[i] = true;
        secret[i] = column.secret;
        issued = !column.secret && column.k > issued ? column.k : issued;
        columns[ratio->column_count++] = column;
    }
    TRY(count_clusters(in, out, all, &ratio->clusters_all, err));
    TRY(count_clusters(in, out, secret, &ratio->clusters_secret, err));
    ratio->clusters_all = issued > ratio->clusters_all ? issued : ratio->clusters_all;
    return 0;
}

static int weigh(const struct evidence_input *in, struct evidence *out, struct ratio_input *ratio,
                 struct ratio_column *columns, struct err *err)
{
    TRY(prepare(in, out, NULL, ratio, columns, err));
    ratio_alternatives(&in->policy, ratio, &out->raw);
    out->evidence_class = "none";
    for (size_t i = 0; i < ratio->column_count; i++) {
        if (columns[i].secret || strcmp(out->evidence_class, "none") == 0) {
            out->evidence_class = columns[i].secret ? "secret" : "issued";
        }
    }
    for (size_t i = 0; i < in->options->shared_count; i++) {
        struct ratio_values towards;
        TRY(prepare(in, out, in->options->shared[i].party, ratio, columns, err));
        ratio_alternatives(&in->policy, ratio, &towards);
        out->raw.value[RATIO_PARTNER] = fmin(out->raw.value[RATIO_PARTNER], towards.value[RATIO_PARTNER]);
    }
    return 0;
}

static struct interval cap_for(const json_t *rates, const char *class, bool *ret_measured)
{
    const json_t *cap = json_object_get(json_object_get(json_object_get(rates, "match"), "caps"), class);
    *ret_measured = json_is_array(cap) && json_array_size(cap) == 2;
    if (!*ret_measured) {
        return (struct interval){0, 0};
    }
    double lo = json_number_value(json_array_get(cap, 0));
    double hi = json_number_value(json_array_get(cap, 1));
    return (struct interval){fmin(lo, 0), fmax(hi, 0)};
}

/* ---- Share ---- */

static void estimate_share(const struct evidence_input *in, struct evidence *out, const struct ratio_input *ratio)
{
    if (ratio->column_count > 0) {
        out->has_share = true;
        out->share = ratio_share(&in->policy, out->rows_agreeing, in->sample->set->row_count);
        return;
    }
    uint64_t k = 0, n = 0;
    for (size_t b = 0; b < in->background_count; b++) {
        int email = in->backgrounds[b].via_pair[LINK_EMAIL];
        k += email < 0 ? 0 : in->backgrounds[b].pairs[email].k;
        n += email < 0 ? 0 : in->backgrounds[b].pairs[email].n;
    }
    out->has_share = ratio_share_identity(ratio->e_k, ratio->e_n, k, n, &out->share);
}

/* ---- Dates ---- */

struct dated {
    struct dating_row *rows;
    double *ranks;
    size_t count;
    struct dating_begins *begins;
    size_t begins_count;
    uint64_t up_to_newest;
};

/* B.1, for rows linked by agreement in a source-made column. */
static void row_intervals(const struct evidence_input *in, const struct evidence *out, const bool *made, int64_t now_s,
                          struct dated *dated)
{
    const struct linkage *sample = in->sample;
    int updated = updated_pair(in, out);
    for (size_t r = 0; r < sample->set->row_count; r++) {
        const struct link *link = &sample->links[r];
        if (link->hits != 1 || !agrees(in, out, r, made)) {
            continue;
        }
        int64_t shown = LINK_NO_TIME;
        uint32_t value = updated < 0 ? 0 : set_cell(sample->set, r, sample->pairs[updated].sample);
        if (value != 0 && set_seconds(sample->set, value, &shown)) {
            shown -= out->offset_s;
        }
        struct dating_row row = {link->created > shown ? link->created : shown, now_s + 1};
        if (row.from == LINK_NO_TIME) {
            continue;
        }
        if (shown != LINK_NO_TIME && link->updated != LINK_NO_TIME && link->updated > shown) {
            row.until = link->updated;
        }
        dated->rows[dated->count++] = row;
    }
}

static int by_rank(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

/* Rows of the table per minute up to and after the newest row; ranks of the others below it. */
static int follow_arrivals(const struct evidence_input *in, const struct evidence *out, struct dated *dated,
                           struct err *err)
{
    const struct minutes *begun = &in->facts->begun;
    const struct minutes *changed = &in->facts->changed;
    bool shows_changes = updated_pair(in, out) >= 0;
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < dated->count; i++) {
        newest = dated->rows[i].from > newest ? dated->rows[i].from : newest;
    }
    int64_t bound = minute_of(newest);
    int64_t last = shows_changes && changed->total > 0 && changed->last > begun->last ? changed->last : begun->last;
    size_t span = last > bound ? (size_t)(last - bound) : 0;
    dated->begins = calloc(span + 1, sizeof(*dated->begins));
    size_t upto = bound >= begun->first ? (size_t)(bound - begun->first) + 1 : 0;
    OWN(own_mem) uint64_t *running = calloc(upto + 1, sizeof(*running));
    if (dated->begins == NULL || running == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu minutes", span);
    }
    for (size_t i = 0; i < upto; i++) {
        running[i] = (i == 0 ? 0 : running[i - 1]) + minutes_at(begun, begun->first + (int64_t)i);
    }
    dated->up_to_newest = upto == 0 ? 0 : running[upto - 1];
    for (int64_t minute = bound + 1; minute <= last; minute++) {
        uint64_t count = minutes_at(begun, minute) + (shows_changes ? minutes_at(changed, minute) : 0);
        if (count > 0) {
            dated->begins[dated->begins_count++] = (struct dating_begins){(minute + 1) * 60, count};
        }
    }
    size_t ranks = 0;
    bool skipped = false;
    for (size_t i = 0; i < dated->count; i++) {
        int64_t at = minute_of(dated->rows[i].from) - begun->first;
        if (dated->rows[i].from == newest && !skipped) {
            skipped = true;
        } else if (at >= 0 && (size_t)at < upto && dated->up_to_newest > 0) {
            dated->ranks[ranks++] = (double)running[at] / (double)dated->up_to_newest;
        }
    }
    qsort(dated->ranks, ranks, sizeof(*dated->ranks), by_rank);
    double share = dated->up_to_newest == 0 ? 1 : (double)dated->count / (double)dated->up_to_newest;
    dated->begins_count = dating_looks_random(dated->ranks, ranks, share) ? dated->begins_count : SIZE_MAX;
    return 0;
}

static int date(const struct evidence_input *in, struct evidence *out, struct dated *dated, struct err *err)
{
    bool made[LINK_PAIRS_MAX] = {false};
    int64_t now_s = in->options->now / NS_PER_S;
    for (size_t i = 0; i < out->column_count; i++) {
        made[i] = out->columns[i].is_counted;
    }
    row_intervals(in, out, made, now_s, dated);
    if (dated->count == 0) {
        return 0;
    }
    struct dating_input input = {.rows = dated->rows, .row_count = dated->count, .now = now_s + 1};
    if (in->facts->created_is_time && in->facts->begun.outside == 0) {
        TRY(follow_arrivals(in, out, dated, err));
        input.random = dated->begins_count != SIZE_MAX;
    }
    if (input.random) {
        double still = (double)out->rows_linked / (double)in->sample->set->row_count;
        input.begins = dated->begins;
        input.begins_count = dated->begins_count;
        input.alive_at_lower = (double)dated->up_to_newest / fmax(still, .01);
    }
    TRY(dating_bounds(&input, &out->dating, err));
    out->has_dating = true;
    out->is_random = input.random;
    out->is_open = !out->dating.is_empty && out->dating.hard_hi == now_s + 1;
    return 0;
}

static int date_rows(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    size_t rows = in->sample->set->row_count;
    struct dated dated = {.rows = calloc(rows + 1, sizeof(*dated.rows)),
                          .ranks = calloc(rows + 1, sizeof(*dated.ranks))};
    int result = dated.rows == NULL || dated.ranks == NULL ? err_set(err, ERR_LIMIT, "no memory for %zu rows", rows)
                                                           : date(in, out, &dated, err);
    free(dated.rows);
    free(dated.ranks);
    free(dated.begins);
    return result;
}

/* ---- Totals and words ---- */

/* Rows in all: linked; agreeing in every comparable source-made column at once (without such columns: in every aligned one). */
static void count_rows(const struct evidence_input *in, struct evidence *out)
{
    bool any = false;
    for (size_t i = 0; i < out->column_count; i++) {
        any = any || (out->columns[i].is_counted && out->columns[i].comparable > 0);
    }
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        const struct link *link = &in->sample->links[r];
        uint64_t compared = 0, agreed = 0;
        for (size_t i = 0; link->hits == 1 && i < out->column_count; i++) {
            const struct aligned *column = &out->columns[i];
            bool is_asked = any ? column->is_counted
                                : column->class != COLUMN_NONE || in->sample->via_pair[link->via] == (int)column->pair;
            if (is_asked && columns_comparable(in->sample, r, column->pair)) {
                compared++;
                agreed += columns_agree(in->sample, link, column->pair, out->offset_s);
            }
        }
        out->rows_linked += link->hits == 1;
        out->rows_matched += compared > 0 && agreed == compared;
        out->rows_agreeing += any && agreed > 0;
        out->head_agree += any && agreed > 0 && out->states[r] == ROW_HEAD;
    }
}

static int say_assumptions(const struct evidence_input *in, struct evidence *out, bool has_cap, struct err *err)
{
    if (!has_cap) {
        TRY(assume(out, "no validation was given for this class of evidence: every ratio is capped at 0", err));
    }
    if (!out->raw.computed[RATIO_RECYCLED]) {
        TRY(assume(
            out, "recycled: not computed, so not excluded: no background set that shares an identity column was given",
            err));
    }
    if (in->background_count == 0) {
        TRY(assume(
            out,
            "elsewhere: without background sets half of the people of another service are taken to be in this database",
            err));
        TRY(assume(
            out,
            "seed: without a list of fixtures only the database's first 50 rows and rows created in a burst are taken for seed data",
            err));
    }
    TRY(assume(out,
               in->options->shared_count == 0
                   ? "partner: nobody was declared to have been given source-secret columns"
                   : "partner: only the declared columns were handed to the declared parties",
               err));
    if (strcmp(out->evidence_class, "secret") != 0) {
        TRY(assume(out, "no usable source-secret column: the sample fits whoever holds the same customers as well",
                   err));
    }
    if (out->head_agree > 0) {
        TRY(assume(
            out,
            "rows among the database's first 50 agree: they may be seed data, so no alternative but seed counts against",
            err));
    }
    TRY(assume(out, "the seller may have chosen the rows: counts speak of the sample, not of all that was taken", err));
    return 0;
}

int evidence_weigh(const struct evidence_input *in, struct evidence *ret_evidence, struct err *err)
{
    struct evidence *out = ret_evidence;
    *out = (struct evidence){.assumptions = json_array()};
    if (out->assumptions == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a text");
    }
    TRY(find_offset(in, out, err));
    columns_align(in, out->offset_s, out->columns, &out->column_count);
    columns_classify(in, out->columns, out->column_count);
    TRY(sort_rows(in, out, err));
    for (size_t i = 0; i < out->column_count; i++) {
        if (out->columns[i].is_counted) {
            count_column(in, out, &out->columns[i]);
        }
    }
    count_rows(in, out);
    struct ratio_background sets[RATIO_BACKGROUNDS_MAX];
    int identity = identity_pair(in, out);
    struct ratio_input ratio = {
        .seed_rows = out->excluded[ROW_SEED], .head_agree = out->head_agree, .backgrounds = sets};
    ratio.n = out->excluded[ROW_COUNTS] + out->excluded[ROW_SEED];
    out->identity = identity < 0 ? NULL : in->sample->set->columns[in->sample->pairs[identity].sample].name.data;
    count_identity(in, out, identity, &ratio);
    ratio.background_count = identity < 0 ? 0 : count_backgrounds(in, out, identity, sets);
    struct ratio_column columns[LINK_PAIRS_MAX];
    TRY(weigh(in, out, &ratio, columns, err));
    bool has_cap;
    out->cap = cap_for(in->options->rates, out->evidence_class, &has_cap);
    out->capped = out->raw;
    out->headline = ratio_headline(&out->capped, out->cap);
    estimate_share(in, out, &ratio);
    TRY(date_rows(in, out, err));
    return say_assumptions(in, out, has_cap, err);
}

void evidence_close(struct evidence *evidence)
{
    free(evidence->states);
    json_decref(evidence->assumptions);
    *evidence = (struct evidence){0};
}
