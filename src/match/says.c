/* Records of a match. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "match/says.h"
#include "match/says_beside.h"

#include "base/banned.h"

enum { MEASURES_MAX = 1000, NAME_MAX_BYTES = 200 };

/* ---- Coverage ---- */

/* A file, or a member of it. */
struct covered {
    const struct assay_sink *sink;
    const char *source, *member; /* member NULL: the file itself */
    bool *ret_complete;
};

static int covered(const struct covered *of, const char *class, uint64_t count, struct err *err)
{
    json_t *body = json_pack("{s:o, s:s, s:I, s:I}", "source", assay_text(str_of(of->source), 4096), "class", class,
                             "count", (json_int_t)count, "bytes", (json_int_t)0);
    if (body != NULL && of->member != NULL) {
        (void)json_object_set_new(body, "member", assay_text(str_of(of->member), 4096));
    }
    return assay_emit(of->sink, ASSAY_COVERAGE, body, err);
}

static int lost(const struct covered *of, const char *class, uint64_t count, struct err *err)
{
    *of->ret_complete = *of->ret_complete && count == 0;
    return count == 0 ? 0 : covered(of, class, count, err);
}

static json_t *rows_json(const struct covered *of, const char *role, const struct table_report *report)
{
    char delimiter[2] = {report->delimiter, '\0'};
    json_t *body = json_pack("{s:o, s:s, s:I, s:I, s:s, s:s*, s:s*, s:s*, s:s*}", "source",
                             assay_text(str_of(of->source), 4096), "class", "rows", "count", (json_int_t)report->rows,
                             "bytes", (json_int_t)report->bytes, "role", role, "format", report->format, "encoding",
                             report->encoding, "encoding_by", report->encoding_by, "packing", report->packing);
    if (body != NULL && report->delimiter != '\0') {
        (void)json_object_set_new(body, "delimiter", assay_text(str_of(delimiter), 8));
        (void)json_object_set_new(body, "header", json_boolean(report->has_header));
    }
    if (body != NULL && report->encoding_guessed) {
        (void)json_object_set_new(body, "encoding_guessed", json_true());
    }
    if (body != NULL && of->member != NULL) {
        (void)json_object_set_new(body, "member", assay_text(str_of(of->member), 4096));
    }
    return body;
}

static int says_counts(const struct covered *of, const char *role, const struct table_report *report, struct err *err)
{
    TRY(assay_emit(of->sink, ASSAY_COVERAGE, rows_json(of, role, report), err));
    for (int i = 0; i < TABLE_REJECTS; i++) {
        char class[64];
        (void)snprintf(class, sizeof(class), "rejected: %s", table_reject_name((enum table_reject)i));
        TRY(lost(of, class, report->rejected[i], err));
    }
    if (report->blank > 0) {
        TRY(covered(of, "blank", report->blank, err));
    }
    if (report->not_text > 0) {
        TRY(covered(of, "bytes that mean nothing in this encoding", report->not_text, err));
    }
    if (report->outside > 0) {
        TRY(covered(of, "values beside the rows", report->outside, err));
    }
    return lost(of, "rejected: members that first turned up late", report->ignored_members, err);
}

static int says_damage(const struct covered *of, const char *damage, const char *class, struct err *err)
{
    if (damage[0] == '\0') {
        return 0;
    }
    char place[1024];
    (void)snprintf(place, sizeof place, "%s%s%s", of->source, of->member != NULL ? "!" : "",
                   of->member != NULL ? of->member : "");
    assay_complain(of->sink, str_of(place), str_of(damage));
    return lost(of, class, 1, err);
}

static int says_no_table(const struct covered *of, const char *why, struct err *err)
{
    return assay_emit(of->sink, ASSAY_COVERAGE,
                      json_pack("{s:o, s:o, s:s, s:s, s:i, s:i}", "source", assay_text(str_of(of->source), 4096),
                                "member", assay_text(str_of(of->member), 4096), "class", "no table", "why", why,
                                "count", 1, "bytes", 0),
                      err);
}

/* Each part by itself; the whole has no rows of its own. */
static int says_parts(const struct covered *whole, const char *role, const struct table_report *report, struct err *err)
{
    for (const struct table_part *part = report->parts; part != NULL; part = part->next) {
        struct covered of = {whole->sink, whole->source, part->name, whole->ret_complete};
        if (part->why[0] == '\0' || part->report.rows > 0) {
            TRY(says_counts(&of, role, &part->report, err));
        }
        TRY(says_damage(&of, part->report.damage, "rejected: damaged packing", err));
        if (part->is_no_table) {
            TRY(says_no_table(&of, part->why, err));
        } else {
            TRY(says_damage(&of, part->why, "rejected: not read", err));
        }
    }
    return lost(whole, "members too many to be told by name", report->parts_unlisted, err);
}

