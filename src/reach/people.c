/* Rows that hold a kind of personal data, over all tables of all accounts. A table that two accounts can read, or that is
 * found twice, counts once. */
#include <stdlib.h>

#include "base/json.h"
#include "reach/inside.h"

#include "base/banned.h"

struct sum {
    const char *kind;
    uint64_t tables, columns, rows, lo, hi;
    uint64_t without_rows;     /* tables whose number of rows is unknown */
    uint64_t without_interval; /* tables whose rows were not chosen at random */
    uint64_t by_name;
};

struct people {
    struct sum sums[KIND_NAMES_MAX];
    size_t count;
    struct seen seen;
};

int people_open(struct people **ret_people, struct err *err)
{
    *ret_people = calloc(1, sizeof **ret_people);
    return *ret_people != NULL ? 0 : err_no_memory(err);
}

void own_people(struct people **people)
{
    if (*people != NULL) {
        seen_clear(&(*people)->seen);
        free(*people);
    }
}

static struct sum *sum_of(struct people *people, const char *kind)
{
    size_t i = 0;
    while (i < people->count && strcmp(people->sums[i].kind, kind) != 0) {
        i++;
    }
    if (i == KIND_NAMES_MAX) {
        return NULL;
    }
    people->count += i == people->count;
    people->sums[i].kind = kind;
    return &people->sums[i];
}

int people_add(struct people *people, struct str table, const struct people_note *note, struct err *err)
{
    bool is_new;
    TRY(seen_add(&people->seen, table, note->kind, &is_new, err));
    if (!is_new) {
        return 0;
    }
    struct sum *sum = sum_of(people, note->kind);
    if (sum == NULL) {
        return err_set(err, ERR_BUG, "more kinds of personal data than there are");
    }
    sum->tables++;
    sum->columns += note->columns;
    sum->by_name += note->by_name;
    sum->without_rows += !note->has_rows;
    sum->without_interval += !note->has_interval;
    sum->rows = tally_sum(sum->rows, note->has_rows ? note->rows : 0);
    sum->lo = tally_sum(sum->lo, note->has_interval ? note->lo : 0);
    sum->hi = tally_sum(sum->hi, note->has_interval ? note->hi : 0);
    return 0;
}

static const char *basis(const struct sum *sum)
{
    return sum->by_name == 0 ? "values" : sum->by_name == sum->tables ? "name" : "mixed";
}

int people_tell(const struct people *people, const struct assay_sink *sink, struct err *err)
{
    for (size_t i = 0; i < people->count; i++) {
        const struct sum *sum = &people->sums[i];
        bool has_rows = sum->without_rows < sum->tables;
        json_t *rows = has_rows ? json_integer((json_int_t)sum->rows) : json_null();
        json_t *rows95 = sum->without_interval == 0 ? say_counts(sum->lo, sum->hi) : json_null();
        TRY(assay_emit(sink, ASSAY_MEASURE,
                       json_pack("{s:s,s:s,s:I,s:I,s:o,s:o,s:s,s:I}", "class", "people", "data", sum->kind, "tables",
                                 (json_int_t)sum->tables, "columns", (json_int_t)sum->columns, "rows", rows, "rows95",
                                 rows95, "basis", basis(sum), "tables_without_rows", (json_int_t)sum->without_rows),
                       err));
    }
    return 0;
}

json_t *people_kinds(const struct people *people)
{
    json_t *kinds = json_object();
    for (size_t i = 0; i < people->count; i++) {
        const struct sum *sum = &people->sums[i];
        bool has_rows = sum->without_rows < sum->tables;
        (void)json_object_set_new(kinds, sum->kind, has_rows ? json_integer((json_int_t)sum->rows) : json_null());
    }
    return kinds;
}
