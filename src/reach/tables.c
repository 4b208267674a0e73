/* One table: how many rows, what kinds of personal data, for how many of them. Rows are looked at in a bounded sample, and only
 * if they were chosen at random is there an interval: of the share by Clopper and Pearson, times the rows of the table. */
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/stat.h"
#include "base/str.h"
#include "base/time.h"
#include "reach/inside.h"
#include "reach/kinds.h"

#include "base/banned.h"

/* What was learnt of one table. */
struct look {
    struct reach *reach;
    const struct survey_table *table;
    struct kinds *kinds;
    size_t *places; /* kinds' column -> the table's */
    size_t readable_columns;
    uint64_t rows;
    enum survey_rows rows_kind;
    uint64_t sampled;
    const char *how; /* NULL: no row was looked at */
};

static void own_look(struct look *look)
{
    kinds_close(look->kinds);
    free(look->places);
}

static bool is_readable(const struct look *look)
{
    return look->table->unreadable.len == 0 && (look->readable_columns != 0 || look->table->column_count == 0);
}

static int open_kinds(struct look *look, struct err *err)
{
    const struct survey_table *table = look->table;
    OWN(own_mem) struct kind_column *columns = calloc(table->column_count + 1, sizeof *columns);
    look->places = calloc(table->column_count + 1, sizeof *look->places);
    if (columns == NULL || look->places == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        const struct survey_column *column = &table->columns[i];
        if (column->is_readable) {
            columns[look->readable_columns] = (struct kind_column){column->name, column->type, table->name};
            look->places[look->readable_columns++] = i;
        }
    }
    return look->readable_columns == 0 ? 0 : kinds_open(columns, look->readable_columns, &look->kinds, err);
}

static int take_rows(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct look *look = self;
    if (columns != look->readable_columns) {
        return err_set(err, ERR_BUG, "%zu cells in rows of %zu columns", columns, look->readable_columns);
    }
    for (size_t i = 0; i < rows * columns; i++) {
        look->reach->sampled_bytes += cells[i].len;
    }
    look->sampled += rows;
    kinds_rows(look->kinds, cells, rows);
    return reach_goes_on(look->reach, err);
}

/* Why rows are not to be looked at; NULL: they are. */
static const char *no_sample(const struct look *look, const struct source *source)
{
    const struct reach *reach = look->reach;
    if (source == NULL) {
        return "a dump of the schema holds no rows";
    }
    if (reach->options->max_rows == 0) {
        return "no rows were asked for";
    }
    return time_ticks() >= reach->sample_until ? "the time for looking at rows was over" : NULL;
}

/* A driver's own sentence is told; the words of a server may quote the value it stumbled over. */
static void say_unsampled(const struct err *why, const char *password, char unsampled[static WHY_BYTES])
{
    OWN(own_json) json_t *text = say_why(str_of(why->text), password);
    const char *said = why->kind == ERR_USAGE && text != NULL ? json_string_value(text)
                       : why->kind == ERR_LIMIT               ? "it took longer than it may"
                                                              : "the server broke off or refused to show rows of it";
    (void)snprintf(unsampled, WHY_BYTES, "%s", said);
}

static int sample(struct look *look, const struct place *place, struct source *source, char unsampled[static WHY_BYTES],
                  struct err *err)
{
    const char *hindrance = no_sample(look, source);
    struct err why = {0};
    if (hindrance != NULL) {
        (void)snprintf(unsampled, WHY_BYTES, "%s", hindrance);
        return 0;
    }
    struct source_sink sink = {look, take_rows};
    const char *how = NULL;
    if (source_sample(source, look->table, look->reach->options->max_rows, &sink, &how, &why) != 0) {
        TRY(reach_goes_on(look->reach, err));
        say_unsampled(&why, place->password, unsampled);
        look->reach->is_complete = false;
    }
    look->how = how != NULL ? how : look->sampled != 0 ? "the first rows" : NULL;
    if (unsampled[0] == '\0' && strcmp(look->how != NULL ? look->how : "", "all rows") == 0) {
        look->rows = look->sampled;
        /* all rows that it may see, where it may not see all */
        look->rows_kind = look->table->partial.len == 0 ? SURVEY_ROWS_EXACT : SURVEY_ROWS_ESTIMATED;
    }
    return 0;
}

static int count(struct look *look, struct source *source, struct err *err)
{
    struct err ignored = {0};
    uint64_t rows;
    if (source == NULL || !look->reach->options->exact || look->rows_kind == SURVEY_ROWS_EXACT) {
        return 0;
    }
    if (source_count(source, look->table, &rows, &ignored) == 0) {
        look->rows = rows <= COUNT_MAX ? rows : 0;
        look->rows_kind = rows <= COUNT_MAX ? SURVEY_ROWS_EXACT : SURVEY_ROWS_UNKNOWN;
        return 0;
    }
    return reach_goes_on(look->reach, err); /* the estimate stands, and rows_kind says so */
}

