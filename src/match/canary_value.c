/* One value after the other, each from rows of the pool that the others are not from. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/str.h"
#include "base/time.h"
#include "match/canary_make.h"

#include "base/banned.h"

enum { TRIES = 20, DAY_S = 86400, WEEK_S = 7 * DAY_S };

uint64_t make_below(struct make_random *random, uint64_t bound)
{
    uint64_t value;
    uint64_t reject = bound == 0 ? 0 : (0 - bound) % bound;
    do {
        if (random->left < sizeof(value)) {
            random->failed =
                random->failed || getrandom(random->bytes, sizeof(random->bytes), 0) != (ssize_t)sizeof(random->bytes);
            random->left = sizeof(random->bytes);
        }
        random->left -= sizeof(value);
        memcpy(&value, random->bytes + random->left, sizeof(value));
    } while (value < reject && !random->failed);
    return bound == 0 ? 0 : value % bound;
}

void planted_row_clear(struct planted_row *made)
{
    for (size_t c = 0; c < MAKE_COLUMNS_MAX; c++) {
        buf_free(&made->cells[c]);
        made->bits[c] = 0;
    }
}

/* A row that has a value in this column. */
static struct str some_cell(struct maker *maker, size_t column)
{
    const struct make_pool *pool = maker->pool;
    for (int i = 0; i < TRIES * TRIES; i++) {
        struct str cell = make_cell(pool, (size_t)make_below(&maker->random, pool->count), column);
        if (cell.data != NULL) {
            return cell;
        }
    }
    return (struct str){NULL, 0};
}

/* ---- Words ---- */

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The token at `at`: a run of letters, a run of digits, or one other byte. */
static struct str token_at(struct str text, size_t at)
{
    size_t end = at + 1;
    while (end < text.len && ((is_letter(text.data[at]) && is_letter(text.data[end])) ||
                              (is_digit(text.data[at]) && is_digit(text.data[end])))) {
        end++;
    }
    return str_slice(text, at, end);
}

/* The nth run of letters; data NULL: there are fewer. */
static struct str word_of(struct str text, size_t nth)
{
    for (size_t at = 0; at < text.len;) {
        struct str token = token_at(text, at);
        if (is_letter(token.data[0]) && nth-- == 0) {
            return token;
        }
        at += token.len;
    }
    return (struct str){NULL, 0};
}

/* What of a cell is recombined: of an address the part before the @. */
static struct str local_of(struct str cell)
{
    return str_cut(cell, '@').head;
}

/* Bits of the nth word of a column: the commonest is the best guess. Counted once. */
static double word_bits(struct maker *maker, size_t column, size_t nth)
{
    enum { PART = 256 /* of the rows is enough for a share */ };
    const struct make_pool *pool = maker->pool;
    size_t most = 0;
    size_t part = pool->count < PART ? pool->count : PART;
    if (nth >= MAKE_WORDS_MAX) {
        return 0;
    }
    double *bits = &maker->word_bits[column][nth];
    for (size_t i = 0; i < part && *bits == 0; i++) {
        struct str word = word_of(local_of(make_cell(pool, i, column)), nth);
        size_t same = 0;
        for (size_t j = 0; word.data != NULL && j < part; j++) {
            same += str_eq_nocase(word, word_of(local_of(make_cell(pool, j, column)), nth));
        }
        most = same > most ? same : most;
    }
    *bits = most == 0 ? *bits : log2((double)part / (double)most);
    return *bits;
}

/* The nth word of some row, in the case the template's has. */
static struct str other_word(struct maker *maker, size_t column, size_t nth, struct str template)
{
    for (int i = 0; i < TRIES; i++) {
        struct str word = word_of(local_of(some_cell(maker, column)), nth);
        if (word.data != NULL && word.len > 1 && !str_eq_nocase(word, template)) {
            return word;
        }
    }
    return template;
}

static void put_digits(struct maker *maker, struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t digit = i == 0 && count > 1 ? 1 + make_below(&maker->random, 9) : make_below(&maker->random, 10);
        buf_putc(out, (char)('0' + digit));
    }
}

