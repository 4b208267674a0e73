/* Proofs of single entries, to hand over without the rest of the case. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"
#include "ledger/proof.h"

#include "base/banned.h"

/* What one pass over the ledger gathers: the leaves, and where the entry stands. */
struct search {
    struct str id;
    struct sha256 *leaves;
    uint64_t n;
    bool is_found;
    char type[TYPE_BYTES];
    struct buf line;
};

static void own_search(struct search *search)
{
    free(search->leaves);
    buf_free(&search->line);
}

static int look_at(struct search *search, uint64_t n, struct str line, struct err *err)
{
    struct envelope envelope;
    search->leaves[n] = tree_leaf(line);
    if (str_find(line, search->id, 0) == SIZE_MAX || canon_read(&envelope, line) != NULL ||
        !str_eq(envelope.id, search->id)) {
        return 0;
    }
    search->n = n;
    search->is_found = true;
    (void)snprintf(search->type, sizeof search->type, "%.*s", STR_FMT(envelope.type));
    buf_reset(&search->line);
    buf_put(&search->line, line);
    return buf_check(&search->line, err);
}

static int read_leaves(struct assay_case *kase, struct search *search, struct err *err)
{
    OWN(own_lines) struct lines lines = {0};
    search->leaves = calloc(kase->tree.size, sizeof *search->leaves);
    if (search->leaves == NULL) {
        return err_no_memory(err);
    }
    TRY(lines_open(&lines, kase->ledger, 0, err));
    for (uint64_t n = 0; n < kase->tree.size; n++) {
        struct line line;
        int got = lines_next(&lines, &line, err);
        if (got <= 0) {
            return got < 0 ? -1 : err_set(err, ERR_TAMPERED, "ledger.jsonl: shrank while it was read");
        }
        TRY(look_at(search, n, line.text, err));
    }
    if (!search->is_found) {
        return err_set(err, ERR_NOT_FOUND, "no entry \"%.*s\" in this case", STR_FMT(search->id));
    }
    return 0;
}

/* The newest kept checkpoint over entry n: others may have cosigned it. */
static int pick_checkpoint(struct assay_case *kase, uint64_t n, struct buf *bytes, struct checkpoint *ret_checkpoint,
                           bool *ret_sealed, struct err *err)
{
    OWN(own_archive) struct archive archive = {.count = 0};
    char name[CHECKPOINT_NAME] = "checkpoint";
    TRY(case_list_checkpoints(kase->dir, &archive, err));
    *ret_sealed = archive.count != 0 && archive.of[archive.count - 1].size > n;
    if (*ret_sealed) {
        case_checkpoint_name(name, archive.of[archive.count - 1].size);
    }
    return case_open_checkpoint(kase, name, bytes, ret_checkpoint, err);
}

static int prove(struct assay_case *kase, struct search *search, json_t **ret_proof, struct err *err)
{
    OWN(own_buf) struct buf checkpoint_bytes = {0};
    OWN(own_buf) struct buf text = {0};
    struct checkpoint checkpoint;
    struct tree_proof path;
    bool is_sealed;
    TRY(read_leaves(kase, search, err));
    TRY(pick_checkpoint(kase, search->n, &checkpoint_bytes, &checkpoint, &is_sealed, err));
    if (checkpoint.size > kase->tree.size) {
        return err_set(err, ERR_BUSY, "the case grew meanwhile");
    }
    TRY(tree_prove_entry(search->leaves, checkpoint.size, search->n, &path, err));
    TRY(proof_write(&text, search->n, &path, buf_str(&checkpoint_bytes), err));
    struct proof proof;
    TRY(proof_read(&proof, buf_str(&text), err));
    TRY(proof_check(&proof, buf_str(&search->line), &case_key_for(&kase->keys, checkpoint.size)->key, err));
    char vkey[NOTE_VKEY_TEXT];
    note_key_write(vkey, &case_key_for(&kase->keys, checkpoint.size)->key);
    *ret_proof = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s%, s:s, s:b}", "vkey", vkey, "proof", text.data, "entry",
                           search->line.data, "n", (json_int_t)search->n, "size", (json_int_t)checkpoint.size, "id",
                           search->id.data, search->id.len, "type", search->type, "sealed", is_sealed);
    return *ret_proof != NULL ? 0 : err_no_memory(err);
}

int assay_case_prove(struct assay_case *kase, const char *id, json_t **ret_proof, struct err *err)
{
    OWN(own_search) struct search search = {.id = str_of(id)};
    if (!canon_is_id(search.id)) {
        err_set(err, ERR_USAGE, "'%s' is no id of an entry", id);
        return err_remedy(err, "ids are as in the report: V01, E02, X03/14");
    }
    return prove(kase, &search, ret_proof, err) == 0 ? 0 : err_where(err, "%s", kase->path);
}
