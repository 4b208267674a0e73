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

struct pass {
    struct bundle *bundle;
    struct verify_read read;
    struct buf newest; /* the last entry that is shown */
};

static void own_pass(struct pass *pass)
{
    buf_free(&pass->newest);
}

static int bad_line(struct pass *pass, uint64_t n, enum verify_kind kind, const char *says)
{
    char where[48];
    (void)snprintf(where, sizeof where, "ledger.jsonl:%" PRIu64, n + 1);
    return verify_problem(&pass->bundle->verify, kind, where, says, "");
}

/* A report that the ledger names may lie in the bundle. */
static int note_report(struct bundle *bundle, struct str line)
{
    OWN(own_json) json_t *entry = json_read(line, NULL);
    const char *digest = json_text(entry, "sha256", NULL);
    return digest == NULL || json_object_set(bundle->reports, digest, json_object_get(entry, "id")) == 0
               ? 0
               : verify_no_memory(&bundle->verify);
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

/* Keeps the leaf of a line, and what an entry says about the bundle. */
static int take_line(void *self, uint64_t n, const struct verify_line *line)
{
    struct pass *pass = self;
    struct bundle *bundle = pass->bundle;
    bool is_entry = !line->is_left_out && !line->is_too_long && line->wrong == NULL && line->envelope.n == n;
    TRY(grow(bundle));
    bundle->leaves[bundle->leaves_count++] = line->leaf;
    bundle->is_redacted[n] = line->is_left_out;
    bundle->redacted += line->is_left_out;
    if (!is_entry) {
        return 0;
    }
    buf_reset(&pass->newest);
    buf_put(&pass->newest, line->text);
    TRY(buf_check(&pass->newest, bundle->verify.err));
    return str_eq(line->envelope.type, STR("report")) ? note_report(bundle, line->text) : 0;
}

static void note_time(struct pass *pass)
{
    OWN(own_json) json_t *entry = json_read(buf_str(&pass->newest), NULL);
    int64_t time = time_parse(str_of(json_text(entry, "time", "")));
    pass->bundle->newest_s = time > 0 ? (uint64_t)(time / NS_PER_S) : 0;
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
    verify->altered -= pass->read.shaped;
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
    struct sha256 root = tree_root(&pass->read.tree);
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
    } else if (!verify->ledger_agrees && pass->read.shaped == 0) {
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
    const struct verify_taker taker = {.self = &pass, .take = take_line, .takes_all = true};
    if (bundle->verify.ledger < 0) {
        TRY(verify_problem(&bundle->verify, VERIFY_MISSING, "ledger.jsonl", "is missing", ""));
        return verify_topic(&bundle->verify, "entries", "none to read");
    }
    TRY(verify_read_lines(&bundle->verify, &taker, &pass.read));
    note_time(&pass);
    return conclude(&pass);
}
