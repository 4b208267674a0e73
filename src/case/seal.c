/* Sealing: the checkpoint that every batch leaves behind is kept for good under checkpoints/<size>. */
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "case/inside.h"

#include "base/banned.h"

void case_checkpoint_name(char out[static CHECKPOINT_NAME], uint64_t size)
{
    (void)snprintf(out, CHECKPOINT_NAME, "checkpoints/%" PRIu64, size);
}

/* What is kept already is this checkpoint, perhaps with cosignatures that the newest copy has not, or the other way round. */
static int keep(struct assay_case *kase, const char *name, struct str note, struct err *err)
{
    OWN(own_buf) struct buf kept = {0};
    OWN(own_buf) struct buf both = {0};
    int failed = file_read_at(kase->dir, name, NOTE_MAX_BYTES, &kept, err);
    if (failed != 0 && err->kind == ERR_NOT_FOUND) {
        failed = file_replace(kase->dir, name, note, 0644, err);
    } else if (failed == 0 && cosign_merge(&both, buf_str(&kept), note, err) != 0) {
        failed = err->kind == ERR_LIMIT
                     ? -1
                     : err_set(err, ERR_TAMPERED, "%s: is not what this case signs at that size", name);
    } else if (failed == 0 && both.len != kept.len) {
        failed = file_replace(kase->dir, name, buf_str(&both), 0644, err);
    }
    return failed == 0 ? 0 : err_where(err, "%s", kase->path);
}

/* `checkpoint` was signed by the append that brought the case to this size, perhaps with a key that has been handed over since. */
static int read_newest(struct assay_case *kase, struct buf *note, struct err *err)
{
    struct checkpoint newest;
    struct sha256 root = tree_root(&kase->tree);
    TRY(case_open_checkpoint(kase, "checkpoint", note, &newest, err));
    if (newest.size != kase->tree.size || !sha256_eq(&newest.root, &root)) {
        err_set(err, ERR_TAMPERED, "checkpoint: is not the one that this case signed last");
        return case_tampered(kase, err);
    }
    return 0;
}

int assay_case_seal(struct assay_case *kase, json_t **ret_seal, struct err *err)
{
    struct err unheard;
    err = err != NULL ? err : &unheard;
    OWN(own_buf) struct buf note = {0};
    OWN(own_buf) struct buf path = {0};
    char name[CHECKPOINT_NAME];
    char root_text[48];
    char vkey[NOTE_VKEY_TEXT];
    TRY(case_may_write(kase, err));
    TRY(read_newest(kase, &note, err));
    case_checkpoint_name(name, kase->tree.size);
    case_forget_kept(kase);
    TRY(keep(kase, name, buf_str(&note), err));
    struct sha256 root = tree_root(&kase->tree);
    base64_encode(root_text, root.bytes, SHA256_BYTES);
    note_key_write(vkey, &case_key_for(&kase->keys, kase->tree.size)->key);
    buf_printf(&path, "%s/%s", kase->path, name);
    TRY(buf_check(&path, err));
    json_t *seal = json_pack("{s:s, s:I, s:s, s:s, s:s}", "origin", kase->vkey.name, "size",
                             (json_int_t)kase->tree.size, "root", root_text, "vkey", vkey, "checkpoint", path.data);
    if (seal == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory, or a path that is not UTF-8");
    }
    *ret_seal = seal;
    return 0;
}
