/* A case whose holder lies: every entry is well signed, in a tree that agrees, and says whatever the input says. The input is a JSON array of
 * entries; what an envelope needs and the entry has not is put in. It is verified, opened, asked for its model, its clocks, its events and
 * its verdicts, written as a page and in every export, and continued. Members go missing, change their type, grow huge, cite one another in
 * circles: the mutator changes the tree of values, not the text. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/case.h"
#include "assay/export.h"
#include "assay/judge.h"
#include "assay/report.h"
#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/inside.h"
#include "ledger/keyfile.h"

enum { ENTRIES_MAX = 256 };

static char root[64], path[128];
static int dir = -1;
static struct buf first_line;
static struct sign_key secret;
static struct note_key key;
static json_t *rates, *duties;

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* ---- the case ---- */

static void drop(void)
{
    static const char *const names[] = {"ledger.jsonl", "checkpoint", "vkey", "index.sqlite", "key", "lock"};
    static const char *const folders[] = {"checkpoints", "documents", "nonces"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unlinkat(dir, names[i], 0);
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)unlinkat(dir, folders[i], AT_REMOVEDIR);
    }
    (void)rmdir(path);
    (void)rmdir(root);
    json_decref(rates);
    json_decref(duties);
    buf_free(&first_line);
}

/* What is shipped, when it runs in the source tree; judged and counted by it. */
static void read_tables(void)
{
    OWN(own_buf) struct buf text = {0};
    rates = file_read("data/error-rates.json", 4 << 20, &text, NULL) == 0 ? json_read(buf_str(&text), NULL) : NULL;
    rates = rates != NULL ? rates : json_object();
    if (assay_case_duties("data/deadlines.yaml", &duties, NULL) != 0) {
        duties = NULL;
    }
}

static void make_case(void)
{
    bool has_memory = access("/dev/shm", W_OK) == 0;
    (void)setenv("ASSAY_NOW", "2026-03-20T12:00:00Z", 1);
    (void)snprintf(root, sizeof root, "%s/assay-fuzz-XXXXXX", has_memory ? "/dev/shm" : "/tmp");
    must(mkdtemp(root) != NULL);
    (void)snprintf(path, sizeof path, "%s/c", root);
    must(assay_case_create(path, "fuzz", NULL, "was it so?", NULL) == 0);
    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(dir >= 0 && file_read_at(dir, "ledger.jsonl", 1 << 20, &first_line, NULL) == 0);
    must(keyfile_read(dir, "key", &secret, &key, NULL) == 0);
    read_tables();
    (void)atexit(drop);
}

static void put(const char *name, struct str bytes)
{
    OWN(own_fd) int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0 && file_write_fd(fd, bytes, NULL) == 0);
}

/* ---- forging ---- */

static void set_envelope(json_t *entry, uint64_t n)
{
    char id[32];
    (void)snprintf(id, sizeof id, "Z%llu", (unsigned long long)n);
    json_object_set_new(entry, "v", json_integer(1));
    json_object_set_new(entry, "n", json_integer((json_int_t)n));
    json_object_set_new(entry, "by", json_string("assay 0.1.0"));
    if (time_parse(str_of(json_text(entry, "time", ""))) == TIME_NONE) {
        json_object_set_new(entry, "time", json_string("2026-03-14T21:47:09Z"));
    }
    if (!canon_is_id(str_of(json_text(entry, "id", "")))) {
        json_object_set_new(entry, "id", json_string(id));
    }
    if (json_text(entry, "type", NULL) == NULL) {
        json_object_set_new(entry, "type", json_string("claim"));
    }
}

/* Appends the line, if anybody can read it back. */
static bool put_entry(struct buf *out, const json_t *body, uint64_t n)
{
    struct envelope envelope;
    size_t from = out->len;
    OWN(own_json) json_t *entry = json_is_object(body) ? json_deep_copy(body) : json_object();
    set_envelope(entry, n);
    if (json_canonical(out, entry, NULL) == 0 && out->len - from <= ENTRY_MAX_BYTES &&
        canon_read(&envelope, str_slice(buf_str(out), from, out->len)) == NULL) {
        buf_putc(out, '\n');
        return true;
    }
    out->len = from;
    return false;
}

