/* Backups: read, aligned with the reference by name and by what they contain, linked, looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/time.h"
#include "match/backup.h"
#include "match/dates.h"
#include "match/says.h"

#include "base/banned.h"

/* What is read of one backup; all of it is gone before the next. */
struct reading {
    const struct evidence_input *in;
    const struct evidence *out;
    const struct assay_sink *sink;
    const struct set *sets[1];
    unsigned workers;
    struct query query;
    struct input input;
    bool is_open;
    struct reference reference;
    struct linkage linkage;
    struct ref_facts facts;
};

static void reading_close(struct reading *reading)
{
    linkage_close(&reading->linkage);
    ref_facts_close(&reading->facts);
    reference_close(&reading->reference, &reading->query);
    if (reading->is_open) {
        input_close(&reading->input);
    }
}

/* ---- Which table, which columns ---- */

/* "public.customers" and "customers" are one name. */
static struct str last_part(struct str name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.data[i - 1] == '.') {
            return str_slice(name, i, name.len);
        }
    }
    return name;
}

/* The column of the same name, else the one of the same class that holds most of the sample's column, a fifth at least. */
static int column_for(const struct reading *reading, const struct aligned *aligned, const struct ref_table *table)
{
    const struct link_pair *pair = &reading->in->sample->pairs[aligned->pair];
    const struct ref_column *main = &reading->in->table->columns[pair->reference];
    int best = -1;
    uint64_t most = 0;
    for (size_t c = 0; c < table->column_count; c++) {
        const struct ref_column *column = &table->columns[c];
        if (link_same_name(column->name, main->name)) {
            return (int)c;
        }
        uint64_t k, n;
        align_containment(reading->sets[0], pair->sample, column->seen == NULL ? NULL : column->seen[0], &k, &n);
        if (column->class == main->class && k > most && k * 5 >= n) {
            best = (int)c;
            most = k;
        }
    }
    return best;
}

/* The table of the same name that has a source-made column, else the one with most columns that correspond. */
static const struct ref_table *choose_table(const struct reading *reading)
{
    const struct ref_table *best = NULL;
    size_t most = 0;
    for (size_t t = 0; t < reading->reference.table_count; t++) {
        const struct ref_table *table = &reading->reference.tables[t];
        size_t score = 0;
        bool has_made = false;
        for (size_t i = 0; i < reading->out->column_count; i++) {
            const struct aligned *aligned = &reading->out->columns[i];
            bool has = aligned->class != COLUMN_NONE && column_for(reading, aligned, table) >= 0;
            score += has;
            has_made = has_made || (has && aligned->is_counted);
        }
        score += link_same_name(last_part(table->name), last_part(reading->in->table->name)) ? LINK_PAIRS_MAX : 0;
        if (has_made && score > most) {
            best = table;
            most = score;
        }
    }
    return best;
}

static void view_open(struct view *view, const struct reading *reading, const struct ref_table *table)
{
    *view = (struct view){.linkage = &reading->linkage, .table = table};
    for (size_t i = 0; i < reading->out->column_count; i++) {
        const struct aligned *aligned = &reading->out->columns[i];
        size_t sample = reading->in->sample->pairs[aligned->pair].sample;
        view->column[i] = column_for(reading, aligned, table);
        view->pair[i] = -1;
        for (size_t p = 0; p < reading->linkage.pair_count; p++) {
            const struct link_pair *pair = &reading->linkage.pairs[p];
            if (pair->sample == sample && (int)pair->reference == view->column[i]) {
                view->pair[i] = (int)p;
            }
        }
    }
}

/* The reference itself, as the table's state of today. */
static void view_reference(struct view *view, const struct evidence_input *in, const struct evidence *out)
{
    *view = (struct view){.linkage = in->sample, .table = in->table, .set = in->sample->index};
    for (size_t i = 0; i < out->column_count; i++) {
        view->pair[i] = (int)out->columns[i].pair;
        view->column[i] = (int)in->sample->pairs[out->columns[i].pair].reference;
    }
}

/* ---- Reading ---- */

/* Rows created after the date given for them: the date, or the clock it is given by, is wrong. Times that have not come yet
 * are somebody's entries and say nothing. */
