/* Asking an SSH agent: what is sent and what comes back. The way there is in agent_talk.c. */
#include <stdio.h>

#include "base/hash.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/agent.h"
#include "ledger/agent_talk.h"

#include "base/banned.h"

enum { REFUSED = 5, ASK_KEYS = 11, KEYS = 12, ASK_SIGNATURE = 13, SIGNATURE = 14 };
enum { BLOB_BYTES = 4 + 11 + 4 + SIGN_KEY_BYTES };

static const struct str kind = {"ssh-ed25519", 11};

/* ---- reading ---- */

static bool take_u32(struct str *rest, uint32_t *ret_value)
{
    const uint8_t *b = (const uint8_t *)rest->data;
    if (rest->len < 4) {
        return false;
    }
    *ret_value = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    *rest = str_slice(*rest, 4, rest->len);
    return true;
}

static bool take_string(struct str *rest, struct str *ret_string)
{
    uint32_t length;
    if (!take_u32(rest, &length) || length > rest->len) {
        return false;
    }
    *ret_string = str_slice(*rest, 0, length);
    *rest = str_slice(*rest, length, rest->len);
    return true;
}

/* "ssh-ed25519" and so many bytes, and nothing behind them; NULL if it is anything else. */
static const uint8_t *read_ed25519(struct str blob, size_t bytes)
{
    struct str name, value;
    return take_string(&blob, &name) && str_eq(name, kind) && take_string(&blob, &value) && value.len == bytes &&
                   blob.len == 0
               ? (const uint8_t *)value.data
               : NULL;
}

static int take_type(struct str *answer, uint8_t wanted, struct err *err)
{
    if (answer->len > AGENT_MAX_BYTES) {
        return err_set(err, ERR_LIMIT, "the agent answers with more than %d bytes", AGENT_MAX_BYTES);
    }
    uint8_t type = answer->len != 0 ? (uint8_t)answer->data[0] : 0;
    if (type == REFUSED && answer->len == 1) {
        return err_set(err, ERR_NOT_FOUND, "the agent refused");
    }
    if (type != wanted) {
        return err_set(err, ERR_FORMAT, "the agent answers with %u where %u belongs", type, wanted);
    }
    *answer = str_slice(*answer, 1, answer->len);
    return 0;
}

int agent_read_identities(struct str answer, bool (*visit)(void *self, const struct agent_identity *identity),
                          void *self, struct err *err)
{
    uint32_t count;
    bool goes_on = visit != NULL;
    TRY(take_type(&answer, KEYS, err));
    if (!take_u32(&answer, &count)) {
        return err_set(err, ERR_FORMAT, "the agent's list of keys is cut short");
    }
    if (count > AGENT_MAX_KEYS) {
        return err_set(err, ERR_LIMIT, "the agent says that it holds more than %d keys", AGENT_MAX_KEYS);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct agent_identity identity;
        if (!take_string(&answer, &identity.blob) || !take_string(&answer, &identity.comment)) {
            return err_set(err, ERR_FORMAT, "the agent's list of keys is cut short");
        }
        identity.public_key = read_ed25519(identity.blob, SIGN_KEY_BYTES);
        goes_on = goes_on && visit(self, &identity);
    }
    return answer.len == 0 ? 0 : err_set(err, ERR_FORMAT, "the agent's list of keys goes on behind its end");
}

int agent_read_signature(struct str answer, uint8_t ret_signature[static SIGN_BYTES], struct err *err)
{
    struct str whole;
    TRY(take_type(&answer, SIGNATURE, err));
    const uint8_t *bytes = take_string(&answer, &whole) && answer.len == 0 ? read_ed25519(whole, SIGN_BYTES) : NULL;
    if (bytes == NULL) {
        return err_set(err, ERR_FORMAT, "the agent's answer holds no Ed25519 signature");
    }
    memcpy(ret_signature, bytes, SIGN_BYTES);
    return 0;
}

/* ---- writing ---- */

static void put_u32(struct buf *out, size_t value)
{
    buf_putc(out, (char)(value >> 24));
    buf_putc(out, (char)(value >> 16));
    buf_putc(out, (char)(value >> 8));
    buf_putc(out, (char)value);
}

static void put_string(struct buf *out, struct str bytes)
{
    put_u32(out, bytes.len);
    buf_put(out, bytes);
}

static void put_blob(struct buf *out, const uint8_t public_key[static SIGN_KEY_BYTES])
{
    put_string(out, kind);
    put_string(out, (struct str){(const char *)public_key, SIGN_KEY_BYTES});
}

