/* The tests on single columns: what values are in themselves, and how times lie. Every one has its null in docs/statistics.md. */
#include <math.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "match/made_form.h"
#include "match/made_inside.h"
#include "match/made_weigh.h"

#include "base/banned.h"

enum {
    FORM_ROWS_LEAST = 3,
    CARD_ROWS_LEAST = 5,
    HEX_LEAST = 320,
    MINUTE_ROWS_LEAST = 10,
    CLOCK_ROWS_LEAST = 30,
    PHONE_ROWS_LEAST = 8
};

/* Shares of real tables that show it all the same [A]. */
static const double omega_form = .001, omega_salt = .1, omega_repeated = .01, omega_uuid = .05, omega_iban = .002,
                    omega_card = .01, omega_hex = .01, omega_reserved = .01, omega_fiction = .01, omega_extension = .02,
                    omega_placeholder = .01, omega_serial = .05, omega_digest = .005, omega_minute = .05,
                    omega_clock = .1;

/* ---- Shared ---- */

struct str made_text(const struct made_rows *rows, size_t i, size_t column, struct pack_room *room)
{
    uint32_t value = made_cell(rows, i, column);
    enum normal_class class = value == 0 ? NORMAL_NONE : set_class(rows->set, value);
    bool is_instant = class == NORMAL_TIME || class == NORMAL_DATE;
    return value == 0 || is_instant ? (struct str){NULL, 0} : set_bytes(rows->set, value, room);
}

void made_add(const struct made_rows *rows, const struct made_test *test)
{
    struct made *out = rows->out;
    if (out->count == MADE_TESTS_MAX) {
        out->untested++;
        return;
    }
    out->tests[out->count] = *test;
    out->tests[out->count++].counted = test->value;
}

static int by_key(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;
    return (*left > *right) - (*left < *right);
}

void made_sort(uint64_t *keys, size_t count)
{
    if (count > 1) {
        qsort(keys, count, sizeof(*keys), by_key);
    }
}

static size_t largest_group(const uint64_t *keys, size_t n)
{
    size_t largest = 0;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && keys[to] == keys[from]; to++) {
        }
        largest = to - from > largest ? to - from : largest;
    }
    return largest;
}

static void add_defects(const struct made_rows *rows, enum made_kind kind, size_t column, uint64_t k, uint64_t n,
                        double chance, double omega)
{
    struct made_test test = {.kind = kind, .column = column, .with = MADE_NO_COLUMN, .k = k, .n = n};
    test.value = made_defects(k, n, chance, omega);
    made_add(rows, &test);
}

/* ---- Structure ---- */

/* One hash under several addresses: rows of the groups that hold two or more. Sorted keys: the hash's number, then the address's. */
static uint64_t repeated_rows(const uint64_t *keys, size_t n)
{
    uint64_t k = 0;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && keys[to] >> 32 == keys[from] >> 32; to++) {
        }
        k += keys[from] != keys[to - 1] ? to - from : 0;
    }
    return k;
}

static void test_hashes(const struct made_rows *rows, size_t column)
{
    uint64_t n = 0, bad = 0, salt = 0, bcrypts = 0;
    size_t addressed = 0;
    double chance = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str text = made_text(rows, i, column, &room);
        struct made_hash hash = made_hash(text);
        if (hash.form == MADE_FORM_NONE) {
            continue;
        }
        n++;
        chance += hash.chance;
        bad += hash.form == MADE_FORM_BAD;
        salt += hash.form == MADE_FORM_SALT;
        bcrypts += hash.form != MADE_FORM_BAD && str_starts(text, STR("$2"));
        uint32_t email = made_cell(rows, i, rows->email);
        if (email != 0) {
            rows->keys[addressed++] = (uint64_t)made_cell(rows, i, column) << 32 | email;
        }
    }
    if (n >= FORM_ROWS_LEAST) {
        add_defects(rows, MADE_HASH_FORM, column, bad, n, chance / (double)n, omega_form);
    }
    if (bcrypts >= FORM_ROWS_LEAST) {
        add_defects(rows, MADE_HASH_SALT, column, salt, bcrypts, 15.0 / 16, omega_salt);
    }
    if (addressed >= FORM_ROWS_LEAST) {
        made_sort(rows->keys, addressed);
        add_defects(rows, MADE_HASH_REPEATED, column, repeated_rows(rows->keys, addressed), addressed, .95,
                    omega_repeated);
    }
}

