/* Proofs of single entries, read and written in one place. */
#include <inttypes.h>

#include "base/str.h"
#include "ledger/proof.h"

#include "base/banned.h"

static const struct str magic = {"c2sp.org/tlog-proof@v1", 22};

int proof_write(struct buf *out, uint64_t index, const struct tree_proof *path, struct str checkpoint, struct err *err)
{
    buf_put(out, magic);
    buf_printf(out, "\nindex %" PRIu64 "\n", index);
    for (size_t i = 0; i < path->count; i++) {
        char base64[48];
        base64_encode(base64, path->hashes[i].bytes, SHA256_BYTES);
        buf_printf(out, "%s\n", base64);
    }
    buf_putc(out, '\n');
    buf_put(out, checkpoint);
    return buf_check(out, err);
}

/* "NAME VALUE\n" at the head of *rest; cuts it off. */
static bool take_field(struct str *rest, struct str name, struct str *ret_value)
{
    struct str_cut line = str_cut(*rest, '\n');
    if (!line.found || !str_starts(line.head, name)) {
        return false;
    }
    *ret_value = str_slice(line.head, name.len, line.head.len);
    *rest = line.tail;
    return true;
}

static int read_path(struct str *rest, struct tree_proof *path, struct err *err)
{
    for (;;) {
        struct str_cut line = str_cut(*rest, '\n');
        if (!line.found) {
            return err_set(err, ERR_FORMAT, "not a proof: it ends before its checkpoint");
        }
        *rest = line.tail;
        if (line.head.len == 0) {
            return 0;
        }
        if (path->count == TREE_HEIGHT - 1) {
            return err_set(err, ERR_FORMAT, "not a proof: more than %d hashes", TREE_HEIGHT - 1);
        }
        if (base64_decode(path->hashes[path->count++].bytes, SHA256_BYTES, line.head) != SHA256_BYTES) {
            return err_set(err, ERR_FORMAT, "not a proof: hash %zu is not 32 bytes in base64", path->count);
        }
    }
}

int proof_read(struct proof *ret_proof, struct str bytes, struct err *err)
{
    struct proof proof = {.index = 0};
    struct str_cut head = str_cut(bytes, '\n');
    struct str rest = head.tail;
    struct str index;
    if (!head.found || !str_eq(head.head, magic)) {
        return err_set(err, ERR_FORMAT, "not a proof: it does not begin with '%s'", magic.data);
    }
    (void)take_field(&rest, STR("extra "), &proof.extra);
    if (!take_field(&rest, STR("index "), &index) || !str_u64(index, &proof.index) ||
        (index.data[0] == '0' && index.len != 1)) {
        return err_set(err, ERR_FORMAT, "not a proof: it has no index");
    }
    TRY(read_path(&rest, &proof.path, err));
    proof.checkpoint = rest;
    *ret_proof = proof;
    return 0;
}

int proof_check(const struct proof *proof, struct str entry, const struct note_key *key, struct err *err)
{
    struct checkpoint checkpoint;
    TRY(checkpoint_open(&checkpoint, proof->checkpoint, key, err));
    struct sha256 leaf = tree_leaf(entry);
    if (!tree_holds_entry(&leaf, proof->index, checkpoint.size, &checkpoint.root, proof->path.hashes,
                          proof->path.count)) {
        return err_set(err, ERR_TAMPERED, "the entry is not number %" PRIu64 " of the ledger that was signed",
                       proof->index);
    }
    return 0;
}
