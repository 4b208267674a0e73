/* Manifests: what is written is read; what is damaged is refused with its line; white space is told apart from a change. Findings of
 * before: which of today's are new. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "assay/finding.h"
#include "assay/sweep.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/manifest.h"
#include "sweep/since.h"

static char folder[40];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/assay-known-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void at(const char *name, char out[static 256])
{
    (void)snprintf(out, 256, "%s/%s", folder, name);
}

static bool digest_text(struct str bytes, struct sha256 *text)
{
    char path[256];
    at("t", path);
    assert_int_equal(file_write(path, bytes, NULL), 0);
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    struct sha256 whole, plain = sha256_of(bytes);
    bool is_text;
    assert_int_equal(manifest_digest(fileno(in), &whole, text, &is_text), 0);
    assert_true(sha256_eq(&whole, &plain));
    (void)fclose(in);
    (void)unlink(path);
    return is_text;
}

static void test_white_space(void **state)
{
    static const struct {
        struct str a, b;
        bool same;
    } rows[] = {
        {STR_INIT("a\nb\n"), STR_INIT("a\r\nb\r\n"), true},
        {STR_INIT("a\nb\n"), STR_INIT("a  \nb\t\n"), true},
        {STR_INIT("a\nb\n"), STR_INIT("a\nb"), true},
        {STR_INIT("a\nb\n"), STR_INIT("a\nb\n\n \n"), true},
        {STR_INIT("a\n"),
         STR_INIT("\xef\xbb\xbf"
                  "a\n"),
         true},
        {STR_INIT(""), STR_INIT("\xef\xbb\xbf\r\n"), true},
        {STR_INIT("a\nb\n"), STR_INIT("a\n\nb\n"), false},
        {STR_INIT("a b\n"), STR_INIT("a  b\n"), false},
        {STR_INIT(" a\n"), STR_INIT("a\n"), false},
        {STR_INIT("a\rb\n"), STR_INIT("ab\n"), false},
        {STR_INIT("a\rb\n"), STR_INIT("a\nb\n"), false},
        {STR_INIT("a\n"), STR_INIT("a\xef\xbb\xbf\n"), false},
        {STR_INIT("\xef\xbb"
                  "a"),
         STR_INIT("a"), false},
        {STR_INIT("a\n"), STR_INIT("b\n"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sha256 a, b;
        assert_true(digest_text(rows[i].a, &a) && digest_text(rows[i].b, &b));
        if (sha256_eq(&a, &b) != rows[i].same) {
            fail_msg("row %zu", i);
        }
    }
    struct sha256 digest;
    assert_false(digest_text(STR("a\0b"), &digest));
}

/* Blanks and lines across the pieces that a file is read in. */
static void test_white_space_of_long_files(void **state)
{
    (void)state;
    struct buf plain = {.max = 4 << 20}, spaced = {.max = 4 << 20};
    for (unsigned i = 0; i < 30000; i++) {
        buf_printf(&plain, "line %u\n", i);
        buf_printf(&spaced, "line %u%*s\r\n", i, (int)(i % 17), "");
    }
    for (unsigned i = 0; i < 200; i++) {
        buf_putc(&plain, '\n');
        buf_puts(&spaced, "\r\n");
    }
    buf_puts(&plain, "end");
    buf_puts(&spaced, "end\r\n");
    struct sha256 a, b;
    assert_true(digest_text(buf_str(&plain), &a) && digest_text(buf_str(&spaced), &b));
    assert_true(sha256_eq(&a, &b));
    buf_reset(&plain);
    buf_reset(&spaced);
    for (unsigned i = 0; i < 9000; i++) { /* more blanks than are held back: they stay */
        buf_putc(&spaced, ' ');
    }
    buf_puts(&plain, "a\n");
    buf_puts(&spaced, "\n");
    struct buf joined = {.max = 1 << 20};
    buf_putc(&joined, 'a');
    buf_put(&joined, buf_str(&spaced));
    assert_true(digest_text(buf_str(&plain), &a) && digest_text(buf_str(&joined), &b));
    assert_false(sha256_eq(&a, &b));
    buf_free(&plain);
    buf_free(&spaced);
    buf_free(&joined);
}