static void forge(const json_t *bodies)
{
    OWN(own_buf) struct buf ledger = {0};
    OWN(own_buf) struct buf checkpoint = {0};
    struct tree tree = {.size = 0};
    size_t i;
    const json_t *body;
    buf_put(&ledger, buf_str(&first_line));
    uint64_t n = 1;
    json_array_foreach(bodies, i, body)
    {
        n += n < ENTRIES_MAX && put_entry(&ledger, body, n);
    }
    for (struct str rest = buf_str(&ledger); rest.len != 0;) {
        struct str_cut line = str_cut(rest, '\n');
        struct sha256 leaf = tree_leaf(line.head);
        tree_add(&tree, &leaf);
        rest = line.tail;
    }
    must(case_sign(&checkpoint, &tree, &key, &secret, NULL) == 0);
    put("ledger.jsonl", buf_str(&ledger));
    put("checkpoint", buf_str(&checkpoint));
    (void)unlinkat(dir, "index.sqlite", 0);
}

/* ---- asking ---- */

static void check_page(const json_t *model)
{
    char *html = NULL;
    size_t length = 0;
    if (assay_report_html(model, time_now(), &html, &length, NULL) == 0) {
        struct str page = {html, length};
        must(str_is_utf8(page) && str_ends(page, STR("</html>\n")));
        must(str_find_nocase(page, STR("<script"), 0) == SIZE_MAX && str_find_nocase(page, STR("<img"), 0) == SIZE_MAX);
        free(html);
    }
}

static void check_exports(const json_t *model)
{
    size_t count = 0;
    const struct assay_export_format *formats = assay_export_formats(&count);
    struct assay_export_options options = {.duties = duties};
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        size_t length = 0;
        if (assay_export(model, formats[i].name, &options, &text, &length, NULL) == 0) {
            must(str_is_utf8((struct str){text, length}));
            free(text);
        }
    }
}

static void check_verdicts(const json_t *model)
{
    json_t *verdicts = NULL;
    if (assay_judge(model, rates, &verdicts, NULL) == 0) {
        json_decref(verdicts);
    }
}

static void ask(struct assay_case *kase)
{
    json_t *page = NULL;
    struct assay_window window = {.from_ns = INT64_MIN, .to_ns = INT64_MAX, .limit = 50};
    OWN(own_json) json_t *model = assay_case_model(kase, NULL);
    json_decref(assay_case_outline(kase, NULL));
    if (assay_case_events(kase, &window, &page, NULL) == 0) {
        json_decref(page);
    }
    if (model != NULL) {
        json_decref(assay_case_status(model, duties, time_now(), NULL));
        check_verdicts(model);
        check_page(model);
        check_exports(model);
    }
}

