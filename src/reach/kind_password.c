/* Passwords: which scheme they are kept with and how weak it is, or that they can be read.
 *
 * Modular crypt formats say what they are (crypt(5); PHC string format; passlib and Django documentation). Bare hexadecimal says
 * only its length: it is a password where the column is called so, and in a table of people where it is called "hash".
 * What makes a scheme weak: OWASP Password Storage Cheat Sheet (bcrypt below cost 10, PBKDF2-SHA256 below 600,000 rounds,
 * Argon2 below 7 MiB); NIST SP 800-63B 5.1.1.2 for unsalted and fast ones. */
#include "base/buf.h"
#include "base/str.h"
#include "reach/kind.h"
#include "reach/kind_date.h"

#include "base/banned.h"

#define FAST "one round of a fast hash: guessed at billions a second"
#define UNSALTED "no salt and one round: guessed at billions a second, equal passwords look equal"

/* SCHEME(id, name, what its parameter is or NULL, least parameter that is not weak, why weak (NULL: only below that)) */
#define SCHEMES                                                                                      \
    SCHEME(BCRYPT, "bcrypt", "cost", 10, "a cost below 10")                                          \
    SCHEME(ARGON2ID, "Argon2id", "KiB", 7168, "less than 7 MiB of memory")                           \
    SCHEME(ARGON2, "Argon2", "KiB", 7168, "less than 7 MiB of memory")                               \
    SCHEME(SCRYPT, "scrypt", NULL, 0, NULL)                                                          \
    SCHEME(YESCRYPT, "yescrypt", NULL, 0, NULL)                                                      \
    SCHEME(PHPASS, "phpass MD5", "rounds", INT32_MAX, "rounds of MD5: guessed at millions a second") \
    SCHEME(DRUPAL, "Drupal SHA-512", "rounds", 32768, "less than 32,768 rounds")                     \
    SCHEME(PBKDF2_SHA256, "PBKDF2-SHA256", "rounds", 600000, "less than 600,000 rounds")             \
    SCHEME(PBKDF2_SHA512, "PBKDF2-SHA512", "rounds", 210000, "less than 210,000 rounds")             \
    SCHEME(PBKDF2_SHA1, "PBKDF2-SHA1", "rounds", 1300000, "less than 1,300,000 rounds")              \
    SCHEME(ASPNET, "ASP.NET Identity PBKDF2", NULL, 0, NULL)                                         \
    SCHEME(SCRAM, "SCRAM-SHA-256", "rounds", 4096, "less than 4,096 rounds")                         \
    SCHEME(SHA512CRYPT, "sha512crypt", "rounds", 5000, "less than 5,000 rounds")                     \
    SCHEME(SHA256CRYPT, "sha256crypt", "rounds", 5000, "less than 5,000 rounds")                     \
    SCHEME(MD5CRYPT, "md5crypt", NULL, 1, "1,000 rounds of MD5: guessed at millions a second")       \
    SCHEME(DESCRYPT, "DES crypt", NULL, 1,                                                           \
           "DES crypt: eight characters count, guessed at hundreds of millions a second")            \
    SCHEME(SALTED_MD5, "MD5, salted", NULL, 1, FAST)                                                 \
    SCHEME(SALTED_SHA1, "SHA-1, salted", NULL, 1, FAST)                                              \
    SCHEME(SALTED_SHA2, "SHA-2, salted", NULL, 1, FAST)                                              \
    SCHEME(LDAP_PLAIN, "LDAP {SHA} or {MD5}, unsalted", NULL, 1, UNSALTED)                           \
    SCHEME(MYSQL, "MySQL native (SHA-1 twice)", NULL, 1, UNSALTED)                                   \
    SCHEME(PG_MD5, "PostgreSQL MD5", NULL, 1, "one round of MD5, the account's name as its salt")    \
    SCHEME(MSSQL, "SQL Server", NULL, 1, FAST)                                                       \
    SCHEME(MYSQL_OLD, "MySQL before 4.1", NULL, 1, "64 bits without salt: reversed in seconds")      \
    SCHEME(HEX_MD5, "MD5", NULL, 1, UNSALTED)                                                        \
    SCHEME(HEX_NTLM, "NTLM", NULL, 1, UNSALTED)                                                      \
    SCHEME(HEX_SHA1, "SHA-1", NULL, 1, UNSALTED)                                                     \
    SCHEME(HEX_SHA224, "SHA-224", NULL, 1, UNSALTED)                                                 \
    SCHEME(HEX_SHA256, "SHA-256", NULL, 1, UNSALTED)                                                 \
    SCHEME(HEX_SHA384, "SHA-384", NULL, 1, UNSALTED)                                                 \
    SCHEME(HEX_SHA512, "SHA-512", NULL, 1, UNSALTED)                                                 \
    SCHEME(READABLE, "readable", NULL, 1, "stored readable")

