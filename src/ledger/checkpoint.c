/* Signed tree heads, read and written in one place. */
#include <inttypes.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/checkpoint.h"

#include "base/banned.h"

static bool read_size(struct str text, uint64_t *ret_size)
{
    return str_u64(text, ret_size) && text.data[0] != '+' && (text.data[0] != '0' || text.len == 1);
}

int checkpoint_read(struct checkpoint *ret_checkpoint, struct str text, struct err *err)
{
    struct str_cut origin = str_cut(text, '\n');
    struct str_cut size = str_cut(origin.tail, '\n');
    struct str_cut root = str_cut(size.tail, '\n');
    struct checkpoint checkpoint = {.origin = origin.head};
    if (!root.found || origin.head.len == 0) {
        return err_set(err, ERR_FORMAT, "not a checkpoint: it has no origin, size and root");
    }
    if (!read_size(size.head, &checkpoint.size)) {
        return err_set(err, ERR_FORMAT, "not a checkpoint: '%.*s' is no size", STR_FMT(str_slice(size.head, 0, 40)));
    }
    if (base64_decode(checkpoint.root.bytes, SHA256_BYTES, root.head) != SHA256_BYTES) {
        return err_set(err, ERR_FORMAT, "not a checkpoint: its root is not 32 bytes in base64");
    }
    for (struct str rest = root.tail; rest.len != 0;) {
        struct str_cut extension = str_cut(rest, '\n');
        if (extension.head.len == 0) {
            return err_set(err, ERR_FORMAT, "not a checkpoint: an empty extension line");
        }
        rest = extension.tail;
    }
    *ret_checkpoint = checkpoint;
    return 0;
}

int checkpoint_open(struct checkpoint *ret_checkpoint, struct str bytes, const struct note_key *key, struct err *err)
{
    struct note note;
    struct checkpoint checkpoint;
    TRY(note_read(&note, bytes, err));
    TRY(note_check(&note, key, err));
    TRY(checkpoint_read(&checkpoint, note.text, err));
    if (!str_eq(checkpoint.origin, str_of(key->name))) {
        return err_set(err, ERR_TAMPERED, "a checkpoint of '%.*s', signed by %s", STR_FMT(checkpoint.origin),
                       key->name);
    }
    *ret_checkpoint = checkpoint;
    return 0;
}

int checkpoint_sign(struct buf *out, uint64_t size, const struct sha256 *root, const struct note_key *key,
                    const struct sign_key *secret, struct err *err)
{
    char base64[48];
    base64_encode(base64, root->bytes, SHA256_BYTES);
    OWN(own_buf) struct buf text = {0};
    buf_printf(&text, "%s\n%" PRIu64 "\n%s\n", key->name, size, base64);
    TRY(buf_check(&text, err));
    return note_sign(out, buf_str(&text), key, secret, err);
}
