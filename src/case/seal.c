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

/* Signing is repeatable, so a checkpoint of this size that is kept already is this one, byte for byte. */
static int keep(struct assay_case *kase, const char *name, struct str note, struct err *err)
{
    OWN(own_buf) struct buf kept = {0};
    int failed = file_read_at(kase->dir, name, NOTE_MAX_BYTES, &kept, err);
    if (failed == 0 && !str_eq(buf_str(&kept), note)) {
        return err_set(err, ERR_TAMPERED, "%s: %s: is not what this case signs at that size", kase->path, name);
    }
    if (failed != 0 && err->kind == ERR_NOT_FOUND) {
        failed = file_replace(kase->dir, name, note, 0644, err);
    }
    return failed == 0 ? 0 : err_where(err, "%s", kase->path);
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
    TRY(case_sign(&note, &kase->tree, &kase->vkey, &kase->secret, err));
    case_checkpoint_name(name, kase->tree.size);
    TRY(file_replace(kase->dir, "checkpoint", buf_str(&note), 0644, err));
    TRY(keep(kase, name, buf_str(&note), err));
    struct sha256 root = tree_root(&kase->tree);
    base64_encode(root_text, root.bytes, SHA256_BYTES);
    note_key_write(vkey, &kase->vkey);
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
