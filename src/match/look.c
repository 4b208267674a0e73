/* Filters first, slots after, bytes last: most cells of a reference are in no set, and that must cost little. */
#include <stdlib.h>

#include "base/str.h"
#include "match/look.h"

#include "base/banned.h"

int look_open(struct look *look, const struct query *query, size_t columns, struct err *err)
{
    *look = (struct look){.query = query, .columns = columns};
    look->facts = calloc((columns + 1) * TABLE_BATCH_ROWS, sizeof(*look->facts));
    look->values = calloc((columns + 1) * (query->count + 1) * TABLE_BATCH_ROWS, sizeof(*look->values));
    return look->facts != NULL && look->values != NULL
               ? 0
               : err_set(err, ERR_LIMIT, "no memory to read %zu columns", columns);
}

void look_close(struct look *look)
{
    normalizer_close(&look->normalizer);
    buf_free(&look->text);
    free(look->facts);
    free(look->values);
    free(look->candidates);
    *look = (struct look){0};
}

/* Room for a row's candidates: three spellings in every set. */
static int make_room(struct look *look, struct err *err)
{
    size_t needed = look->count + 3 * look->query->count;
    if (needed <= look->room) {
        return 0;
    }
    size_t room = needed + needed / 2 + TABLE_BATCH_ROWS;
    struct look_candidate *candidates = realloc(look->candidates, room * sizeof(*candidates));
    if (candidates == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to look up %zu values", room);
    }
    look->candidates = candidates;
    look->room = room;
    return 0;
}

static void ask(struct look *look, size_t row, enum normal_class class, uint64_t hash, struct str bytes)
{
    for (size_t s = 0; s < look->query->count; s++) {
        const struct set *set = look->query->sets[s];
        if (set_may_hold(set, class, hash)) {
            set_prefetch(set, hash);
            look->candidates[look->count++] = (struct look_candidate){.hash = hash,
                                                                      .offset = (uint32_t)look->text.len,
                                                                      .len = (uint32_t)bytes.len,
                                                                      .set = (uint32_t)s,
                                                                      .row = (uint16_t)row,
                                                                      .class = (uint8_t) class};
            buf_put(&look->text, bytes);
        }
    }
}

/* A number may be a phone without its marks, or an instant. */
static void ask_number(struct look *look, size_t row, struct str number, struct cell_fact *fact)
{
    struct str phone;
    if ((look->query->wanted >> NORMAL_PHONE & 1U) != 0 && normal_number_as_phone(number, &phone)) {
        ask(look, row, NORMAL_PHONE, set_hash(NORMAL_PHONE, phone), phone);
    }
    int64_t seconds;
    if (!normal_number_as_time(number, &seconds)) {
        return;
    }
    fact->seconds = seconds;
    enum normal_class class = seconds % 86400 == 0 ? NORMAL_DATE : NORMAL_TIME;
    if ((look->query->wanted >> class & 1U) != 0) {
        struct str bytes = {(const char *)&seconds, sizeof(seconds)};
        ask(look, row, class, set_hash(class, bytes), bytes);
    }
}

/* In the order they were asked for: a cell's own class comes first. */
static void resolve(struct look *look, size_t at)
{
    for (size_t i = 0; i < look->count; i++) {
        const struct look_candidate *candidate = &look->candidates[i];
        uint32_t *value = &look->values[(candidate->set * look->columns + at) * TABLE_BATCH_ROWS + candidate->row];
        if (*value == 0) {
            *value =
                set_find_hashed(look->query->sets[candidate->set], candidate->hash, (enum normal_class)candidate->class,
                                (struct str){look->text.data + candidate->offset, candidate->len});
        }
    }
}

int look_column(struct look *look, const struct table_batch *batch, size_t c, size_t at, bool day_first,
                unsigned wanted, struct err *err)
{
    const unsigned aliases = 1U << NORMAL_PHONE | 1U << NORMAL_TIME | 1U << NORMAL_DATE;
    struct cell_fact *facts = &look->facts[at * TABLE_BATCH_ROWS];
    look->normalizer.day_first = day_first;
    look->normalizer.wanted = wanted | ((look->query->wanted & aliases) != 0 ? 1U << NORMAL_NUMBER : 0);
    look->count = 0;
    buf_reset(&look->text);
    for (size_t s = 0; s < look->query->count; s++) {
        memset(&look->values[(s * look->columns + at) * TABLE_BATCH_ROWS], 0, batch->rows * sizeof(*look->values));
    }
    for (size_t r = 0; r < batch->rows; r++) {
        struct normal normal;
        TRY(make_room(look, err));
        normal_value(&look->normalizer, batch->cells[r * batch->columns + c], &normal);
        struct cell_fact fact = {.class = (uint8_t)normal.class, .seconds = LOOK_NO_TIME};
        if (normal.class == NORMAL_TIME || normal.class == NORMAL_DATE) {
            fact.seconds = normal.seconds;
        }
        if (normal.class != NORMAL_NONE && (wanted >> normal.class & 1U) != 0) {
            fact.hash = set_hash(normal.class, normal.bytes);
            ask(look, r, normal.class, fact.hash, normal.bytes);
        }
        if (normal.class == NORMAL_NUMBER) {
            ask_number(look, r, normal.bytes, &fact);
        }
        facts[r] = fact;
    }
    resolve(look, at);
    TRY(buf_check(&look->normalizer.scratch, err));
    return buf_check(&look->text, err);
}
