/* What the one who checks brings along: keys, a trust file, an older checkpoint of his own. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/verify.h"
#include "ledger/policy.h"

#include "base/banned.h"

enum { NAME_BYTES = 300, SAYS_BYTES = 400 };

/* ---- keys from the command line ---- */

static int check_vkey(struct verify *verify, const char *where, struct str bytes, const char *vkey, size_t *logs,
                      size_t *signed_by)
{
    struct note_key key;
    struct checkpoint checkpoint;
    struct note note;
    struct err why;
    uint64_t time;
    if (note_key_read(&key, str_of(vkey), &why) == 0) {
        *logs += 1;
        *signed_by += checkpoint_open(&checkpoint, bytes, &key, &why) == 0;
        return 0;
    }
    if (note_cosigner_read(&key, str_of(vkey), NULL) != 0) {
        return err_set(verify->err, ERR_USAGE, "--vkey: %s", why.text);
    }
    TRY(note_read(&note, bytes, verify->err));
    return cosign_check(&note, &key, &time, &why) == 0 ? 0
                                                       : verify_problem(verify, VERIFY_ALTERED, where, why.text, "");
}

int verify_vkeys(struct verify *verify, const char *where, struct str bytes)
{
    size_t logs = 0;
    size_t signed_by = 0;
    size_t count = 0;
    if (verify->trust->vkeys == NULL || verify->trust->vkeys[0] == NULL) {
        return 0;
    }
    for (const char *const *vkey = verify->trust->vkeys; *vkey != NULL; vkey++, count++) {
        TRY(check_vkey(verify, where, bytes, *vkey, &logs, &signed_by));
    }
    if (logs != 0 && signed_by == 0) {
        TRY(verify_problem(verify, VERIFY_ALTERED, where, "is not signed by the key that was given", ""));
    }
    return verify_topic(verify, "signed", "%s: held against %zu given key%s", where, count, count == 1 ? "" : "s");
}

/* Did this cosigner see any state of the case that is kept, or that was brought along? */
static int has_cosigned(struct verify *verify, const struct note_key *key, bool *ret_has)
{
    for (size_t i = 0; i <= verify->archive.count && !*ret_has; i++) {
        OWN(own_buf) struct buf bytes = {0};
        char name[CHECKPOINT_NAME] = "checkpoint";
        const char *says = "";
        struct note note;
        uint64_t time;
        if (i != verify->archive.count) {
            case_checkpoint_name(name, verify->archive.of[i].size);
        }
        int got = verify_small(verify, name, &bytes, &says);
        if (got < 0) {
            return -1;
        }
        *ret_has =
            got == 1 && note_read(&note, buf_str(&bytes), NULL) == 0 && cosign_check(&note, key, &time, NULL) == 0;
    }
    if (!*ret_has && verify->trust->since != NULL) {
        OWN(own_buf) struct buf bytes = {0};
        struct note note;
        uint64_t time;
        TRY(file_read(verify->trust->since, NOTE_MAX_BYTES, &bytes, verify->err));
        *ret_has = note_read(&note, buf_str(&bytes), NULL) == 0 && cosign_check(&note, key, &time, NULL) == 0;
    }
    return 0;
}

/* The key that the chain begins with, or the one that signed last: a later key is as good as the first, which names it. */
static bool is_own(const struct verify *verify, const struct note_key *key)
{
    return verify->has_checkpoint && (note_key_eq(key, &verify->key) || note_key_eq(key, &verify->signer));
}

int verify_given_keys(struct verify *verify)
{
    const char *const *vkeys = verify->trust->vkeys;
    size_t count = 0, logs = 0, own = 0;
    for (; vkeys != NULL && vkeys[count] != NULL; count++) {
        struct note_key key;
        struct err why;
        bool has = false;
        if (note_key_read(&key, str_of(vkeys[count]), &why) == 0) {
            logs++;
            own += is_own(verify, &key);
            continue;
        }
        if (note_cosigner_read(&key, str_of(vkeys[count]), NULL) != 0) {
            return err_set(verify->err, ERR_USAGE, "--vkey: %s", why.text);
        }
        TRY(has_cosigned(verify, &key, &has));
        if (!has) {
            TRY(verify_problem(verify, VERIFY_MISSING, "checkpoints", "none is cosigned with a key that was given",
                               key.name));
        }
    }
    if (logs != 0 && own == 0) {
        TRY(verify_problem(verify, VERIFY_ALTERED, "checkpoint", "is not signed by the key that was given", ""));
    }
    return count == 0
               ? 0
               : verify_topic(verify, "signed", "the case: held against %zu given key%s", count, count == 1 ? "" : "s");
}

/* ---- the trust file ---- */

static int read_policy(struct verify *verify, struct policy **ret_policy, const char **ret_name)
{
    OWN(own_buf) struct buf bytes = {0};
    const char *says = "";
    const char *path = verify->trust->policy;
    *ret_name = path != NULL ? path : "policy";
    if (path != NULL) {
        TRY(file_read(path, POLICY_MAX_BYTES, &bytes, verify->err));
    } else if (verify_small(verify, "policy", &bytes, &says) != 1) {
        return 0;
    }
    if (policy_read(ret_policy, buf_str(&bytes), verify->err) != 0) {
        err_where(verify->err, "%s", *ret_name);
        return err_remedy(verify->err, "lines are log, witness, group and one quorum: docs/case-file.md");
    }
    return 0;
}

