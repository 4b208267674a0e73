/* From linked rows to the ratio: counted (count.c), weighed, capped, dated (dates.c); the share and what was assumed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "match/columns.h"
#include "match/count.h"
#include "match/dates.h"

#include "base/banned.h"

int evidence_assume(struct evidence *out, const char *text, struct err *err)
{
    return json_array_append_new(out->assumptions, json_string(text)) == 0
               ? 0
               : err_set(err, ERR_LIMIT, "no memory for a text");
}

/* ---- The ratio ---- */

bool evidence_is_named(struct str declared, struct str table, struct str column)
{
    char whole[2 * SET_NAME_BYTES_MAX + 2];
    (void)snprintf(whole, sizeof(whole), "%.*s.%.*s", STR_FMT(table), STR_FMT(column));
    struct str schema = str_cut(str_of(whole), '.').tail; /* "public.customers.email" is "customers.email" too */
    return str_eq_nocase(declared, column) || str_eq_nocase(declared, str_of(whole)) || str_eq_nocase(declared, schema);
}

static bool is_declared(const struct evidence_input *in, const struct aligned *column, const char *party)
{
    struct str name = in->table->columns[in->sample->pairs[column->pair].reference].name;
    for (size_t i = 0; i < in->options->shared_count; i++) {
        const struct assay_match_shared *shared = &in->options->shared[i];
        if (shared->column != NULL && strcmp(shared->party, party) == 0 &&
            evidence_is_named(str_of(shared->column), in->table->name, name)) {
            return true;
        }
    }
    return false;
}

/* The columns of the ratio, where those handed to `party` (NULL: nobody) are not secret. */
static int prepare(const struct evidence_input *in, const struct evidence *out, const struct counted *counted,
                   const char *party, struct ratio_input *ratio, struct ratio_column *columns, struct err *err)
{
    bool all[LINK_PAIRS_MAX] = {false};
    bool secret[LINK_PAIRS_MAX] = {false};
    uint64_t issued = 0;
    ratio->columns = columns;
    ratio->column_count = 0;
    for (size_t i = 0; i < out->column_count; i++) {
        if (!out->columns[i].is_counted || counted->columns[i].m == 0) {
            continue;
        }
        struct ratio_column column = counted->columns[i];
        column.secret = column.secret && (party == NULL || !is_declared(in, &out->columns[i], party));
        all[i] = true;
        secret[i] = column.secret;
        issued = !column.secret && column.k > issued ? column.k : issued;
        columns[ratio->column_count++] = column;
    }
    TRY(counted->clusters(counted->self, all, &ratio->clusters_all, err));
    TRY(counted->clusters(counted->self, secret, &ratio->clusters_secret, err));
    ratio->clusters_all = issued > ratio->clusters_all ? issued : ratio->clusters_all;
    return 0;
}

int evidence_alternatives(const struct evidence_input *in, const struct evidence *out, const struct counted *counted,
                          struct ratio_values *ret_raw, const char **ret_class, struct err *err)
{
    struct ratio_column columns[LINK_PAIRS_MAX];
    struct ratio_input ratio = out->ratio;
    ratio.head_agree = counted->head_agree;
    TRY(prepare(in, out, counted, NULL, &ratio, columns, err));
    ratio_alternatives(&in->policy, &ratio, ret_raw);
    *ret_class = "none";
    for (size_t i = 0; i < ratio.column_count; i++) {
        if (columns[i].secret || strcmp(*ret_class, "none") == 0) {
            *ret_class = columns[i].secret ? "secret" : "issued";
        }
    }
    for (size_t i = 0; i < in->options->shared_count; i++) {
        struct ratio_values towards;
        TRY(prepare(in, out, counted, in->options->shared[i].party, &ratio, columns, err));
        ratio_alternatives(&in->policy, &ratio, &towards);
        ret_raw->value[RATIO_PARTNER] = fmin(ret_raw->value[RATIO_PARTNER], towards.value[RATIO_PARTNER]);
    }
    return 0;
}

struct own_rows {
    const struct evidence_input *in;
    const struct evidence *out;
};

static int own_clusters(const void *self, const bool *is_in, uint64_t *ret_clusters, struct err *err)
{
    const struct own_rows *rows = self;
    return count_clusters(rows->in, rows->out, is_in, ret_clusters, err);
}

static int weigh(const struct evidence_input *in, struct evidence *out, struct err *err)
{
    struct own_rows rows = {in, out};
    struct counted counted = {.head_agree = out->head_agree, .clusters = own_clusters, .self = &rows};
    for (size_t i = 0; i < out->column_count; i++) {
        counted.columns[i] = out->columns[i].ratio;
    }
    return evidence_alternatives(in, out, &counted, &out->raw, &out->evidence_class, err);
}

