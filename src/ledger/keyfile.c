/* Signing keys on disk. */
#include "ledger/keyfile.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

static int read_text(struct str text, struct sign_key *ret_secret, struct note_key *ret_key, struct err *err)
{
    struct str_cut line = str_cut(text, '\n');
    if (line.tail.len != 0) {
        return err_set(err, ERR_FORMAT, "is no signing key: more than one line");
    }
    return note_secret_read(ret_secret, ret_key, line.head, err);
}

int keyfile_read(int dir, const char *name, struct sign_key *ret_secret, struct note_key *ret_key, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    if (buf_room(&bytes, KEYFILE_MAX_BYTES + 1) == NULL) { /* in one piece, so that no copy is left behind by growing */
        return buf_check(&bytes, err);
    }
    TRY(file_read_at(dir, name, KEYFILE_MAX_BYTES, &bytes, err));
    int failed = read_text(buf_str(&bytes), ret_secret, ret_key, err);
    sign_wipe_bytes(bytes.data, bytes.cap);
    return failed == 0 ? 0 : err_where(err, "%s", name);
}

int keyfile_public(int dir, const char *name, struct note_key *ret_key, struct err *err)
{
    struct sign_key secret;
    TRY(keyfile_read(dir, name, &secret, ret_key, err));
    sign_wipe(&secret);
    return 0;
}

int keyfile_write(int dir, const char *name, const struct note_key *key, const struct sign_key *secret, struct err *err)
{
    char line[NOTE_VKEY_TEXT + 1];
    note_secret_write(line, key, secret);
    size_t length = strlen(line);
    line[length] = '\n';
    int failed = file_replace(dir, name, (struct str){line, length + 1}, 0600, err);
    sign_wipe_bytes(line, sizeof line);
    return failed;
}
