/* Verification: every byte of a small case is flipped, every file cut at every length, lines and files are swapped, and the
 * answer has to be no; and the damage is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "casekit.h"

#include "ledger/checkpoint.h"

static char document[160];

static const char *const files[] = {"ledger.jsonl", "checkpoint", "vkey", "checkpoints/4", "checkpoints/7"};

static int make_case(void **state)
{
    if (kit_make(state) != 0) {
        return -1;
    }
    kit_fill(kit_path("c"));
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
    OWN(own_json) json_t *model = assay_case_model(kase, NULL);
    json_t *evidence = json_array_get(json_object_get(model, "evidence"), 0);
    assert_true(json_bool(evidence, "archived", false));
    (void)snprintf(document, sizeof document, "documents/%s", json_text(evidence, "sha256", ""));
    assay_case_close(kase);
    return 0;
}

static const char *inside(const char *name)
{
    char path[256];
    (void)snprintf(path, sizeof path, "c/%s", name);
    return kit_path(path);
}

static void unharmed_case_verifies(void **state)
{
    (void)state;
    OWN(own_mem) char *report = kit_report(kit_path("c"));
    assert_non_null(strstr(report, "\"verified\":true"));
    assert_non_null(strstr(report, "8 of 8 read, tree rebuilt, root agrees"));
    assert_non_null(strstr(report, "signed by assay.invalid/maple-lane (case key)"));
    assert_non_null(strstr(report, "2 of 2 kept checkpoints"));
    assert_non_null(strstr(report, "1 of 1 digests agree"));
    assert_null(strstr(report, "\"ok\":false"));
}

static void flip_all(const char *name, uint8_t mask)
{
    OWN(own_buf) struct buf bytes = {0};
    char path[512];
    (void)snprintf(path, sizeof path, "%s", inside(name));
    kit_read(path, &bytes);
    assert_true(bytes.len != 0);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] = (char)((uint8_t)bytes.data[i] ^ mask);
        kit_write(path, buf_str(&bytes));
        if (kit_verifies(kit_path("c"))) {
            fail_msg("%s: byte %zu ^ %02x goes unnoticed", name, i, mask);
        }
        bytes.data[i] = (char)((uint8_t)bytes.data[i] ^ mask);
    }
    kit_write(path, buf_str(&bytes));
    assert_true(kit_verifies(kit_path("c")));
}

static void every_flipped_byte_is_noticed(void **state)
{
    (void)state;
    assert_int_equal(unlink(inside("index.sqlite")), 0); /* nothing but the files that are handed over */
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        flip_all(files[i], 0x01);
    }
    for (size_t i = 1; i < sizeof files / sizeof files[0]; i++) {
        flip_all(files[i], 0x20); /* the case of a letter */
    }
    flip_all(document, 0x80);
    flip_all("key", 0x01);
}

static void flipped_bytes_are_named_by_the_index(void **state)
{
    (void)state;
    OWN(own_buf) struct buf bytes = {0};
    kit_read(inside("ledger.jsonl"), &bytes);
    size_t line = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        char expected[64];
        if (bytes.data[i] == '\n') {
            line++;
            continue;
        }
        if (i % 7 != 0) {
            continue;
        }
        bytes.data[i] ^= 4;
        kit_write(inside("ledger.jsonl"), buf_str(&bytes));
        OWN(own_mem) char *report = kit_report(kit_path("c"));
        (void)snprintf(expected, sizeof expected, "entry %zu is not what checkpoint 8 covers", line);
        if (bytes.data[i] != '\n' && (strstr(report, expected) == NULL || strstr(report, "\"altered\":1,") == NULL)) {
            fail_msg("byte %zu of entry %zu: %s", i, line, report);
        }
        bytes.data[i] ^= 4;
    }
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    OWN(own_buf) struct buf bytes = {0};
    for (size_t i = 0; i < sizeof files / sizeof files[0] + 1; i++) {
        const char *name = i < sizeof files / sizeof files[0] ? files[i] : document;
        kit_read(inside(name), &bytes);
        for (size_t length = 0; length < bytes.len; length++) {
            kit_write(inside(name), (struct str){bytes.data, length});
            if (kit_verifies(kit_path("c"))) {
                fail_msg("%s: cut to %zu goes unnoticed", name, length);
            }
        }
        assert_int_equal(unlink(inside(name)), 0);
        if (strstr(name, "checkpoints/") == NULL && kit_verifies(kit_path("c"))) {
            fail_msg("%s: its absence goes unnoticed", name);
        }
        kit_write(inside(name), buf_str(&bytes));
    }
    assert_true(kit_verifies(kit_path("c")));
}

enum { LINES = 8 };

