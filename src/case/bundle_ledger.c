/* The ledger of a bundle: entries and, for those that were left out, their leaf hashes. The tree over both is the one that was
 * signed, or it is not; and as the bundle carries every leaf, what differs can be named. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "case/bundle.h"

#include "base/banned.h"

struct used_id {
    uint64_t hash, n;
};

struct pass {
    struct bundle *bundle;
    struct tree tree;
    size_t next; /* of verify->archive */
    struct used_id *used;
    size_t used_count, used_room;
    uint64_t shaped;
};

static void own_pass(struct pass *pass)
{
    free(pass->used);
}

static int bad_line(struct pass *pass, uint64_t n, enum verify_kind kind, const char *says)
{
    char where[48];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, n + 1);
    return verify_problem(&pass->bundle->verify, kind, where, says, "");
}

/* What an entry says about files of the bundle. */
static int note_entry(struct pass *pass, struct str line, const struct envelope *envelope)
{
    static const char *const keys[] = {"sha256", "rates"};
    struct bundle *bundle = pass->bundle;
    bool is_report = str_eq(envelope->type, STR("report"));
    bool is_archived = str_find(line, STR("\"archived\":true"), 0) != SIZE_MAX;
    OWN(own_json) json_t *entry = json_read(line, NULL);
    int64_t time = time_parse(str_of(json_text(entry, "time", "")));
    bundle->newest_s = time > 0 ? (uint64_t)(time / NS_PER_S) : 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *digest = json_text(entry, keys[i], NULL);
        json_t *id = json_object_get(entry, "id");
        json_t *into = is_report                                            ? bundle->reports
                       : is_archived && json_bool(entry, "archived", false) ? bundle->verify.expected
                                                                            : NULL;
        if (digest != NULL && into != NULL && json_object_set(into, digest, id) != 0) {
            return verify_no_memory(&bundle->verify);
        }
    }
    return 0;
}

static int use_id(struct pass *pass, const struct envelope *envelope, uint64_t n)
{
    if (str_eq(envelope->id, envelope->supersedes)) {
        return 0;
    }
    if (pass->used_count == pass->used_room) {
        size_t room = pass->used_room != 0 ? pass->used_room * 2 : 1024;
        struct used_id *grown = realloc(pass->used, room * sizeof *grown);
        if (grown == NULL) {
            return verify_no_memory(&pass->bundle->verify);
        }
        pass->used = grown;
        pass->used_room = room;
    }
    pass->used[pass->used_count++] = (struct used_id){.hash = str_hash(envelope->id), .n = n};
    return 0;
}

static int check_line(struct pass *pass, const struct line *line, uint64_t n, struct sha256 *ret_leaf)
{
    struct envelope envelope;
    char says[96];
    if (bundle_is_left_out(line->text, ret_leaf)) {
        pass->bundle->is_redacted[n] = true;
        pass->bundle->redacted++;
        return 0;
    }
    *ret_leaf = tree_leaf(line->text);
    const char *wrong = line->is_too_long ? "a line longer than any entry" : canon_read(&envelope, line->text);
    if (wrong != NULL) {
        (void)snprintf(says, sizeof says, "not a canonical entry: %s", wrong);
    } else if (envelope.n != n) {
        (void)snprintf(says, sizeof says, "entry %" PRIu64 " stands where entry %" PRIu64 " belongs", envelope.n, n);
    } else {
        struct err why;
        struct verify *verify = &pass->bundle->verify;
        if (verify->has_key && case_keys_add(&verify->keys, n, line->text, &why) != 0) {
            pass->shaped++;
            TRY(bad_line(pass, n, VERIFY_ALTERED, why.text));
        }
        TRY(use_id(pass, &envelope, n));
        return note_entry(pass, line->text, &envelope);
    }
    pass->shaped++;
    return bad_line(pass, n, VERIFY_ALTERED, says);
}

static int grow(struct bundle *bundle)
{
    if (bundle->leaves_count < bundle->leaves_room) {
        return 0;
    }
    uint64_t room = bundle->leaves_room != 0 ? 2 * bundle->leaves_room : 4096;
    struct sha256 *leaves = realloc(bundle->leaves, room * sizeof *leaves);
    bundle->leaves = leaves != NULL ? leaves : bundle->leaves;
    bool *is_redacted = leaves != NULL ? realloc(bundle->is_redacted, room * sizeof *is_redacted) : NULL;
    bundle->is_redacted = is_redacted != NULL ? is_redacted : bundle->is_redacted;
    if (leaves == NULL || is_redacted == NULL) {
        return verify_no_memory(&bundle->verify);
    }
    memset(is_redacted + bundle->leaves_room, 0, (room - bundle->leaves_room) * sizeof *is_redacted);
    bundle->leaves_room = room;
    return 0;
}

