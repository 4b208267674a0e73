/* Bundles: the same bytes from the same case; every byte flipped, every cut noticed; what is left out is counted and can be
 * opened later; and damage is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "casekit.h"

#include "case/tar.h"
#include "case/tiles.h"

static char document[65];

static json_t *pack_with(const char *dir, const char *file, const struct assay_pack_options *options,
                         enum assay_case_mode mode)
{
    struct assay_case *kase = kit_open(dir, mode);
    json_t *summary = NULL;
    struct err err = {0};
    if (assay_case_pack(kase, file, options, &summary, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assay_case_close(kase);
    return summary;
}

static void pack(const char *dir, const char *file, const struct assay_pack_options *options)
{
    json_decref(pack_with(dir, file, options, ASSAY_CASE_WRITE));
}

static int make_cases(void **state)
{
    struct err err = {0};
    if (kit_make(state) != 0) {
        return -1;
    }
    kit_fill(kit_path("c"));
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
    OWN(own_json) json_t *model = assay_case_model(kase, NULL);
    const json_t *evidence = json_array_get(json_object_get(model, "evidence"), 0);
    (void)snprintf(document, sizeof document, "%s", json_text(evidence, "sha256", ""));
    assay_case_close(kase);
    return assay_case_create(kit_path("tiny"), "tiny", NULL, NULL, &err);
}

static json_t *report_of(const char *file, const char *const *opened)
{
    json_t *report = NULL;
    struct err err = {0};
    if (assay_bundle_verify(file, NULL, opened, &report, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return report;
}

static bool verifies(const char *file)
{
    OWN(own_json) json_t *report = NULL;
    return assay_bundle_verify(file, NULL, NULL, &report, NULL) == 0 && json_bool(report, "verified", false);
}

static void must_say(const char *file, const char *const *opened, bool verified, const char *const *words)
{
    OWN(own_json) json_t *report = report_of(file, opened);
    OWN(own_mem) char *text = json_dumps(report, JSON_COMPACT | JSON_SORT_KEYS);
    if (json_bool(report, "verified", !verified) != verified) {
        fail_msg("%s", text);
    }
    for (; *words != NULL; words++) {
        if (strstr(text, *words) == NULL) {
            fail_msg("not said: %s: %s", *words, text);
        }
    }
}

static void must_be_same(const char *a, const char *b)
{
    OWN(own_buf) struct buf left = {0};
    OWN(own_buf) struct buf right = {0};
    kit_read(a, &left);
    kit_read(b, &right);
    assert_true(left.len != 0 && str_eq(buf_str(&left), buf_str(&right)));
}

static void same_case_gives_same_bytes(void **state)
{
    (void)state;
    const struct assay_pack_options tiles = {.has_tiles = true};
    mode_t before = umask(077);
    pack(kit_path("c"), kit_path("a.tar"), &tiles);
    umask(0);
    assert_int_equal(rename(kit_path("c"), kit_path("moved")), 0);
    pack(kit_path("moved"), kit_path("b.tar"), &tiles);
    umask(before);
    assert_int_equal(rename(kit_path("moved"), kit_path("c")), 0);
    must_be_same(kit_path("a.tar"), kit_path("b.tar"));
    must_say(
        kit_path("a.tar"), NULL, true,
        (const char *const[]){"8 of 8 read, tree rebuilt, root agrees", "signed by assay.invalid/maple-lane (case key)",
                              "the list of files is signed by assay.invalid/maple-lane", "2 of 2 kept checkpoints lie",
                              "1 of 1 digests agree", "2 of 2 lead from their entry", "2 tiles are those of the tree",
                              "\"redacted\":0", "\"withheld\":0", NULL});
}

/* One byte after the other is another one, in place; step 1: all. */
static void flip(const char *file, size_t step, uint8_t mask)
{
    OWN(own_buf) struct buf bytes = {0};
    kit_read(file, &bytes);
    OWN(own_fd) int fd = open(file, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0 && bytes.len > 1024);
    for (size_t i = 0; i < bytes.len; i += step) {
        uint8_t other = (uint8_t)bytes.data[i] ^ mask;
        assert_int_equal(pwrite(fd, &other, 1, (off_t)i), 1);
        if (verifies(file)) {
            fail_msg("byte %zu ^ %02x goes unnoticed", i, mask);
        }
        assert_int_equal(pwrite(fd, &bytes.data[i], 1, (off_t)i), 1);
    }
    assert_true(verifies(file));
}