static void check_date(struct state *state, const struct ref_facts *facts)
{
    int64_t now_s = time_now() / NS_PER_S;
    if (!facts->created_is_time || state->until == INT64_MAX || facts->begun.total == 0) {
        return;
    }
    for (int64_t minute = minute_of(state->until) + 1; minute <= facts->begun.last && minute * 60 < now_s; minute++) {
        uint32_t count = minutes_at(&facts->begun, minute);
        state->too_new += count;
        state->newest = count > 0 ? minute * 60 : state->newest;
    }
    if (state->too_new > 0) {
        state->why = "rows of it were created after the date given: give its date by the database's clock";
    }
}

static int read_backup(struct reading *reading, struct state *state, struct row_bounds *bounds, struct err *err)
{
    struct view view;
    size_t rows = reading->sets[0]->row_count;
    reading->query = (struct query){reading->sets, 1, 1, reading->sets[0]->classes & ~(1U << NORMAL_NONE)};
    arena_init(&reading->reference.arena, 0);
    TRY(input_open(&reading->input, state->name, err));
    reading->is_open = true;
    TRY(align_pass(&reading->reference, &reading->input, 0, &reading->query, NULL, reading->workers, reading->sink,
                   err));
    align_finish(&reading->reference);
    if (reading->input.source == NULL) {
        TRY(says_file(reading->sink, reading->input.display, "backup", &reading->input.report, &state->is_whole, err));
    }
    TRY(says_tables(reading->sink, &reading->reference, &reading->input, 0, &state->is_whole, err));
    const struct ref_table *table = choose_table(reading);
    if (table == NULL) {
        return err_set(err, ERR_FORMAT, "no table in it has a source-made column of the reference's table");
    }
    (void)snprintf(state->table, sizeof(state->table), "%.*s", STR_FMT(table->name));
    TRY(linkage_choose(&reading->linkage, reading->sets[0], 0, table, false, err));
    TRY(link_table(&reading->linkage, 1, &reading->input, table, reading->workers, reading->sink, &reading->facts,
                   err));
    dates_settle(&reading->out->season, &reading->linkage);
    state->table_rows = reading->facts.rows;
    check_date(state, &reading->facts);
    state->rows = calloc(rows + 1, 1);
    if (state->rows == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", rows);
    }
    view_open(&view, reading, table);
    backup_look(reading->in, reading->out, &view, state, bounds);
    return 0;
}

static int take_backup(struct backups *backups, const struct evidence_input *in, const struct evidence *out,
                       struct state *state, const struct assay_sink *sink, bool *ret_complete, struct err *err)
{
    struct reading *reading = calloc(1, sizeof(*reading));
    struct err why = {0};
    if (reading == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a backup");
    }
    *reading =
        (struct reading){.in = in, .out = out, .sink = sink, .workers = backups->workers, .sets = {in->sample->set}};
    int result = read_backup(reading, state, &backups->bounds, &why);
    backups->bounds.count += result == 0;
    reading_close(reading);
    free(reading);
    if (result != 0 && (why.kind == ERR_LIMIT || why.kind == ERR_USAGE)) {
        *err = why;
        return -1;
    }
    if (result != 0) {
        state->why = "it could not be compared";
        state->is_whole = false;
        assay_complain(sink, str_of(state->name), str_of(why.text));
    }
    *ret_complete = *ret_complete && state->is_whole;
    return 0;
}

/* The reference's own date, if it was given one; else it is as late as its newest row, or of today if it is live. */
static void reference_state(struct state *state, const struct evidence_input *in, const struct input *reference,
                            bool is_complete)
{
    const struct assay_match_options *options = in->options;
    bool is_live = reference->source != NULL && !str_starts(str_of(reference->name), STR("sqlite:")) &&
                   source_is_uri(reference->name);
    const struct ref_facts *facts = in->facts;
    int64_t now_s = time_now() / NS_PER_S; /* the sample may have been published long ago */
    *state = (struct state){.name = reference->name, .is_reference = true, .is_whole = is_complete};
    state->until = INT64_MAX;
    state->from = LINK_NO_TIME;
    state->table_rows = facts->rows;
    (void)snprintf(state->table, sizeof(state->table), "%.*s", STR_FMT(in->table->name));
    for (size_t i = 0; i < options->backup_count; i++) {
        if (strcmp(options->backups[i].name, reference->name) == 0) {
            state->from = options->backups[i].from / NS_PER_S;
            state->until = options->backups[i].until / NS_PER_S;
            check_date(state, facts);
            return;
        }
    }
    if (is_live) {
        state->from = now_s;
        return;
    }
    const struct minutes *minutes[] = {&facts->begun, &facts->changed};
    for (size_t i = 0; i < 2; i++) {
        int64_t newest = minutes[i]->total == 0 ? LINK_NO_TIME : minutes[i]->last * 60;
        state->from = newest <= now_s && newest > state->from ? newest : state->from;
    }
}

