/* Looking for planted rows. The sample's values are looked up, not its rows: a value that many rows have is one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/canaries.h"

#include "base/banned.h"

bool canary_tells(enum normal_class class, struct str spelling)
{
    return class == NORMAL_EMAIL || class == NORMAL_PHONE ||
           (class == NORMAL_SECRET && spelling.len >= CANARY_SECRET_LENGTH);
}

struct sha256 canary_digest(struct str salt, enum normal_class class, struct str spelling)
{
    struct sha256 none = {0};
    OWN(own_buf) struct buf text = {0};
    buf_puts(&text, normal_class_name(class));
    buf_putc(&text, ':');
    buf_put(&text, spelling);
    return text.failed ? none : sha256_of2(salt, buf_str(&text));
}

/* ---- Cells of the list by the sample's values ---- */

struct wanted {
    size_t canary, column;
    uint32_t next; /* the next one with this value, + 1 */
};

struct search {
    struct canaries *canaries;
    const struct set *set;
    size_t set_index;
    const struct evidence_input *in;
    const struct evidence *out;
    uint32_t *first; /* per value of the set: index into all, + 1 */
    struct wanted *all;
    size_t count, room;
    uint64_t *row_found; /* per canary: the columns found in the row being read */
};

static int want(struct search *search, uint32_t value, size_t canary, size_t column, struct err *err)
{
    if (search->count == search->room) {
        size_t room = search->room * 2 + 256;
        struct wanted *all = room < UINT32_MAX ? realloc(search->all, room * sizeof(*all)) : NULL;
        if (all == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu planted values", room);
        }
        search->all = all;
        search->room = room;
    }
    search->all[search->count++] = (struct wanted){canary, column, search->first[value]};
    search->first[value] = (uint32_t)search->count;
    return 0;
}

static int want_plain(struct search *search, struct err *err)
{
    const struct canaries *canaries = search->canaries;
    for (size_t i = 0; i < canaries->count; i++) {
        for (size_t c = 0; c < canaries->column_count; c++) {
            const struct canary_cell *cell = &canaries->all[i].cells[c];
            uint32_t value = cell->tells ? set_find(search->set, (enum normal_class)cell->class, cell->bytes) : 0;
            if (value != 0) {
                TRY(want(search, value, i, c, err));
            }
        }
    }
    return 0;
}

/* One committed value, to be searched for by its digest. */
struct committed {
    const struct canary_cell *cell;
    size_t canary, column;
};

static int by_digest(const void *a, const void *b)
{
    const struct committed *left = a;
    const struct committed *right = b;
    int order = (left->cell->salt > right->cell->salt) - (left->cell->salt < right->cell->salt);
    return order != 0 ? order : memcmp(left->cell->bytes.data, right->cell->bytes.data, SHA256_BYTES);
}

static struct committed *sort_committed(const struct canaries *canaries, size_t *ret_count)
{
    struct committed *all = calloc(canaries->count * canaries->column_count + 1, sizeof(*all));
    size_t count = 0;
    for (size_t i = 0; all != NULL && i < canaries->count; i++) {
        for (size_t c = 0; c < canaries->column_count; c++) {
            const struct canary_cell *cell = &canaries->all[i].cells[c];
            if (cell->tells) {
                all[count++] = (struct committed){cell, i, c};
            }
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof(*all), by_digest);
    }
    *ret_count = count;
    return all;
}

/* The cells committed to under this digest. */
static int want_digest(struct search *search, const struct committed *all, size_t count, uint32_t value,
                       enum normal_class class, struct str spelling, struct err *err)
{
    const struct canaries *canaries = search->canaries;
    for (size_t s = 0; canary_tells(class, spelling) && s < canaries->salt_count; s++) {
        struct sha256 digest = canary_digest(canaries->salts[s], class, spelling);
        struct canary_cell cell = {.salt = (uint8_t)s, .bytes = {(const char *)digest.bytes, SHA256_BYTES}};
        struct committed key = {.cell = &cell};
        const struct committed *hit = bsearch(&key, all, count, sizeof(*all), by_digest);
        while (hit != NULL && hit > all && by_digest(hit - 1, &key) == 0) {
            hit--;
        }
        for (; hit != NULL && hit < all + count && by_digest(hit, &key) == 0; hit++) {
            TRY(want(search, value, hit->canary, hit->column, err));
        }
    }
    return 0;
}

/* Every value of the sample is hashed under every salt; a number that may be a phone, as a phone. */
static int want_committed(struct search *search, struct err *err)
{
    size_t count;
    OWN(own_mem) struct committed *all = sort_committed(search->canaries, &count);
    if (all == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu commitments", search->canaries->count);
    }
    for (uint32_t v = 1; v < search->set->value_count; v++) {
        enum normal_class class = set_class(search->set, v);
        struct pack_room room;
        struct str bytes = set_bytes(search->set, v, &room);
        struct str phone;
        if (class == NORMAL_NONE) {
            continue;
        }
        TRY(want_digest(search, all, count, v, class, bytes, err));
        if (class == NORMAL_NUMBER && normal_number_as_phone(bytes, &phone)) {
            TRY(want_digest(search, all, count, v, NORMAL_PHONE, phone, err));
        }
    }
    return 0;
}

/* ---- The rows of the sample ---- */