static void every_flipped_byte_is_noticed(void **state)
{
    (void)state;
    const struct assay_pack_options part = {.withhold = (const char *const[]){"all", NULL},
                                            .redact = (const char *const[]){"X01/1", NULL}};
    pack(kit_path("tiny"), kit_path("tiny.tar"), &(struct assay_pack_options){.report = NULL});
    flip(kit_path("tiny.tar"), 1, 0x01);
    json_decref(pack_with(kit_path("c"), kit_path("part.tar"), &part, ASSAY_CASE_READ)); /* unsigned */
    flip(kit_path("part.tar"), 61, 0x20);
    pack(kit_path("c"), kit_path("tiles.tar"), &(struct assay_pack_options){.has_tiles = true});
    flip(kit_path("tiles.tar"), 67, 0x80);
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    OWN(own_buf) struct buf bytes = {0};
    pack(kit_path("tiny"), kit_path("tiny.tar"), &(struct assay_pack_options){.report = NULL});
    kit_read(kit_path("tiny.tar"), &bytes);
    for (size_t length = bytes.len; length > 0; length--) {
        if (length % 7 != 0 && length + 1100 < bytes.len) { /* all around the end, and a seventh of the others */
            continue;
        }
        assert_int_equal(truncate(kit_path("tiny.tar"), (off_t)length - 1), 0);
        if (verifies(kit_path("tiny.tar"))) {
            fail_msg("cut to %zu of %zu goes unnoticed", length - 1, bytes.len);
        }
    }
    buf_putc(&bytes, '\0');
    kit_write(kit_path("tiny.tar"), buf_str(&bytes));
    assert_false(verifies(kit_path("tiny.tar"))); /* one zero more */
}

/* Where a text begins in a file. */
static size_t find(const char *file, struct str text)
{
    OWN(own_buf) struct buf bytes = {0};
    kit_read(file, &bytes);
    size_t at = str_find(buf_str(&bytes), text, 0);
    assert_true(at != SIZE_MAX);
    return at;
}

static void poke(const char *file, size_t at, char byte)
{
    OWN(own_fd) int fd = open(file, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0 && pwrite(fd, &byte, 1, (off_t)at) == 1);
}

static void damage_is_named(void **state)
{
    (void)state;
    static const struct {
        struct str text; /* the byte so far behind its beginning is changed */
        size_t behind;
        const char *words[3];
    } rows[] = {
        {STR_INIT("a.php"), 0, {"ledger.jsonl:6", "entry 5 is not what was signed", "digest is"}},
        {STR_INIT("the archived letter"), 3, {"documents/", "digest is", "the list says"}},
        {STR_INIT("checkpoints/4\0"), 100, {"checkpoints/4", "has a header that assay does not write", "at byte"}},
        {STR_INIT("README.txt\0"),
         0,
         {"in the archive, but not in the list", "is missing; the list has it", "at byte"}},
        {STR_INIT("What this is"), 0, {"README.txt", "digest is", "the list says"}},
        {STR_INIT("redacted 0"), 9, {"\"where\":\"bundle\"", "does not hold", "altered\":1"}},
    };
    const struct assay_pack_options options = {.report = NULL};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pack(kit_path("c"), kit_path("n.tar"), &options);
        size_t at = find(kit_path("n.tar"), rows[i].text);
        poke(kit_path("n.tar"), at + rows[i].behind, 'Z');
        must_say(kit_path("n.tar"), NULL, false,
                 (const char *const[]){rows[i].words[0], rows[i].words[1], rows[i].words[2], NULL});
    }
}