static void put_file(struct assay_manifest *manifest, const char *path, const char *bytes, bool is_text)
{
    struct sha256 digest = sha256_of(str_of(bytes));
    json_t *record = manifest_record(str_of(path), strlen(bytes), &digest, is_text ? &digest : NULL);
    assert_non_null(record);
    assert_int_equal(assay_manifest_put(manifest, record, NULL), 0);
    json_decref(record);
}

static void make(const char *name, struct buf *out)
{
    char path[256];
    at(name, path);
    struct assay_manifest *manifest = assay_manifest_begin(path, "release", NULL);
    assert_non_null(manifest);
    put_file(manifest, "a/b.php", "one", true);
    put_file(manifest, "a/b/c.php", "two", true);
    put_file(manifest, "a/c\xff.png", "three", false);
    put_file(manifest, "index.php", "", true);
    assert_int_equal(assay_manifest_end(manifest, true, NULL), 0);
    own_assay_manifest(&manifest);
    buf_reset(out);
    assert_int_equal(file_read(path, 1 << 20, out, NULL), 0);
}

static struct manifest *read_bytes(struct str bytes, size_t step, struct err *err)
{
    struct manifest *manifest = NULL;
    struct manifest_reader *reader = manifest_reader_new("m.jsonl", err);
    int failed = 0;
    for (size_t from = 0; failed == 0 && from < bytes.len; from += step) {
        failed = manifest_reader_put(reader, str_slice(bytes, from, from + step), err);
    }
    failed = failed != 0 ? failed : manifest_reader_end(reader, &manifest, err);
    manifest_reader_free(reader);
    return failed == 0 ? manifest : NULL;
}

static struct manifest_file file_of(const struct manifest *manifest, struct str path)
{
    const struct manifest_file *file = manifest_find(manifest, path);
    return file != NULL ? *file : (struct manifest_file){.is_text = false};
}

static size_t files_in(const struct manifest *manifest, const char *path)
{
    const struct manifest_dir *dir = manifest_find_dir(manifest, str_of(path));
    return dir != NULL ? dir->files : 0;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct buf bytes = {.max = 1 << 20};
    char path[256];
    struct err err = {.kind = ERR_NONE};
    make("m", &bytes);
    at("m", path);
    for (size_t step = 1; step < bytes.len + 7; step += 7) {
        struct manifest *manifest = read_bytes(buf_str(&bytes), step, &err);
        if (manifest == NULL) {
            fail_msg("in pieces of %zu: %s", step, err.text);
            break;
        }
        assert_int_equal(manifest->count, 4);
        assert_true(manifest->is_complete);
        struct manifest_file png = file_of(manifest, STR("a/c\xff.png")), index = file_of(manifest, STR("index.php"));
        assert_false(png.is_text);
        assert_int_equal(png.bytes, 5);
        assert_true(index.is_text);
        assert_null(manifest_find(manifest, STR("index.ph")));
        assert_int_equal(files_in(manifest, "a"), 2);
        assert_int_equal(files_in(manifest, "a/b"), 1);
        assert_int_equal(files_in(manifest, ""), 1);
        assert_null(manifest_find_dir(manifest, STR("b")));
        manifest_free(manifest);
    }
    (void)unlink(path);
    buf_free(&bytes);
}

/* Nothing under its name, and nothing beside it, of a manifest that was not ended. */
static void test_not_ended_leaves_nothing(void **state)
{
    (void)state;
    char path[256];
    at("m", path);
    struct assay_manifest *manifest = assay_manifest_begin(path, "release", NULL);
    assert_non_null(manifest);
    put_file(manifest, "a", "one", true);
    own_assay_manifest(&manifest);
    assert_int_equal(access(path, F_OK), -1);
    struct err err = {.kind = ERR_NONE};
    assert_null(assay_manifest_begin("/nonexistent/assay/m", "release", &err));
    assert_int_equal(err.kind, ERR_IO);
}

