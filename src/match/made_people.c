/* The tests on what stands beside what: names drawn evenly, addresses without the names beside them, genders and places that are
 * dealt out by chance, towns and companies of a grammar. No list of names is needed. */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "match/made_inside.h"
#include "match/made_weigh.h"

#include "base/banned.h"

enum { EVEN_ROWS_LEAST = 20, PAIRS_LEAST = 4, NAMED_ROWS_LEAST = 10, GRAMMAR_LEAST = 8 };

static const double omega_even = .05, omega_unnamed = .1, omega_pairs = .02, omega_grammar = .02, omega_titles = .05,
                    omega_houses = .1;

/* ---- Words drawn evenly ---- */

/* The part of a cell that is drawn: all of it, its first or last word, or what is behind the @. */
enum part { PART_ALL, PART_FIRST_WORD, PART_LAST_WORD, PART_DOMAIN };

static struct str part_of(struct str text, enum part part)
{
    if (part == PART_FIRST_WORD) {
        return str_cut(text, ' ').head;
    }
    char mark = part == PART_DOMAIN ? '@' : ' ';
    size_t at = text.len;
    while (part != PART_ALL && at > 0 && text.data[at - 1] != mark) {
        at--;
    }
    return part == PART_ALL ? text : str_slice(text, at, text.len);
}

static void test_even(const struct made_rows *rows, enum made_kind kind, size_t column, enum part part)
{
    size_t n = 0;
    uint64_t distinct = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str text = part_of(made_text(rows, i, column, &room), part);
        if (text.len > 0 && rows->is_person[i]) {
            rows->keys[n++] = str_hash(text);
        }
    }
    if (n < EVEN_ROWS_LEAST) {
        return;
    }
    made_sort(rows->keys, n);
    for (size_t i = 0; i < n; i++) {
        distinct += i == 0 || rows->keys[i] != rows->keys[i - 1];
    }
    if (distinct < 2) {
        return;
    }
    struct made_test test = {.kind = kind, .column = column, .with = MADE_NO_COLUMN, .k = distinct, .n = n};
    test.value = made_even(rows->keys, n, omega_even);
    made_add(rows, &test);
}

/* ---- Pairs: the same on the left, what is on the right? ---- */

uint64_t made_head_key(struct str text, size_t width, size_t want)
{
    char head[8] = {'0', '0', '0', '0', '0', '0', '0', '0'};
    size_t missing = text.len < width ? width - text.len : 0;
    if (text.len == 0 || want > sizeof(head)) {
        return 0;
    }
    for (size_t i = missing; i < want && i - missing < text.len; i++) {
        head[i] = text.data[i - missing];
    }
    return str_hash((struct str){head, want}) | 1;
}

/* How many bytes the longest number of the column has: a number's leading zeros are gone. 0 if it holds other text. */
static size_t number_width(const struct made_rows *rows, size_t column)
{
    size_t width = 0;
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t value = made_cell(rows, i, column);
        if (value != 0 && set_class(rows->set, value) == NORMAL_NUMBER) {
            struct pack_room room;
            size_t len = set_bytes(rows->set, value, &room).len;
            width = len > width ? len : width;
        }
    }
    return width > 6 ? 0 : width;
}

struct pairing {
    size_t left, right;
    enum part part; /* of the left cell */
    size_t head;    /* bytes of the right one that are compared; 0: all of it */
};

static uint64_t right_key(const struct made_rows *rows, size_t i, const struct pairing *pairing, size_t width)
{
    struct pack_room room;
    struct str text = made_text(rows, i, pairing->right, &room);
    return text.len == 0 ? 0 : pairing->head == 0 ? str_hash(text) | 1 : made_head_key(text, width, pairing->head);
}

/* Chance that two rows taken at random agree on the right: sum of squared shares, without a row against itself. */
static double chance_of(uint64_t *keys, size_t n)
{
    double same = 0;
    made_sort(keys, n);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && keys[to] == keys[from]; to++) {
        }
        same += (double)(to - from) * (double)(to - from - 1);
    }
    return n < 2 ? 1 : same / ((double)n * (double)(n - 1));
}

/* Disjoint pairs of rows that are equal on the left; k of them differ on the right, where chance says how many would. */
static void test_pairs(const struct made_rows *rows, enum made_kind kind, const struct pairing *pairing)
{
    enum { WAITING = 1 << 13 };
    static const struct made_shapes related = {1, 12, 0, 0};
    struct {
        uint64_t left, right;
    } waiting[WAITING];
    memset(waiting, 0, sizeof(waiting));
    uint64_t k = 0, n = 0;
    size_t filled = 0;
    size_t width = number_width(rows, pairing->right);
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str left_text = part_of(made_text(rows, i, pairing->left, &room), pairing->part);
        uint64_t left = left_text.len == 0 ? 0 : str_hash(left_text) | 1;
        uint64_t right = right_key(rows, i, pairing, width);
        if (left == 0 || right == 0 || !rows->is_person[i]) {
            continue;
        }
        rows->keys[filled++] = right;
        size_t at = left % WAITING;
        while (waiting[at].left != 0 && waiting[at].left != left) {
            at = (at + 1) % WAITING;
        }
        if (waiting[at].right == 0) {
            waiting[at].left = left;
            waiting[at].right = right;
        } else {
            n++;
            k += waiting[at].right != right;
            waiting[at].right = 0;
        }
    }
    double differ = 1 - chance_of(rows->keys, filled);
    if (n < PAIRS_LEAST || differ < .2) {
        return;
    }
    struct made_shapes shapes = related;
    shapes.made_a = 20 * fmin(differ, .99);
    shapes.made_b = 20 - shapes.made_a;
    struct made_test test = {.kind = kind, .column = pairing->left, .with = pairing->right, .k = k, .n = n};
    test.expected = differ * (double)n;
    test.value = made_share(k, n, shapes, omega_pairs);
    made_add(rows, &test);
}