static bool is_in_pool(const struct maker *maker, size_t column, struct str text)
{
    for (size_t i = 0; i < maker->pool->count; i++) {
        if (str_eq_nocase(make_cell(maker->pool, i, column), text)) {
            return true;
        }
    }
    return false;
}

/* "Mina Kelford" from "Mina Osteford" and "Jo Kelford". */
static void make_words(struct maker *maker, struct planted_row *made, size_t column)
{
    struct buf *out = &made->cells[column];
    for (int i = 0; i < TRIES && (out->len == 0 || is_in_pool(maker, column, buf_str(out))); i++) {
        struct str template = some_cell(maker, column);
        size_t words = 0;
        buf_reset(out);
        for (size_t at = 0; at < template.len;) {
            struct str token = token_at(template, at);
            if (is_digit(token.data[0])) {
                put_digits(maker, out, token.len);
            } else if (is_letter(token.data[0])) {
                buf_put(out, token.len == 1 ? token : other_word(maker, column, words, token));
                words++;
            } else {
                buf_put(out, token);
            }
            at += token.len;
        }
    }
}

/* The canary's own word, where the template's row has its word from its own name: "mina.kelford" is a Mina Kelford. */
static struct str own_word(const struct maker *maker, const struct planted_row *made, size_t row, struct str token)
{
    for (size_t c = 0; c < maker->pool->column_count; c++) {
        if (maker->columns[c].make != MAKE_WORDS) {
            continue;
        }
        for (size_t nth = 0; nth < MAKE_WORDS_MAX; nth++) {
            struct str theirs = word_of(make_cell(maker->pool, row, c), nth);
            struct str ours = word_of(buf_str(&made->cells[c]), nth);
            if (theirs.data == NULL) {
                break;
            }
            if (ours.data != NULL && str_eq_nocase(theirs, token)) {
                return ours;
            }
        }
    }
    return (struct str){NULL, 0};
}

static void put_lower(struct buf *out, struct str word)
{
    for (size_t i = 0; i < word.len; i++) {
        buf_putc(out, (char)tolower((unsigned char)word.data[i]));
    }
}

/* The part before the @, as some row has it, with the canary's words and other digits. Returns its bits. */
static double put_local(struct maker *maker, const struct planted_row *made, size_t column, struct buf *out)
{
    const struct make_pool *pool = maker->pool;
    size_t row = 0;
    struct str cell = {NULL, 0};
    for (int i = 0; i < TRIES * TRIES && cell.data == NULL; i++) {
        row = (size_t)make_below(&maker->random, pool->count);
        cell = make_cell(pool, row, column);
    }
    struct str template = local_of(cell);
    double bits = 0;
    size_t words = 0;
    for (size_t at = 0; at < template.len;) {
        struct str token = token_at(template, at);
        if (is_digit(token.data[0])) {
            put_digits(maker, out, token.len);
            bits += (double)token.len * log2(10) - (token.len > 1 ? log2(10.0 / 9) : 0);
        } else if (is_letter(token.data[0])) {
            struct str word = own_word(maker, made, row, token);
            put_lower(out, word.data != NULL ? word : other_word(maker, column, words, token));
            bits += word_bits(maker, column, words);
            words++;
        } else {
            buf_put(out, token);
        }
        at += token.len;
    }
    return bits;
}

static void make_email(struct maker *maker, struct planted_row *made, size_t column)
{
    const struct assay_canary_options *options = maker->options;
    struct buf *out = &made->cells[column];
    made->bits[column] = put_local(maker, made, column, out);
    buf_putc(out, '@');
    buf_puts(out, options->domains[make_below(&maker->random, options->domain_count)]);
}

/* ---- Phones that nobody has ---- */