int says_file(const struct assay_sink *sink, const char *source, const char *role, const struct table_report *report,
              bool *ret_complete, struct err *err)
{
    struct covered whole = {sink, source, NULL, ret_complete};
    if (report->parts == NULL) {
        TRY(says_counts(&whole, role, report, err));
    } else {
        TRY(says_parts(&whole, role, report, err));
    }
    return says_damage(&whole, report->damage, "rejected: damaged packing", err);
}

int says_tables(const struct assay_sink *sink, const struct reference *reference, const struct input *input,
                size_t input_index, bool *ret_complete, struct err *err)
{
    for (size_t t = 0; t < reference->table_count; t++) {
        const struct ref_table *table = &reference->tables[t];
        if (table->input == input_index) {
            TRY(assay_emit(sink, ASSAY_COVERAGE,
                           json_pack("{s:o, s:s, s:o, s:I, s:i}", "source", assay_text(str_of(input->display), 4096),
                                     "class", "table", "table", assay_text(table->name, NAME_MAX_BYTES), "count",
                                     (json_int_t)table->rows, "bytes", 0),
                           err));
        }
    }
    for (size_t i = 0; i < input->table_count; i++) {
        if (input->tables[i].unreadable == NULL && input->tables[i].unsteady != NULL) {
            assay_complain(sink, input->tables[i].name, str_of(input->tables[i].unsteady));
        }
        if (input->tables[i].unreadable != NULL) {
            *ret_complete = false;
            TRY(assay_emit(sink, ASSAY_COVERAGE,
                           json_pack("{s:o, s:o, s:o, s:i, s:i}", "source", assay_text(str_of(input->display), 4096),
                                     "class", assay_text(str_of(input->tables[i].unreadable), NAME_MAX_BYTES), "table",
                                     assay_text(input->tables[i].name, NAME_MAX_BYTES), "count", 0, "bytes", 0),
                           err));
        }
    }
    return 0;
}

/* ---- Measures ---- */

struct measure {
    size_t set, column, table, reference;
    uint64_t k, n;
    const struct aligned *aligned; /* or NULL: not the pair that was chosen */
};

static json_t *two_part_name(struct str outer, struct str name, bool whole)
{
    char text[2 * NAME_MAX_BYTES + 2];
    outer.len = outer.len > NAME_MAX_BYTES ? NAME_MAX_BYTES : outer.len;
    name.len = name.len > NAME_MAX_BYTES ? NAME_MAX_BYTES : name.len;
    if (!whole) {
        return assay_text(name, NAME_MAX_BYTES);
    }
    (void)snprintf(text, sizeof(text), "%.*s.%.*s", STR_FMT(outer), STR_FMT(name));
    return assay_text(str_of(text), sizeof(text));
}

static int by_worth(const void *a, const void *b)
{
    const struct measure *left = a;
    const struct measure *right = b;
    if ((left->aligned != NULL) != (right->aligned != NULL)) {
        return left->aligned != NULL ? -1 : 1;
    }
    if (left->aligned != NULL) {
        return (left->aligned > right->aligned) - (left->aligned < right->aligned);
    }
    double first = (double)left->k / (double)left->n;
    double second = (double)right->k / (double)right->n;
    if (first < second || second < first) {
        return first < second ? 1 : -1;
    }
    size_t l = left->table * 65536 + left->reference;
    size_t r = right->table * 65536 + right->reference;
    return l != r ? (l > r) - (l < r) : (left->column > right->column) - (left->column < right->column);
}

static json_t *measure_json(const struct reference *reference, const struct query *query, const struct measure *measure)
{
    const struct set *set = query->sets[measure->set];
    const struct ref_table *table = &reference->tables[measure->table];
    const struct aligned *aligned = measure->aligned;
    struct interval ci = stat_clopper_pearson(measure->k, measure->n, .95);
    const char *class = aligned == NULL ? "none" : column_class_name(aligned->class);
    bool counted = aligned != NULL && aligned->class != COLUMN_NONE;
    json_t *body = json_pack("{s:o, s:o, s:f, s:I, s:I, s:[f, f], s:s, s:b, s:s}", "sample",
                             two_part_name(set->name, set->columns[measure->column].name, query->sample_count > 1),
                             "reference", two_part_name(table->name, table->columns[measure->reference].name, true),
                             "containment", (double)measure->k / (double)measure->n, "n", (json_int_t)measure->n, "k",
                             (json_int_t)measure->k, "ci95", ci.lo, ci.hi, "class", class, "counted", counted, "type",
                             normal_class_name(set->columns[measure->column].class));
    if (body == NULL || aligned == NULL) {
        return body;
    }
    (void)json_object_set_new(body, "rows_compared", json_integer((json_int_t)aligned->comparable));
    (void)json_object_set_new(body, "rows_agreeing", json_integer((json_int_t)aligned->agree));
    if (aligned->why != NULL) {
        (void)json_object_set_new(body, "why", json_string(aligned->why));
    }
    return body;
}