/* The sample's column that is the list's column c: by the alignment, else by its name. SIZE_MAX: none. */
static size_t sample_column(const struct search *search, size_t c)
{
    struct str name = search->canaries->columns[c];
    const struct evidence_input *in = search->in;
    for (size_t i = 0; in != NULL && in->sample->set == search->set && i < search->out->column_count; i++) {
        const struct link_pair *pair = &in->sample->pairs[search->out->columns[i].pair];
        if (link_same_name(in->table->columns[pair->reference].name, name)) {
            return pair->sample;
        }
    }
    for (size_t s = 0; s < search->set->column_count; s++) {
        if (link_same_name(search->set->columns[s].name, name)) {
            return s;
        }
    }
    return SIZE_MAX;
}

static bool is_same(const struct search *search, const struct canary_cell *cell, uint32_t value)
{
    int64_t seconds;
    int64_t offset = search->in == NULL ? 0 : search->out->offset_s;
    if (cell->class == NORMAL_TIME && set_seconds(search->set, value, &seconds)) {
        return seconds - offset == cell->seconds;
    }
    return set_find(search->set, (enum normal_class)cell->class, cell->bytes) == value;
}

/* The other cells of a planted row that was found in this row of the sample. */
static void compare_rest(const struct search *search, struct canary *canary)
{
    for (size_t c = 0; c < search->canaries->column_count; c++) {
        const struct canary_cell *cell = &canary->cells[c];
        size_t s = cell->class == NORMAL_NONE ? SIZE_MAX : sample_column(search, c);
        uint32_t value = s == SIZE_MAX ? 0 : set_cell(search->set, canary->row, s);
        uint64_t bit = UINT64_C(1) << c;
        if (value == 0 || (canary->found & bit) != 0) {
            continue;
        }
        if (search->canaries->is_committed) {
            canary->altered |= cell->tells ? bit : 0; /* its value is in another row, or nowhere */
        } else if (is_same(search, cell, value)) {
            canary->found |= bit;
        } else {
            canary->altered |= bit;
        }
    }
}

/* The row that has most of a planted row's cells is the one it is found in. */
static void take_row(struct search *search, size_t row)
{
    const struct set *set = search->set;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t c = 0; c < set->column_count; c++) {
            uint32_t at = search->first[set_cell(set, row, c)];
            for (; at != 0; at = search->all[at - 1].next) {
                const struct wanted *wanted = &search->all[at - 1];
                struct canary *canary = &search->canaries->all[wanted->canary];
                uint64_t *found = &search->row_found[wanted->canary];
                if (pass == 0) {
                    *found |= UINT64_C(1) << wanted->column;
                    continue;
                }
                if (__builtin_popcountll(*found) > __builtin_popcountll(canary->found)) {
                    canary->found = *found;
                    canary->is_found = true;
                    canary->set = search->set_index;
                    canary->row = row;
                }
                *found = 0;
            }
        }
    }
}

static int search_set(struct search *search, struct err *err)
{
    const struct set *set = search->set;
    struct canaries *canaries = search->canaries;
    search->first = calloc((size_t)set->value_count + 1, sizeof(*search->first));
    search->row_found = calloc(canaries->count + 1, sizeof(*search->row_found));
    if (search->first == NULL || search->row_found == NULL) {
        return err_set(err, ERR_LIMIT, "no memory to look for %zu planted rows", canaries->count);
    }
    TRY(canaries->is_committed ? want_committed(search, err) : want_plain(search, err));
    for (size_t r = 0; search->count > 0 && r < set->row_count; r++) {
        take_row(search, r);
    }
    for (size_t i = 0; i < canaries->count; i++) {
        if (canaries->all[i].is_found && canaries->all[i].set == search->set_index) {
            compare_rest(search, &canaries->all[i]);
        }
    }
    return 0;
}

/* ---- Guessing ---- */

/* Whoever made up the sample had one guess per row and telling column. A bound: each guess at each of the planted rows. */
static void bound_guessing(struct canaries *canaries, const struct sets *sample)
{
    double bits = 0;
    size_t telling = 0;
    for (size_t i = 0; i < canaries->count; i++) {
        const struct canary *canary = &canaries->all[i];
        size_t here = 0;
        canaries->found_count += canary->is_found;
        for (size_t c = 0; c < canaries->column_count; c++) {
            here += canary->cells[c].tells;
            bool is_here = canary->is_found && (canary->found >> c & 1U) != 0 && canary->cells[c].tells;
            bits = is_here ? fmax(bits, canary->cells[c].bits) : bits;
        }
        telling = here > telling ? here : telling;
    }
    if (canaries->found_count > 0) {
        double guesses = (double)sample->rows * (double)canaries->count * fmax((double)telling, 1);
        canaries->guess_log10 = fmin(log10(fmax(guesses, 1)) - bits * M_LN2 / M_LN10, 0);
    }
}

int canaries_find(struct canaries *canaries, const struct sets *sample, const struct evidence_input *in,
                  const struct evidence *evidence, struct err *err)
{
    int result = 0;
    for (size_t s = 0; s < sample->count && result == 0; s++) {
        struct search search = {
            .canaries = canaries, .set = &sample->sets[s], .set_index = s, .in = in, .out = evidence};
        result = search_set(&search, err);
        free(search.first);
        free(search.row_found);
        free(search.all);
    }
    bound_guessing(canaries, sample);
    return result;
}
