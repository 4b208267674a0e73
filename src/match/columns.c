/* Which sample column is which column of the table, and what kind of column it is (docs/statistics.md, A.1). */
#include <math.h>

#include "base/str.h"
#include "match/columns.h"
#include "match/guessable.h"

#include "base/banned.h"

enum { DIGEST_REPEATS_LEAST = 3 /* rows that somebody copied may be two */ };

const char *column_class_name(enum column_class class)
{
    static const char *const names[] = {"none", "shared", "pairing", "source-issued", "source-secret"};
    return names[class];
}

/* Creation comes before change in every row, here as there. Told apart by that only where the rows agree equally well. */
static double out_of_order(const struct evidence_input *in, const struct link_pair *pair)
{
    size_t here = roles_place_here(in->sample->set, pair->sample);
    size_t there = roles_place_there(in->table, pair->reference);
    return .05 * fmin(fabs((double)here - (double)there), 4);
}

/* Pairs compete by how well their linked rows agree, then by containment, then by name. */
static double merit(const struct evidence_input *in, size_t p, uint64_t agree, uint64_t comparable)
{
    const struct link_pair *pair = &in->sample->pairs[p];
    const struct set_column *here = &in->sample->set->columns[pair->sample];
    const struct ref_column *there = &in->table->columns[pair->reference];
    double merit = comparable >= 3 ? 4 * (double)agree / (double)comparable : 0;
    merit += pair->n == 0 ? 0 : (double)pair->k / (double)pair->n;
    merit += link_same_name(here->name, there->name) ? .5 : 0;
    merit += here->class == there->class ? .25 : 0;
    return pair->is_time ? merit - out_of_order(in, pair) : merit;
}

bool columns_agree(const struct linkage *linkage, size_t row, size_t p, int64_t offset_s)
{
    const struct link_pair *pair = &linkage->pairs[p];
    if (pair->is_time) {
        int64_t difference = links_difference(&linkage->links, row, pair->time);
        if (difference != LINK_NO_TIME) {
            return difference == offset_s;
        }
    }
    return links_agree(&linkage->links, row, p);
}

/* Per pair: linked rows that can be compared in it; of them those that agree. */
static void agreement(const struct evidence_input *in, int64_t offset_s, uint64_t *agree, uint64_t *comparable)
{
    const struct linkage *sample = in->sample;
    memset(agree, 0, sample->pair_count * sizeof(*agree));
    memset(comparable, 0, sample->pair_count * sizeof(*comparable));
    for (size_t r = 0; r < sample->set->row_count; r++) {
        for (size_t p = 0; links_hits(&sample->links, r) == 1 && p < sample->pair_count; p++) {
            if (columns_comparable(sample, r, p)) {
                comparable[p]++;
                agree[p] += columns_agree(sample, r, p, offset_s);
            }
        }
    }
}

/* A small number in another numbered column, a date among other dates, times or secrets without agreement: such a pair is
 * believed only if its rows agree, or if the names say that they should. */
static bool is_plausible(const struct evidence_input *in, size_t p, uint64_t agree, uint64_t comparable)
{
    const struct link_pair *pair = &in->sample->pairs[p];
    enum normal_class class = in->sample->set->columns[pair->sample].class;
    struct str here = in->sample->set->columns[pair->sample].name;
    struct str there = in->table->columns[pair->reference].name;
    if (pair->is_time && link_contrary_meaning(here, there)) {
        return false;
    }
    bool weak = class == NORMAL_NUMBER || class == NORMAL_DATE || class == NORMAL_DECIMAL || class == NORMAL_TIME ||
                pair->k == 0;
    if (!weak || agree * 5 >= comparable) {
        return !weak || comparable > 0 || pair->k > 0;
    }
    return class == NORMAL_SECRET || link_same_meaning(here, there);
}

/* Of pairs as good as each other, the ones that stand first. */
static bool beats(const struct linkage *sample, const double *merits, size_t p, size_t best)
{
    const struct link_pair *one = &sample->pairs[p];
    const struct link_pair *other = &sample->pairs[best];
    if (fabs(merits[p] - merits[best]) > 1e-9) {
        return merits[p] > merits[best];
    }
    return one->sample != other->sample ? one->sample < other->sample : one->reference < other->reference;
}

