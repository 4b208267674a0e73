/* Columns and their counts. What a cell is, is asked of the detectors (kind_list.h); what a name says, of kind_words; what the counts
 * mean, of kind_judge.c. Memory is fixed per column when it is opened, but for the schemes of kinds that were seen and the members
 * of JSON. */
#include "reach/kinds.h"

#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "reach/kind_json.h"
#include "reach/kinds_inside.h"

#include "base/banned.h"

const struct kind_detector *const kind_detectors[KINDS_COUNT] = {
#define KIND(id) &kind_##id,
#include "reach/kind_list.h"
#undef KIND
};

/* ---- opening ---- */

static bool word_is(const struct kind_words *words, struct str wanted)
{
    for (size_t i = 0; i < words->count; i++) {
        if (str_eq(words->words[i], wanted)) {
            return true;
        }
    }
    return false;
}

/* A type that no value of the kind has takes the name's hint back: `email BOOLEAN`, `password DATE`. */
static void mind_type(struct column *column, struct str type)
{
    bool is_flag = str_starts(type, STR("bool")) || str_starts(type, STR("BOOL")) || str_eq_nocase(type, STR("bit")) ||
                   str_eq_nocase(type, STR("tinyint(1)")) || str_eq_nocase(type, STR("bit(1)"));
    bool is_time =
        str_find_nocase(type, STR("date"), 0) != SIZE_MAX || str_find_nocase(type, STR("time"), 0) != SIZE_MAX;
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        bool has_flags = kind == KIND_gender || kind == KIND_health || kind == KIND_union;
        if ((is_flag && !has_flags) || (is_time && kind != KIND_birth_date)) {
            column->hints.hint[kind] = KIND_HINT_NONE;
        }
    }
}

static void count_partner(struct kinds *kinds, const struct column *column)
{
    const char *part = column->hints.part[KIND_location];
    bool is_half = part != NULL && column->hints.hint[KIND_location] == KIND_HINT_STRONG;
    kinds->latitudes += is_half && strcmp(part, "latitude") == 0;
    kinds->longitudes += is_half && strcmp(part, "longitude") == 0;
    kinds->streets += column->hints.hint[KIND_address] >= KIND_HINT_PLAIN;
    kinds->salts += column->has_salt_name;
}

static struct gate gate_of(const struct kind_detector *detector, unsigned char kind)
{
    struct gate gate = {.kind = kind, .min = detector->min, .max = CELL_BYTES, .digits_max = 255};
    gate.needs[0] = detector->needs[0] != 0 ? detector->needs[0] : CELL_ANY;
    gate.needs[1] = detector->needs[1] != 0 ? detector->needs[1] : CELL_ANY;
    if (detector->max == 0) {
        gate.max = UINT16_MAX;
        gate.takes_long = true;
        return gate;
    }
    gate.max = detector->max;
    gate.refused = detector->takes != 0 ? CELL_ANY & ~detector->takes : 0;
    if (detector->digits_max != 0) {
        gate.digits_min = detector->digits_min;
        gate.digits_max = detector->digits_max;
    }
    return gate;
}

static int open_column(struct kinds *kinds, struct column *column, const struct kind_column *given, struct err *err)
{
    struct kind_words words;
    kind_words_read(&words, given->name);
    kind_words_hints(&words, &column->hints);
    column->has_salt_name = word_is(&words, STR("salt"));
    column->is_numbered = kind_words_is_numbered(&words);
    mind_type(column, given->type);
    count_partner(kinds, column);
    kind_words_read(&words, given->table);
    column->table = kind_words_table(&words);
    column->is_medical = kind_words_is_medical(&words);
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        const struct kind_detector *detector = kind_detectors[kind];
        bool is_asked =
            detector->is != NULL && (!detector->is_asked_by_name || column->hints.hint[kind] != KIND_HINT_NONE);
        if (is_asked) {
            column->gates[column->gate_count++] = gate_of(detector, (unsigned char)kind);
        }
    }
    column->seen = ARENA_NEW(&kinds->arena, uint64_t, KINDS_TABLE, err);
    column->numbers = ARENA_NEW(&kinds->arena, uint64_t, NUMBERS_MAX, err);
    return column->seen == NULL || column->numbers == NULL ? -1 : 0;
}