/* Replaces the first `what` by `by`, of the same or another length. */
static void replaced(struct str bytes, const char *what, const char *by, struct buf *out)
{
    size_t found = str_find(bytes, str_of(what), 0);
    assert_true(found != SIZE_MAX);
    buf_reset(out);
    buf_put(out, str_slice(bytes, 0, found));
    buf_puts(out, by);
    buf_put(out, str_slice(bytes, found + strlen(what), bytes.len));
}

static void test_damage_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *what, *by, *says;
    } rows[] = {
        {"\"index.php\"", "\"index.phq\"", "m.jsonl:1: the digest"},
        {"\"files\":4", "\"files\":5", "m.jsonl:6: it ends before"},
        {"\"files\":4", "\"files\":3", "m.jsonl:5: there are more"},
        {"\"files\":4", "\"files\":-4", "m.jsonl:1: its first line lacks"},
        {"\"bytes\":3,", "\"bytes\":4,", "m.jsonl:1: the digest"},
        {"assay-manifest/1", "assay-manifest/2", "m.jsonl:1: a manifest of another version"},
        {"\"manifest\"", "\"summary\"", "m.jsonl:1: this is no manifest"},
        {"\"a/b.php\"", "\"../b.php\"", "m.jsonl:2: its path is none below"},
        {"\"a/b.php\"", "\"/b.php\"", "m.jsonl:2: its path is none below"},
        {"\"a/b.php\"", "\"a//b.php\"", "m.jsonl:2: its path is none below"},
        {"\"a/b.php\"", "\"a/\\u0000b.php\"", "m.jsonl:2: its path is none below"},
        {"\"a/b.php\"", "7", "m.jsonl:2: its path is none below"},
        {"\"a/b.php\"", "\"z.php\"", "m.jsonl:3: it is out of order"},
        {"\"a/b.php\"", "\"a/b/c.php\"", "m.jsonl:3: it is out of order"},
        {"{\"bytes\":3,", "{\"bytes\":", "m.jsonl:2: this is no JSON object"},
        {"{\"bytes\":3,", "{", "m.jsonl:2: it lacks bytes"},
        {"\"text\":null", "\"text\":\"\"", "m.jsonl:4: its text is neither"},
    };
    (void)state;
    struct buf bytes = {.max = 1 << 20}, bad = {.max = 1 << 20};
    char path[256];
    make("m", &bytes);
    at("m", path);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {.kind = ERR_NONE};
        replaced(buf_str(&bytes), rows[i].what, rows[i].by, &bad);
        struct manifest *manifest = read_bytes(buf_str(&bad), 64, &err);
        if (manifest != NULL || err.kind != ERR_FORMAT || !str_starts(str_of(err.text), str_of(rows[i].says)) ||
            strstr(err.remedy, "--learn") == NULL) {
            fail_msg("row %zu: %s", i, err.text);
        }
    }
    for (size_t cut = 0; cut + 1 < bytes.len; cut += 11) {
        struct err err = {.kind = ERR_NONE};
        assert_null(read_bytes(str_slice(buf_str(&bytes), 0, cut), 1000, &err));
        assert_int_equal(err.kind, ERR_FORMAT);
    }
    (void)unlink(path);
    buf_free(&bytes);
    buf_free(&bad);
}

/* ---- findings of before ---- */

#define ONE "1111111111111111111111111111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222222222222222222222222222"

static struct since *load(const char *text, struct err *err)
{
    char path[256];
    at("s", path);
    assert_int_equal(file_write(path, str_of(text), NULL), 0);
    struct since *since = since_load(path, err);
    (void)unlink(path);
    return since;
}