void agent_fingerprint(char out[static AGENT_FINGERPRINT], const uint8_t public_key[static SIGN_KEY_BYTES])
{
    OWN(own_buf) struct buf blob = {0};
    char base64[48];
    put_blob(&blob, public_key);
    struct sha256 digest = sha256_of(buf_str(&blob));
    base64_encode(base64, digest.bytes, SHA256_BYTES);
    (void)snprintf(out, AGENT_FINGERPRINT, "SHA256:%.43s", base64); /* without the padding */
}

/* ---- asking ---- */

struct search {
    const char *which; /* NULL: by key */
    const uint8_t *key;
    uint8_t found[SIGN_KEY_BYTES];
    size_t matches, of_our_kind;
};

static bool is_called(const struct search *search, const struct agent_identity *identity)
{
    char fingerprint[AGENT_FINGERPRINT];
    if (search->which == NULL) {
        return memcmp(identity->public_key, search->key, SIGN_KEY_BYTES) == 0;
    }
    agent_fingerprint(fingerprint, identity->public_key);
    return strcmp(search->which, "-") == 0 || strcmp(search->which, fingerprint) == 0 ||
           str_eq(identity->comment, str_of(search->which));
}

static bool look_at(void *self, const struct agent_identity *identity)
{
    struct search *search = self;
    if (identity->public_key == NULL) {
        return true;
    }
    search->of_our_kind++;
    if (is_called(search, identity)) {
        search->matches++;
        memcpy(search->found, identity->public_key, SIGN_KEY_BYTES);
    }
    return true;
}

/* To whoever asks, an agent that answers nonsense is a system that failed: no case and no file of his is at fault. Returns -1. */
static int no_answer(struct err *err)
{
    if (err != NULL) {
        err->kind = ERR_IO;
    }
    return -1;
}

static int look(struct search *search, struct err *err)
{
    enum { SECONDS = 5 };
    static const char question[] = {ASK_KEYS};
    OWN(own_buf) struct buf answer = {0};
    TRY(agent_talk((struct str){question, sizeof question}, SECONDS, &answer, err));
    return agent_read_identities(buf_str(&answer), look_at, search, err) == 0 ? 0 : no_answer(err);
}

int agent_find(const char *which, struct sign_key *ret_key, struct err *err)
{
    struct search search = {.which = which};
    TRY(look(&search, err));
    if (search.matches == 1) {
        *ret_key = (struct sign_key){.is_in_agent = true};
        memcpy(ret_key->public_key, search.found, SIGN_KEY_BYTES);
        return 0;
    }
    if (search.matches == 0) {
        err_set(err, ERR_NOT_FOUND, "the agent holds no key '%s' (of %zu Ed25519 keys)", which, search.of_our_kind);
    } else {
        err_set(err, ERR_USAGE, "the agent holds %zu keys that may be meant by '%s'", search.matches, which);
    }
    return err_remedy(err, "ssh-add -l lists them: give a comment or SHA256:..., of a key of type ED25519");
}

int agent_has(const uint8_t public_key[static SIGN_KEY_BYTES], struct err *err)
{
    char fingerprint[AGENT_FINGERPRINT];
    struct search search = {.key = public_key};
    TRY(look(&search, err));
    if (search.matches != 0) {
        return 0;
    }
    agent_fingerprint(fingerprint, public_key);
    err_set(err, ERR_IO, "the agent does not hold the key %s", fingerprint);
    return err_remedy(err, "ssh-add FILE gives it to the agent; or unlock it with ssh-add -X");
}

int agent_sign(uint8_t ret_signature[static SIGN_BYTES], const uint8_t public_key[static SIGN_KEY_BYTES],
               struct str message, struct err *err)
{
    enum { SECONDS = 60 }; /* a person may have to confirm (ssh-add -c) */
    OWN(own_buf) struct buf question = {0};
    OWN(own_buf) struct buf blob = {0};
    OWN(own_buf) struct buf answer = {0};
    uint8_t signature[SIGN_BYTES];
    put_blob(&blob, public_key);
    buf_putc(&question, ASK_SIGNATURE);
    put_string(&question, buf_str(&blob));
    put_string(&question, message);
    put_u32(&question, 0);
    TRY(buf_check(&blob, err));
    TRY(buf_check(&question, err));
    TRY(agent_talk(buf_str(&question), SECONDS, &answer, err));
    if (agent_read_signature(buf_str(&answer), signature, err) != 0) {
        if (err != NULL && err->kind == ERR_NOT_FOUND) {
            err_remedy(err, "it has the key no more, is locked, or somebody did not confirm: ssh-add -l");
        }
        return no_answer(err);
    }
    if (!sign_holds(public_key, message, signature)) {
        return err_set(err, ERR_TAMPERED, "the agent answers with a signature that does not hold");
    }
    memcpy(ret_signature, signature, SIGN_BYTES);
    return 0;
}
