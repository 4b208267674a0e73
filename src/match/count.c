/* Counting for the likelihood ratio (docs/statistics.md, A.2): k of m per source-made column, separate occasions, identity,
 * pairing, background sets. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "match/dates.h"

#include "base/banned.h"

/* ---- Source-made columns ---- */

bool count_shown(const struct evidence_input *in, const struct evidence *out, size_t row, int updated_pair,
                 int64_t *ret_seconds)
{
    const struct set *set = in->sample->set;
    size_t column = updated_pair < 0 ? 0 : in->sample->pairs[updated_pair].sample;
    uint32_t value = updated_pair < 0 ? 0 : set_cell(set, row, column);
    bool may_be_cut = set->ends_open && row + 1 == set->row_count && column + 1 == set->column_count;
    if (value == 0 || may_be_cut || !set_seconds(in->sample->set, value, ret_seconds)) {
        return false;
    }
    *ret_seconds = dates_to_table(out, *ret_seconds);
    return *ret_seconds != LINK_NO_TIME;
}

static bool is_newer_in_database(const struct evidence_input *in, const struct evidence *out, size_t row,
                                 int updated_pair)
{
    int64_t shown;
    int64_t updated = links_updated(&in->sample->links, row);
    return updated != LINK_NO_TIME && count_shown(in, out, row, updated_pair, &shown) && updated > shown;
}

int count_updated_pair(const struct evidence_input *in, const struct evidence *out)
{
    for (size_t i = 0; i < out->column_count; i++) {
        if ((int)in->sample->pairs[out->columns[i].pair].reference == in->facts->updated) {
            return (int)out->columns[i].pair;
        }
    }
    return -1;
}

/* May this row be compared in this column? A value that D holds twice, or that D has changed since, says nothing. */
bool count_counts_in(const struct evidence_input *in, const struct evidence *out, size_t row,
                     const struct aligned *column, int updated)
{
    const struct link_pair *pair = &in->sample->pairs[column->pair];
    if (!columns_comparable(in->sample, row, column->pair) || links_via(&in->sample->links, row) == LINK_OTHER) {
        return false;
    }
    uint32_t value = set_cell(in->sample->set, row, pair->sample);
    bool shifted = pair->is_time && dates_is_shifted(out);
    if (pair->counts != NULL && link_occurs(in->sample, pair, value) > 1 && !shifted) {
        return false;
    }
    bool is_mutable = column->class == COLUMN_SECRET && (int)pair->reference != in->facts->created;
    return !is_mutable || !is_newer_in_database(in, out, row, updated);
}

static double coincidence(const struct evidence_input *in, const struct evidence *out, const struct aligned *column)
{
    const struct link_pair *pair = &in->sample->pairs[column->pair];
    bool is_hash = in->table->columns[pair->reference].class == NORMAL_SECRET;
    bool shifted = pair->is_time && dates_is_shifted(out);
    double rows = fmax((double)in->facts->rows, 1);
    double sum = 0;
    uint64_t linked = 0;
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        if (out->states[r] == ROW_COUNTS && columns_comparable(in->sample, r, column->pair)) {
            uint32_t value = set_cell(in->sample->set, r, pair->sample);
            unsigned chosen_of = links_chosen_of(&in->sample->links, r);
            sum += chosen_of * (shifted ? 1 : (double)link_occurs(in->sample, pair, value));
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
                if (columns_comparable(set, r, p) && links_via(&set->links, r) < LINK_SECRET) {
                    m++;
                    k += columns_agree(set, r, p, 0);
                }
            }
            worst = m == 0 ? worst : fmax(worst, stat_clopper_pearson(k, m, .95).hi);
        }
    }
    return worst;
}

/* A.2: k, m, u and tau of a source-made column. */
void count_column(const struct evidence_input *in, const struct evidence *out, struct aligned *column)
{
    const struct link_pair *pair = &in->sample->pairs[column->pair];
    bool is_time = pair->is_time || in->table->columns[pair->reference].class == NORMAL_TIME;
    struct ratio_column ratio = {.secret = column->class == COLUMN_SECRET};
    int updated = count_updated_pair(in, out);
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        if (out->states[r] != ROW_COUNTS) {
            continue;
        }
        ratio.n_all +=
            in->sample->via_pair[LINK_SECRET] == (int)column->pair && set_cell(in->sample->set, r, pair->sample) != 0;
        if (count_counts_in(in, out, r, column, updated)) {
            ratio.m++;
            ratio.k += columns_agree(in->sample, r, column->pair, out->offset_s);
        }
    }
    ratio.u = fmin(fmax(coincidence(in, out, column), background_coincidence(in, column)), 1);
    ratio.tau = in->policy.tau[is_time ? RATIO_TIME : ratio.secret ? RATIO_HASH : RATIO_ID];
    column->ratio = ratio;
}

/* ---- Clusters ---- */

/* Does the row agree in one of these columns? */
bool count_agrees(const struct evidence_input *in, const struct evidence *out, size_t row, const bool *is_in)
{
    for (size_t i = 0; links_hits(&in->sample->links, row) == 1 && i < out->column_count; i++) {
        const struct aligned *column = &out->columns[i];
        if (is_in[i] && columns_comparable(in->sample, row, column->pair) &&
            columns_agree(in->sample, row, column->pair, out->offset_s)) {
            return true;
        }
    }
    return false;
}

