/* Structure of single values. Sources: bcrypt, Provos & Mazières 1999, and its 16 + 23 bytes in 22 + 31 letters; crypt(5); RFC 9106
 * and the PHC string format (base64 without padding); RFC 9562; ISO/IEC 7812-1 annex B; ISO 13616. */
#include <string.h>

#include "base/str.h"
#include "match/made_form.h"

#include "base/banned.h"

static const char crypt_letters[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char bcrypt_letters[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Place of a letter in an alphabet of 64, or -1. */
static int place(const char *letters, char letter)
{
    const char *at = letter == '\0' ? NULL : strchr(letters, letter);
    return at == NULL ? -1 : (int)(at - letters);
}

static bool is_of(const char *letters, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (place(letters, s.data[i]) < 0) {
            return false;
        }
    }
    return true;
}

static int last_place(const char *letters, struct str s)
{
    return s.len == 0 ? -1 : place(letters, s.data[s.len - 1]);
}

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] < '0' || s.data[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

/* $2y$10$ salt of 22 letters (128 bits: 4 spare) hash of 31 (184 bits: 2 spare). */
static struct made_hash bcrypt(struct str s)
{
    enum { BCRYPT_LEN = 60 };
    struct made_hash result = {MADE_FORM_BAD, 3.0 / 4};
    uint64_t cost;
    if (s.len < BCRYPT_LEN) {
        return (struct made_hash){0};
    }
    struct str salt = str_slice(s, 7, 29);
    struct str hash = str_slice(s, 29, s.len);
    if (s.len > BCRYPT_LEN || s.data[6] != '$' || !str_u64(str_slice(s, 4, 6), &cost) || cost < 4 || cost > 31 ||
        !is_of(bcrypt_letters, salt) || !is_of(bcrypt_letters, hash) || last_place(bcrypt_letters, hash) % 4 != 0) {
        return result;
    }
    result.form = last_place(bcrypt_letters, salt) % 16 == 0 ? MADE_FORM_GOOD : MADE_FORM_SALT;
    return result;
}

/* Base64 without padding: no single letter left over, spare bits zero. ret_chance: of random letters. */
static bool is_whole_base64(struct str s, double *ret_chance)
{
    static const int spare[] = {1, 64, 16, 4}; /* the last letter's place is a multiple of that */
    size_t rest = s.len % 4;
    *ret_chance = rest < 2 ? 0 : 1 - 1.0 / spare[rest];
    return s.len > 0 && rest != 1 && is_of(base64_letters, s) && last_place(base64_letters, s) % spare[rest] == 0;
}

/* $argon2id$v=19$m=65536,t=3,p=4$salt$hash */
static struct made_hash argon2(struct str s)
{
    struct str parts[6];
    size_t count = 0;
    struct str_cut cut = {.tail = s, .found = true};
    while (cut.found && count < 6) {
        cut = str_cut(cut.tail, '$');
        parts[count++] = cut.head;
    }
    if (count < 5 || cut.found) {
        return (struct made_hash){0};
    }
    double ignored, chance;
    bool good = is_whole_base64(parts[count - 1], &chance);
    good = is_whole_base64(parts[count - 2], &ignored) && good;
    return (struct made_hash){good ? MADE_FORM_GOOD : MADE_FORM_BAD, chance > 0 ? chance : 3.0 / 4};
}

/* $id$[rounds=N$]salt$hash, or $id$ and letters at once: `len` letters of hash, the last one below `below`. */
static struct made_hash crypt_tail(struct str hash, size_t len, int below)
{
    if (hash.len < len) {
        return (struct made_hash){0};
    }
    bool good = hash.len == len && is_of(crypt_letters, hash) && last_place(crypt_letters, hash) < below;
    return (struct made_hash){good ? MADE_FORM_GOOD : MADE_FORM_BAD, 1 - below / 64.0};
}

static struct str behind_last(struct str s, char mark)
{
    size_t at = s.len;
    while (at > 0 && s.data[at - 1] != mark) {
        at--;
    }
    return str_slice(s, at, s.len);
}

static size_t count_of(struct str s, char mark)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++) {
        count += s.data[i] == mark;
    }
    return count;
}

/* pbkdf2_sha256$260000$salt$44 letters, the last one '=' */
static struct made_hash django(struct str s)
{
    struct str hash = behind_last(s, '$');
    double chance;
    if (count_of(s, '$') != 3 || hash.len < 44) {
        return (struct made_hash){0};
    }
    bool good = hash.len == 44 && hash.data[43] == '=' && is_whole_base64(str_slice(hash, 0, 43), &chance);
    return (struct made_hash){good ? MADE_FORM_GOOD : MADE_FORM_BAD, 3.0 / 4};
}

