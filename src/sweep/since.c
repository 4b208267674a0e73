/* Findings of before, sorted by path; each is met again, gone, or not looked at. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "assay/finding.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/found.h"
#include "sweep/manifest.h"
#include "sweep/since.h"

#include "base/banned.h"

enum { LINE_MAX_BYTES = 16 << 20, NAME_BYTES = 256, FINDINGS_MAX = 20 * 1000 * 1000 };

enum fate { FATE_OPEN, FATE_MET, FATE_UNSEEN };

struct before {
    struct str path;
    struct sha256 digest;
    enum found_class class;
    enum fate fate;
    bool has_digest;
};

struct since {
    char name[NAME_BYTES];
    struct before *list; /* by path */
    size_t count, room;
    struct arena paths;
    bool is_complete, has_summary;
    uint64_t met, gone, unseen, line;
};

static int bad(const struct since *since, struct err *err, const char *what)
{
    err_set(err, ERR_FORMAT, "%s:%llu: %s", since->name, (unsigned long long)since->line, what);
    return err_remedy(err, "give what assay sweep --json or assay sweep --learn has written, whole");
}

/* One line of a file of any length, or -1: 1 more, 0 the end. */
static int next_line(FILE *in, char **line, size_t *room, size_t *len, const struct since *since, struct err *err)
{
    ssize_t got = getline(line, room, in);
    if (got < 0) {
        return ferror(in) ? err_set(err, ERR_IO, "%s: %s", since->name, strerror(errno)) : 0;
    }
    if (got > LINE_MAX_BYTES) {
        return bad(since, err, "a line longer than 16 MiB");
    }
    *len = (size_t)got - ((*line)[got - 1] == '\n');
    return 1;
}

int since_probe(const char *path, bool *ret_is_manifest, struct err *err)
{
    char first[4096];
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? pread(fd, first, sizeof first, 0) : -1;
    if (got < 0) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    *ret_is_manifest = manifest_is(str_cut((struct str){first, (size_t)got}, '\n').head);
    return 0;
}

void since_free(struct since *since)
{
    if (since != NULL) {
        arena_clear(&since->paths);
        free(since->list);
        free(since);
    }
}

static bool take_digest(const json_t *finding, struct sha256 *digest)
{
    const char *text = json_text(finding, "sha256", NULL);
    return text != NULL && strlen(text) == SHA256_HEX && hex_decode(digest->bytes, SHA256_BYTES, str_of(text));
}

static int take_finding(struct since *since, const json_t *line, struct err *err)
{
    const json_t *path = json_object_get(line, "path");
    struct before before = {.class = found_class_of(str_of(json_text(line, "class", "")))};
    before.has_digest = take_digest(line, &before.digest);
    if (!json_is_string(path) || before.class == FOUND_NOTHING) {
        return bad(since, err, "a finding without path or with a class that sweep does not have");
    }
    if (since->count == since->room) {
        size_t room = since->room != 0 ? since->room * 2 : 64;
        struct before *grown = room <= FINDINGS_MAX ? realloc(since->list, room * sizeof *grown) : NULL;
        if (grown == NULL) {
            return err_no_memory(err);
        }
        since->list = grown;
        since->room = room;
    }
    before.path = arena_str(&since->paths, (struct str){json_string_value(path), json_string_length(path)}, err);
    if (before.path.data == NULL) {
        return -1;
    }
    since->list[since->count++] = before;
    return 0;
}

static int take_line(struct since *since, struct str text, struct err *err)
{
    OWN(own_json) json_t *line = json_read(text, NULL);
    if (!json_is_object(line) || assay_kind_of(json_text(line, "kind", NULL)) < 0) {
        return bad(since, err, "this is no line of assay sweep --json");
    }
    if (strcmp(json_text(line, "engine", ""), "sweep") != 0) {
        return bad(since, err, "this is of another examination than sweep");
    }
    if (since->has_summary) {
        return bad(since, err, "there is something behind the summary");
    }
    switch (assay_kind_of(json_text(line, "kind", NULL))) {
    case ASSAY_FINDING:
        return take_finding(since, line, err);
    case ASSAY_SUMMARY:
        if (json_is_object(json_object_get(line, "since"))) { /* what it left out would come up as new */
            return bad(since, err, "it tells only what was new since another; give one that was made without --since");
        }
        since->has_summary = true;
        since->is_complete = json_bool(line, "complete", false);
        return 0;
    default:
        return 0;
    }
}

static int by_path(const void *a, const void *b)
{
    const struct before *left = a, *right = b;
    return str_cmp(left->path, right->path);
}