/* ---- Names in addresses ---- */

/* Does the part before the @ hold the first letters (four, or three of a short word) of this word of ASCII letters? False in
 * *ret_usable if the word is too short or not of such letters. */
static bool is_named(struct str local, struct str word, bool *ret_usable)
{
    bool is_plain = word.len >= 3;
    for (size_t i = 0; i < word.len; i++) {
        is_plain = is_plain && word.data[i] >= 'a' && word.data[i] <= 'z';
    }
    *ret_usable = *ret_usable || is_plain;
    return is_plain && str_find(local, str_slice(word, 0, word.len > 4 ? 4 : word.len), 0) != SIZE_MAX;
}

static void test_unnamed(const struct made_rows *rows)
{
    size_t names[] = {rows->first, rows->last, rows->full, rows->full};
    static const enum part parts[] = {PART_ALL, PART_ALL, PART_FIRST_WORD, PART_LAST_WORD};
    uint64_t k = 0, n = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str local = str_cut(made_text(rows, i, rows->email, &room), '@').head;
        bool usable = false;
        bool named = false;
        for (size_t w = 0; w < 4; w++) {
            struct pack_room name;
            struct str word = part_of(made_text(rows, i, names[w], &name), parts[w]);
            named = is_named(local, word, &usable) || named;
        }
        if (local.len > 0 && usable && rows->is_person[i]) {
            n++;
            k += !named;
        }
    }
    if (n >= NAMED_ROWS_LEAST) {
        struct made_test test = {.kind = MADE_MAIL_UNNAMED, .column = rows->email, .k = k, .n = n};
        test.with = rows->full != MADE_NO_COLUMN ? rows->full : rows->last != MADE_NO_COLUMN ? rows->last : rows->first;
        test.value = made_share(k, n, (struct made_shapes){2, 4, 12, 1}, omega_unnamed);
        made_add(rows, &test);
    }
}

/* ---- Grammars ---- */

/* "north olga", "port erikaside": a direction before a name. */
static bool is_directed_town(struct str text)
{
    struct str_cut cut = str_cut(text, ' ');
    return cut.found && made_is_direction(cut.head);
}

static bool is_one_word(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == ' ' || s.data[i] == ',') {
            return false;
        }
    }
    return s.len >= 2;
}

/* "hills, roob and kuhn" */
static bool is_triple(struct str text)
{
    struct str_cut first = str_cut(text, ',');
    size_t and = str_find(first.tail, STR(" and "), 0);
    return first.found && and != SIZE_MAX && is_one_word(first.head) &&
           is_one_word(str_trim(str_slice(first.tail, 0, and))) &&
           is_one_word(str_slice(first.tail, and+5, first.tail.len));
}

static bool has_title(struct str text)
{
    struct str_cut cut = {.tail = text, .found = true};
    size_t words = 0;
    bool found = false;
    while (cut.found) {
        cut = str_cut(cut.tail, ' ');
        struct str word = cut.head;
        word.len -= word.len > 0 && word.data[word.len - 1] == '.';
        words++;
        found = found || made_is_title(word);
    }
    return found && words >= 3;
}

/* A column where most have one is a column of salutations and says nothing. */
static void test_titles(const struct made_rows *rows, size_t column)
{
    uint64_t k = 0, n = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str text = made_text(rows, i, column, &room);
        n += text.len > 0 && rows->is_person[i];
        k += text.len > 0 && rows->is_person[i] && has_title(text);
    }
    if (n >= EVEN_ROWS_LEAST && k * 2 <= n) {
        struct made_test test = {.kind = MADE_NAME_TITLES, .column = column, .with = MADE_NO_COLUMN, .k = k, .n = n};
        test.value = made_share(k, n, (struct made_shapes){.2, 20, 4, 20}, omega_titles);
        made_add(rows, &test);
    }
}

/* The first figure of the first number of an address, 0 if it has none or more than five figures. */
static int house_head(struct str text)
{
    size_t at = 0;
    while (at < text.len && (text.data[at] < '0' || text.data[at] > '9')) {
        at++;
    }
    size_t end = at;
    while (end < text.len && text.data[end] >= '0' && text.data[end] <= '9') {
        end++;
    }
    return end == at || end - at > 5 ? 0 : text.data[at] - '0';
}

