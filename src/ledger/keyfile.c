/* Signing keys on disk, in the clear or under a passphrase, and the names of those that an agent has. */
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/agent.h"
#include "ledger/keyfile.h"
#include "ledger/passphrase.h"

#include "base/banned.h"

/* What a file may ask for, so that a hostile one takes neither memory nor hours; and what ours ask for. */
enum { OPS = 3, KIB = 256 << 10, OPS_MAX = 16, KIB_MAX = 1 << 20 };
enum {
    SALT = crypto_pwhash_SALTBYTES,
    NONCE = crypto_secretbox_NONCEBYTES,
    BOX = SIGN_SEED_BYTES + crypto_secretbox_MACBYTES
};

static const struct str magic = {"assay-key/v1 argon2id ", 22};
static const struct str agent_magic = {"assay-key/v1 ssh-agent\n", 23};

struct sealed {
    uint64_t ops, kib;
    struct note_key key;
    uint8_t salt[SALT], nonce[NONCE], box[BOX];
};

/* All that has to be forgotten, in one piece of locked memory. */
struct hidden {
    struct passphrase passphrase;
    uint8_t key[crypto_secretbox_KEYBYTES];
    uint8_t seed[SIGN_SEED_BYTES];
};

static struct hidden *hide(struct err *err)
{
    struct hidden *hidden = sodium_init() >= 0 ? sodium_malloc(sizeof *hidden) : NULL; /* locked, between guard pages */
    if (hidden == NULL) {
        err_set(err, ERR_LIMIT, "no memory for a passphrase");
    }
    return hidden;
}

static void own_hidden(struct hidden **hidden)
{
    sodium_free(*hidden); /* wipes */
}

static int read_sealed(struct sealed *ret_sealed, struct str text, struct err *err)
{
    struct str_cut first = str_cut(text, '\n');
    struct str_cut vkey = str_cut(first.tail, '\n');
    struct str_cut last = str_cut(vkey.tail, '\n');
    struct str_cut numbers = str_cut(str_slice(first.head, magic.len, first.head.len), ' ');
    uint8_t bytes[SALT + NONCE + BOX];
    struct sealed sealed;
    if (!str_u64(numbers.head, &sealed.ops) || !str_u64(numbers.tail, &sealed.kib) || !last.found ||
        last.tail.len != 0 || base64_decode(bytes, sizeof bytes, last.head) != sizeof bytes) {
        return err_set(err, ERR_FORMAT, "is no signing key under a passphrase");
    }
    if (sealed.ops < 1 || sealed.ops > OPS_MAX || sealed.kib < 8 || sealed.kib > KIB_MAX) {
        return err_set(err, ERR_LIMIT, "asks for more work than %d passes over %d KiB", OPS_MAX, KIB_MAX);
    }
    TRY(note_key_read(&sealed.key, vkey.head, err));
    memcpy(sealed.salt, bytes, SALT);
    memcpy(sealed.nonce, bytes + SALT, NONCE);
    memcpy(sealed.box, bytes + SALT + NONCE, BOX);
    *ret_sealed = sealed;
    return 0;
}

static int derive(struct hidden *hidden, const struct sealed *sealed, struct err *err)
{
    return crypto_pwhash(hidden->key, sizeof hidden->key, hidden->passphrase.text, hidden->passphrase.len, sealed->salt,
                         sealed->ops, (size_t)sealed->kib << 10, crypto_pwhash_ALG_ARGON2ID13) == 0
               ? 0
               : err_set(err, ERR_LIMIT, "no memory to make a key of the passphrase (%llu KiB)",
                         (unsigned long long)sealed->kib);
}