enum scheme {
#define SCHEME(id, name, unit, least, weak) id,
    SCHEMES
#undef SCHEME
        SCHEMES_COUNT
};
_Static_assert((int)SCHEMES_COUNT <= (int)KIND_SLOTS, "a slot each");

static const struct scheme_line {
    const char *name, *unit;
    int32_t least;
    const char *weak;
} schemes[SCHEMES_COUNT] = {
#define SCHEME(id, name, unit, least, weak) [id] = {name, unit, least, weak},
    SCHEMES
#undef SCHEME
};

/* How the parameter stands behind the prefix. */
enum param { PARAM_NONE, PARAM_NUMBER, PARAM_LOG2, PARAM_ROUNDS, PARAM_MEMORY };

static const struct prefix {
    struct str text;
    unsigned char scheme;
    unsigned char param;
    size_t least_bytes;
} prefixes[] = {
    {STR_INIT("$2y$"), BCRYPT, PARAM_NUMBER, 59},
    {STR_INIT("$2a$"), BCRYPT, PARAM_NUMBER, 59},
    {STR_INIT("$2b$"), BCRYPT, PARAM_NUMBER, 59},
    {STR_INIT("$2x$"), BCRYPT, PARAM_NUMBER, 59},
    {STR_INIT("$2$"), BCRYPT, PARAM_NUMBER, 58},
    {STR_INIT("bcrypt$$2b$"), BCRYPT, PARAM_NUMBER, 66},
    {STR_INIT("bcrypt_sha256$$2b$"), BCRYPT, PARAM_NUMBER, 73},
    {STR_INIT("$argon2id$"), ARGON2ID, PARAM_MEMORY, 40},
    {STR_INIT("argon2$argon2id$"), ARGON2ID, PARAM_MEMORY, 40},
    {STR_INIT("$argon2"), ARGON2, PARAM_MEMORY, 40},
    {STR_INIT("$scrypt$"), SCRYPT, PARAM_NONE, 40},
    {STR_INIT("$7$"), SCRYPT, PARAM_NONE, 40},
    {STR_INIT("scrypt:"), SCRYPT, PARAM_NONE, 40},
    {STR_INIT("scrypt$"), SCRYPT, PARAM_NONE, 40},
    {STR_INIT("$y$"), YESCRYPT, PARAM_NONE, 40},
    {STR_INIT("$gy$"), YESCRYPT, PARAM_NONE, 40},
    {STR_INIT("$P$"), PHPASS, PARAM_LOG2, 34},
    {STR_INIT("$H$"), PHPASS, PARAM_LOG2, 34},
    {STR_INIT("$S$"), DRUPAL, PARAM_LOG2, 50},
    {STR_INIT("$wp$2y$"), BCRYPT, PARAM_NUMBER, 62},
    {STR_INIT("pbkdf2_sha256$"), PBKDF2_SHA256, PARAM_NUMBER, 40},
    {STR_INIT("$pbkdf2-sha256$"), PBKDF2_SHA256, PARAM_NUMBER, 40},
    {STR_INIT("pbkdf2:sha256:"), PBKDF2_SHA256, PARAM_NUMBER, 40},
    {STR_INIT("$pbkdf2-sha512$"), PBKDF2_SHA512, PARAM_NUMBER, 40},
    {STR_INIT("pbkdf2:sha512:"), PBKDF2_SHA512, PARAM_NUMBER, 40},
    {STR_INIT("pbkdf2_sha1$"), PBKDF2_SHA1, PARAM_NUMBER, 40},
    {STR_INIT("pbkdf2:sha1:"), PBKDF2_SHA1, PARAM_NUMBER, 40},
    {STR_INIT("$pbkdf2$"), PBKDF2_SHA1, PARAM_NUMBER, 40},
    {STR_INIT("SCRAM-SHA-256$"), SCRAM, PARAM_NUMBER, 80},
    {STR_INIT("$6$"), SHA512CRYPT, PARAM_ROUNDS, 90},
    {STR_INIT("$5$"), SHA256CRYPT, PARAM_ROUNDS, 46},
    {STR_INIT("$1$"), MD5CRYPT, PARAM_NONE, 26},
    {STR_INIT("$apr1$"), MD5CRYPT, PARAM_NONE, 30},
    {STR_INIT("{CRYPT}"), DESCRYPT, PARAM_NONE, 20},
    {STR_INIT("{SSHA}"), SALTED_SHA1, PARAM_NONE, 30},
    {STR_INIT("{SSHA256}"), SALTED_SHA2, PARAM_NONE, 40},
    {STR_INIT("{SSHA512}"), SALTED_SHA2, PARAM_NONE, 40},
    {STR_INIT("{SMD5}"), SALTED_MD5, PARAM_NONE, 26},
    {STR_INIT("{SHA}"), LDAP_PLAIN, PARAM_NONE, 30},
    {STR_INIT("{MD5}"), LDAP_PLAIN, PARAM_NONE, 26},
    {STR_INIT("md5$"), SALTED_MD5, PARAM_NONE, 36},
    {STR_INIT("sha1$"), SALTED_SHA1, PARAM_NONE, 44},
    {STR_INIT("sha256$"), SALTED_SHA2, PARAM_NONE, 60},
    {STR_INIT("AQAAAA"), ASPNET, PARAM_NONE, 68},
    {STR_INIT("0x0100"), MSSQL, PARAM_NONE, 54},
    {STR_INIT("0x0200"), MSSQL, PARAM_NONE, 142},
};