/* Values of one form; those that lack it by far (fewer than nine in ten are such values) are no such column. */
static void test_form(const struct made_rows *rows, size_t column, enum made_kind kind,
                      enum made_form (*look)(struct str), double chance, double omega, uint64_t least)
{
    uint64_t n = 0, bad = 0, filled = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str text = made_text(rows, i, column, &room);
        enum made_form form = look(text);
        filled += text.len > 0;
        n += form != MADE_FORM_NONE;
        bad += form == MADE_FORM_BAD;
    }
    if (n >= least && n * 10 >= filled * 9) {
        add_defects(rows, kind, column, bad, n, chance, omega);
    }
}

/* ---- Hex ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hex of a digest's or a UUID's length. */
static bool is_long_hex(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (hex_digit(s.data[i]) < 0) {
            return false;
        }
    }
    return s.len == 32 || s.len == 40 || s.len == 64 || s.len == 96 || s.len == 128;
}

/* Letters and figures of a digest's length, in a column that says it is one: a letter beyond f is wrong; 10 of 36 random ones are not. */
static enum made_form digest_form(struct str s)
{
    bool is_hex = true;
    if (s.len != 32 && s.len != 40 && s.len != 64) {
        return MADE_FORM_NONE;
    }
    for (size_t i = 0; i < s.len; i++) {
        char c = s.data[i] >= 'A' && s.data[i] <= 'Z' ? (char)(s.data[i] | 0x20) : s.data[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'z')) {
            return MADE_FORM_NONE;
        }
        is_hex = is_hex && hex_digit(c) >= 0;
    }
    return is_hex ? MADE_FORM_GOOD : MADE_FORM_BAD;
}

struct hex_tally {
    uint64_t digits[16], all, pairs, mixed; /* mixed: pairs of a figure and a letter */
};

static void tally_hex(struct hex_tally *tally, struct str s)
{
    int before = -1;
    for (size_t i = 0; i < s.len; i++) {
        bool fixed = s.len == 32 && (i == 12 || i == 16); /* a UUID's version and variant */
        int digit = fixed ? -1 : hex_digit(s.data[i]);
        if (digit < 0) {
            before = -1;
            continue;
        }
        tally->digits[digit]++;
        tally->all++;
        if (before >= 0) {
            tally->pairs++;
            tally->mixed += (before < 10) != (digit < 10);
            before = -1; /* the next pair shares nothing with this one */
        } else {
            before = digit;
        }
    }
}

/* Both tests are exact for random bits; twice the smaller probability pays for taking the better one. */
static void test_hex(const struct made_rows *rows, size_t column)
{
    struct hex_tally tally = {0};
    size_t distinct = 0;
    size_t uuids = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str text = made_text(rows, i, column, &room);
        if (is_long_hex(text)) {
            rows->keys[distinct++] = made_cell(rows, i, column);
            uuids += made_uuid(text) == MADE_FORM_GOOD;
        }
    }
    /* Where nearly all have a UUID's form (one random one in eight has), only those of version 4 are random. */
    bool are_uuids = uuids * 20 >= distinct * 19;
    made_sort(rows->keys, distinct);
    for (size_t i = 0; i < distinct; i++) {
        struct pack_room room;
        struct str text = set_bytes(rows->set, (uint32_t)rows->keys[i], &room);
        bool is_random = !are_uuids || text.data[12] == '4';
        if (is_random && (i == 0 || rows->keys[i] != rows->keys[i - 1])) {
            tally_hex(&tally, text);
        }
    }
    if (tally.all < HEX_LEAST) {
        return;
    }
    double each = (double)tally.all / 16;
    double square = 0;
    uint64_t most = 0;
    for (int d = 0; d < 16; d++) {
        square += ((double)tally.digits[d] - each) * ((double)tally.digits[d] - each) / each;
        most = tally.digits[d] > most ? tally.digits[d] : most;
    }
    const double mixed = 2 * (10.0 / 16) * (6.0 / 16);
    double pairs = (double)tally.pairs;
    double z = fabs((double)tally.mixed - pairs * mixed) / sqrt(pairs * mixed * (1 - mixed));
    double p = fmin(1, 2 * fmin(made_chi_square_p(square, 15), erfc(z / M_SQRT2)));
    struct made_test test = {.kind = MADE_HEX_UNEVEN, .column = column, .with = MADE_NO_COLUMN};
    test.k = tally.mixed;
    test.n = tally.pairs;
    test.expected = pairs * mixed;
    test.value = made_from_p(p, omega_hex);
    made_add(rows, &test);
}