static int open_sealed(struct str text, const char *name, struct sign_key *ret_secret, struct note_key *ret_key,
                       struct err *err)
{
    struct sealed sealed;
    char what[300];
    OWN(own_hidden) struct hidden *hidden = hide(err);
    if (hidden == NULL || read_sealed(&sealed, text, err) != 0) {
        return -1;
    }
    (void)snprintf(what, sizeof what, "passphrase of %s", name);
    TRY(passphrase_ask(&hidden->passphrase, what, false, err));
    TRY(derive(hidden, &sealed, err));
    if (crypto_secretbox_open_easy(hidden->seed, sealed.box, BOX, sealed.nonce, hidden->key) != 0) {
        return err_set(err, ERR_USAGE, "the passphrase is not the one, or the file was changed");
    }
    TRY(sign_from_seed(ret_secret, hidden->seed, err));
    if (memcmp(ret_secret->public_key, sealed.key.public_key, SIGN_KEY_BYTES) != 0) {
        sign_wipe(ret_secret);
        return err_set(err, ERR_FORMAT, "holds another key than it names");
    }
    *ret_key = sealed.key;
    return 0;
}

static int open_plain(struct str text, struct sign_key *ret_secret, struct note_key *ret_key, struct err *err)
{
    struct str_cut line = str_cut(text, '\n');
    if (line.tail.len != 0) {
        return err_set(err, ERR_FORMAT, "is no signing key: more than one line");
    }
    return note_secret_read(ret_secret, ret_key, line.head, err);
}

static int read_reference(struct str text, struct note_key *ret_key, struct err *err)
{
    struct str_cut vkey = str_cut(str_slice(text, agent_magic.len, text.len), '\n');
    return vkey.found && vkey.tail.len == 0
               ? note_key_read(ret_key, vkey.head, err)
               : err_set(err, ERR_FORMAT, "is no name of a key that an agent has: two lines, no more");
}

static int open_reference(struct str text, struct sign_key *ret_secret, struct note_key *ret_key, struct err *err)
{
    struct note_key key;
    TRY(read_reference(text, &key, err));
    TRY(agent_has(key.public_key, err));
    *ret_secret = (struct sign_key){.is_in_agent = true};
    memcpy(ret_secret->public_key, key.public_key, SIGN_KEY_BYTES);
    *ret_key = key;
    return 0;
}

/* As OpenSSH does: only where the file is ours, as somebody else's mode is his own. */
static int check_alone(int dir, const char *name, struct err *err)
{
    struct stat about;
    if (fstatat(dir, name, &about, 0) != 0 || !passphrase_is_bare(&about)) {
        return 0;
    }
    err_set(err, ERR_IO, "others on this machine can read or write it (mode %04o)", (unsigned)about.st_mode & 07777);
    return err_remedy(err, "chmod 600; if somebody may have read it: assay key rotate");
}

/* In one piece, so that no copy of a secret is left behind by growing. */
static int read_bytes(int dir, const char *name, struct buf *bytes, struct err *err)
{
    if (buf_room(bytes, KEYFILE_MAX_BYTES + 1) == NULL) {
        return buf_check(bytes, err);
    }
    return file_read_at(dir, name, KEYFILE_MAX_BYTES, bytes, err);
}

int keyfile_read(int dir, const char *name, struct sign_key *ret_secret, struct note_key *ret_key, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    TRY(read_bytes(dir, name, &bytes, err));
    struct str text = buf_str(&bytes);
    int failed = str_starts(text, magic)            ? open_sealed(text, name, ret_secret, ret_key, err)
                 : str_starts(text, agent_magic)    ? open_reference(text, ret_secret, ret_key, err)
                 : check_alone(dir, name, err) != 0 ? -1
                                                    : open_plain(text, ret_secret, ret_key, err);
    sign_wipe_bytes(bytes.data, bytes.cap);
    return failed == 0 ? 0 : err_where(err, "%s", name);
}

int keyfile_public_of(struct str bytes, struct note_key *ret_key, struct err *err)
{
    struct sealed sealed;
    struct sign_key secret;
    if (str_starts(bytes, magic)) {
        TRY(read_sealed(&sealed, bytes, err));
        *ret_key = sealed.key;
        return 0;
    }
    if (str_starts(bytes, agent_magic)) {
        return read_reference(bytes, ret_key, err);
    }
    TRY(open_plain(bytes, &secret, ret_key, err));
    sign_wipe(&secret);
    return 0;
}

