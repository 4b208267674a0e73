/* An export that is claimed to be complete was taken before the first row was created that it lacks. */
#include <stdlib.h>

#include "base/own.h"
#include "match/backup.h"
#include "match/dates.h"

#include "base/banned.h"

enum { DAY_S = 86400 };

struct lacking {
    const struct evidence_input *in;
    struct look look;
    struct query query;
    const struct set *sets[1];
    size_t key, created; /* columns of the table */
    uint64_t *known;     /* bits of the values that the sample has in the key's column */
    int64_t first;
    uint64_t count;
};

/* A column that tells rows apart, never changes and is carried over as it is. -1 without one. */
static int key_column(const struct evidence_input *in, const struct evidence *out)
{
    for (size_t i = 0; i < out->column_count; i++) {
        const struct aligned *column = &out->columns[i];
        const struct link_pair *pair = &in->sample->pairs[column->pair];
        bool is_creation = (int)pair->reference == in->facts->created && !dates_is_shifted(out);
        bool is_number = column->class == COLUMN_ISSUED;
        if (column->is_counted && (is_creation || is_number) && column->comparable > 0 &&
            column->agree * 10 >= column->comparable * 9) {
            return (int)i;
        }
    }
    return -1;
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    const struct lacking *lacking = self;
    *ret_wanted = number == lacking->in->table->number;
    if (*ret_wanted && shape->column_count != lacking->in->table->column_count) {
        return err_set(err, ERR_FORMAT, "%.*s changed while it was read", STR_FMT(shape->name));
    }
    return 0;
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct lacking *lacking = self;
    const struct ref_column *columns = lacking->in->table->columns;
    TRY(look_column(&lacking->look, batch, lacking->key, 0, columns[lacking->key].day_first, NORMAL_ALL, err));
    TRY(look_column(&lacking->look, batch, lacking->created, 1, columns[lacking->created].day_first, 0, err));
    const struct cell_fact *keys = look_facts(&lacking->look, 0);
    const struct cell_fact *times = look_facts(&lacking->look, 1);
    const uint32_t *values = look_values(&lacking->look, 0, 0);
    for (size_t r = 0; r < batch->rows; r++) {
        bool is_known = values[r] != 0 && (lacking->known[values[r] / 64] >> (values[r] % 64) & 1U) != 0;
        if (is_known || keys[r].class == NORMAL_NONE || times[r].seconds == LOOK_NO_TIME) {
            continue;
        }
        int64_t created = times[r].seconds + (times[r].class == NORMAL_DATE ? DAY_S : 0);
        lacking->first = created < lacking->first ? created : lacking->first;
        lacking->count++;
    }
    return 0;
}

int backup_missing(const struct evidence_input *in, const struct evidence *out, struct input *reference,
                   int64_t *ret_first, uint64_t *ret_count, const char **ret_why, struct err *err)
{
    const struct set *set = in->sample->set;
    int key = key_column(in, out);
    *ret_count = 0;
    *ret_first = LINK_NO_TIME;
    *ret_why = key < 0 ? "no number or time of creation that never changes tells which rows are lacking"
               : in->facts->created < 0 ? "the reference does not say when its rows were created"
                                        : NULL;
    if (*ret_why != NULL) {
        return 0;
    }
    const struct link_pair *pair = &in->sample->pairs[out->columns[key].pair];
    OWN(own_mem) uint64_t *known = calloc(set->value_count / 64 + 1, sizeof(*known));
    if (known == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %u values", set->value_count);
    }
    for (size_t r = 0; r < set->row_count; r++) {
        uint32_t value = set_cell(set, r, pair->sample);
        known[value / 64] |= (uint64_t)(value != 0) << (value % 64);
    }
    struct lacking lacking = {.in = in,
                              .sets = {set},
                              .key = pair->reference,
                              .created = (size_t)in->facts->created,
                              .known = known,
                              .first = INT64_MAX};
    lacking.query = (struct query){lacking.sets, 1, 1, set->classes & ~(1U << NORMAL_NONE)};
    struct table_sink rows = {.self = &lacking, .table = on_table, .rows = on_rows};
    int result = look_open(&lacking.look, &lacking.query, 2, err);
    result = result == 0 ? input_stream(reference, &rows, err) : result;
    look_close(&lacking.look);
    *ret_first = lacking.first;
    *ret_count = lacking.count;
    return result;
}