/* ---- Mail, phones, words ---- */

static bool is_figure(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 2606, RFC 6761 as in rows.c would be twice the same: the second level is enough here. */
static bool is_reserved(struct str email)
{
    static const char *const ends[] = {"@example.com", "@example.org", "@example.net", ".test",
                                       ".example",     ".invalid",     ".localhost"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        if (str_ends(email, str_of(ends[i]))) {
            return true;
        }
    }
    return false;
}

/* "user17@mail.zz": its word as the upper bits of a key, its number as the lower ones; 0 without a number of at most seven figures. */
static uint64_t serial_key(struct str email)
{
    struct str local = str_cut(email, '@').head;
    uint64_t number = 0;
    size_t len = local.len;
    while (len > 0 && is_figure(local.data[len - 1])) {
        len--;
    }
    if (len == local.len || local.len - len > 7 || !str_u64(str_slice(local, len, local.len), &number)) {
        return 0;
    }
    return (str_hash(str_slice(local, 0, len)) << 24) | (number + 1);
}

/* Of sorted keys: those that stand in a run of consecutive numbers of one word, three or more. */
static uint64_t in_runs(const uint64_t *keys, size_t n)
{
    uint64_t k = 0;
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && keys[to] - keys[to - 1] <= 1; to++) {
        }
        k += to - from >= 3 ? to - from : 0;
    }
    return k;
}

static void test_mail(const struct made_rows *rows, size_t column)
{
    uint64_t n = 0, k = 0;
    size_t numbered = 0;
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t value = made_cell(rows, i, column);
        if (value == 0 || !rows->is_person[i] || set_class(rows->set, value) != NORMAL_EMAIL) {
            continue;
        }
        struct pack_room room;
        struct str address = set_bytes(rows->set, value, &room);
        n++;
        k += is_reserved(address);
        rows->keys[numbered] = serial_key(address);
        numbered += rows->keys[numbered] != 0;
    }
    if (n < FORM_ROWS_LEAST) {
        return;
    }
    add_defects(rows, MADE_MAIL_RESERVED, column, k, n, .95, omega_reserved);
    made_sort(rows->keys, numbered);
    add_defects(rows, MADE_MAIL_SERIAL, column, in_runs(rows->keys, numbered), n, .95, omega_serial);
}

/* "(555) 010-0199x123": figures, x (perhaps behind a space) and two to six figures to the end. */
static bool has_extension(struct str s)
{
    size_t at = s.len;
    while (at > 0 && is_figure(s.data[at - 1])) {
        at--;
    }
    size_t figures = s.len - at;
    if (figures < 2 || figures > 6 || at < 8 || s.data[at - 1] != 'x') {
        return false;
    }
    at -= s.data[at - 2] == ' ';
    return is_figure(s.data[at - 2]);
}

/* The last seven figures of a North American number kept for fiction. */
static bool is_fiction(struct str s)
{
    char last[7];
    size_t count = 0;
    for (size_t i = s.len; i > 0 && count < 7; i--) {
        if (is_figure(s.data[i - 1])) {
            last[6 - count++] = s.data[i - 1];
        }
    }
    return count == 7 && str_starts((struct str){last, 7}, STR("55501"));
}

static void test_phones(const struct made_rows *rows, size_t column)
{
    uint64_t n = 0, extensions = 0, fiction = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str text = made_text(rows, i, column, &room);
        if (text.len >= 7 && rows->is_person[i]) {
            n++;
            extensions += has_extension(text);
            fiction += is_fiction(text);
        }
    }
    if (n < PHONE_ROWS_LEAST) {
        return;
    }
    struct made_test test = {
        .kind = MADE_PHONE_EXTENSION, .column = column, .with = MADE_NO_COLUMN, .k = extensions, .n = n};
    test.value = made_share(extensions, n, (struct made_shapes){.05, 10, 8, 12}, omega_extension);
    made_add(rows, &test);
    add_defects(rows, MADE_PHONE_FICTION, column, fiction, n, .9, omega_fiction);
}

/* Three words or more, four in five of them the printers' Latin. ret_is_prose: three words or more. */
static bool is_lorem(struct str text, bool *ret_is_prose)
{
    size_t words = 0, latin = 0;
    struct str_cut cut = {.tail = text, .found = true};
    while (cut.found) {
        cut = str_cut(cut.tail, ' ');
        struct str word = cut.head;
        while (word.len > 0 && (word.data[word.len - 1] == '.' || word.data[word.len - 1] == ',')) {
            word.len--;
        }
        words += word.len > 0;
        latin += word.len > 0 && made_is_lorem(word);
    }
    *ret_is_prose = words >= 3;
    return words >= 3 && latin * 5 >= words * 4;
}