/* Every header another time, with its right checksum: only the ledger knows better. */
static void a_time_that_is_not_the_ledgers_is_noticed(void **state)
{
    (void)state;
    OWN(own_buf) struct buf bytes = {0};
    struct tar_member member;
    pack(kit_path("tiny"), kit_path("t.tar"), &(struct assay_pack_options){.report = NULL});
    kit_read(kit_path("t.tar"), &bytes);
    for (size_t at = 0; tar_read(&member, bytes.data + at) == 1;
         at += TAR_BLOCK + member.size + tar_padding(member.size)) {
        member.time_s++;
        tar_header(bytes.data + at, &member);
    }
    kit_write(kit_path("t.tar"), buf_str(&bytes));
    must_say(kit_path("t.tar"), NULL, false, (const char *const[]){"another time than that of the newest entry", NULL});
}

static void what_is_left_out_is_counted(void **state)
{
    (void)state;
    const struct assay_pack_options options = {.withhold = (const char *const[]){"E01", NULL},
                                               .redact = (const char *const[]){"X01/*", "C1", NULL}};
    OWN(own_json) json_t *summary = pack_with(kit_path("c"), kit_path("p.tar"), &options, ASSAY_CASE_WRITE);
    assert_int_equal(json_int(summary, "withheld", 0), 1);
    assert_int_equal(json_int(summary, "redacted", 0), 3);
    assert_int_equal(json_int(summary, "documents", 9), 0);
    must_say(kit_path("p.tar"), NULL, true,
             (const char *const[]){"\"withheld\":1", "\"redacted\":3", "1 documents were left out",
                                   "3 entries were left out", "8 of 8 read, tree rebuilt, root agrees", NULL});
    OWN(own_buf) struct buf bytes = {0};
    kit_read(kit_path("p.tar"), &bytes);
    assert_true(str_find(buf_str(&bytes), STR("a.php"), 0) == SIZE_MAX);
    assert_true(str_find(buf_str(&bytes), STR("the archived letter"), 0) == SIZE_MAX);
    assert_true(str_find(buf_str(&bytes), STR("a tool was planted"), 0) == SIZE_MAX);
}

static void reveal(const char *id, const char *file)
{
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
    struct err err = {0};
    if (assay_case_reveal(kase, id, file, &err) != 0) {
        fail_msg("%s", err.text);
    }
    assay_case_close(kase);
}

static void what_is_left_out_can_be_opened(void **state)
{
    (void)state;
    const struct assay_pack_options options = {.withhold = (const char *const[]){document, NULL},
                                               .redact = (const char *const[]){"C1", "X01/1", NULL}};
    pack(kit_path("c"), kit_path("o.tar"), &options);
    reveal("C1", kit_path("C1"));
    reveal(document, kit_path("letter"));
    const char *const both[] = {kit_path("C1"), kit_path("letter"), NULL};
    must_say(kit_path("o.tar"), both, true,
             (const char *const[]){"2 entries and documents are what was left out", "\"redacted\":1", "\"withheld\":0",
                                   NULL});
    OWN(own_buf) struct buf bytes = {0};
    kit_read(kit_path("C1"), &bytes);
    bytes.data[bytes.len - 3] ^= 1;
    kit_write(kit_path("C1"), buf_str(&bytes));
    must_say(kit_path("o.tar"), both, false, (const char *const[]){"C1:1", NULL});
    kit_write(kit_path("letter"), STR("another letter\n"));
    must_say(kit_path("o.tar"), both + 1, false,
             (const char *const[]){"neither a line of a ledger nor a document", NULL});
}

