/* One checkpoint or proof, away from its case. */
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/verify.h"
#include "ledger/policy.h"
#include "ledger/proof.h"

#include "base/banned.h"

static int need_something(const char *path, const char *dir, const struct assay_trust *trust, struct err *err)
{
    bool has_key = trust != NULL && trust->vkeys != NULL && trust->vkeys[0] != NULL;
    if (dir != NULL || has_key || (trust != NULL && trust->policy != NULL)) {
        return 0;
    }
    err_set(err, ERR_USAGE, "%s: there is nothing to check it with", path);
    return err_remedy(err, "--vkey KEY (the line in the case's file vkey), --policy FILE or --against CASE");
}

/* The policy is asked about this checkpoint alone, and has to be met. */
static int check_policy(struct verify *verify, const char *where, struct str bytes)
{
    OWN(own_buf) struct buf text = {0};
    OWN(own_policy) struct policy *policy = NULL;
    struct policy_answer answer = {0};
    struct err why = {.text = ""};
    const char *path = verify->trust->policy;
    if (path == NULL) {
        return 0;
    }
    TRY(file_read(path, POLICY_MAX_BYTES, &text, verify->err));
    if (policy_read(&policy, buf_str(&text), verify->err) != 0) {
        return err_where(verify->err, "%s", path);
    }
    if (policy_check(policy, bytes, &answer, case_key_counts, &verify->keys, &why) != 0) {
        TRY(verify_problem(verify, VERIFY_ALTERED, where, why.text, ""));
    } else if (!answer.is_met) {
        TRY(verify_problem(verify, VERIFY_MISSING, where, "does not meet the quorum of the policy", ""));
    }
    return verify_topic(verify, "policy", "%s: %zu of %zu witnesses cosigned", path, answer.cosigned, answer.witnesses);
}

int verify_one_checkpoint(struct verify *verify, const char *where, struct str bytes, struct checkpoint *ret_checkpoint)
{
    struct note note;
    char count[COUNT_TEXT];
    TRY(note_read(&note, bytes, verify->err));
    TRY(checkpoint_read(ret_checkpoint, note.text, verify->err));
    verify->entries = ret_checkpoint->size;
    TRY(verify_topic(verify, "checkpoint", "%s entries of %.*s, %zu signature%s",
                     verify_count(count, ret_checkpoint->size), STR_FMT(ret_checkpoint->origin), note.count,
                     note.count == 1 ? "" : "s"));
    TRY(verify_vkeys(verify, where, bytes));
    return check_policy(verify, where, bytes);
}

int assay_case_verify_checkpoint(const char *path, const char *dir, const struct assay_trust *trust,
                                 json_t **ret_report, struct err *err)
{
    struct err unheard;
    OWN(own_verify) struct verify verify;
    OWN(own_buf) struct buf bytes = {0};
    struct checkpoint checkpoint;
    err = err != NULL ? err : &unheard;
    TRY(verify_begin(&verify, path, trust, err));
    TRY(need_something(path, dir, trust, err));
    TRY(file_read(path, NOTE_MAX_BYTES, &bytes, err));
    if (dir != NULL) {
        struct assay_trust with_case = trust != NULL ? *trust : (struct assay_trust){0};
        with_case.since = path;
        return assay_case_verify_with(dir, &with_case, ret_report, err);
    }
    if (verify_one_checkpoint(&verify, path, buf_str(&bytes), &checkpoint) != 0) {
        return err_where(err, "%s", path);
    }
    return verify_end(&verify, ret_report);
}

/* The line as the ledger has it; a text editor or `assay prove` may have put a newline behind it. */
static int read_entry(struct verify *verify, const char *path, struct buf *out)
{
    TRY(file_read(path, ENTRY_MAX_BYTES + 1, out, verify->err));
    if (out->len != 0 && out->data[out->len - 1] == '\n') {
        out->data[--out->len] = '\0';
    }
    return 0;
}

static int check_entry(struct verify *verify, const struct proof *proof, const struct checkpoint *checkpoint,
                       const char *entry_path)
{
    OWN(own_buf) struct buf entry = {0};
    struct envelope envelope;
    TRY(read_entry(verify, entry_path, &entry));
    struct sha256 leaf = tree_leaf(buf_str(&entry));
    if (!tree_holds_entry(&leaf, proof->index, checkpoint->size, &checkpoint->root, proof->path.hashes,
                          proof->path.count)) {
        TRY(verify_problem(verify, VERIFY_ALTERED, entry_path, "is not the entry that this proof is about", ""));
        return verify_topic(verify, "entry", "NOT number %llu of the tree", (unsigned long long)proof->index);
    }
    const char *wrong = canon_read(&envelope, buf_str(&entry));
    if (wrong == NULL && envelope.n != proof->index) {
        wrong = "its number is another";
    }
    if (wrong != NULL) {
        TRY(verify_problem(verify, VERIFY_ALTERED, entry_path, wrong, ""));
    }
    return verify_topic(verify, "entry", "%.*s, number %llu of the tree",
                        STR_FMT(wrong == NULL ? envelope.id : STR("?")), (unsigned long long)proof->index);
}

/* The case that the proof is held against has to have grown from the proof's checkpoint. */
static int check_case(struct verify *verify, const char *dir, const char *path, struct str checkpoint)
{
    OWN(own_verify) struct verify whole;
    struct assay_trust trust = {0};
    OWN(own_json) json_t *report = NULL;
    TRY(verify_begin(&whole, dir, &trust, verify->err));
    TRY(verify_whole(&whole));
    TRY(verify_since_bytes(&whole, path, checkpoint));
    TRY(verify_end(&whole, &report));
    verify->is_bad |= whole.is_bad;
    verify->altered += whole.altered;
    verify->missing += whole.missing;
    return json_array_extend(verify->lines, whole.lines) == 0 ? 0 : verify_no_memory(verify);
}

static int check_proof(struct verify *verify, struct str bytes, const char *entry_path, const char *dir)
{
    struct proof proof;
    struct checkpoint checkpoint;
    TRY(proof_read(&proof, bytes, verify->err));
    TRY(verify_one_checkpoint(verify, verify->path, proof.checkpoint, &checkpoint));
    TRY(check_entry(verify, &proof, &checkpoint, entry_path));
    return dir == NULL ? 0 : check_case(verify, dir, verify->path, proof.checkpoint);
}

int assay_case_verify_proof(const char *path, const char *entry_path, const char *dir, const struct assay_trust *trust,
                            json_t **ret_report, struct err *err)
{
    enum { PROOF_MAX_BYTES = NOTE_MAX_BYTES + 64 * 1024 };
    struct err unheard;
    OWN(own_verify) struct verify verify;
    OWN(own_buf) struct buf bytes = {0};
    err = err != NULL ? err : &unheard;
    TRY(verify_begin(&verify, path, trust, err));
    TRY(need_something(path, dir, trust, err));
    TRY(file_read(path, PROOF_MAX_BYTES, &bytes, err));
    TRY(check_proof(&verify, buf_str(&bytes), entry_path, dir));
    return verify_end(&verify, ret_report);
}