/* ---- one value ---- */

static int32_t leading_number(struct str text)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.len && i < 9 && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
        value = value * 10 + (text.data[i] - '0');
    }
    return (int32_t)value;
}

static int32_t param_of(enum param param, struct str rest)
{
    static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    size_t memory = str_find(rest, STR("m="), 0);
    switch (param) {
    case PARAM_NUMBER:
        return leading_number(rest);
    case PARAM_LOG2: {
        const char *at = rest.len > 0 && rest.data[0] != '\0' ? strchr(digits, rest.data[0]) : NULL;
        return at == NULL || at - digits > 30 ? 0 : (int32_t)1 << (at - digits);
    }
    case PARAM_ROUNDS:
        return str_starts(rest, STR("rounds=")) ? leading_number(str_slice(rest, 7, rest.len)) : 5000;
    case PARAM_MEMORY:
        return memory == SIZE_MAX ? 0 : leading_number(str_slice(rest, memory + 2, rest.len));
    case PARAM_NONE:
    default:
        return 0;
    }
}

static bool by_prefix(struct kind_ask *ask, struct str text)
{
    if (text.len < 20 || text.data[0] == '\0' || strchr("$pbs{mSA0a", text.data[0]) == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        const struct prefix *prefix = &prefixes[i];
        if (text.len >= prefix->least_bytes && text.data[0] == prefix->text.data[0] && str_starts(text, prefix->text)) {
            ask->slot = prefix->scheme;
            ask->param = param_of(prefix->param, str_slice(text, prefix->text.len, text.len));
            return memchr(text.data, ' ', text.len) == NULL;
        }
    }
    return false;
}

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char low = (char)(text.data[i] | 0x20);
        if (!(text.data[i] >= '0' && text.data[i] <= '9') && !(low >= 'a' && low <= 'f')) {
            return false;
        }
    }
    return text.len > 0;
}