static int32_t this_year(void)
{
    int64_t year;
    unsigned month, day;
    time_date(time_now() / NS_PER_S / 86400, &year, &month, &day);
    return (int32_t)year;
}

int kinds_open(const struct kind_column *columns, size_t count, struct kinds **ret_kinds, struct err *err)
{
    if (count > KINDS_COLUMNS_MAX) {
        return err_set(err, ERR_LIMIT, "a table of more than %d columns", KINDS_COLUMNS_MAX);
    }
    OWN(own_kinds) struct kinds *kinds = calloc(1, sizeof(*kinds));
    if (kinds == NULL) {
        return err_no_memory(err);
    }
    arena_init(&kinds->arena, KINDS_BYTES);
    kinds->count = count;
    kinds->year = this_year();
    kinds->columns = ARENA_NEW(&kinds->arena, struct column, count, err);
    if (kinds->columns == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(open_column(kinds, &kinds->columns[i], &columns[i], err));
    }
    *ret_kinds = kinds;
    kinds = NULL;
    return 0;
}

void kinds_close(struct kinds *kinds)
{
    if (kinds != NULL) {
        arena_clear(&kinds->arena);
        free(kinds);
    }
}

void own_kinds(struct kinds **kinds)
{
    kinds_close(*kinds);
}

/* ---- rows ---- */

/* True the first time, as long as values are still told apart. */
static bool is_new(struct column *column, struct str text)
{
    if (column->distinct >= KINDS_DISTINCT) {
        return false;
    }
    uint64_t hash = str_hash(str_slice(text, 0, CELL_BYTES)) + text.len;
    hash = hash == 0 ? 1 : hash;
    for (size_t at = hash % KINDS_TABLE;; at = (at + 1) % KINDS_TABLE) {
        if (column->seen[at] == hash) {
            return false;
        }
        if (column->seen[at] == 0) {
            column->seen[at] = hash;
            column->distinct++;
            return true;
        }
    }
}

static bool may_be(const struct gate *gate, const struct kind_cell *cell)
{
    if (cell->is_long) {
        return gate->takes_long;
    }
    return (cell->classes & gate->refused) == 0 && cell->text.len >= gate->min && cell->text.len <= gate->max &&
           cell->digits >= gate->digits_min && cell->digits <= gate->digits_max &&
           (cell->classes & gate->needs[0]) != 0 && (cell->classes & gate->needs[1]) != 0;
}

static void count_slot(struct kinds *kinds, const struct kind_detector *detector, struct tally *tally,
                       const struct kind_ask *ask, bool is_first)
{
    if (detector->slots == 0) {
        return;
    }
    if (tally->slots == NULL) {
        tally->slots = ARENA_NEW(&kinds->arena, struct kind_slot, detector->slots, NULL);
        if (tally->slots == NULL) {
            kinds->is_short = true;
            return;
        }
    }
    struct kind_slot *slot = &tally->slots[ask->slot];
    slot->min = slot->k == 0 || ask->param < slot->min ? ask->param : slot->min;
    slot->max = slot->k == 0 || ask->param > slot->max ? ask->param : slot->max;
    slot->k++;
    slot->distinct += is_first;
}

static void count_number(struct column *column, const struct kind_cell *cell)
{
    uint64_t value;
    if (cell->digits != cell->text.len || cell->digits < NUMBER_DIGITS || !str_u64(cell->text, &value)) {
        return;
    }
    if (column->number_count < NUMBERS_MAX) {
        column->numbers[column->number_count++] = value;
    }
}

/* ---- members of JSON ---- */

