/* Kinds of personal data: every check with numbers that its authority or its standard publishes as an example, and the same with
 * one digit changed; what names say; and columns that only look like somebody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reach/check.h"
#include "reach/kinds.h"

struct seen {
    char text[1024]; /* "kind;kind": notes of column 0, in order */
    char scheme[256], weak[256];
    uint64_t n, k;
    bool by_name;
};

/* One column of a table, with these values (NULL: null). */
static struct seen look_at(const char *table, const char *name, const char *type, const char *const *values,
                           size_t count)
{
    struct kind_column column = {str_of(name), str_of(type), str_of(table)};
    struct seen seen = {0};
    struct kinds *kinds = NULL;
    const struct kind_note *notes;
    size_t found;
    assert_int_equal(kinds_open(&column, 1, &kinds, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        struct str cell = values[i] == NULL ? (struct str){0} : str_of(values[i]);
        kinds_rows(kinds, &cell, 1);
    }
    assert_int_equal(kinds_notes(kinds, &notes, &found, NULL), 0);
    for (size_t i = 0; i < found; i++) {
        size_t end = strlen(seen.text);
        snprintf(seen.text + end, sizeof(seen.text) - end, "%s%s", i > 0 ? ";" : "", notes[i].kind);
        if (i == 0) {
            snprintf(seen.scheme, sizeof(seen.scheme), "%s", notes[i].scheme == NULL ? "" : notes[i].scheme);
            snprintf(seen.weak, sizeof(seen.weak), "%s", notes[i].weak == NULL ? "" : notes[i].weak);
            seen.n = notes[i].n;
            seen.k = notes[i].k;
            seen.by_name = notes[i].by_name;
        }
    }
    kinds_close(kinds);
    return seen;
}

static struct seen one(const char *name, const char *value)
{
    return look_at("", name, "", &value, 1);
}

/* ---- check digits ---- */

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *name, *good, *bad;
    } rows[] = {
        {"card", "card_number", "4111111111111111", "4111111111111112"},
        {"card", "card_number", "5555 5555 5555 4444", "5555 5555 5555 4445"},
        {"card", "card_number", "378282246310005", "378282246310006"},
        {"card", "card_number", "6011-1111-1111-1117", "9011-1111-1111-1116"},
        {"card", "card_number", "4111111111111111", "**** **** **** 1111"},
        {"iban", "iban", "GB29NWBK60161331926819", "GB28NWBK60161331926819"},
        {"iban", "iban", "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01"},
        {"iban", "iban", "FR1420041010050500013M02606", "FR1420041010050500013M0260"},
        {"aadhaar", "aadhaar", "9999 4105 7058", "9999 4105 7059"},
        {"aadhaar", "aadhaar", "234123412346", "134123412346"},
        {"aadhaar", "aadhaar", "234123412346", "199999999996"},
        {"pan-india", "pan_no", "ABCPE1234F", "ABCDE1234F"},
        {"ssn", "ssn", "078-05-1120", "666-05-1120"},
        {"ssn", "ssn", "078051120", "900-05-1120"},
        {"ssn", "ssn", "078-05-1120", "078-00-1120"},
        {"nino", "nino", "AB 12 34 56 C", "QQ 12 34 56 C"},
        {"nino", "nino", "JG103759A", "BG103759A"},
        {"nino", "nino", "JG103759A", "QA 12 34 56 C"},
        {"nir", "nir", "255081416802538", "255081416802539"},
        {"nir", "nir", "2 55 08 14 168 025 38", "2 55 18 14 168 025 38"},
        {"dni", "dni", "12345678Z", "12345678A"},
        {"dni", "dni", "X1234567L", "Y1234567L"},
        {"codice-fiscale", "codice_fiscale", "RSSMRA85T10A562S", "RSSMRA85T10A562T"},
        {"steuer-id", "steuer_id", "86095742719", "86095742718"},
        {"bsn", "bsn", "111222333", "111222334"},
        {"bsn", "bsn", "123456782", "123456783"},
        {"pesel", "pesel", "44051401458", "44051401459"},
        {"pesel", "pesel", "44051401458", "44151401457"},
        {"pesel", "pesel", "02070803628", "02070803629"},
        {"pesel", "pesel", "73112169581", "73112169571"},
        {"personnummer", "personnummer", "811218-9876", "811218-9877"},
        {"personnummer", "personnummer", "19811218-9876", "811318-9874"},
        {"hetu", "hetu", "131052-308T", "131052-308U"},
        {"cpf", "cpf", "111.444.777-35", "111.444.777-36"},
        {"cpf", "cpf", "52998224725", "11111111111"},
        {"resident-id-cn", "id_card", "11010519491231002X", "110105194912310021"},
        {"tckn", "tckn", "10000000146", "10000000147"},
        {"resident-id-cn", "id_card", "310104198007282590", "310104198007282591"},
        {"resident-id-cn", "id_card", "510107196603013378", "510107196603013387"},
        {"tckn", "tckn", "96012904078", "96012904178"},
        {"tckn", "tckn", "57966697218", "59766697218"},
        {"rrn", "rrn", "900101-1234568", "900101-1234567"},
        {"sin", "sin", "130 692 544", "130 692 545"},
        {"tfn", "tfn", "123456782", "123456783"},
        {"medicare-au", "medicare_no", "2123 45670 1", "2123 45671 1"},
        {"passport", "mrz", "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
         "L898902C37UTO7408122F1204159ZE184226B<<<<<10"},
        {"passport", "mrz", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "P<UTO ERIKSSON<<ANNA"},
        {"ip", "ip", "192.0.2.1", "192.0.2.256"},
        {"ip", "ip", "2001:db8::1", "2001:db8::1::2"},
        {"ip", "ip", "::ffff:192.0.2.1", "12:30:45"},
        {"ip", "ip", "198.51.100.7:443", "198.51.100"},
        {"email", "email", "Ann <ann.o'neil+x@mail.example>", "ann@localhost"},
        {"email", "email", "ann@example.org", "git@code:team/x.git"},
        {"email", "email", "\xc3\xa4nn@ex\xc3\xa4mple.org", "logo@2x.png"},
        {"location", "gps", "52.52000,13.40500", "252.52000,13.40500"},
        {"birth-date", "birth_date", "1980-02-29", "1981-02-29"},
        {"birth-date", "geburtsdatum", "29.02.1980", "2980-02-29"},
        {"birth-date", "birth_date", "03.02.1980", "1980-02-03 10:11:12"},
        {"gender", "geschlecht", "weiblich", "blau"},
        {"phone", "phone", "+49 30 1234567", "x"},
        {"health", "icd10", "F32.1", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strstr(one(rows[i].name, rows[i].good).text, rows[i].kind) == NULL) {
            fail_msg("'%s' is a %s", rows[i].good, rows[i].kind);
        }
        if (rows[i].bad != NULL && strstr(one(rows[i].name, rows[i].bad).text, rows[i].kind) != NULL) {
            fail_msg("'%s' is no %s", rows[i].bad, rows[i].kind);
        }
    }
}

