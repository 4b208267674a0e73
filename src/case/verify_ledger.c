/* The ledger, line by line: canonical, numbered in order, ids once, and the tree over it is the one that was signed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/verify.h"

#include "base/banned.h"

/* An id that is no revision of itself has to be new. Only hashes are kept: two ids with one hash cannot be told apart
 * here, and nobody but the holder of the key could put them there. */
struct used_id {
    uint64_t hash, n;
};

struct pass {
    struct verify *verify;
    struct tree tree;
    uint64_t lines;  /* whole ones, within the checkpoint */
    uint64_t shaped; /* problems found in the form of lines */
    size_t next;     /* archived checkpoint */
    struct used_id *used;
    size_t used_count, used_room;
};

static void own_pass(struct pass *pass)
{
    free(pass->used);
}

static int bad_line(struct pass *pass, const char *says)
{
    char where[48];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, pass->lines + 1);
    pass->shaped++;
    return verify_problem(pass->verify, VERIFY_ALTERED, where, says, "");
}

static int use_id(struct pass *pass, const struct envelope *envelope)
{
    if (str_eq(envelope->id, envelope->supersedes)) {
        return 0;
    }
    if (pass->used_count == pass->used_room) {
        size_t room = pass->used_room != 0 ? pass->used_room * 2 : 1024;
        struct used_id *grown = realloc(pass->used, room * sizeof *grown);
        if (grown == NULL) {
            return verify_no_memory(pass->verify);
        }
        pass->used = grown;
        pass->used_room = room;
    }
    pass->used[pass->used_count++] = (struct used_id){.hash = str_hash(envelope->id), .n = pass->lines};
    return 0;
}

/* The digests of an entry that says its document is archived. */
static int expect_document(struct pass *pass, struct str line)
{
    static const char *const keys[] = {"sha256", "rates"};
    if (str_find(line, STR("\"archived\":true"), 0) == SIZE_MAX) {
        return 0;
    }
    OWN(own_json) json_t *entry = json_read(line, NULL);
    if (!json_bool(entry, "archived", false)) {
        return 0;
    }
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *digest = json_text(entry, keys[i], NULL);
        json_t *id = json_object_get(entry, "id");
        if (digest != NULL && json_object_set(pass->verify->expected, digest, id) != 0) {
            return verify_no_memory(pass->verify);
        }
    }
    return 0;
}

static int check_line(struct pass *pass, const struct line *line)
{
    struct envelope envelope;
    char says[96];
    if (line->is_too_long) {
        return bad_line(pass, "a line longer than any entry");
    }
    const char *wrong = canon_read(&envelope, line->text);
    if (wrong != NULL) {
        (void)snprintf(says, sizeof says, "not a canonical entry: %s", wrong);
        return bad_line(pass, says);
    }
    if (envelope.n != pass->lines) {
        (void)snprintf(says, sizeof says, "entry %" PRIu64 " stands where entry %" PRIu64 " belongs", envelope.n,
                       pass->lines);
        return bad_line(pass, says);
    }
    struct err why;
    if (pass->verify->has_key && case_keys_add(&pass->verify->keys, pass->lines, line->text, &why) != 0) {
        TRY(bad_line(pass, why.text));
    }
    TRY(use_id(pass, &envelope));
    return expect_document(pass, line->text);
}

static void pass_archived(struct pass *pass)
{
    struct verify *verify = pass->verify;
    while (pass->next < verify->archive.count && verify->archive.of[pass->next].size <= pass->tree.size) {
        struct archived *archived = &verify->archive.of[pass->next];
        if (archived->size == pass->tree.size) {
            archived->root = tree_root(&pass->tree);
            verify->archive_agrees[pass->next] = true; /* for now: there is a root to compare with */
        }
        pass->next++;
    }
}

static int read_lines(struct pass *pass, int fd)
{
    struct verify *verify = pass->verify;
    OWN(own_lines) struct lines lines = {0};
    TRY(lines_open(&lines, fd, 0, verify->err));
    pass_archived(pass);
    for (;;) {
        struct line line;
        int got = lines_next(&lines, &line, verify->err);
        if (got <= 0) {
            return got;
        }
        if (pass->lines == verify->size || !line.is_whole) {
            verify->torn_bytes += line.bytes;
            continue;
        }
        TRY(check_line(pass, &line));
        struct sha256 leaf = tree_leaf(line.text);
        tree_add(&pass->tree, &leaf);
        pass->lines++;
        pass_archived(pass);
    }
}

static int by_hash(const void *left, const void *right)
{
    const struct used_id *a = left;
    const struct used_id *b = right;
    return a->hash != b->hash ? (a->hash > b->hash) - (a->hash < b->hash) : (a->n > b->n) - (a->n < b->n);
}

static int check_ids(struct pass *pass)
{
    if (pass->used_count == 0) {
        return 0;
    }
    qsort(pass->used, pass->used_count, sizeof *pass->used, by_hash);
    for (size_t i = 1; i < pass->used_count; i++) {
        if (pass->used[i].hash == pass->used[i - 1].hash) {
            char where[48];
            char says[96];
            (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, pass->used[i].n + 1);
            (void)snprintf(says, sizeof says, "has the id of entry %" PRIu64 " without superseding it",
                           pass->used[i - 1].n);
            pass->shaped++;
            TRY(verify_problem(pass->verify, VERIFY_ALTERED, where, says, ""));
        }
    }
    return 0;
}

static int say_tail(struct verify *verify)
{
    char bytes[COUNT_TEXT];
    if (verify->torn_bytes == 0 || !verify->has_checkpoint) {
        return 0;
    }
    return verify_topic(
        verify, "unfinished",
        "%s bytes after the last signed entry (a write that was cut off; never acknowledged, no part of the case)",
        verify_count(bytes, verify->torn_bytes));
}

static int conclude(struct pass *pass, int fd)
{
    struct verify *verify = pass->verify;
    char read[COUNT_TEXT];
    char of[COUNT_TEXT];
    struct sha256 root = tree_root(&pass->tree);
    verify->entries = pass->lines;
    if (verify->has_checkpoint && pass->lines < verify->size) {
        verify->torn_bytes = 0; /* what is left of a signed entry, not an unfinished one */
    }
    if (!verify->has_checkpoint) {
        return verify_topic(verify, "entries", "%s read; no signed tree to compare them with",
                            verify_count(read, pass->lines));
    }
    bool agrees = pass->lines == verify->size && sha256_eq(&root, &verify->root);
    verify->ledger_agrees = agrees;
    if (!agrees) {
        TRY(verify_damage(verify, fd, pass->lines, pass->shaped));
    }
    TRY(verify_topic(verify, "entries", "%s of %s read, tree rebuilt, root %s", verify_count(read, pass->lines),
                     verify_count(of, verify->size), agrees ? "agrees" : "DIFFERS"));
    return say_tail(verify);
}

int verify_ledger(struct verify *verify)
{
    OWN(own_pass) struct pass pass = {.verify = verify};
    OWN(own_fd) int fd = file_open_beneath(verify->dir, "ledger.jsonl", 0);
    if (fd < 0) {
        if (errno != ENOENT && errno != ELOOP) {
            return err_set(verify->err, ERR_IO, "%s: ledger.jsonl: %s", verify->path, strerror(errno));
        }
        TRY(verify_problem(verify, VERIFY_MISSING, "ledger.jsonl", "is missing", ""));
        return verify_topic(verify, "entries", "none to read");
    }
    TRY(read_lines(&pass, fd));
    TRY(check_ids(&pass));
    return conclude(&pass, fd);
}