static int load(struct since *since, const char *path, struct err *err)
{
    OWN(own_file) FILE *in = fopen(path, "re");
    OWN(own_mem) char *line = NULL;
    size_t room = 0, len = 0;
    if (in == NULL) {
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    }
    for (;;) {
        since->line++;
        int more = next_line(in, &line, &room, &len, since, err);
        if (more <= 0) {
            TRY(more);
            break;
        }
        TRY(take_line(since, (struct str){line, len}, err));
    }
    if (!since->has_summary) {
        return bad(since, err, "it ends without a summary: that sweep did not come to its end");
    }
    if (since->count != 0) {
        qsort(since->list, since->count, sizeof *since->list, by_path);
    }
    return 0;
}

struct since *since_load(const char *path, struct err *err)
{
    struct since *since = calloc(1, sizeof *since);
    if (since == NULL) {
        err_no_memory(err);
        return NULL;
    }
    arena_init(&since->paths, (size_t)4 << 30);
    (void)str_escape(since->name, sizeof since->name, str_of(path), sizeof since->name - 2);
    if (load(since, path, err) != 0) {
        since_free(since);
        return NULL;
    }
    return since;
}

static size_t lower(const struct since *since, struct str path)
{
    size_t from = 0, to = since->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (str_cmp(since->list[middle].path, path) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

bool since_had(struct since *since, const json_t *finding)
{
    const json_t *text = json_object_get(finding, "path");
    struct str path = {json_string_value(text), json_string_length(text)};
    enum found_class class = found_class_of(str_of(json_text(finding, "class", "")));
    struct sha256 digest;
    bool has_digest = take_digest(finding, &digest);
    for (size_t at = lower(since, path); at < since->count && str_eq(since->list[at].path, path); at++) {
        struct before *before = &since->list[at];
        if (has_digest && before->has_digest && before->fate != FATE_MET && before->class == class &&
            sha256_eq(&before->digest, &digest)) {
            before->fate = FATE_MET;
            since->met++;
            return true;
        }
    }
    return false;
}

/* path itself, what is below it, and what is in it if it is an archive. */
static bool is_in(struct str path, struct str of)
{
    struct str behind = str_slice(path, of.len, path.len);
    return str_starts(path, of) &&
           (behind.len == 0 || behind.data[0] == '/' || str_starts(behind, STR("!/")) || str_ends(of, STR("/")));
}

void since_unseen(struct since *since, struct str path)
{
    OWN(own_json) json_t *shown = assay_text(path, 4096);
    struct str text = shown != NULL ? (struct str){json_string_value(shown), json_string_length(shown)} : path;
    for (size_t at = lower(since, text); at < since->count && str_starts(since->list[at].path, text); at++) {
        if (since->list[at].fate == FATE_OPEN && is_in(since->list[at].path, text)) {
            since->list[at].fate = FATE_UNSEEN;
        }
    }
}

static bool is_asked(const struct before *before, const struct since_scope *scope)
{
    if ((before->class == FOUND_HINT && !scope->has_hints) || (before->class == FOUND_RULE && !scope->has_rules)) {
        return false;
    }
    for (size_t i = 0; i < scope->path_count; i++) {
        OWN(own_json) json_t *shown = assay_text(str_of(scope->paths[i]), 4096);
        struct str source = {json_string_value(shown), json_string_length(shown)};
        if (shown != NULL && is_in(before->path, source)) {
            return true;
        }
    }
    return false;
}

int since_settle(struct since *since, const struct since_scope *scope, void *self,
                 int (*tell)(void *self, struct str path, const char *class, const char *sha256, struct err *err),
                 struct err *err)
{
    for (size_t i = 0; i < since->count; i++) {
        struct before *before = &since->list[i];
        if (before->fate == FATE_OPEN && !is_asked(before, scope)) {
            before->fate = FATE_UNSEEN;
        }
        since->unseen += before->fate == FATE_UNSEEN;
        if (before->fate != FATE_OPEN) {
            continue;
        }
        since->gone++;
        if (tell != NULL) {
            char hex[SHA256_HEX + 1] = "";
            if (before->has_digest) {
                hex_encode(hex, before->digest.bytes, SHA256_BYTES);
            }
            TRY(tell(self, before->path, found_class_name(before->class), hex, err));
        }
    }
    return 0;
}

json_t *since_json(const struct since *since, uint64_t new_findings)
{
    return json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I}", "of", "findings", "file", since->name, "complete",
                     since->is_complete, "findings", (json_int_t)since->count, "before", (json_int_t)since->met, "new",
                     (json_int_t)new_findings, "gone", (json_int_t)since->gone, "unseen", (json_int_t)since->unseen);
}