static void test_words(const struct made_rows *rows, size_t column)
{
    uint64_t prose = 0, lorem = 0, names = 0, nobody = 0;
    bool is_name = column == rows->full;
    for (size_t i = 0; i < rows->count; i++) {
        struct pack_room room;
        struct str text = made_text(rows, i, column, &room);
        bool is_prose;
        lorem += is_lorem(text, &is_prose);
        prose += is_prose;
        names += is_name && rows->is_person[i] && text.len > 0;
        nobody += is_name && rows->is_person[i] && made_is_placeholder_name(text);
    }
    if (prose >= FORM_ROWS_LEAST && prose * 2 >= rows->count) {
        add_defects(rows, MADE_PLACEHOLDER, column, lorem, prose, .95, omega_placeholder);
    }
    if (names >= FORM_ROWS_LEAST) {
        add_defects(rows, MADE_PLACEHOLDER, column, nobody, names, .95, omega_placeholder);
    }
}

void made_test_values(const struct made_rows *rows, size_t column)
{
    enum normal_class class = rows->set->columns[column].class;
    if (class == NORMAL_SECRET || class == NORMAL_TEXT) {
        test_hashes(rows, column);
        test_form(rows, column, MADE_IBAN_DIGITS, made_iban, 96.0 / 97, omega_iban, FORM_ROWS_LEAST);
        test_hex(rows, column);
    }
    if (rows->roles[column] == MADE_ROLE_UUID) {
        test_form(rows, column, MADE_UUID_FORM, made_uuid, 7.0 / 8, omega_uuid, FORM_ROWS_LEAST);
    }
    if (rows->roles[column] == MADE_ROLE_DIGEST) {
        test_form(rows, column, MADE_HEX_FORM, digest_form, .95, omega_digest, FORM_ROWS_LEAST);
    }
    if (rows->roles[column] == MADE_ROLE_CARD) {
        test_form(rows, column, MADE_CARD_DIGITS, made_luhn, 9.0 / 10, omega_card, CARD_ROWS_LEAST);
    }
    if (class == NORMAL_EMAIL) {
        test_mail(rows, column);
    }
    if (rows->roles[column] == MADE_ROLE_PHONE || (class == NORMAL_PHONE && rows->roles[column] == MADE_ROLE_NONE)) {
        test_phones(rows, column);
    }
    if (class == NORMAL_TEXT) {
        test_words(rows, column);
    }
}

/* ---- Times ---- */

void made_test_times(const struct made_rows *rows, size_t column)
{
    uint64_t hours[24] = {0};
    size_t n = 0, of_day = 0;
    enum { SHIFT_DAYS = 100000 }; /* before 1970, too, days are counted from below */
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t value = made_cell(rows, i, column);
        int64_t seconds;
        if (value == 0 || !rows->is_person[i] || !set_seconds(rows->set, value, &seconds) ||
            seconds < -(int64_t)SHIFT_DAYS * 86400 || seconds > INT64_C(10000000000)) {
            continue;
        }
        uint64_t shifted = (uint64_t)(seconds + (int64_t)SHIFT_DAYS * 86400);
        rows->keys[n++] = shifted / 60;
        hours[shifted / 3600 % 24] += seconds % 86400 != 0;
        of_day += seconds % 86400 != 0;
    }
    made_sort(rows->keys, n);
    size_t together = largest_group(rows->keys, n);
    if (rows->roles[column] == MADE_ROLE_CREATED && n >= MINUTE_ROWS_LEAST && of_day * 2 >= n) {
        add_defects(rows, MADE_ONE_MINUTE, column, together < 3 ? 0 : together, n, .95, omega_minute);
    }
    if (of_day >= CLOCK_ROWS_LEAST && together * 4 < n && of_day * 10 >= n * 9) {
        struct made_test test = {.kind = MADE_CLOCK_EVEN, .column = column, .with = MADE_NO_COLUMN, .n = of_day};
        for (int h = 0; h < 6; h++) {
            test.k += hours[h];
        }
        test.expected = (double)of_day / 4;
        test.value = made_clock(hours, omega_clock);
        made_add(rows, &test);
    }
}