void columns_align(const struct evidence_input *in, int64_t offset_s, struct aligned *columns, size_t *ret_count)
{
    const struct linkage *sample = in->sample;
    double merits[LINK_PAIRS_MAX];
    uint64_t agree[LINK_PAIRS_MAX], comparable[LINK_PAIRS_MAX];
    bool taken[LINK_PAIRS_MAX] = {false};
    size_t count = 0;
    agreement(in, offset_s, agree, comparable);
    for (size_t p = 0; p < sample->pair_count; p++) {
        merits[p] = merit(in, p, agree[p], comparable[p]);
        taken[p] = !is_plausible(in, p, agree[p], comparable[p]);
    }
    for (;;) {
        size_t best = LINK_PAIRS_MAX;
        for (size_t p = 0; p < sample->pair_count; p++) {
            if (!taken[p] && (best == LINK_PAIRS_MAX || beats(in->sample, merits, p, best))) {
                best = p;
            }
        }
        if (best == LINK_PAIRS_MAX) {
            break;
        }
        columns[count++] = (struct aligned){.pair = best, .agree = agree[best], .comparable = comparable[best]};
        for (size_t p = 0; p < sample->pair_count; p++) {
            taken[p] = taken[p] || sample->pairs[p].sample == sample->pairs[best].sample ||
                       sample->pairs[p].reference == sample->pairs[best].reference;
        }
    }
    *ret_count = count;
}

bool columns_near_unique(const struct ref_facts *facts, size_t column)
{
    return facts->filled[column] > 0 && facts->distinct[column] >= .9 * (double)facts->filled[column];
}

/* The column by which people are known: e-mail, without one a phone. */
static bool is_link(const struct linkage *sample, size_t p)
{
    int email = sample->via_pair[LINK_EMAIL];
    return email == (int)p || (email < 0 && sample->via_pair[LINK_PHONE] == (int)p);
}

enum { VALUES_LOOKED_AT = 100, PHONE_DIGITS_LEAST = 7 };

/* Are the table's values in this column, as far as one looks, all so? False without any. The sample is not asked: whoever wrote it
 * would choose the answer. */
static bool values_are(const struct evidence_input *in, size_t p, bool (*is_so)(enum normal_class, struct str))
{
    const struct set *rows = in->table_rows;
    size_t column = in->sample->pairs[p].reference;
    size_t looked = 0;
    for (size_t r = 0; rows != NULL && r < rows->row_count && looked < VALUES_LOOKED_AT; r++) {
        uint32_t value = set_cell(rows, r, column);
        struct pack_room room;
        if (value != 0 && !is_so(set_class(rows, value), set_bytes(rows, value, &room))) {
            return false;
        }
        looked += value != 0;
    }
    return looked > 0;
}

static bool is_phone_long(enum normal_class class, struct str bytes)
{
    return class == NORMAL_PHONE || (class == NORMAL_NUMBER && bytes.len >= PHONE_DIGITS_LEAST);
}