#define LINE(path, class, sha) \
    "{\"kind\":\"finding\",\"engine\":\"sweep\",\"class\":\"" class "\",\"path\":\"" path "\",\"sha256\":" sha "}\n"
#define LAST "{\"kind\":\"summary\",\"engine\":\"sweep\",\"complete\":true}\n"

static bool had(struct since *since, const char *path, const char *class, const char *sha256)
{
    json_t *finding = json_pack("{s:s, s:s, s:s?}", "path", path, "class", class, "sha256", sha256);
    bool is_old = since_had(since, finding);
    json_decref(finding);
    return is_old;
}

static int keep_path(void *self, struct str path, const char *class, const char *sha256, struct err *err)
{
    (void)class;
    (void)sha256;
    (void)err;
    return json_array_append_new(self, json_stringn(path.data, path.len));
}

static void test_since(void **state)
{
    (void)state;
    struct err err = {.kind = ERR_NONE};
    struct since *since = load(LINE("/w/b.php", "shell", "\"" ONE "\"") LINE("/w/a.php", "shell", "\"" ONE "\"")
                                   LINE("/w/c.zip!/x.php", "packed", "null") LINE("/w/d/e.php", "tool", "\"" TWO "\"")
                                       LINE("/w/d2.php", "tool", "\"" TWO "\"") LINE("/v/a.php", "shell", "\"" ONE "\"")
                                           LINE("/w/h.php", "hint", "\"" ONE "\"") LAST,
                               &err);
    assert_non_null(since);
    assert_true(had(since, "/w/a.php", "shell", ONE));
    assert_false(had(since, "/w/a.php", "shell", ONE));  /* one before covers one today */
    assert_false(had(since, "/w/b.php", "shell", TWO));  /* other content */
    assert_false(had(since, "/w/b.php", "packed", ONE)); /* other class */
    assert_false(had(since, "/w/x.php", "shell", ONE));  /* other path */
    assert_false(had(since, "/w/c.zip!/x.php", "packed", NULL));
    since_unseen(since, STR("/w/d"));
    const char *const paths[] = {"/w", NULL};
    const struct since_scope scope = {paths, 1, false, false};
    json_t *gone = json_array();
    assert_int_equal(since_settle(since, &scope, gone, keep_path, &err), 0);
    assert_int_equal(json_array_size(gone), 3);
    assert_string_equal(json_string_value(json_array_get(gone, 0)), "/w/b.php");
    assert_string_equal(json_string_value(json_array_get(gone, 1)), "/w/c.zip!/x.php");
    assert_string_equal(json_string_value(json_array_get(gone, 2)), "/w/d2.php");
    json_t *told = since_json(since, 4);
    assert_int_equal(json_int(told, "before", 0), 1);
    assert_int_equal(json_int(told, "gone", 0), 3);
    assert_int_equal(json_int(told, "unseen", 0), 3); /* below /w/d; not swept; hints not asked for */
    assert_int_equal(json_int(told, "findings", 0), 7);
    json_decref(told);
    json_decref(gone);
    since_free(since);
}

static void test_since_refuses(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", ":1: it ends without a summary"},
        {LINE("/a", "shell", "null"), ":2: it ends without a summary"},
        {LAST LINE("/a", "shell", "null"), ":2: there is something behind"},
        {"<?php\n" LAST, ":1: this is no line"},
        {"{\"kind\":\"finding\",\"engine\":\"trace\"}\n" LAST, ":1: this is of another"},
        {LINE("/a", "shell", "null") LINE("/a", "chair", "null") LAST, ":2: a finding without path"},
        {"{\"kind\":\"finding\",\"engine\":\"sweep\",\"class\":\"shell\"}\n" LAST, ":1: a finding without path"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {.kind = ERR_NONE};
        struct since *since = load(rows[i].text, &err);
        if (since != NULL || err.kind != ERR_FORMAT || strstr(err.text, rows[i].says) == NULL ||
            err.remedy[0] == '\0') {
            fail_msg("row %zu: %s", i, err.text);
        }
    }
}