/* ---- kinds as records ---- */

static bool is_all(const struct look *look)
{
    return look->how != NULL && strcmp(look->how, "all rows") == 0;
}

static bool is_random(const struct look *look)
{
    return look->how != NULL && strncmp(look->how, "random", 6) == 0;
}

/* k of the sampled rows, blown up to the table's. */
static struct people_note estimate(const struct look *look, const struct kind_note *note)
{
    struct people_note people = {.kind = note->kind, .columns = 1, .by_name = note->by_name};
    double rows = (double)look->rows;
    people.has_rows = look->rows_kind != SURVEY_ROWS_UNKNOWN;
    if (note->by_name || look->sampled == 0) {
        people.rows = look->rows; /* at most: nobody saw the values */
        return people;
    }
    if (is_all(look)) {
        people.has_rows = people.has_interval = true;
        people.rows = people.lo = people.hi = note->k;
        return people;
    }
    people.rows = (uint64_t)llround(rows * (double)note->k / (double)look->sampled);
    if (is_random(look) && people.has_rows) {
        struct interval share = stat_clopper_pearson(note->k, look->sampled, 0.95);
        people.has_interval = true;
        people.lo = (uint64_t)floor(rows * share.lo);
        people.hi = (uint64_t)ceil(rows * share.hi);
    }
    return people;
}

static json_t *kind_record(const struct look *look, const struct kind_note *note, const struct people_note *people)
{
    const struct survey_column *column = &look->table->columns[look->places[note->column]];
    json_t *ci95 = json_null();
    if (!note->by_name && note->n != 0 && (is_all(look) || is_random(look))) {
        double exact = (double)note->k / (double)note->n;
        struct interval share =
            is_all(look) ? (struct interval){exact, exact} : stat_clopper_pearson(note->k, note->n, 0.95);
        ci95 = say_pair(share.lo, share.hi);
    }
    return json_pack("{s:o,s:s,s:o*,s:o*,s:s,s:I,s:I,s:o,s:o,s:o}", "column", say_name(column->name), "kind",
                     note->kind, "scheme", note->scheme != NULL ? assay_text(str_of(note->scheme), NAME_BYTES) : NULL,
                     "weak", note->weak != NULL ? assay_text(str_of(note->weak), NAME_BYTES) : NULL, "basis",
                     note->by_name ? "name" : "values", "n", (json_int_t)note->n, "k", (json_int_t)note->k, "ci95",
                     ci95, "rows", people->has_rows ? json_integer((json_int_t)people->rows) : json_null(), "rows95",
                     people->has_interval ? say_counts(people->lo, people->hi) : json_null());
}

/* Columns of one kind in one table are the same rows: the fullest of them counts. */
static int merge(struct people_note *notes, size_t *count, const struct people_note *one)
{
    size_t i = 0;
    while (i < *count && strcmp(notes[i].kind, one->kind) != 0) {
        i++;
    }
    if (i == *count) {
        if (i == KIND_NAMES_MAX) {
            return -1;
        }
        notes[(*count)++] = *one;
        return 0;
    }
    size_t columns = notes[i].columns + 1;
    bool is_better = notes[i].by_name != one->by_name ? notes[i].by_name : one->rows > notes[i].rows;
    notes[i] = is_better ? *one : notes[i];
    notes[i].columns = columns;
    return 0;
}

static int tell_kinds(struct look *look, struct str key, struct fit *records, struct err *err)
{
    const struct kind_note *notes = NULL;
    size_t count = 0;
    size_t merged = 0;
    struct people_note people[KIND_NAMES_MAX];
    if (look->kinds != NULL) {
        TRY(kinds_notes(look->kinds, &notes, &count, err));
    }
    for (size_t i = 0; i < count; i++) {
        struct people_note one = estimate(look, &notes[i]);
        TRY(fit_add(records, kind_record(look, &notes[i], &one), err));
        if (merge(people, &merged, &one) != 0) {
            return err_set(err, ERR_BUG, "more kinds of personal data than there are");
        }
    }
    for (size_t i = 0; i < merged && !look->table->is_view; i++) {
        TRY(people_add(look->reach->people, key, &people[i], err));
    }
    return 0;
}

/* ---- the measure ---- */

static bool knows_bytes(const struct survey_table *table)
{
    return table->bytes_known && table->bytes <= COUNT_MAX;
}