/* Real house numbers follow Benford's law as far as first figures go (.60 begin with 1 to 3); drawn ones do not (.33). */
static void test_houses(const struct made_rows *rows, size_t column)
{
    uint64_t k = 0, n = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        int head = rows->is_person[i] ? house_head(made_text(rows, i, column, &room)) : 0;
        n += head > 0;
        k += head > 0 && head <= 3;
    }
    if (n >= EVEN_ROWS_LEAST && n * 2 >= rows->count) {
        struct made_test test = {.kind = MADE_HOUSES_EVEN, .column = column, .with = MADE_NO_COLUMN, .k = k, .n = n};
        test.expected = .60 * (double)n;
        test.value = made_share(k, n, (struct made_shapes){30, 20, 33, 66}, omega_houses);
        made_add(rows, &test);
    }
}

/* Over the different values of a column: a town where many live is one town. */
static void test_grammar(const struct made_rows *rows, enum made_kind kind, size_t column, bool (*fits)(struct str),
                         struct made_shapes shapes)
{
    size_t count = 0;
    uint64_t k = 0, n = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        if (made_text(rows, i, column, &room).len > 0) {
            rows->keys[count++] = made_cell(rows, i, column);
        }
    }
    made_sort(rows->keys, count);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || rows->keys[i] != rows->keys[i - 1]) {
            n++;
            struct pack_room room;
            k += fits(set_bytes(rows->set, (uint32_t)rows->keys[i], &room));
        }
    }
    if (n >= GRAMMAR_LEAST) {
        struct made_test test = {.kind = kind, .column = column, .with = MADE_NO_COLUMN, .k = k, .n = n};
        test.value = made_share(k, n, shapes, omega_grammar);
        made_add(rows, &test);
    }
}

/* ---- All ---- */

static void test_column(const struct made_rows *rows, size_t column)
{
    enum made_role role = rows->roles[column];
    if (rows->set->columns[column].class == NORMAL_EMAIL) {
        test_even(rows, MADE_DOMAINS_EVEN, column, PART_DOMAIN);
    }
    if (role == MADE_ROLE_STREET) {
        test_houses(rows, column);
    }
    if (rows->set->columns[column].class != NORMAL_TEXT) {
        return;
    }
    if (column == rows->full) {
        test_titles(rows, column);
        test_even(rows, MADE_NAMES_EVEN, column, PART_FIRST_WORD);
        test_even(rows, MADE_NAMES_EVEN, column, PART_LAST_WORD);
    } else if (role == MADE_ROLE_FIRST || role == MADE_ROLE_LAST || role == MADE_ROLE_CITY ||
               role == MADE_ROLE_COUNTRY || role == MADE_ROLE_REGION || role == MADE_ROLE_JOB) {
        test_even(rows, MADE_NAMES_EVEN, column, PART_ALL);
    }
    if (role == MADE_ROLE_CITY) {
        test_grammar(rows, MADE_CITY_GRAMMAR, column, is_directed_town, (struct made_shapes){1, 14, 10, 10});
    }
    if (role == MADE_ROLE_COMPANY) {
        test_grammar(rows, MADE_COMPANY_GRAMMAR, column, is_triple, (struct made_shapes){.3, 20, 6, 12});
    }
}

static size_t column_for(const struct made_rows *rows, enum made_role role)
{
    for (size_t c = 0; c < rows->set->column_count; c++) {
        if (rows->roles[c] == role) {
            return c;
        }
    }
    return MADE_NO_COLUMN;
}

void made_test_people(const struct made_rows *rows)
{
    for (size_t c = 0; c < rows->set->column_count; c++) {
        test_column(rows, c);
    }
    if (rows->email != MADE_NO_COLUMN) {
        test_unnamed(rows);
    }
    size_t gender = column_for(rows, MADE_ROLE_GENDER);
    size_t city = column_for(rows, MADE_ROLE_CITY);
    size_t region = column_for(rows, MADE_ROLE_REGION);
    size_t postcode = column_for(rows, MADE_ROLE_POSTCODE);
    bool has_first = rows->first != MADE_NO_COLUMN;
    const struct {
        enum made_kind kind;
        struct pairing pairing;
    } tests[] = {{MADE_GENDER_BY_CHANCE,
                  {has_first ? rows->first : rows->full, gender, has_first ? PART_ALL : PART_FIRST_WORD, 0}},
                 {MADE_PLACE_BY_CHANCE, {city, region, PART_ALL, 0}},
                 {MADE_PLACE_BY_CHANCE, {city, postcode, PART_ALL, 2}},
                 {MADE_PLACE_BY_CHANCE, {region, postcode, PART_ALL, 1}}};
    for (size_t t = 0; t < sizeof(tests) / sizeof(*tests); t++) {
        if (tests[t].pairing.left != MADE_NO_COLUMN && tests[t].pairing.right != MADE_NO_COLUMN) {
            test_pairs(rows, tests[t].kind, &tests[t].pairing);
        }
    }
}