static bool says(struct str name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find_nocase(name, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Digits alone are a phone where the name says so. */
static bool is_named_phone(const struct evidence_input *in, size_t p)
{
    static const char *const words[] = {"phone", "telef", "mobil", "msisdn", "cell", "handy", "gsm"};
    struct str name = in->table->columns[in->sample->pairs[p].reference].name;
    return (says(name, words, sizeof(words) / sizeof(*words)) || str_eq_nocase(name, STR("tel"))) &&
           values_are(in, p, is_phone_long);
}

bool columns_is_phone(const struct evidence_input *in, size_t p)
{
    enum normal_class class = in->table->columns[in->sample->pairs[p].reference].class;
    return in->sample->via_pair[LINK_PHONE] == (int)p || class == NORMAL_PHONE ||
           (class == NORMAL_NUMBER && is_named_phone(in, p));
}

/* What names a row stands in addresses and is handed to partners like any number, however long and random: UUIDs, unless the
 * column's name says that it is kept, and whatever is called an id. */
static bool names_a_row(const struct evidence_input *in, size_t p)
{
    static const char *const kept[] = {"token", "secret", "session", "key", "pass", "pwd", "reset", "nonce", "salt"};
    struct str name = in->table->columns[in->sample->pairs[p].reference].name;
    bool is_id = str_ends_nocase(name, STR("_id")) || str_ends(name, STR("Id")) || str_eq_nocase(name, STR("id")) ||
                 str_ends_nocase(name, STR("uuid")) || str_ends_nocase(name, STR("guid"));
    return !says(name, kept, sizeof(kept) / sizeof(*kept)) && (is_id || values_are(in, p, guessable_is_uuid));
}

/* Bare digests of passwords in a table that has no salts: what one service stores, another that hashes alike stores too. */
static bool is_password_without_salt(const struct evidence_input *in, size_t p)
{
    static const char *const passwords[] = {"pass", "pwd", "pw", "hash"};
    static const char *const salts[] = {"salt"};
    if (!says(in->table->columns[in->sample->pairs[p].reference].name, passwords, 4)) {
        return false;
    }
    for (size_t c = 0; c < in->table->column_count; c++) {
        if (says(in->table->columns[c].name, salts, 1)) {
            return false;
        }
    }
    return values_are(in, p, guessable_is_digest);
}

/* Unsalted digests repeat, as some passwords are many people's. Salted ones and tokens never do. Among the rows that were kept it is
 * known exactly; over the whole table up to the error of the count (docs/statistics.md, A.1), which is why a few of many may
 * only be seen among those. */
static bool is_repeated_digest(const struct evidence_input *in, size_t p)
{
    size_t column = in->sample->pairs[p].reference;
    double share = in->facts->distinct[column] / fmax((double)in->facts->filled[column], 1);
    if (in->table_rows == NULL) {
        return share < .99 && values_are(in, p, guessable_is_digest);
    }
    const struct set_column *kept = &in->table_rows->columns[column];
    uint64_t repeats = kept->filled - kept->distinct;
    bool some = repeats >= DIGEST_REPEATS_LEAST && repeats * 500 >= kept->filled;
    return (some || share < .96) && values_are(in, p, guessable_is_digest);
}

/* A near-unique column of secrets or of times. */
static enum column_class classify_unique(const struct evidence_input *in, struct aligned *aligned, bool is_secret)
{
    enum column_class class = COLUMN_SECRET;
    aligned->why = guessable_why(in->table_rows, in->sample->pairs[aligned->pair].reference, &class);
    if (aligned->why != NULL || !is_secret) {
        return aligned->why != NULL ? class : COLUMN_SECRET;
    }
    if (is_repeated_digest(in, aligned->pair)) {
        aligned->why = "digests that repeat: they look unsalted, and the same password gives the same one elsewhere";
        return COLUMN_PAIRING;
    }
    if (is_password_without_salt(in, aligned->pair)) {
        aligned->why =
            "bare digests of passwords, and the table has no salts: the same password may give the same one elsewhere";
        return COLUMN_PAIRING;
    }
    return names_a_row(in, aligned->pair) ? COLUMN_ISSUED : COLUMN_SECRET;
}

static enum column_class classify(const struct evidence_input *in, struct aligned *aligned)
{
    const struct link_pair *pair = &in->sample->pairs[aligned->pair];
    const struct ref_column *column = &in->table->columns[pair->reference];
    bool unique = columns_near_unique(in->facts, pair->reference);
    enum normal_class class = columns_is_phone(in, aligned->pair) ? NORMAL_PHONE : column->class;
    class = pair->is_time ? NORMAL_TIME : class;
    switch (class) {
    case NORMAL_EMAIL:
        return COLUMN_SHARED;
    case NORMAL_PHONE:
    case NORMAL_TEXT:
    case NORMAL_DATE:
        return is_link(in->sample, aligned->pair) || in->sample->via_pair[LINK_EMAIL] < 0 ? COLUMN_SHARED
                                                                                          : COLUMN_PAIRING;
    case NORMAL_TIME:
        aligned->why = "its times repeat: nine in ten of the database's values must be distinct";
        return unique ? classify_unique(in, aligned, false) : COLUMN_PAIRING;
    case NORMAL_SECRET:
        aligned->why = "its values repeat: nine in ten of the database's values must be distinct";
        return unique ? classify_unique(in, aligned, true) : COLUMN_PAIRING;
    case NORMAL_NUMBER:
        aligned->why = unique ? NULL : "small numbers match anything";
        return unique ? COLUMN_ISSUED : COLUMN_NONE;
    case NORMAL_DECIMAL:
        aligned->why = "small numbers match anything";
        return COLUMN_NONE;
    case NORMAL_NONE:
    case NORMAL_CLASSES:
        break;
    }
    return COLUMN_NONE;
}

void columns_classify(const struct evidence_input *in, struct aligned *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct aligned *aligned = &columns[i];
        aligned->class = classify(in, aligned);
        aligned->is_counted = aligned->class == COLUMN_SECRET || aligned->class == COLUMN_ISSUED;
        if ((int)in->sample->pairs[aligned->pair].reference == in->facts->updated) {
            aligned->is_counted = false;
            aligned->why = "it changes: it dates the export, and does not show its source";
        }
        if (in->sample->via_pair[LINK_EMAIL] < 0 && in->sample->via_pair[LINK_PHONE] < 0 &&
            in->sample->via_pair[LINK_SECRET] < 0 && aligned->is_counted) {
            aligned->is_counted = false;
            aligned->why = "no e-mail, phone or long secret links the rows it would be compared in";
        }
    }
}