static const struct aligned *aligned_as(const struct evidence_input *in, const struct evidence *evidence, size_t set,
                                        size_t column, const struct ref_table *table, size_t reference)
{
    for (size_t i = 0; evidence != NULL && table == in->table && set == in->sample->index && i < evidence->column_count;
         i++) {
        const struct link_pair *pair = &in->sample->pairs[evidence->columns[i].pair];
        if (pair->sample == column && pair->reference == reference) {
            return &evidence->columns[i];
        }
    }
    return NULL;
}

struct measures {
    struct measure *all;
    size_t count, room;
};

static int add_measure(struct measures *measures, const struct measure *measure, struct err *err)
{
    if (measures->count == measures->room) {
        size_t room = measures->room * 2 + 64;
        struct measure *all = realloc(measures->all, room * sizeof(*all));
        if (all == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu measures", room);
        }
        measures->all = all;
        measures->room = room;
    }
    measures->all[measures->count++] = *measure;
    return 0;
}

/* One column of the reference against the columns of one table of the sample. */
static int collect_column(struct measures *measures, const struct reference *reference, const struct query *query,
                          const struct evidence_input *in, const struct evidence *evidence, struct measure measure,
                          struct err *err)
{
    const struct set *set = query->sets[measure.set];
    const struct ref_table *table = &reference->tables[measure.table];
    const struct ref_column *column = &table->columns[measure.reference];
    const uint64_t *seen = column->seen == NULL ? NULL : column->seen[measure.set];
    for (measure.column = 0; measure.column < set->column_count; measure.column++) {
        measure.aligned =
            in == NULL ? NULL : aligned_as(in, evidence, measure.set, measure.column, table, measure.reference);
        if (seen == NULL && measure.aligned == NULL) {
            continue;
        }
        align_containment(set, measure.column, seen, &measure.k, &measure.n);
        if (measure.n > 0 && (measure.k > 0 || measure.aligned != NULL)) {
            TRY(add_measure(measures, &measure, err));
        }
    }
    return 0;
}

static int collect(struct measures *measures, const struct reference *reference, const struct query *query,
                   const struct evidence_input *in, const struct evidence *evidence, struct err *err)
{
    for (size_t t = 0; t < reference->table_count; t++) {
        for (size_t s = 0; s < query->sample_count; s++) {
            for (size_t d = 0; d < reference->tables[t].column_count; d++) {
                struct measure measure = {.set = s, .table = t, .reference = d};
                TRY(collect_column(measures, reference, query, in, evidence, measure, err));
            }
        }
    }
    return 0;
}

int says_measures(const struct assay_sink *sink, const struct reference *reference, const struct query *query,
                  const struct evidence_input *in, const struct evidence *evidence, struct err *err)
{
    struct measures measures = {0};
    int result = collect(&measures, reference, query, in, evidence, err);
    if (measures.count > 1) {
        qsort(measures.all, measures.count, sizeof(*measures.all), by_worth);
    }
    for (size_t i = 0; result == 0 && i < measures.count && i < MEASURES_MAX; i++) {
        result = assay_emit(sink, ASSAY_MEASURE, measure_json(reference, query, &measures.all[i]), err);
    }
    free(measures.all);
    return result;
}

/* ---- Summary ---- */

static json_t *number_or_null(bool is_there, double value)
{
    return is_there && isfinite(value) ? json_real(value) : json_null();
}

json_t *says_ratios(const struct ratio_values *values)
{
    json_t *object = json_object();
    for (int i = 0; i < RATIO_ALTERNATIVES; i++) {
        (void)json_object_set_new(object, ratio_name((enum ratio_alternative)i),
                                  number_or_null(values->computed[i], values->value[i]));
    }
    return object;
}

/* The columns that are what they look like: the aligned measures that count. */
static json_t *columns_json(const struct says_summary *what)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < what->evidence->column_count; i++) {
        const struct aligned *aligned = &what->evidence->columns[i];
        const struct link_pair *pair = &what->in->sample->pairs[aligned->pair];
        if (aligned->class == COLUMN_NONE || pair->n == 0) {
            continue;
        }
        struct interval ci = stat_clopper_pearson(pair->k, pair->n, .95);
        (void)json_array_append_new(
            columns,
            json_pack(
                "{s:o, s:o, s:f, s:[f, f], s:s, s:I, s:I, s:I, s:I}", "sample",
                two_part_name(what->in->sample->set->name, what->in->sample->set->columns[pair->sample].name, false),
                "reference", two_part_name(what->in->table->name, what->in->table->columns[pair->reference].name, true),
                "containment", (double)pair->k / (double)pair->n, "ci95", ci.lo, ci.hi, "class",
                column_class_name(aligned->class), "n", (json_int_t)pair->n, "k", (json_int_t)pair->k, "rows_compared",
                (json_int_t)aligned->comparable, "rows_agreeing", (json_int_t)aligned->agree));
    }
    return columns;
}