/* ---- a whole tree, with threads ---- */

static int keep(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    (void)err;
    (void)json_object_set_new(body, "kind", json_string(assay_kind_name(kind)));
    return json_array_append(self, body);
}

static void put_tree(const char *top, unsigned count, bool remove_it)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, top);
    assert_int_equal(remove_it ? 0 : mkdir(path, 0755), 0);
    for (unsigned i = 0; i < count; i++) {
        char text[64];
        (void)snprintf(path, sizeof path, "%s/%s/f%03u.php", folder, top, i);
        (void)snprintf(text, sizeof text, "<?php echo %u;\n", i);
        assert_int_equal(remove_it ? unlink(path) : file_write(path, str_of(text), NULL), 0);
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, top);
    assert_int_equal(remove_it ? rmdir(path) : 0, 0);
}

static json_t *sweep_folder(const char *known, bool learn)
{
    const char *paths[] = {folder, NULL}, *releases[] = {known, NULL};
    struct err err = {.kind = ERR_NONE};
    const struct assay_sweep_options options = {.paths = paths,
                                                .path_count = 1,
                                                .jobs = 4,
                                                .rules_dir = "data/rules",
                                                .known_paths = releases,
                                                .known_count = known != NULL,
                                                .learn = learn};
    json_t *records = json_array();
    const struct assay_sink sink = {.self = records, .put = keep};
    if (assay_sweep(&options, &sink, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return records;
}

/* Many roots come up while other files are compared. */
static void test_roots_and_threads(void **state)
{
    enum { FILES = 40, COPIES = 12 };
    char path[64], top[16]; /* the manifest lies beside the tree, not in it */
    size_t i;
    const json_t *record;
    (void)state;
    (void)snprintf(path, sizeof path, "%s.jsonl", folder);
    put_tree("a", FILES, false);
    json_t *learned = sweep_folder(NULL, true);
    struct assay_manifest *manifest = assay_manifest_begin(path, "release", NULL);
    assert_non_null(manifest);
    json_array_foreach(learned, i, record)
    {
        if (strcmp(json_text(record, "class", ""), "file") == 0) {
            json_t *file = json_copy((json_t *)(uintptr_t)record);
            (void)json_object_set_new(file, "path", json_string(json_text(record, "path", "") + 2)); /* below "a/" */
            (void)json_object_del(file, "kind");
            assert_int_equal(assay_manifest_put(manifest, file, NULL), 0);
            json_decref(file);
        }
    }
    assert_int_equal(assay_manifest_end(manifest, true, NULL), 0);
    own_assay_manifest(&manifest);
    for (unsigned copy = 1; copy < COPIES; copy++) {
        (void)snprintf(top, sizeof top, "b%u", copy);
        put_tree(top, FILES, false);
    }
    json_t *records = sweep_folder(path, false);
    const json_t *summary = json_array_get(records, json_array_size(records) - 1);
    const json_t *known = json_object_get(summary, "known");
    assert_int_equal(json_int(known, "roots", 0), COPIES);
    assert_int_equal(json_int(known, "files", 0), FILES * COPIES);
    assert_int_equal(json_int(json_object_get(summary, "skipped"), "known", 0), FILES * COPIES);
    assert_int_equal(json_int(summary, "read", -1), 0);
    for (unsigned copy = 1; copy < COPIES; copy++) {
        (void)snprintf(top, sizeof top, "b%u", copy);
        put_tree(top, FILES, true);
    }
    put_tree("a", FILES, true);
    (void)unlink(path);
    json_decref(records);
    json_decref(learned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_white_space),
        cmocka_unit_test(test_white_space_of_long_files),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_not_ended_leaves_nothing),
        cmocka_unit_test(test_damage_is_refused_with_its_line),
        cmocka_unit_test(test_since),
        cmocka_unit_test(test_since_refuses),
        cmocka_unit_test(test_roots_and_threads),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