static struct tally tally_of(const struct look *look)
{
    const struct survey_table *table = look->table;
    bool is_open = is_readable(look);
    bool is_partial = is_open && (table->partial.len != 0 || look->readable_columns < table->column_count);
    struct tally tally = {
        .tables = 1,
        .readable = is_open,
        .partial = is_partial,
        .hidden = !table->is_view && (!is_open || is_partial),
        .columns = is_open ? look->readable_columns : 0,
    };
    if (is_open && !table->is_view) {
        tally.rows = look->rows_kind != SURVEY_ROWS_UNKNOWN ? look->rows : 0;
        tally.bytes = knows_bytes(table) ? table->bytes : 0;
        tally.rows_kinds = look->rows_kind == SURVEY_ROWS_EXACT       ? HAS_EXACT
                           : look->rows_kind == SURVEY_ROWS_ESTIMATED ? HAS_ESTIMATED
                                                                      : HAS_UNKNOWN;
    }
    return tally;
}

/* Over all accounts each table counts once, and what the first account that can read it reads. */
static int add_to_totals(struct totals *totals, struct str key, struct tally tally, struct err *err)
{
    bool is_new, is_new_readable = false;
    TRY(seen_add(&totals->seen, key, "table", &is_new, err));
    if (tally.readable != 0) {
        TRY(seen_add(&totals->seen, key, "readable table", &is_new_readable, err));
    }
    tally.tables = is_new;
    struct tally nothing = {.tables = is_new};
    tally_plus(&totals->tally, is_new_readable ? &tally : &nothing);
    return 0;
}

static int tell(const struct look *look, const struct place *place, struct fit *kinds, struct err *err)
{
    const struct survey_table *table = look->table;
    bool is_open = is_readable(look);
    bool has_rows = look->rows_kind != SURVEY_ROWS_UNKNOWN;
    struct str why = table->unreadable.len != 0 ? table->unreadable : table->partial;
    if (why.len == 0 && look->readable_columns < table->column_count) {
        why = is_open ? STR("some columns cannot be read") : STR("no column can be read");
    }
    json_t *body = json_pack(
        "{s:s,s:s*,s:o,s:o,s:o,s:b,s:I,s:I,s:o,s:s,s:o,s:b,s:o*,s:I,s:s*,s:o}", "class", "table", "credential",
        place->credential, "uri", assay_text(place->uri, 1024), "database", say_name(table->database), "table",
        say_name(table->name), "view", table->is_view, "columns", (json_int_t)table->column_count, "columns_readable",
        (json_int_t)look->readable_columns, "rows", has_rows ? json_integer((json_int_t)look->rows) : json_null(),
        "rows_kind", rows_kind_name(look->rows_kind), "bytes",
        knows_bytes(table) ? json_integer((json_int_t)table->bytes) : json_null(), "readable", is_open, "why",
        say_why(why, place->password), "sampled", (json_int_t)look->sampled, "how", look->how, "kinds",
        kinds->array != NULL ? json_incref(kinds->array) : json_array());
    if (body != NULL && kinds->left_out != 0) {
        (void)json_object_set_new(body, "kinds_left_out", json_integer((json_int_t)kinds->left_out));
    }
    return assay_emit(look->reach->sink, ASSAY_MEASURE, body, err);
}

static void put_key(struct buf *key, const struct place *place, const struct survey_table *table)
{
    buf_put(key, place->server);
    buf_putc(key, '\0');
    buf_put(key, table->database);
    buf_putc(key, '\0');
    buf_put(key, table->name);
}

int table_look(struct reach *reach, const struct place *place, struct source *source, const struct survey_table *table,
               struct tally *tally, char unsampled[static WHY_BYTES], struct err *err)
{
    OWN(own_look)
    struct look look = {.reach = reach, .table = table, .rows = table->rows, .rows_kind = table->rows_kind};
    if (table->rows > COUNT_MAX) { /* no server holds as many: it lies, or its statistics are broken */
        look.rows = 0;
        look.rows_kind = SURVEY_ROWS_UNKNOWN;
    }
    OWN(own_fit) struct fit kinds = {0};
    OWN(own_buf) struct buf key = {0};
    unsampled[0] = '\0';
    put_key(&key, place, table);
    TRY(buf_check(&key, err));
    if (table->unreadable.len == 0) {
        TRY(open_kinds(&look, err));
        if (look.kinds != NULL) {
            TRY(sample(&look, place, source, unsampled, err));
            TRY(count(&look, source, err));
            TRY(tell_kinds(&look, buf_str(&key), &kinds, err));
        }
    }
    struct tally one = tally_of(&look);
    tally_plus(tally, &one);
    TRY(add_to_totals(&reach->totals, buf_str(&key), one, err));
    return tell(&look, place, &kinds, err);
}