/* Separate minutes of creation among the counting rows that agree in one of these columns. */
int count_clusters(const struct evidence_input *in, const struct evidence *out, const bool *is_in,
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
        if (out->states[r] == ROW_COUNTS && count_agrees(in, out, r, is_in)) {
            int64_t created = links_created(&in->sample->links, r);
            undated += created == LINK_NO_TIME;
            minutes[count] = minute_of(created);
            count += created != LINK_NO_TIME;
        }
    }
    TRY(minutes_distinct(minutes, count, ret_clusters, err));
    *ret_clusters += undated;
    return 0;
}

/* ---- Identity and pairing ---- */

/* The column by which people are known: e-mail, else phone, else a name. -1 without one. */
int count_identity_pair(const struct evidence_input *in, const struct evidence *out)
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
        bool is_phone = columns_is_phone(in, out->columns[i].pair);
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

void count_identity(const struct evidence_input *in, const struct evidence *out, int identity,
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
        enum link_via via = links_via(&sample->links, r);
        if (pairing >= 0 && columns_comparable(sample, r, (size_t)pairing) && via < LINK_OTHER &&
            sample->via_pair[via] != pairing) {
            ratio->p_n++;
            ratio->p_k += columns_agree(sample, r, (size_t)pairing, out->offset_s);
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

size_t count_backgrounds(const struct evidence_input *in, const struct evidence *out, int identity,
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
                struct pack_room room;
                struct str bytes = set_bytes(sample->set, value, &room);
                found->k += set_find(set->set, set_class(sample->set, value), bytes) != 0;
            }
        }
    }
    return count;
}

/* ---- Totals ---- */

/* A row comes from the table as far as one can tell: a secret agrees in it; without a secret to compare, a number does. A number
 * that agrees where every secret differs is what a partner has. */
static bool fits(const struct evidence_input *in, const struct evidence *out, size_t row)
{
    bool is_secret[LINK_PAIRS_MAX] = {false};
    bool is_issued[LINK_PAIRS_MAX] = {false};
    bool compared = false;
    for (size_t i = 0; i < out->column_count; i++) {
        is_secret[i] = out->columns[i].is_counted && out->columns[i].class == COLUMN_SECRET;
        is_issued[i] = out->columns[i].is_counted && out->columns[i].class == COLUMN_ISSUED;
        compared = compared || (is_secret[i] && columns_comparable(in->sample, row, out->columns[i].pair));
    }
    return count_agrees(in, out, row, compared ? is_secret : is_issued);
}

/* Are all rows that agree among the table's oldest quarter, and many others unknown to it? Fixtures of one software in two
 * places look so; so do old rows among filler. */
bool count_is_early(const struct evidence_input *in, const struct evidence *out)
{
    const struct minutes *begun = &in->facts->begun;
    int64_t newest = LINK_NO_TIME;
    uint64_t agreeing = 0, unknown = 0, rows = 0, before = 0;
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        uint8_t hits = links_hits(&in->sample->links, r);
        int64_t created = links_created(&in->sample->links, r);
        bool is_other = out->states[r] == ROW_REPEATED;
        rows += !is_other;
        unknown += !is_other && hits == 0;
        if (out->states[r] == ROW_COUNTS && hits == 1 && created != LINK_NO_TIME && fits(in, out, r)) {
            newest = created > newest ? created : newest;
            agreeing++;
        }
    }
    if (agreeing < 5 || unknown * 4 < rows || begun->total == 0) {
        return false;
    }
    for (int64_t minute = begun->first; minute <= begun->last && minute <= minute_of(newest); minute++) {
        before += minutes_at(begun, minute);
    }
    return before * 4 <= begun->total;
}

/* Rows in all: linked; agreeing in every comparable source-made column at once (without such columns: in every aligned one). */
/* Does the row differ where it could not have been changed since: in when it was created? */
static bool differs_for_good(const struct evidence_input *in, const struct evidence *out, size_t row)
{
    for (size_t i = 0; i < out->column_count; i++) {
        const struct aligned *column = &out->columns[i];
        if (column->is_counted && (int)in->sample->pairs[column->pair].reference == in->facts->created &&
            columns_comparable(in->sample, row, column->pair) &&
            !columns_agree(in->sample, row, column->pair, out->offset_s)) {
            return true;
        }
    }
    return false;
}

void count_rows(const struct evidence_input *in, struct evidence *out)
{
    bool any = false;
    for (size_t i = 0; i < out->column_count; i++) {
        any = any || (out->columns[i].is_counted && out->columns[i].comparable > 0);
    }
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        enum link_via via = links_via(&in->sample->links, r);
        uint64_t compared = 0, agreed = 0;
        out->rows_ambiguous += links_hits(&in->sample->links, r) > 1;
        if (links_hits(&in->sample->links, r) != 1) {
            continue;
        }
        for (size_t i = 0; i < out->column_count; i++) {
            const struct aligned *column = &out->columns[i];
            bool is_asked = any ? column->is_counted
                                : column->class != COLUMN_NONE || in->sample->via_pair[via] == (int)column->pair;
            if (is_asked && columns_comparable(in->sample, r, column->pair)) {
                compared++;
                agreed += columns_agree(in->sample, r, column->pair, out->offset_s);
            }
        }
        out->rows_linked++;
        out->rows_contradicting += links_contradict(&in->sample->links, r);
        out->rows_matched += compared > 0 && agreed == compared;
        out->rows_agreeing += any && agreed > 0;
        bool is_first = any && agreed > 0 && out->states[r] != ROW_REPEATED;
        bool is_fitting = is_first && fits(in, out, r);
        out->agreeing_once += is_fitting;
        out->agreeing_perhaps += is_fitting || (is_first && !differs_for_good(in, out, r));
        out->head_agree += any && agreed > 0 && out->states[r] == ROW_HEAD && fits(in, out, r);
    }
}