static int say_policy(struct verify *verify, const char *policy_name, const char *where, uint64_t size,
                      const struct policy_answer *answer)
{
    char count[COUNT_TEXT];
    char rest[COUNT_TEXT];
    char left[COUNT_TEXT + 64] = "";
    if (verify->size != UINT64_MAX && size < verify->size) {
        (void)snprintf(left, sizeof left, "; the last %s are under no such quorum",
                       verify_count(rest, verify->size - size));
    }
    return verify_topic(verify, "policy", "quorum of %s met for %s entries: %zu of %zu witnesses cosigned %s%s",
                        policy_name, verify_count(count, size), answer->cosigned, answer->witnesses, where, left);
}

/* What one checkpoint says; not met is no problem here. 1: met. */
static int ask(struct verify *verify, const struct policy *policy, const char *name, struct policy_answer *ret_answer,
               struct err *why)
{
    OWN(own_buf) struct buf bytes = {0};
    const char *says = "";
    int got = verify_small(verify, name, &bytes, &says);
    if (got != 1) {
        return got;
    }
    return policy_check(policy, buf_str(&bytes), ret_answer, case_key_counts, &verify->keys, why) == 0 &&
           ret_answer->is_met;
}

/* The newest checkpoint that meets it. */
int verify_policy(struct verify *verify)
{
    OWN(own_policy) struct policy *policy = NULL;
    struct policy_answer answer;
    struct err why = {.text = ""};
    const char *policy_name = "";
    TRY(read_policy(verify, &policy, &policy_name));
    if (policy == NULL || !verify->has_checkpoint || !verify->ledger_agrees) {
        return policy == NULL || verify->trust->policy == NULL
                   ? 0
                   : verify_topic(verify, "policy", "not asked: there is no sound tree to ask about");
    }
    int met = ask(verify, policy, "checkpoint", &answer, &why);
    if (met != 0) {
        return met < 0 ? -1 : say_policy(verify, policy_name, "checkpoint", verify->size, &answer);
    }
    for (size_t i = verify->archive.count; i > 0; i--) {
        char name[CHECKPOINT_NAME];
        case_checkpoint_name(name, verify->archive.of[i - 1].size);
        met = ask(verify, policy, name, &answer, &why);
        if (met != 0) {
            return met < 0 ? -1 : say_policy(verify, policy_name, name, verify->archive.of[i - 1].size, &answer);
        }
    }
    if (verify->trust->policy != NULL) {
        TRY(verify_problem(verify, VERIFY_MISSING, policy_name, "no checkpoint meets this policy", why.text));
    }
    return verify_topic(verify, "policy", "quorum of %s is met by no checkpoint that is kept", policy_name);
}

/* ---- growth ---- */

/* The tree over the first `size` lines; false if there are not so many. */
static int root_at(struct verify *verify, uint64_t size, struct sha256 *ret_root, bool *ret_is_there)
{
    OWN(own_lines) struct lines lines = {0};
    struct tree tree = {.size = 0};
    *ret_is_there = false;
    int is_open = verify_lines(verify, &lines);
    if (is_open != 1) {
        return is_open;
    }
    while (tree.size < size) {
        struct line line;
        int got = lines_next(&lines, &line, verify->err);
        if (got <= 0) {
            return got;
        }
        struct sha256 leaf;
        if (verify->place->is_left_out == NULL || !verify->place->is_left_out(line.text, &leaf)) {
            leaf = tree_leaf(line.text);
        }
        tree_add(&tree, &leaf);
    }
    *ret_root = tree_root(&tree);
    *ret_is_there = true;
    return 0;
}

/* NULL: the case grew from it. */
static int compare(struct verify *verify, struct str bytes, struct checkpoint *ret_older, const char **ret_says)
{
    struct note note;
    struct sha256 root;
    struct err why;
    bool is_there;
    TRY(note_read(&note, bytes, verify->err));
    TRY(checkpoint_read(ret_older, note.text, verify->err));
    if (!verify->has_key ||
        checkpoint_open(ret_older, bytes, &case_key_for(&verify->keys, ret_older->size)->key, &why) != 0) {
        *ret_says = "is not signed by a key of this case";
        return 0;
    }
    TRY(root_at(verify, ret_older->size, &root, &is_there));
    if (!is_there || ret_older->size > verify->size) {
        *ret_says = "covers more entries than this case: the case was set back, or is an older copy";
    } else if (!sha256_eq(&root, &ret_older->root)) {
        *ret_says = "covers other entries than this case begins with: history was rewritten since it was signed";
    }
    return 0;
}

int verify_since(struct verify *verify, const char *path)
{
    OWN(own_buf) struct buf bytes = {0};
    TRY(file_read(path, NOTE_MAX_BYTES, &bytes, verify->err));
    return verify_since_bytes(verify, path, buf_str(&bytes));
}

int verify_since_bytes(struct verify *verify, const char *path, struct str bytes)
{
    char count[COUNT_TEXT];
    struct checkpoint older;
    const char *says = NULL;
    if (compare(verify, bytes, &older, &says) != 0) {
        return err_where(verify->err, "%s", path);
    }
    if (says != NULL) {
        TRY(verify_problem(verify, VERIFY_ALTERED, path, says, ""));
        return verify_topic(verify, "since", "the case did not grow from %s", path);
    }
    TRY(verify_cosigned(verify, path, bytes));
    return verify_topic(verify, "since", "nothing of the %s entries under %s was rewritten, taken out or put in",
                        verify_count(count, older.size), path);
}