int keyfile_public(int dir, const char *name, struct note_key *ret_key, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    TRY(read_bytes(dir, name, &bytes, err));
    int failed = keyfile_public_of(buf_str(&bytes), ret_key, err);
    sign_wipe_bytes(bytes.data, bytes.cap);
    return failed == 0 ? 0 : err_where(err, "%s", name);
}

static bool begins_with(int dir, const char *name, struct str head)
{
    OWN(own_buf) struct buf bytes = {0};
    bool begins = read_bytes(dir, name, &bytes, NULL) == 0 && str_starts(buf_str(&bytes), head);
    sign_wipe_bytes(bytes.data, bytes.cap);
    return begins;
}

bool keyfile_is_sealed(int dir, const char *name)
{
    return begins_with(dir, name, magic);
}

bool keyfile_is_in_agent(int dir, const char *name)
{
    return begins_with(dir, name, agent_magic);
}

static int write_reference(int dir, const char *name, const struct note_key *key, struct err *err)
{
    OWN(own_buf) struct buf text = {0};
    char vkey[NOTE_VKEY_TEXT];
    note_key_write(vkey, key);
    buf_put(&text, agent_magic);
    buf_printf(&text, "%s\n", vkey);
    TRY(buf_check(&text, err));
    return file_replace(dir, name, buf_str(&text), 0600, err);
}

static int write_plain(int dir, const char *name, const struct note_key *key, const struct sign_key *secret,
                       struct err *err)
{
    char line[NOTE_VKEY_TEXT + 1];
    note_secret_write(line, key, secret);
    size_t length = strlen(line);
    line[length] = '\n';
    int failed = file_replace(dir, name, (struct str){line, length + 1}, 0600, err);
    sign_wipe_bytes(line, sizeof line);
    return failed;
}

static int put_sealed(struct buf *out, const struct sealed *sealed, struct err *err)
{
    uint8_t bytes[SALT + NONCE + BOX];
    char base64[4 * ((sizeof bytes + 2) / 3) + 1];
    char vkey[NOTE_VKEY_TEXT];
    memcpy(bytes, sealed->salt, SALT);
    memcpy(bytes + SALT, sealed->nonce, NONCE);
    memcpy(bytes + SALT + NONCE, sealed->box, BOX);
    base64_encode(base64, bytes, sizeof bytes);
    note_key_write(vkey, &sealed->key);
    buf_put(out, magic);
    buf_printf(out, "%llu %llu\n%s\n%s\n", (unsigned long long)sealed->ops, (unsigned long long)sealed->kib, vkey,
               base64);
    return buf_check(out, err);
}

static int write_sealed(int dir, const char *name, const struct note_key *key, const struct sign_key *secret,
                        struct err *err)
{
    struct sealed sealed = {.ops = OPS, .kib = KIB, .key = *key};
    OWN(own_buf) struct buf text = {0};
    OWN(own_hidden) struct hidden *hidden = hide(err);
    char what[300];
    if (hidden == NULL) {
        return -1;
    }
    (void)snprintf(what, sizeof what, "passphrase of %s", name);
    TRY(passphrase_ask(&hidden->passphrase, what, true, err));
    randombytes_buf(sealed.salt, SALT);
    randombytes_buf(sealed.nonce, NONCE);
    TRY(derive(hidden, &sealed, err));
    (void)crypto_secretbox_easy(sealed.box, secret->secret, SIGN_SEED_BYTES, sealed.nonce, hidden->key);
    TRY(put_sealed(&text, &sealed, err));
    return file_replace(dir, name, buf_str(&text), 0600, err);
}

int keyfile_write(int dir, const char *name, const struct note_key *key, const struct sign_key *secret, bool is_sealed,
                  struct err *err)
{
    if (secret->is_in_agent) {
        return write_reference(dir, name, key, err);
    }
    return is_sealed ? write_sealed(dir, name, key, secret, err) : write_plain(dir, name, key, secret, err);
}