static void try_case(bool is_continued)
{
    struct assay_case *kase = NULL;
    json_t *report = NULL;
    if (assay_case_verify(path, &report, NULL) == 0) {
        json_decref(report);
    }
    if (assay_case_open(path, ASSAY_CASE_READ, &kase, NULL, NULL) == 0) {
        ask(kase);
        assay_case_close(kase);
    }
    if (is_continued && assay_case_open(path, ASSAY_CASE_WRITE, &kase, NULL, NULL) == 0) {
        OWN(own_json) json_t *entries = json_pack("[{s:s, s:s}]", "type", "claim", "kind", "use");
        (void)!assay_case_append(kase, entries, NULL);
        assay_case_close(kase);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (dir < 0) {
        make_case();
    }
    OWN(own_json) json_t *bodies = json_read((struct str){(const char *)data, size}, NULL);
    if (json_is_array(bodies)) {
        forge(bodies);
        try_case(size % 8 == 0);
    }
    return 0;
}

/* ---- changing ---- */

struct dice {
    uint64_t state;
};

static size_t roll(struct dice *dice, size_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return sides == 0 ? 0 : (size_t)(dice->state >> 33) % sides;
}

/* A value out of the whole: ids of others among them, which makes circles. */
static json_t *some_value(json_t *from, struct dice *dice)
{
    while ((json_is_object(from) || json_is_array(from)) && roll(dice, 4) != 0) {
        if (json_is_array(from)) {
            if (json_array_size(from) == 0) {
                break;
            }
            from = json_array_get(from, roll(dice, json_array_size(from)));
        } else {
            void *at = json_object_iter(from);
            for (size_t skip = roll(dice, json_object_size(from) + 1); at != NULL && skip > 1; skip--) {
                at = json_object_iter_next(from, at);
            }
            if (at == NULL) {
                break;
            }
            from = json_object_iter_value(at);
        }
    }
    return json_deep_copy(from);
}

static json_t *odd_value(json_t *whole, struct dice *dice)
{
    static const char *const texts[] = {
        "",          "C1",    "X01/1", "case", "\xe2\x80\xae<b>&\"'\n\r\t\x01", "9999-12-31T23:59:59Z", "0001-01-01",
        "supported", "judge", "trace", "-1",   "2026-03-14T21:47:09Z"};
    switch (roll(dice, 10)) {
    case 0:
        return json_null();
    case 1:
        return json_object();
    case 2:
        return json_array();
    case 3:
        return json_integer((json_int_t)1 << 53);
    case 4:
        return json_integer(-((json_int_t)1 << roll(dice, 54)));
    case 5:
        return json_real(roll(dice, 2) ? 1e308 : -4.9e-324);
    case 6:
        return json_true();
    case 7:
        return json_string(texts[roll(dice, sizeof texts / sizeof texts[0])]);
    default:
        return some_value(whole, dice);
    }
}

static void change(json_t *whole, json_t *at, struct dice *dice)
{
    for (;;) {
        if (json_is_array(at)) {
            size_t size = json_array_size(at);
            size_t i = roll(dice, size);
            json_t *inner = json_array_get(at, i);
            if (size != 0 && roll(dice, 6) != 0 && (json_is_array(inner) || json_is_object(inner))) {
                at = inner;
                continue;
            }
            switch (roll(dice, 4)) {
            case 0:
                (void)json_array_remove(at, i);
                return;
            case 1:
                (void)json_array_insert_new(at, i, odd_value(whole, dice));
                return;
            case 2:
                (void)json_array_append_new(at, some_value(whole, dice));
                return;
            default:
                (void)json_array_set_new(at, i, odd_value(whole, dice));
                return;
            }
        }
        if (!json_is_object(at) || json_object_size(at) == 0) {
            return;
        }
        void *member = json_object_iter(at);
        for (size_t skip = roll(dice, json_object_size(at)); skip != 0; skip--) {
            member = json_object_iter_next(at, member);
        }
        json_t *inner = json_object_iter_value(member);
        if (roll(dice, 4) != 0 && (json_is_array(inner) || json_is_object(inner))) {
            at = inner;
            continue;
        }
        char name[64];
        (void)snprintf(name, sizeof name, "%s", json_object_iter_key(member));
        if (roll(dice, 4) == 0) {
            (void)json_object_del(at, name);
        } else {
            (void)json_object_set_new(at, name, odd_value(whole, dice));
        }
        return;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    struct dice dice = {seed};
    OWN(own_json) json_t *whole = json_read((struct str){(const char *)data, size}, NULL);
    OWN(own_json) json_t *source = whole != NULL ? json_deep_copy(whole) : NULL;
    if (!json_is_array(whole)) {
        return LLVMFuzzerMutate(data, size, max);
    }
    for (size_t i = roll(&dice, 4) + 1; i > 0; i--) {
        change(source, whole, &dice);
    }
    OWN(own_mem) char *text = json_dumps(whole, JSON_COMPACT);
    size_t length = text != NULL ? strlen(text) : 0;
    if (length == 0 || length > max) {
        return LLVMFuzzerMutate(data, size, max);
    }
    memcpy(data, text, length);
    return length;
}