/* NULL: no more room. */
static const struct member *member_of(struct inside *inside, struct str name)
{
    uint64_t hash = str_hash(str_slice(name, 0, WORDS_BYTES));
    for (size_t i = 0; i < inside->member_count; i++) {
        if (inside->members[i].hash == hash) {
            return &inside->members[i];
        }
    }
    if (inside->member_count == MEMBERS_MAX) {
        return NULL;
    }
    struct member *member = &inside->members[inside->member_count++];
    struct kind_words words;
    struct kind_hints hints;
    kind_words_read(&words, name);
    kind_words_hints(&words, &hints);
    member->hash = hash;
    for (size_t kind = 0; kind < KINDS_COUNT && member->count < MEMBER_KINDS; kind++) {
        if (hints.hint[kind] >= KIND_HINT_PLAIN && kind_detectors[kind]->is != NULL) {
            member->hinted[member->count].kind = (unsigned char)kind;
            member->hinted[member->count].hint = hints.hint[kind];
            member->hinted[member->count++].part = hints.part[kind];
        }
    }
    return member;
}

static void look_at_member(const struct kinds *kinds, const struct member *member, struct str value,
                           bool is_seen[static KINDS_COUNT])
{
    struct kind_cell cell;
    if (member->count == 0) {
        return;
    }
    kind_cell_read(&cell, value);
    for (unsigned i = 0; i < member->count; i++) {
        unsigned char kind = member->hinted[i].kind;
        struct gate gate = gate_of(kind_detectors[kind], kind);
        struct kind_ask ask = {&cell, member->hinted[i].hint, member->hinted[i].part, kinds->year, false, 0, 0};
        is_seen[kind] = is_seen[kind] || (may_be(&gate, &cell) && kind_detectors[kind]->is(&ask) == KIND_YES);
    }
}

static void look_inside(struct kinds *kinds, struct column *column, struct str text)
{
    struct kind_json json = {.text = str_slice(text, 0, CELL_TEXT_BYTES)};
    struct str name, value;
    bool is_seen[KINDS_COUNT] = {false};
    if (column->inside == NULL) {
        column->inside = ARENA_NEW(&kinds->arena, struct inside, 1, NULL);
        if (column->inside == NULL) {
            kinds->is_short = true;
            return;
        }
    }
    while (kind_json_next(&json, &name, &value)) {
        const struct member *member = member_of(column->inside, name);
        value = str_trim(value);
        if (member != NULL && value.len > 0) {
            look_at_member(kinds, member, value, is_seen);
        }
    }
    for (size_t kind = 0; kind < KINDS_COUNT; kind++) {
        column->inside->k[kind] += is_seen[kind];
    }
}

static void look_at(struct kinds *kinds, struct column *column, struct str trimmed)
{
    struct kind_cell cell;
    kind_cell_read(&cell, trimmed);
    bool is_first = is_new(column, trimmed);
    column->n++;
    if (trimmed.data[0] == '{' || trimmed.data[0] == '[') {
        look_inside(kinds, column, trimmed);
    }
    if (is_first) {
        count_number(column, &cell);
    }
    for (size_t i = 0; i < column->gate_count; i++) {
        if (!may_be(&column->gates[i], &cell)) {
            continue;
        }
        size_t kind = column->gates[i].kind;
        const struct kind_detector *detector = kind_detectors[kind];
        struct kind_ask ask = {&cell, column->hints.hint[kind], column->hints.part[kind], kinds->year, is_first, 0, 0};
        enum kind_is is = detector->is(&ask);
        struct tally *tally = &column->tallies[kind];
        if (is != KIND_NO) {
            tally->m++;
            tally->m_distinct += is_first;
        }
        if (is == KIND_YES) {
            tally->k++;
            tally->k_distinct += is_first;
            count_slot(kinds, detector, tally, &ask, is_first);
        }
    }
}

void kinds_rows(struct kinds *kinds, const struct str *cells, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < kinds->count; c++) {
            struct str text = str_trim(cells[r * kinds->count + c]);
            if (text.len > 0) {
                look_at(kinds, &kinds->columns[c], text);
            }
        }
    }
}