static void what_cannot_be_left_out_is_refused(void **state)
{
    (void)state;
    const struct {
        struct assay_pack_options options;
        const char *says;
    } rows[] = {
        {{.redact = (const char *const[]){"S77", NULL}}, "no entry \"S77\""},
        {{.redact = (const char *const[]){"case", NULL}}, "entry 0 names the key"},
        {{.redact = (const char *const[]){"C1", NULL}, .has_tiles = true}, "--tiles hands out every entry"},
        {{.withhold = (const char *const[]){"C1", NULL}}, "names no archived document"},
        {{.report = "/nowhere/r.html"}, "/nowhere/r.html"},
    };
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *summary = NULL;
        struct err err = {0};
        assert_int_equal(assay_case_pack(kase, kit_path("no.tar"), &rows[i].options, &summary, &err), -1);
        if (strstr(err.text, rows[i].says) == NULL) {
            fail_msg("%s: %s", rows[i].says, err.text);
        }
        assert_int_equal(access(kit_path("no.tar"), F_OK), -1);
    }
    assay_case_close(kase);
}

static void a_damaged_case_is_not_packed(void **state)
{
    (void)state;
    char path[256];
    OWN(own_buf) struct buf bytes = {0};
    struct err err = {0};
    json_t *summary = NULL;
    (void)snprintf(path, sizeof path, "c/documents/%s", document);
    kit_read(kit_path(path), &bytes);
    kit_write(kit_path(path), STR("another\n"));
    struct assay_case *kase = kit_open(kit_path("c"), ASSAY_CASE_READ);
    const struct assay_pack_options options = {.report = NULL};
    assert_int_equal(assay_case_pack(kase, kit_path("no.tar"), &options, &summary, &err), -1);
    assert_int_equal(err.kind, ERR_TAMPERED);
    assert_non_null(strstr(err.text, document));
    assay_case_close(kase);
    kit_write(kit_path(path), buf_str(&bytes));
}

static void headers_have_one_form(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is;
    } names[] = {{"a", true},     {"a/b.c", true}, {"tile/0/x001/067.p/5", true},
                 {"", false},     {"/a", false},   {"a/", false},
                 {"a//b", false}, {"../a", false}, {"a/.b", false},
                 {"a\nb", false}, {".a", false},   {"a b", false}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(tar_is_name(names[i].name), names[i].is);
    }
    struct tar_member member = {.name = "documents/a", .size = 1234567890, .time_s = 1700000000};
    struct tar_member again;
    char block[TAR_BLOCK];
    tar_header(block, &member);
    assert_int_equal(tar_read(&again, block), 1);
    assert_true(again.size == member.size && again.time_s == member.time_s && strcmp(again.name, member.name) == 0);
    for (size_t i = 0; i < TAR_BLOCK; i++) {
        block[i] = (char)(block[i] ^ 2);
        int is = tar_read(&again, block);
        assert_true(is < 0 || strcmp(again.name, member.name) != 0 || again.size != member.size ||
                    again.time_s != member.time_s);
        block[i] = (char)(block[i] ^ 2);
    }
}

static void tiles_are_named_as_the_specification_says(void **state)
{
    (void)state;
    char name[TILE_NAME];
    tile_name(name, 0, 1234067, 256);
    assert_string_equal(name, "tile/0/x001/x234/067");
    tile_name(name, TILE_ENTRIES, 273, 112);
    assert_string_equal(name, "tile/entries/273.p/112");
    tile_name(name, 2, 0, 1);
    assert_string_equal(name, "tile/2/000.p/1");
    assert_int_equal(tile_hashes(70000, 0), 70000);
    assert_int_equal(tile_hashes(70000, 1), 273);
    assert_int_equal(tile_hashes(70000, 2), 1);
    assert_int_equal(tile_hashes(70000, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_case_gives_same_bytes),
        cmocka_unit_test(every_flipped_byte_is_noticed),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(a_time_that_is_not_the_ledgers_is_noticed),
        cmocka_unit_test(what_is_left_out_is_counted),
        cmocka_unit_test(what_is_left_out_can_be_opened),
        cmocka_unit_test(what_cannot_be_left_out_is_refused),
        cmocka_unit_test(a_damaged_case_is_not_packed),
        cmocka_unit_test(headers_have_one_form),
        cmocka_unit_test(tiles_are_named_as_the_specification_says),
    };
    return cmocka_run_group_tests(tests, make_cases, kit_drop);
}