static int read_lines(struct pass *pass)
{
    struct bundle *bundle = pass->bundle;
    OWN(own_lines) struct lines lines = {0};
    if (verify_lines(&bundle->verify, &lines) < 0) {
        return -1;
    }
    for (;;) {
        struct line line;
        struct sha256 leaf;
        uint64_t n = bundle->leaves_count;
        int got = lines_next(&lines, &line, bundle->verify.err);
        if (got <= 0) {
            return got;
        }
        if (!line.is_whole) {
            pass->shaped++;
            return bad_line(pass, n, VERIFY_ALTERED, "does not end in a newline");
        }
        TRY(grow(bundle));
        TRY(check_line(pass, &line, n, &leaf));
        bundle->leaves[bundle->leaves_count++] = leaf;
        tree_add(&pass->tree, &leaf);
        verify_pass_archived(&bundle->verify, &pass->tree, &pass->next);
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
    if (pass->used_count != 0) {
        qsort(pass->used, pass->used_count, sizeof *pass->used, by_hash);
    }
    for (size_t i = 1; i < pass->used_count; i++) {
        if (pass->used[i].hash == pass->used[i - 1].hash) {
            char says[96];
            (void)snprintf(says, sizeof says, "has the id of entry %" PRIu64 " without superseding it",
                           pass->used[i - 1].n);
            pass->shaped++;
            TRY(bad_line(pass, pass->used[i].n, VERIFY_ALTERED, says));
        }
    }
    return 0;
}

/* The leaves that the bundle carries; NULL unless the tree over them is the signed one. */
static const struct sha256 *true_leaves(struct bundle *bundle, struct buf *bytes, bool *ret_agrees)
{
    struct verify *verify = &bundle->verify;
    const char *says;
    *ret_agrees = false;
    if (verify->size > (SIZE_MAX >> 8) ||
        bundle_read(bundle, BUNDLE_LEAVES, (size_t)(verify->size * SHA256_BYTES), bytes, &says) != 1 ||
        bytes->len != verify->size * SHA256_BYTES) {
        return NULL;
    }
    struct tree tree = {.size = 0};
    const struct sha256 *leaves = (const struct sha256 *)bytes->data;
    for (uint64_t n = 0; n < verify->size; n++) {
        tree_add(&tree, &leaves[n]);
    }
    struct sha256 root = tree_root(&tree);
    *ret_agrees = sha256_eq(&root, &verify->root);
    return *ret_agrees ? leaves : NULL;
}

/* should NULL: nothing belongs there; is NULL: nothing stands there. */
static int name_entry(struct pass *pass, uint64_t n, const struct sha256 *should, const struct sha256 *is)
{
    char says[128];
    char should_be[DIGEST_TEXT];
    char is_now[DIGEST_TEXT];
    if (is == NULL) {
        (void)snprintf(says, sizeof says, "entry %" PRIu64 " is missing", n);
        return bad_line(pass, n, VERIFY_MISSING, says);
    }
    if (should == NULL) {
        return bad_line(pass, n, VERIFY_ALTERED, "is no entry that was signed");
    }
    if (sha256_eq(should, is)) {
        return 0;
    }
    (void)snprintf(says, sizeof says, "entry %" PRIu64 " is not what was signed: the leaf should be %s, is %s", n,
                   verify_digest(should_be, should), verify_digest(is_now, is));
    return bad_line(pass, n, VERIFY_ALTERED, says);
}

/* The form of lines was told as it came; the leaves know better which entries differ. What is alike at both
 * ends is passed over, so that one line too few does not make all behind it look altered. */
static int name_damage(struct pass *pass, const struct sha256 *leaves)
{
    struct bundle *bundle = pass->bundle;
    struct verify *verify = &bundle->verify;
    verify->altered -= pass->shaped;
    verify->untold = 0;
    (void)json_array_clear(verify->problems);
    uint64_t expected = verify->size, found = bundle->leaves_count, from = 0;
    while (from < expected && from < found && sha256_eq(&leaves[from], &bundle->leaves[from])) {
        from++;
    }
    while (expected > from && found > from && sha256_eq(&leaves[expected - 1], &bundle->leaves[found - 1])) {
        expected--;
        found--;
    }
    for (uint64_t n = from; n < expected || n < found; n++) {
        TRY(name_entry(pass, n, n < expected ? &leaves[n] : NULL, n < found ? &bundle->leaves[n] : NULL));
    }
    return 0;
}

static int conclude(struct pass *pass)
{
    struct bundle *bundle = pass->bundle;
    struct verify *verify = &bundle->verify;
    OWN(own_buf) struct buf bytes = {0};
    char read[COUNT_TEXT];
    char of[COUNT_TEXT];
    char says[128];
    bool leaves_agree = false;
    struct sha256 root = tree_root(&pass->tree);
    verify->entries = bundle->leaves_count;
    if (!verify->has_checkpoint) {
        return verify_topic(verify, "entries", "%s read; no signed tree to compare them with",
                            verify_count(read, verify->entries));
    }
    verify->ledger_agrees = verify->entries == verify->size && sha256_eq(&root, &verify->root);
    const struct sha256 *leaves = true_leaves(bundle, &bytes, &leaves_agree);
    if (!leaves_agree && bundle_part(bundle, BUNDLE_LEAVES) != NULL) {
        TRY(verify_problem(verify, VERIFY_ALTERED, BUNDLE_LEAVES, "are not the leaves of the tree that was signed",
                           ""));
    }
    if (!verify->ledger_agrees && leaves != NULL) {
        TRY(name_damage(pass, leaves));
    } else if (!verify->ledger_agrees && pass->shaped == 0) {
        (void)snprintf(says, sizeof says, "one of its entries is not what was signed; it holds %s of %s",
                       verify_count(read, verify->entries), verify_count(of, verify->size));
        TRY(verify_problem(verify, VERIFY_ALTERED, "ledger.jsonl", says,
                           "without the leaves it cannot be said which one"));
    }
    return verify_topic(verify, "entries", "%s of %s read, tree rebuilt, root %s", verify_count(read, verify->entries),
                        verify_count(of, verify->size), verify->ledger_agrees ? "agrees" : "DIFFERS");
}

int bundle_ledger(struct bundle *bundle)
{
    OWN(own_pass) struct pass pass = {.bundle = bundle};
    if (bundle->verify.ledger < 0) {
        TRY(verify_problem(&bundle->verify, VERIFY_MISSING, "ledger.jsonl", "is missing", ""));
        return verify_topic(&bundle->verify, "entries", "none to read");
    }
    TRY(read_lines(&pass));
    TRY(check_ids(&pass));
    return conclude(&pass);
}