/* The formulas by themselves, at every digit: one wrong digit is always seen (Luhn, Verhoeff, mod 97), neighbours changed too. */
static void test_formulas(void **state)
{
    (void)state;
    char digits[] = "79927398713"; /* the example of Luhn's patent's readers; valid */
    assert_true(check_luhn(digits, 11));
    for (size_t i = 0; i < 11; i++) {
        char kept = digits[i];
        for (char digit = '0'; digit <= '9'; digit++) {
            digits[i] = digit;
            assert_int_equal(check_luhn(digits, 11), digit == kept);
        }
        digits[i] = kept;
    }
    char verhoeff[] = "2363"; /* 236 with 3 */
    assert_true(check_verhoeff(verhoeff, 4));
    for (size_t i = 0; i < 4; i++) {
        char kept = verhoeff[i];
        for (char digit = '0'; digit <= '9'; digit++) {
            verhoeff[i] = digit;
            assert_int_equal(check_verhoeff(verhoeff, 4), digit == kept);
        }
        verhoeff[i] = kept;
    }
    assert_false(check_verhoeff("3263", 4));
    assert_true(check_mod11_10("07945", 5)); /* ISO/IEC 7064's example */
    assert_false(check_mod11_10("07944", 5));
    assert_int_equal(check_mod97("3214282912345698765432161182", 28), 1);
    assert_int_equal(check_mod97("a", 1), 97);
    assert_true(check_date(2000, 2, 29) && !check_date(1900, 2, 29) && check_date(0, 2, 29) &&
                !check_date(2001, 4, 31));
}