/* The ledger with its lines in this order. */
static void write_lines(const struct buf *ledger, const size_t *order, size_t count)
{
    OWN(own_buf) struct buf out = {0};
    for (size_t i = 0; i < count; i++) {
        struct str rest = buf_str(ledger);
        struct str_cut line = {0};
        for (size_t skip = 0; skip <= order[i]; skip++) {
            line = str_cut(rest, '\n');
            rest = line.tail;
        }
        buf_put(&out, line.head);
        buf_putc(&out, '\n');
    }
    kit_write(inside("ledger.jsonl"), buf_str(&out));
}

static void swapped_lines_are_noticed_and_named(void **state)
{
    (void)state;
    OWN(own_buf) struct buf ledger = {0};
    kit_read(inside("ledger.jsonl"), &ledger);
    for (size_t i = 0; i < LINES; i++) {
        for (size_t j = i + 1; j < LINES; j++) {
            size_t order[LINES] = {0, 1, 2, 3, 4, 5, 6, 7};
            char expected[64];
            order[i] = j;
            order[j] = i;
            write_lines(&ledger, order, LINES);
            OWN(own_mem) char *report = kit_report(kit_path("c"));
            (void)snprintf(expected, sizeof expected, "entry %zu stands where entry %zu belongs", j, i);
            assert_non_null(strstr(report, "\"verified\":false"));
            assert_non_null(strstr(report, expected));
        }
    }
}

static void missing_and_added_lines_are_named(void **state)
{
    (void)state;
    OWN(own_buf) struct buf ledger = {0};
    kit_read(inside("ledger.jsonl"), &ledger);
    for (size_t gone = 0; gone < LINES; gone++) {
        size_t order[LINES];
        size_t count = 0;
        char expected[64];
        for (size_t i = 0; i < LINES; i++) {
            if (i != gone) {
                order[count++] = i;
            }
        }
        write_lines(&ledger, order, count);
        OWN(own_mem) char *report = kit_report(kit_path("c"));
        (void)snprintf(expected, sizeof expected, "entry %zu is missing", gone);
        assert_non_null(strstr(report, "\"verified\":false"));
        assert_non_null(strstr(report, "\"missing\":1,"));
        assert_non_null(strstr(report, expected));
    }
    size_t twice[LINES + 1] = {0, 1, 2, 2, 3, 4, 5, 6, 7};
    write_lines(&ledger, twice, LINES + 1);
    assert_false(kit_verifies(kit_path("c")));
}

/* Without the index: the kept checkpoints narrow it down. */
static void kept_checkpoints_narrow_it_down(void **state)
{
    (void)state;
    OWN(own_buf) struct buf ledger = {0};
    kit_read(inside("ledger.jsonl"), &ledger);
    assert_int_equal(unlink(inside("index.sqlite")), 0);
    size_t at = str_find(buf_str(&ledger), STR("a.php"), 0);
    ledger.data[at] = 'b';
    kit_write(inside("ledger.jsonl"), buf_str(&ledger));
    OWN(own_mem) char *report = kit_report(kit_path("c"));
    assert_non_null(strstr(report, "one of the entries 4 to 7 is not what checkpoint 8 covers"));
    assert_non_null(strstr(report, "entries 0 to 3 agree with checkpoints/4"));
}

static void swapped_files_are_noticed(void **state)
{
    (void)state;
    assert_int_equal(rename(inside("checkpoints/4"), inside("x")), 0);
    assert_int_equal(rename(inside("checkpoints/7"), inside("checkpoints/4")), 0);
    assert_int_equal(rename(inside("x"), inside("checkpoints/7")), 0);
    OWN(own_mem) char *report = kit_report(kit_path("c"));
    assert_non_null(strstr(report, "\"where\":\"checkpoints/4\""));
    assert_non_null(strstr(report, "\"where\":\"checkpoints/7\""));
}

static void strange_files_are_named(void **state)
{
    (void)state;
    assert_int_equal(rename(inside(document), inside("documents/letter.txt")), 0);
    OWN(own_mem) char *report = kit_report(kit_path("c"));
    assert_non_null(strstr(report, "is not named by a digest"));
    assert_non_null(strstr(report, "is missing; entry E01 has it"));
    assert_int_equal(rename(inside("documents/letter.txt"), inside(document)), 0);
    assert_int_equal(
        symlink(inside("ledger.jsonl"), inside("documents/"
                                               "0000000000000000000000000000000000000000000000000000000000000000")),
        0);
    assert_false(kit_verifies(kit_path("c")));
}