/* A hash of this many hexadecimal digits. */
static unsigned by_length(size_t digits)
{
    switch (digits) {
    case 16:
        return MYSQL_OLD;
    case 32:
        return HEX_MD5;
    case 40:
        return HEX_SHA1;
    case 56:
        return HEX_SHA224;
    case 64:
        return HEX_SHA256;
    case 96:
        return HEX_SHA384;
    case 128:
        return HEX_SHA512;
    default:
        return SCHEMES_COUNT;
    }
}

/* Random digits: at least six different ones of sixteen, which "0000...0001" has not. */
static bool is_mixed(struct str hex)
{
    unsigned seen = 0, count = 0;
    for (size_t i = 0; i < hex.len; i++) {
        unsigned value = (unsigned)(hex.data[i] & 0x1F);
        count += (seen >> value & 1U) == 0;
        seen |= 1U << value;
    }
    return count >= 6;
}

/* "hex:salt" (Joomla, Magento 1), "hex:salt:1" (Magento 2), "*HEX" (MySQL 4.1), "md5HEX" (PostgreSQL), bare. */
static bool by_digits(struct kind_ask *ask, struct str text)
{
    struct str_cut cut = str_cut(text, ':');
    unsigned scheme = by_length(cut.head.len);
    if (text.len == 41 && text.data[0] == '*' && is_hex(str_slice(text, 1, 41))) {
        ask->slot = MYSQL;
        return true;
    }
    if (text.len == 35 && str_starts(text, STR("md5")) && is_hex(str_slice(text, 3, 35))) {
        ask->slot = PG_MD5;
        return true;
    }
    if (scheme == SCHEMES_COUNT || !is_hex(cut.head) || !is_mixed(cut.head)) {
        return false;
    }
    if (cut.found) {
        ask->slot = scheme == HEX_MD5 ? SALTED_MD5 : scheme == HEX_SHA1 ? SALTED_SHA1 : SALTED_SHA2;
        return scheme != MYSQL_OLD && cut.tail.len >= 2 && cut.tail.len <= 70;
    }
    ask->slot = scheme == HEX_MD5 && ask->part != NULL ? HEX_NTLM : scheme; /* the name says so: "nt_hash" */
    return true;
}

/* The 13 letters of DES crypt, of which a readable password may consist too: upper and lower case and a digit. */
static bool is_descrypt(const struct kind_cell *cell)
{
    return cell->text.len == 13 && (cell->classes & CELL_LETTER) == CELL_LETTER && cell->digits > 0 &&
           (cell->classes & ~(unsigned)(CELL_LETTER | CELL_DIGIT | CELL_DOT | CELL_SLASH)) == 0;
}

/* What somebody could have typed, and no date, flag or count. */
static bool is_typed(const struct kind_cell *cell)
{
    struct kind_date date;
    return cell->text.len >= 4 && cell->text.len <= 64 && !kind_date_read(cell->text, &date) &&
           !(cell->digits == cell->text.len && cell->text.len > 10) && !str_eq_nocase(cell->text, STR("true")) &&
           !str_eq_nocase(cell->text, STR("false")) && !str_eq_nocase(cell->text, STR("null"));
}

static enum kind_is is_password(struct kind_ask *ask)
{
    const struct kind_cell *cell = ask->cell;
    bool is_named = ask->hint >= KIND_HINT_PLAIN;
    if (by_prefix(ask, cell->text)) {
        return KIND_YES;
    }
    if (ask->hint == KIND_HINT_NONE) {
        return KIND_NO;
    }
    if (by_digits(ask, cell->text)) {
        return KIND_YES;
    }
    ask->slot = is_descrypt(cell) ? DESCRYPT : READABLE;
    return is_named && (ask->slot == DESCRYPT || is_typed(cell)) ? KIND_YES : KIND_SHAPE;
}

/* ---- a column ---- */

static uint64_t sum_slots(const struct kind_view *view, unsigned from, unsigned to)
{
    uint64_t sum = 0;
    for (unsigned i = from; i < to && view->slots != NULL; i++) {
        sum += view->slots[i].k;
    }
    return sum;
}