static void make_phone(struct maker *maker, struct planted_row *made, size_t column)
{
    /* Ofcom, "Telephone numbers for drama purposes"; NANPA, 555-0100 to 555-0199; Bundesnetzagentur, "Drama Numbers". */
    static const struct {
        const char *country, *prefix;
        int digits;
        uint64_t count;
    } ranges[] = {{"uk", "+44 7700 900", 3, 1000}, {"us", "+1 202 555 01", 2, 100}, {"de", "+49 30 23125", 3, 1000}};
    for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
        if (strcmp(ranges[i].country, maker->options->phones) == 0) {
            buf_printf(&made->cells[column], "%s%0*u", ranges[i].prefix, ranges[i].digits,
                       (unsigned)make_below(&maker->random, ranges[i].count));
            made->bits[column] = log2((double)ranges[i].count);
        }
    }
}

/* ---- Secrets ---- */

static const char bcrypt_alphabet[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* "$2y$10$" and 22 characters of salt (the last has 2 bits), 31 of hash (the last has 4). */
static double put_bcrypt(struct maker *maker, struct str template, struct buf *out)
{
    buf_put(out, str_slice(template, 0, 7));
    for (size_t i = 0; i < 53; i++) {
        uint64_t step = i == 21 ? 16 : i == 52 ? 4 : 1;
        buf_putc(out, bcrypt_alphabet[make_below(&maker->random, 64 / step) * step]);
    }
    return 128 + 184;
}

static bool is_bcrypt(struct str secret)
{
    return secret.len == 60 && secret.data[0] == '$' && secret.data[1] == '2' && secret.data[6] == '$';
}

static char random_like(struct maker *maker, char c, bool is_hex, double *bits)
{
    const char *range = is_digit(c)                 ? "0123456789"
                        : isupper((unsigned char)c) ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                    : "abcdefghijklmnopqrstuvwxyz";
    if (is_hex) {
        range = isupper((unsigned char)c) ? "0123456789ABCDEF" : "0123456789abcdef";
    }
    size_t count = strlen(range);
    *bits += log2((double)count);
    return range[make_below(&maker->random, count)];
}

/* Is all of it hex, but for dashes? Then letters and digits are one alphabet. */
static bool is_hex(struct str text)
{
    size_t letters = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_letter_of_hex = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        letters += is_letter_of_hex;
        if (!is_digit(c) && !is_letter_of_hex && c != '-') {
            return false;
        }
    }
    return letters > 0;
}

static bool is_upper_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'F') {
            return true;
        }
    }
    return false;
}

/* A part between two '$': "argon2id", "v=19", "10" say how; the long ones are salt and hash. */
static double put_part(struct maker *maker, struct str part, bool is_scheme, struct buf *out)
{
    double bits = 0;
    bool hex = is_hex(part);
    bool is_uuid = part.len == 36 && part.data[8] == '-' && part.data[13] == '-';
    bool is_kept = is_scheme && (part.len < 12 || memchr(part.data, '=', part.len - 2) != NULL);
    for (size_t i = 0; i < part.len; i++) {
        char c = part.data[i];
        bool is_mark = !isalnum((unsigned char)c) || (is_uuid && (i == 14 || i == 19));
        if (is_kept || is_mark) {
            buf_putc(out, c);
        } else {
            buf_putc(out, random_like(maker, hex ? (is_upper_hex(part) ? 'A' : 'a') : c, hex, &bits));
        }
    }
    return bits;
}

static void make_secret(struct maker *maker, struct planted_row *made, size_t column)
{
    struct str template = some_cell(maker, column);
    struct buf *out = &made->cells[column];
    if (template.data == NULL) {
        return;
    }
    if (is_bcrypt(template)) {
        made->bits[column] = put_bcrypt(maker, template, out);
        return;
    }
    bool is_scheme = template.data[0] == '$';
    for (bool more = true; more;) {
        struct str_cut cut = is_scheme ? str_cut(template, '$') : (struct str_cut){.head = template, .found = false};
        made->bits[column] += put_part(maker, cut.head, is_scheme, out);
        more = cut.found;
        template = cut.tail;
        if (more) {
            buf_putc(out, '$');
        }
    }
}

/* ---- When it was created ---- */