/* A document swapped for another whose name is right is another digest: it is not the one the entry names. */
static void exchanged_document_is_missing(void **state)
{
    (void)state;
    assert_int_equal(unlink(inside(document)), 0);
    kit_write(inside("documents/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), STR(""));
    OWN(own_mem) char *report = kit_report(kit_path("c"));
    assert_non_null(strstr(report, "\"missing\":1,"));
}

static void another_case_of_the_same_name_is_not_this_one(void **state)
{
    (void)state;
    OWN(own_buf) struct buf bytes = {0};
    kit_fill(kit_path("d"));
    static const char *const swapped[] = {"checkpoint", "vkey", "key", "ledger.jsonl", "checkpoints/4"};
    for (size_t i = 0; i < sizeof swapped / sizeof swapped[0]; i++) {
        OWN(own_buf) struct buf before = {0};
        char path[256];
        (void)snprintf(path, sizeof path, "d/%s", swapped[i]);
        kit_read(inside(swapped[i]), &before);
        kit_read(kit_path(path), &bytes);
        kit_write(inside(swapped[i]), buf_str(&bytes));
        if (kit_verifies(kit_path("c"))) {
            fail_msg("%s of another case", swapped[i]);
        }
        kit_write(inside(swapped[i]), buf_str(&before));
    }
    assert_true(kit_verifies(kit_path("c")));
}

/* The holder of the key signs a second history: the kept checkpoint is genuine, and not of this ledger. */
static void forked_checkpoint_is_noticed(void **state)
{
    (void)state;
    struct sign_key secret;
    struct note_key key;
    struct assay_case *kase = NULL;
    struct err err = {0};
    OWN(own_buf) struct buf line = {0};
    OWN(own_buf) struct buf note = {0};
    struct sha256 other = sha256_of(STR("another history"));
    kit_read(inside("key"), &line);
    assert_int_equal(note_secret_read(&secret, &key, str_slice(buf_str(&line), 0, line.len - 1), NULL), 0);
    assert_int_equal(checkpoint_sign(&note, 5, &other, &key, &secret, NULL), 0);
    kit_write(inside("checkpoints/5"), buf_str(&note));
    OWN(own_mem) char *report = kit_report(kit_path("c"));
    assert_non_null(strstr(report, "\"where\":\"checkpoints/5\""));
    assert_non_null(strstr(report, "is not over the entries of this ledger"));
    assert_int_equal(assay_case_open(kit_path("c"), ASSAY_CASE_READ, &kase, NULL, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
    assert_non_null(strstr(err.text, "are not what checkpoints/5 covers"));
}

static void many_problems_are_counted_not_listed(void **state)
{
    (void)state;
    struct err err = {0};
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_WRITE);
    OWN(own_json) json_t *entries = json_array();
    for (int i = 0; i < 500; i++) {
        assert_int_equal(json_array_append_new(entries, json_pack("{s:s}", "type", "evidence")), 0);
    }
    assert_int_equal(assay_case_append(kase, entries, &err), 0);
    assay_case_close(kase);
    OWN(own_buf) struct buf bytes = {0};
    kit_read(inside("ledger.jsonl"), &bytes);
    static const struct str id = {"\"id\":\"E", 7};
    for (size_t at = str_find(buf_str(&bytes), id, 0); at != SIZE_MAX; at = str_find(buf_str(&bytes), id, at + 1)) {
        bytes.data[at + 6] = 'F';
    }
    kit_write(inside("ledger.jsonl"), buf_str(&bytes));
    OWN(own_mem) char *report = kit_report(kit_path("c"));
    assert_non_null(strstr(report, "\"altered\":501,"));
    assert_non_null(strstr(report, "and 481 more"));
    assert_true(strlen(report) < 8192);
}

static void folder_without_a_case_cannot_be_checked(void **state)
{
    (void)state;
    json_t *report = NULL;
    struct err err = {0};
    assert_int_equal(assay_case_verify(kit_root, &report, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
    assert_int_equal(assay_case_verify(kit_path("nowhere"), &report, &err), -1);
    assert_int_equal(err.kind, ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_case, kit_drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(unharmed_case_verifies),
        TEST(every_flipped_byte_is_noticed),
        TEST(flipped_bytes_are_named_by_the_index),
        TEST(every_cut_is_noticed),
        TEST(swapped_lines_are_noticed_and_named),
        TEST(missing_and_added_lines_are_named),
        TEST(kept_checkpoints_narrow_it_down),
        TEST(swapped_files_are_noticed),
        TEST(strange_files_are_named),
        TEST(exchanged_document_is_missing),
        TEST(another_case_of_the_same_name_is_not_this_one),
        TEST(forked_checkpoint_is_noticed),
        TEST(many_problems_are_counted_not_listed),
        TEST(folder_without_a_case_cannot_be_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