static int bounds_open(struct row_bounds *bounds, size_t rows, struct err *err)
{
    *bounds = (struct row_bounds){.counts = calloc(rows + 1, sizeof(*bounds->counts)),
                                  .created = calloc(rows + 1, sizeof(*bounds->created)),
                                  .from = calloc(rows + 1, sizeof(*bounds->from)),
                                  .until = calloc(rows + 1, sizeof(*bounds->until)),
                                  .all_until = INT64_MAX};
    if (bounds->counts == NULL || bounds->created == NULL || bounds->from == NULL || bounds->until == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the dates of %zu rows", rows);
    }
    for (size_t r = 0; r < rows; r++) {
        bounds->created[r] = bounds->from[r] = LINK_NO_TIME;
        bounds->until[r] = INT64_MAX;
    }
    return 0;
}

static int take_claim(struct backups *backups, const struct evidence_input *in, const struct evidence *out,
                      struct input *reference, struct err *err)
{
    int64_t first;
    int64_t newest = LINK_NO_TIME;
    backups->is_declared_complete = true;
    TRY(backup_missing(in, out, reference, &first, &backups->lacking, &backups->complete_why, err));
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        newest = backups->bounds.created[r] > newest ? backups->bounds.created[r] : newest;
    }
    if (backups->complete_why == NULL && newest != LINK_NO_TIME && first <= newest) {
        backups->complete_why = "it lacks rows that were created before rows it has, so it is not complete";
    }
    if (backups->complete_why == NULL) {
        backups->bounds.all_until = first;
    }
    return 0;
}

int backups_date(struct backups *backups, struct evidence_input *in, struct evidence *out, struct input *reference,
                 const struct assay_sink *sink, bool *ret_complete, struct err *err)
{
    const struct assay_match_options *options = in->options;
    size_t rows = in->sample->set->row_count;
    struct view view;
    TRY(bounds_open(&backups->bounds, rows, err));
    reference_state(&backups->states[0], in, reference, *ret_complete);
    backups->state_count = 1;
    backups->states[0].rows = calloc(rows + 1, 1);
    if (backups->states[0].rows == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu rows", rows);
    }
    view_reference(&view, in, out);
    backup_look(in, out, &view, &backups->states[0], &backups->bounds);
    if (options->backup_count > BACKUPS_MAX) {
        return err_set(err, ERR_USAGE, "%zu backups, of at most %d", options->backup_count, BACKUPS_MAX);
    }
    for (size_t i = 0; i < options->backup_count; i++) {
        const struct assay_match_backup *given = &options->backups[i];
        struct state *state = &backups->states[backups->state_count];
        if (strcmp(given->name, reference->name) == 0) {
            continue;
        }
        *state = (struct state){
            .name = given->name, .from = given->from / NS_PER_S, .until = given->until / NS_PER_S, .is_whole = true};
        backups->state_count++;
        TRY(take_backup(backups, in, out, state, sink, ret_complete, err));
    }
    backup_fold(in, out, &view, backups);
    if (options->rows == ASSAY_ROWS_COMPLETE) {
        TRY(take_claim(backups, in, out, reference, err));
    }
    in->bounds = &backups->bounds;
    return dates_bound(in, out, err);
}

void backups_close(struct backups *backups)
{
    for (size_t i = 0; i < backups->state_count; i++) {
        free(backups->states[i].rows);
    }
    free(backups->bounds.counts);
    free(backups->bounds.created);
    free(backups->bounds.from);
    free(backups->bounds.until);
    *backups = (struct backups){0};
}