struct made_hash made_hash(struct str value)
{
    static const struct {
        struct str head;
        size_t len;
        int below;
    } kinds[] = {{STR_INIT("$1$"), 22, 4},
                 {STR_INIT("$apr1$"), 22, 4},
                 {STR_INIT("$5$"), 43, 16},
                 {STR_INIT("$6$"), 86, 4},
                 {STR_INIT("$y$"), 43, 16}};
    if (value.len > 4 && str_starts(value, STR("$2")) && strchr("abxy", value.data[2]) != NULL &&
        value.data[3] == '$') {
        return bcrypt(value);
    }
    if (str_starts(value, STR("$argon2"))) {
        return argon2(value);
    }
    if (str_starts(value, STR("pbkdf2_sha256$"))) {
        return django(value);
    }
    if (str_starts(value, STR("$P$")) || str_starts(value, STR("$H$"))) {
        return crypt_tail(str_slice(value, 12, value.len), 22, 4);
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (str_starts(value, kinds[i].head) && count_of(value, '$') >= 3) {
            return crypt_tail(behind_last(value, '$'), kinds[i].len, kinds[i].below);
        }
    }
    return (struct made_hash){0};
}

enum made_form made_uuid(struct str value)
{
    char digits[32];
    size_t count = 0;
    bool all_same = true;
    for (size_t i = 0; i < value.len; i++) {
        bool dash = value.len == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash && value.data[i] == '-') {
            continue;
        }
        if (dash || str_hex_digit(value.data[i]) < 0 || count == sizeof(digits)) {
            return MADE_FORM_NONE;
        }
        digits[count++] = value.data[i];
        all_same = all_same && digits[count - 1] == digits[0];
    }
    if (count != sizeof(digits) || all_same) {
        return MADE_FORM_NONE;
    }
    int version = str_hex_digit(digits[12]);
    return (str_hex_digit(digits[16]) & 0xc) == 0x8 && version >= 1 && version <= 8 ? MADE_FORM_GOOD : MADE_FORM_BAD;
}

enum made_form made_luhn(struct str value)
{
    unsigned sum = 0;
    if (value.len < 13 || value.len > 19 || !is_digits(value)) {
        return MADE_FORM_NONE;
    }
    for (size_t i = 0; i < value.len; i++) {
        unsigned digit = (unsigned)(value.data[value.len - 1 - i] - '0') * (i % 2 == 0 ? 1 : 2);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0 ? MADE_FORM_GOOD : MADE_FORM_BAD;
}

/* Lengths of ISO 13616, by country. */
static size_t iban_length(const char code[static 2])
{
    static const char lengths[] =
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29CH21CR22CY28CZ24DE22DK18DO28EE20ES24FI18FO18FR27GB22GE22GI23GL18GR27"
        "GT28HR21HU28IE22IL23IS26IT27JO30KW30KZ20LB28LI21LT20LU20LV21MC27MD24ME22MK19MR27MT31MU30NL18NO15PK24PL28PS29"
        "PT25QA29RO24RS22SA24SE24SI19SK24SM27TN24TR26UA29VG24XK20";
    for (size_t i = 0; i + 4 < sizeof(lengths); i += 4) {
        if (lengths[i] == code[0] && lengths[i + 1] == code[1]) {
            return (size_t)(lengths[i + 2] - '0') * 10 + (size_t)(lengths[i + 3] - '0');
        }
    }
    return 0;
}

enum made_form made_iban(struct str value)
{
    enum { IBAN_MAX = 34 };
    char letters[IBAN_MAX];
    size_t count = 0;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        c = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
        if (c == ' ') {
            continue;
        }
        if (!is_alphanumeric || count == IBAN_MAX) {
            return MADE_FORM_NONE;
        }
        letters[count++] = c;
    }
    if (count < 15 || iban_length(letters) != count || !is_digits((struct str){letters + 2, 2})) {
        return MADE_FORM_NONE;
    }
    unsigned rest = 0;
    for (size_t i = 0; i < count; i++) {
        char c = letters[(i + 4) % count];
        rest = c <= '9' ? (rest * 10 + (unsigned)(c - '0')) % 97 : (rest * 100 + (unsigned)(c - 'A' + 10)) % 97;
    }
    return rest == 1 ? MADE_FORM_GOOD : MADE_FORM_BAD;
}