/* ---- passwords ---- */

static void test_passwords(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *scheme, *weak;
    } rows[] = {
        {"x", "$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "bcrypt, cost 10", ""},
        {"x", "$2a$05$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "bcrypt, cost 5", "a cost below 10"},
        {"x", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b4dWRWJTmaaJObG", "Argon2id, 65536 KiB", ""},
        {"x", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghk", "Argon2, 256 KiB",
         "less than 7 MiB of memory"},
        {"x", "$P$BQ7Vlb4mZgSZ9TLbgwlwUR6qyFqwiS1", "phpass MD5, 8192 rounds", "rounds of MD5"},
        {"x", "pbkdf2_sha256$260000$abcdefgh$Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmFyYmF6Zm9vYmE=",
         "PBKDF2-SHA256, 260000 rounds", "less than 600,000"},
        {"x", "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", "md5crypt", "1,000 rounds of MD5"},
        {"x", "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g0MDAwMDAw", "SHA-1, salted", "one round"},
        {"password", "5f4dcc3b5aa765d61d8327deb882cf99", "MD5, unsalted", "no salt and one round"},
        {"nt_hash", "8846f7eaee8fb117ad06bdd830b7586c", "NTLM, unsalted", "no salt"},
        {"passwd", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "SHA-1, unsalted", "no salt"},
        {"pwd", "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "MySQL native (SHA-1 twice)", "no salt"},
        {"passwort", "sunshine1", "readable", "stored readable"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = one(rows[i].name, rows[i].value);
        assert_string_equal(seen.text, "password");
        assert_string_equal(seen.scheme, rows[i].scheme);
        assert_true(rows[i].weak[0] == '\0' ? seen.weak[0] == '\0' : strstr(seen.weak, rows[i].weak) != NULL);
    }
    static const char *const none[][2] = {
        {"checksum", "5f4dcc3b5aa765d61d8327deb882cf99"},
        {"password_changed_at", "2024-01-01 10:11:12"},
        {"file_hash", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"},
        {"content_hash", "5f4dcc3b5aa765d61d8327deb882cf99"},
        {"password_attempts", "3"},
        {"has_password", "true"},
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_string_equal(look_at("customers", none[i][0], "", &none[i][1], 1).text, "");
    }
}

static void test_mixed_passwords(void **state)
{
    (void)state;
    static const char *const values[] = {"$2y$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
                                         "$2y$08$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
                                         "5f4dcc3b5aa765d61d8327deb882cf99", NULL};
    struct seen seen = look_at("users", "password", "varchar(255)", values, 4);
    assert_string_equal(seen.scheme, "bcrypt, cost 8 to 12; MD5, unsalted");
    assert_non_null(strstr(seen.weak, "no salt"));
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.k, 3);
}

/* Of two costs the lower one tells; a salt beside a bare hash is said; flags are no passwords. */
static void test_password_columns(void **state)
{
    (void)state;
    static const char *const costs[] = {"$2y$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
                                        "$2y$08$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"};
    assert_string_equal(look_at("", "c", "", costs, 2).weak, "a cost below 10");
    static const char *const flags[] = {"yes", "no", "no"};
    assert_string_equal(look_at("users", "password", "", flags, 3).text, "");
    struct kind_column columns[] = {{STR("pwd"), STR(""), STR("")}, {STR("salt"), STR(""), STR("")}};
    struct str cells[] = {STR("5f4dcc3b5aa765d61d8327deb882cf99"), STR("x9")};
    for (size_t salted = 0; salted < 2; salted++) {
        columns[1].name = salted ? STR("salt") : STR("x");
        struct kinds *kinds = NULL;
        const struct kind_note *notes;
        size_t count;
        assert_int_equal(kinds_open(columns, 2, &kinds, NULL), 0);
        kinds_rows(kinds, cells, 1);
        assert_int_equal(kinds_notes(kinds, &notes, &count, NULL), 0);
        assert_int_equal(count, 1);
        assert_string_equal(notes[0].scheme, salted ? "MD5, salt in another column" : "MD5, unsalted");
        kinds_close(kinds);
    }
}

/* ---- names ---- */

static void test_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *table, *name, *type, *kinds;
    } rows[] = {
        {"", "userEmail", "text", "email"},
        {"", "email_verified", "", ""},
        {"", "email", "boolean", ""},
        {"", "email", "timestamp", ""},
        {"", "EMAILADDRESS", "", "email"},
        {"", "Geburtsdatum", "date", "birth-date"},
        {"",
         "Stra\xc3\x9f"
         "e",
         "", "address"},
        {"",
         "num\xc3\xa9ro_s\xc3\xa9"
         "curit\xc3\xa9_sociale",
         "", "nir"},
        {"", "fecha_de_nacimiento", "", "birth-date"},
        {"", "mot_de_passe", "", "password"},
        {"customers", "name", "", "name"},
        {"products", "name", "", ""},
        {"customers", "file_name", "", ""},
        {"", "city", "", ""},
        {"kunden", "ort", "", "address"},
        {"", "religion", "", "religion"},
        {"", "trade_union", "boolean", "union"},
        {"", "race_id", "", ""},
        {"", "latitude", "", ""}, /* without its longitude */
        {"", "contenthash", "", ""},
        {"", "caller_id", "", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct seen seen = look_at(rows[i].table, rows[i].name, rows[i].type, NULL, 0);
        if (strcmp(seen.text, rows[i].kinds) != 0) {
            fail_msg("%s.%s: '%s', not '%s'", rows[i].table, rows[i].name, seen.text, rows[i].kinds);
        }
        assert_true(seen.text[0] == '\0' || (seen.by_name && seen.n == 0 && seen.k == 0));
    }
    static const char *const faiths[] = {"rk", "ev", "none"};
    assert_true(look_at("", "konfession", "", faiths, 3).by_name);
    static const char *const hidden[] = {"6f1ed002ab5595859014ebf0951522d9f3a1b2c4",
                                         "ab1ed002ab5595859014ebf0951522d9f3a1b2c5"};
    struct seen seen = look_at("", "email", "", hidden, 2);
    assert_string_equal(seen.text, "email");
    assert_true(seen.by_name && strcmp(seen.scheme, "values are hashed or encrypted") == 0);
}

static void test_pair(void **state)
{
    (void)state;
    struct kind_column columns[] = {{STR("lat"), STR(""), STR("")}, {STR("lng"), STR(""), STR("")}};
    struct kinds *kinds = NULL;
    const struct kind_note *notes;
    size_t count;
    assert_int_equal(kinds_open(columns, 2, &kinds, NULL), 0);
    struct str cells[] = {STR("52.5"), STR("13.4"), {0}, STR("181.0")};
    kinds_rows(kinds, cells, 2);
    assert_int_equal(kinds_notes(kinds, &notes, &count, NULL), 0);
    assert_int_equal(count, 1); /* of the longitudes one in two cannot be: too few */
    assert_string_equal(notes[0].kind, "location");
    assert_string_equal(notes[0].scheme, "latitude");
    assert_int_equal(notes[0].n, 1);
    kinds_close(kinds);
}

/* ---- chance ---- */

enum { ROWS = 400, NUMBER_BYTES = 24 };

static struct seen numbers(const char *name, uint64_t start, uint64_t step)
{
    static char text[ROWS][NUMBER_BYTES];
    const char *values[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        snprintf(text[i], NUMBER_BYTES, "%llu", (unsigned long long)(start + i * step));
        values[i] = text[i];
    }
    return look_at("customers", name, "", values, ROWS);
}

/* A tenth of these passes Luhn, and none of it is a card; constant values are one value. */
static void test_chance(void **state)
{
    (void)state;
    static const uint64_t steps[] = {1, 7, 10, 11, 97, 104729, 1299709};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        assert_string_equal(numbers("ref", 4000000000000000, steps[i]).text, "");
        assert_string_equal(numbers("c7", 123456789, steps[i]).text, "");
        assert_string_equal(numbers("c7", 23870165037, steps[i]).text, "");
        assert_string_equal(numbers("c7", 1600000000, steps[i]).text, "");
    }
    const char *same[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        same[i] = "4111111111111111";
    }
    assert_string_equal(look_at("", "c7", "", same, ROWS).text, "");
    assert_string_equal(look_at("", "card_number", "", same, ROWS).text, "card");
}

/* Eleven digits counted up from one on: the last is no part of the check, so passes come in tens. Drawn ones are told. */
static void test_counted(void **state)
{
    (void)state;
    static const char *const counted[] = {"21234567010", "21234567011", "21234567012",
                                          "21234567013", "21234567014", "21234567015"};
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(look_at("", "medicare_no", "", counted + i, 1).n, 1);
    }
    assert_string_equal(look_at("", "c7", "", counted, 6).text, "");
    /* Ten thousand times the same two that pass are two that pass. */
    const char *same[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        same[i] = i % 2 == 0 ? "130692544" : "141234567";
    }
    assert_string_equal(look_at("", "c7", "", same, ROWS).text, "");
}

/* Most cells are a placeholder: the others tell. */
static void test_placeholder(void **state)
{
    (void)state;
    const char *values[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        values[i] = i < ROWS - 4 ? "N/A"
                                 : (const char *const[]){"4111111111111111", "5555555555554444", "378282246310005",
                                                         "6011111111111117"}[i % 4];
    }
    struct seen seen = look_at("", "c7", "", values, ROWS);
    assert_string_equal(seen.text, "card");
    assert_int_equal(seen.n, ROWS);
    assert_int_equal(seen.k, 4);
}

static void test_text(void **state)
{
    (void)state;
    static char text[200000];
    memset(text, '@', sizeof(text) - 1);
    const char *values[] = {text, "call ann@example.org, she knows", "{\"mail\": \"bob@example.net\"}", "nothing"};
    struct seen seen = look_at("", "notes", "", values, 4);
    assert_string_equal(seen.text, "email");
    assert_string_equal(seen.scheme, "inside text");
    assert_int_equal(seen.n, 4);
    assert_int_equal(seen.k, 2);
}

/* Members whose name and value agree; nested ones too; broken JSON does no harm. */
static void test_members(void **state)
{
    (void)state;
    static const char *const values[] = {
        "{\"id\": 7, \"user\": {\"first_name\": \"Ann\", \"birth_date\" : \"1980-02-03\"}, \"phone\":\"+49 30 1234567\"}",
        "[{\"ssn\": \"078-05-1120\", \"phone\": \"on\", \"file_name\": \"x\"}]",
        "{\"a\": \"unfinished \\\", \"ssn\": \"666-05-1120\"",
        "{\"phone",
    };
    assert_string_equal(look_at("", "payload", "", values, 1).text, "phone;name;birth-date");
    assert_string_equal(look_at("", "payload", "", values + 1, 1).text, "ssn");
    assert_string_equal(look_at("", "payload", "", values + 2, 2).text, "");
    struct seen seen = look_at("", "payload", "", values, 4);
    assert_string_equal(seen.scheme, "inside JSON");
    assert_int_equal(seen.n, 4);
    assert_int_equal(seen.k, 1);
}

static void test_limit(void **state)
{
    (void)state;
    struct kinds *kinds = NULL;
    struct err err = {0};
    const struct kind_note *notes;
    size_t count;
    struct kind_column *many = calloc(16385, sizeof(*many));
    assert_int_equal(kinds_open(many, 16385, &kinds, &err), -1);
    assert_int_equal(err.kind, ERR_LIMIT);
    free(many);
    assert_int_equal(kinds_open(NULL, 0, &kinds, &err), 0);
    assert_int_equal(kinds_notes(kinds, &notes, &count, &err), 0);
    assert_int_equal(count, 0);
    kinds_close(kinds);
    kinds_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_mixed_passwords),
        cmocka_unit_test(test_by_name),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_password_columns),
        cmocka_unit_test(test_counted),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_placeholder),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