static bool fits_password(const struct kind_detector *kind, const struct kind_view *view, uint64_t *ret_k,
                          double *ret_score)
{
    uint64_t readable = sum_slots(view, READABLE, READABLE + 1);
    uint64_t bare = sum_slots(view, MYSQL_OLD, READABLE);
    uint64_t told = view->k - readable - bare;
    double n = (double)view->n;
    bool may_be_bare = view->hint >= KIND_HINT_PLAIN || (view->hint == KIND_HINT_WEAK && view->of_people);
    *ret_score = 3;
    *ret_k = told + (may_be_bare ? bare : 0);
    if (view->k == 0 || view->slots == NULL) {
        return false;
    }
    /* A readable password is believed where the name is one, and the values differ. */
    bool may_be_read = view->hint >= KIND_HINT_PLAIN && (view->slots[READABLE].distinct >= 2 || view->n == 1) &&
                       (double)readable >= kind->floor * n;
    bool is_mixed_in = view->hint == KIND_HINT_STRONG && *ret_k > 0 && readable > 0;
    *ret_k += may_be_read || is_mixed_in ? readable : 0;
    return *ret_k > 0 && (told * 20 >= view->n || (double)*ret_k >= kind->floor * n);
}

static void say_one(const struct kind_view *view, unsigned scheme, bool is_salted, struct buf *out)
{
    const struct scheme_line *line = &schemes[scheme];
    const struct kind_slot *slot = &view->slots[scheme];
    buf_printf(out, "%s%s", out->len > 0 ? "; " : "", line->name);
    if (line->unit != NULL && strcmp(line->unit, "cost") == 0) {
        buf_printf(out, ", cost %d", (int)slot->min);
    } else if (line->unit != NULL && slot->min > 0) {
        buf_printf(out, ", %d", (int)slot->min);
    }
    if (line->unit != NULL && slot->max != slot->min) {
        buf_printf(out, " to %d", (int)slot->max);
    }
    if (line->unit != NULL && strcmp(line->unit, "cost") != 0 && slot->max > 0) {
        buf_printf(out, " %s", line->unit);
    }
    if (scheme >= HEX_MD5 && scheme < READABLE) {
        buf_puts(out, is_salted ? ", salt in another column" : ", unsalted");
    }
}

/* The schemes, the most frequent first; why the weakest of them is. Later in the list is weaker. */
static void say_password(const struct kind_view *view, struct buf *out, const char **ret_weak)
{
    bool is_said[SCHEMES_COUNT] = {false};
    bool is_salted = view->has_partner;
    bool is_rare = view->slots != NULL && view->slots[READABLE].k * 20 < view->k && view->hint < KIND_HINT_STRONG;
    unsigned last = is_rare ? READABLE : SCHEMES_COUNT;
    for (unsigned turn = 0; turn < 4 && view->slots != NULL; turn++) {
        unsigned best = SCHEMES_COUNT;
        for (unsigned i = 0; i < last; i++) {
            bool is_better = !is_said[i] && view->slots[i].k > 0 &&
                             (best == SCHEMES_COUNT || view->slots[i].k > view->slots[best].k);
            best = is_better ? i : best;
        }
        if (best == SCHEMES_COUNT) {
            break;
        }
        is_said[best] = true;
        say_one(view, best, is_salted, out);
    }
    for (unsigned i = 0; i < last && view->slots != NULL; i++) {
        const struct kind_slot *slot = &view->slots[i];
        if (slot->k > 0 && schemes[i].weak != NULL && (schemes[i].unit == NULL || slot->min < schemes[i].least)) {
            *ret_weak = is_salted && i >= HEX_MD5 && i < READABLE ? FAST : schemes[i].weak;
        }
    }
}

const struct kind_detector kind_password = {
    .id = "password",
    .min = 1,
    .max = CELL_BYTES,
    .slots = SCHEMES_COUNT,
    .may_by_name = true,
    .is_whole = true,
    .floor = 0.5,
    .is = is_password,
    .fits = fits_password,
    .scheme = say_password,
};