static json_t *excluded_json(const struct evidence *evidence)
{
    json_t *object = json_object();
    for (int i = ROW_RESERVED; i < ROW_STATES; i++) {
        if (evidence->excluded[i] > 0) {
            (void)json_object_set_new(object, row_state_name((enum row_state)i),
                                      json_integer((json_int_t)evidence->excluded[i]));
        }
    }
    return object;
}

static json_t *matched_json(const struct says_summary *what)
{
    const struct evidence *e = what->evidence;
    bool has_headline = e->headline < RATIO_ALTERNATIVES;
    double headline = has_headline ? e->capped.value[e->headline] : 0;
    json_t *body =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:s, s:[f, f], s:o, s:O, s:o, s:s*, s:o}",
                  "rows_sample", (json_int_t)what->rows_sample, "rows_reference", (json_int_t)what->rows_reference,
                  "rows_streamed", (json_int_t)what->rows_streamed, "rows_matched", (json_int_t)e->rows_matched,
                  "rows_linked", (json_int_t)e->rows_linked, "table", assay_text(what->in->table->name, NAME_MAX_BYTES),
                  "columns", columns_json(what), "log10_lr", says_ratios(&e->capped), "raw", says_ratios(&e->raw),
                  "evidence_class", e->evidence_class, "cap", e->cap.lo, e->cap.hi, "share",
                  e->has_share ? json_pack("[f, f]", e->share.lo, e->share.hi) : json_null(), "assumptions",
                  e->assumptions, "excluded", excluded_json(e), "identity", e->identity, "rows_agreeing",
                  json_integer((json_int_t)e->rows_agreeing));
    if (body != NULL) {
        (void)json_object_set_new(body, "headline",
                                  json_pack("{s:f, s:s, s:s}", "log10_lr", headline, "alternative",
                                            ratio_name(e->headline), "words", stat_enfsi(headline)));
        (void)json_object_set_new(body, "rows_ambiguous", json_integer((json_int_t)e->rows_ambiguous));
        (void)json_object_set_new(body, "rows_contradicting", json_integer((json_int_t)e->rows_contradicting));
        dates_put(body, e, what->backups, what->options->rows);
    }
    return body;
}

/* Nothing in common: there is no table to compare with, so nothing is weighed. */
static json_t *unmatched_json(const struct says_summary *what)
{
    return json_pack(
        "{s:I, s:I, s:I, s:i, s:i, s:[], s:{s:n, s:n, s:n, s:n, s:n}, s:{s:n, s:n, s:n, s:n, s:n}, s:s, s:[i, i], s:n, s:[s], s:n, s:[n, n], s:n, s:n}",
        "rows_sample", (json_int_t)what->rows_sample, "rows_reference", (json_int_t)what->rows_reference,
        "rows_streamed", (json_int_t)what->rows_streamed, "rows_matched", 0, "rows_linked", 0, "columns", "log10_lr",
        "elsewhere", "made_up", "partner", "recycled", "seed", "raw", "elsewhere", "made_up", "partner", "recycled",
        "seed", "evidence_class", "none", "cap", 0, 0, "share", "assumptions",
        "no value of the sample lies in any table that was read: no column could be aligned, so no ratio was computed",
        "headline", "taken_between", "taken_soft", "clock_offset_s");
}

/* In the order of enum assay_match_rows. */
static const char *rows_name(enum assay_match_rows rows)
{
    static const char *const names[] = {"unknown", "chosen", "random", "complete"};
    return names[rows];
}

int says_summary(const struct assay_sink *sink, const struct says_summary *what, struct err *err)
{
    json_t *body = what->in == NULL ? unmatched_json(what) : matched_json(what);
    if (body != NULL) {
        beside_put(body, what);
        (void)json_object_set_new(body, "rows_declared", json_string(rows_name(what->options->rows)));
        (void)json_object_set_new(body, "made", what->made == NULL ? json_null() : made_json(what->made));
        (void)json_object_set_new(body, "seconds", json_real(what->seconds));
        (void)json_object_set_new(body, "complete", json_boolean(what->is_complete));
    }
    return assay_emit(sink, ASSAY_SUMMARY, body, err);
}