/* In the last week, on the weekday and at the time of day at which some row was created. */
static int64_t choose_instant(struct maker *maker, size_t column)
{
    int64_t now = maker->options->now / NS_PER_S;
    struct normal normal = {.class = NORMAL_NONE};
    int64_t seconds = now - (int64_t)make_below(&maker->random, WEEK_S);
    normal_value(&maker->normalizer, some_cell(maker, column), &normal);
    if (normal.class == NORMAL_TIME || normal.class == NORMAL_DATE) {
        seconds = normal.seconds;
    } else if (normal.class == NORMAL_NUMBER && !normal_number_as_time(normal.bytes, &seconds)) {
        return seconds;
    }
    int64_t weeks = (now - seconds) / WEEK_S;
    seconds += weeks * WEEK_S + (int64_t)make_below(&maker->random, 600);
    return seconds > now ? seconds - WEEK_S : seconds;
}

/* Writes the instant over the digits of "2020-01-31 23:59:59" in the template; false if it is not of that form. */
static bool put_iso(struct maker *maker, struct buf *out, struct str template, int64_t seconds)
{
    static const char shape[] = "dddd-dd-dd dd:dd:dd";
    char text[TIME_TEXT];
    size_t whole = template.len < sizeof(shape) - 1 ? 10 : sizeof(shape) - 1;
    time_human(text, seconds * NS_PER_S);
    for (size_t i = 0; i < whole; i++) {
        bool fits = i < template.len && (shape[i] == 'd'   ? is_digit(template.data[i])
                                         : shape[i] == ' ' ? template.data[i] == ' ' || template.data[i] == 'T'
                                                           : template.data[i] == shape[i]);
        if (!fits) {
            return false;
        }
    }
    for (size_t i = 0; i < template.len; i++) {
        if (i < whole) {
            buf_putc(out, shape[i] == 'd' ? text[i] : template.data[i]);
        } else if (template.data[whole] == '.' && is_digit(template.data[i])) {
            put_digits(maker, out, 1); /* fractions */
        } else {
            buf_putc(out, template.data[i]);
        }
    }
    return true;
}

static void make_stamp(struct maker *maker, struct planted_row *made, size_t column)
{
    struct str template = some_cell(maker, column);
    if (made->created_s == TIME_NONE) {
        made->created_s = choose_instant(maker, column);
    }
    if (maker->columns[column].class == NORMAL_NUMBER) {
        buf_printf(&made->cells[column], "%lld%s", (long long)made->created_s, template.len == 13 ? "000" : "");
    } else if (!put_iso(maker, &made->cells[column], template, made->created_s)) {
        buf_reset(&made->cells[column]);
        buf_put(&made->cells[column], template);
    }
}

/* Words come first: addresses are made of them. */
void make_row(struct maker *maker, struct planted_row *made)
{
    static const enum make order[] = {MAKE_WORDS, MAKE_PICK,     MAKE_STAMP, MAKE_SECRET,
                                      MAKE_PHONE, MAKE_USERNAME, MAKE_EMAIL};
    made->created_s = TIME_NONE;
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        for (size_t c = 0; c < maker->pool->column_count; c++) {
            double share = (double)make_below(&maker->random, 1000000) / 1e6;
            bool is_empty = share >= maker->columns[c].filled && order[i] != MAKE_EMAIL && order[i] != MAKE_SECRET;
            if (maker->columns[c].make != order[i] || is_empty) {
                continue;
            }
            switch (order[i]) {
            case MAKE_WORDS:
                make_words(maker, made, c);
                break;
            case MAKE_PICK:
                buf_put(&made->cells[c], some_cell(maker, c));
                break;
            case MAKE_STAMP:
                make_stamp(maker, made, c);
                break;
            case MAKE_SECRET:
                make_secret(maker, made, c);
                break;
            case MAKE_PHONE:
                make_phone(maker, made, c);
                break;
            case MAKE_USERNAME:
                made->bits[c] = put_local(maker, made, c, &made->cells[c]);
                break;
            case MAKE_EMAIL:
                make_email(maker, made, c);
                break;
            case MAKE_NOTHING:
                break;
            }
        }
    }
}