/* A.4: what the sample's own making says, at most 1. Head rows may be the true ones: then nothing but seed counts against. */
static void lower_made_up(const struct evidence_input *in, struct evidence *out)
{
    double term = in->made == NULL ? 0 : in->made->term;
    double lowered = out->raw.value[RATIO_MADE_UP] - term;
    uint64_t own = out->excluded[ROW_HEAD] + out->excluded[ROW_RESERVED];
    bool may_be_true = out->head_agree > 0 || 2 * own >= in->sample->set->row_count;
    out->raw.value[RATIO_MADE_UP] = may_be_true ? fmax(lowered, fmin(out->raw.value[RATIO_MADE_UP], 0)) : lowered;
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

static void estimate_share(const struct evidence_input *in, struct evidence *out)
{
    if (strcmp(out->evidence_class, "none") != 0) {
        out->has_share = true;
        uint64_t rows = in->sample->set->row_count - out->excluded[ROW_REPEATED];
        out->share.lo = ratio_share(&in->policy, out->agreeing_once, rows).lo;
        out->share.hi = ratio_share(&in->policy, out->agreeing_perhaps, rows).hi;
        return;
    }
    uint64_t k = 0, n = 0;
    for (size_t b = 0; b < in->background_count; b++) {
        int email = in->backgrounds[b].via_pair[LINK_EMAIL];
        k += email < 0 ? 0 : in->backgrounds[b].pairs[email].k;
        n += email < 0 ? 0 : in->backgrounds[b].pairs[email].n;
    }
    out->has_share = ratio_share_identity(out->ratio.e_k, out->ratio.e_n, k, n, &out->share);
    /* rows that do not count, as they may be anybody's, may be the database's or not */
    double all = (double)(in->sample->set->row_count - out->excluded[ROW_REPEATED]);
    double counting = (double)out->excluded[ROW_COUNTS];
    if (out->has_share && all > 0) {
        out->share.lo *= counting / all;
        out->share.hi = (out->share.hi * counting + all - counting) / all;
    }
}

/* ---- Words ---- */

static int say_assumptions(const struct evidence_input *in, struct evidence *out, bool has_cap, struct err *err)
{
    if (!has_cap) {
        TRY(evidence_assume(out, "no validation was given for this class of evidence: every ratio is capped at 0",
                            err));
    }
    if (!out->raw.computed[RATIO_RECYCLED]) {
        TRY(evidence_assume(
            out, "recycled: not computed, so not excluded: no background set that shares an identity column was given",
            err));
    }
    if (in->background_count == 0) {
        TRY(evidence_assume(
            out,
            "elsewhere: without background sets half of the people of another service are taken to be in this database",
            err));
        TRY(evidence_assume(
            out,
            "seed: without a list of fixtures only the database's first 50 rows and rows created in a burst are taken for seed data",
            err));
    }
    if (count_is_early(in, out)) {
        TRY(evidence_assume(
            out,
            "seed: all rows that agree are among the oldest quarter of the database, and many others are unknown to "
            "it: fixtures that several installations share look so; give them with --background",
            err));
    }
    if (out->excluded[ROW_SEED] > 0) {
        TRY(evidence_assume(
            out,
            "seed: rows stand in a background file with their secrets, so they are taken for fixtures; a file made of "
            "this sample or this database is no background",
            err));
    }
    if (in->made != NULL && in->made->term > 0) {
        TRY(evidence_assume(
            out,
            "made_up: lowered, at most tenfold, by what the sample's own making says (made); that is no proof, and a careful forger shows nothing of it",
            err));
    }
    TRY(evidence_assume(out,
                        in->options->nothing_shared ? "partner: nobody was ever given anything, as declared"
                        : in->options->shared_count == 0
                            ? "partner: nobody was declared to have been given source-secret columns"
                            : "partner: only the declared columns were handed to the declared parties",
                        err));
    if (strcmp(out->evidence_class, "secret") != 0) {
        TRY(evidence_assume(
            out, "no usable source-secret column: the sample fits whoever holds the same customers as well", err));
    }
    if (out->head_agree > 0) {
        TRY(evidence_assume(
            out,
            "rows among the database's first 50 agree: they may be seed data, so no alternative but seed counts against",
            err));
    }
    static const char *const rows[] = {
        [ASSAY_ROWS_UNKNOWN] =
            "the seller may have chosen the rows: counts speak of the sample, not of all that was taken",
        [ASSAY_ROWS_CHOSEN] = "the seller chose the rows: counts speak of the sample, not of all that was taken",
        [ASSAY_ROWS_RANDOM] =
            "the rows are a random draw, as declared; without that the soft date bound would not hold",
        [ASSAY_ROWS_COMPLETE] = "the sample is the whole table as it was exported, as declared"};
    TRY(evidence_assume(out, rows[in->options->rows], err));
    return 0;
}

int evidence_weigh(const struct evidence_input *in, struct evidence *ret_evidence, struct err *err)
{
    struct evidence *out = ret_evidence;
    *out = (struct evidence){.assumptions = json_array()};
    if (out->assumptions == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a text");
    }
    TRY(dates_offset(in, out, err));
    columns_align(in, out->offset_s, out->columns, &out->column_count);
    columns_classify(in, out->columns, out->column_count);
    TRY(count_sort_rows(in, out, err));
    for (size_t i = 0; i < out->column_count; i++) {
        if (out->columns[i].is_counted) {
            count_column(in, out, &out->columns[i]);
        }
    }
    count_rows(in, out);
    int identity = count_identity_pair(in, out);
    struct ratio_input *ratio = &out->ratio;
    *ratio = (struct ratio_input){.n = out->excluded[ROW_COUNTS] + out->excluded[ROW_SEED],
                                  .seed_rows = out->excluded[ROW_SEED],
                                  .backgrounds = out->sets};
    out->identity = identity < 0 ? NULL : in->sample->set->columns[in->sample->pairs[identity].sample].name.data;
    count_identity(in, out, identity, ratio);
    ratio->background_count = identity < 0 ? 0 : count_backgrounds(in, out, identity, out->sets);
    TRY(weigh(in, out, err));
    lower_made_up(in, out);
    bool has_cap;
    out->cap = cap_for(in->options->rates, out->evidence_class, &has_cap);
    out->capped = out->raw;
    out->headline = ratio_headline(&out->capped, out->cap);
    estimate_share(in, out);
    return say_assumptions(in, out, has_cap, err);
}

void evidence_close(struct evidence *evidence)
{
    free(evidence->states);
    json_decref(evidence->assumptions);
    *evidence = (struct evidence){0};
}
