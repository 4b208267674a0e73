/* Signed notes: the reader and the writer of the format that note.h draws. */
#include <stdio.h>

#include "base/hash.h"
#include "base/str.h"
#include "ledger/note.h"

#include "base/banned.h"

enum { ID_BYTES = NOTE_ID_BYTES };

static const struct str dash = {"\xe2\x80\x94 ", 4};
static const struct str secret_prefix = {"PRIVATE+KEY+", 12};

static uint32_t decode_rune(struct str s, size_t step)
{
    const uint8_t *b = (const uint8_t *)s.data;
    switch (step) {
    case 2:
        return (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
    case 3:
        return (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
    case 4:
        return (uint32_t)(b[0] & 0x07) << 18 | (uint32_t)(b[1] & 0x3f) << 12 | (uint32_t)(b[2] & 0x3f) << 6 |
               (b[3] & 0x3f);
    default:
        return b[0];
    }
}

/* White_Space of Unicode. */
static bool is_space(uint32_t rune)
{
    return (rune >= 0x09 && rune <= 0x0d) || rune == 0x20 || rune == 0x85 || rune == 0xa0 || rune == 0x1680 ||
           (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 || rune == 0x202f || rune == 0x205f ||
           rune == 0x3000;
}

bool note_is_name(struct str name)
{
    if (name.len == 0 || name.len > NOTE_MAX_NAME) {
        return false;
    }
    for (size_t at = 0; at < name.len;) {
        struct str rest = str_slice(name, at, name.len);
        size_t step = str_utf8_step(rest);
        if (step == 0 || rest.data[0] == '+' || rest.data[0] == '\0' || is_space(decode_rune(rest, step))) {
            return false;
        }
        at += step;
    }
    return true;
}

static uint32_t big_endian(const uint8_t bytes[static ID_BYTES])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* first four bytes of SHA-256(name || 0x0A || type || public key) */
static uint32_t key_id(struct str name, uint8_t type, const uint8_t public_key[static SIGN_KEY_BYTES])
{
    char tail[2 + SIGN_KEY_BYTES] = {'\n', (char)type};
    memcpy(tail + 2, public_key, SIGN_KEY_BYTES);
    struct sha256 digest = sha256_of2(name, (struct str){tail, sizeof tail});
    return big_endian(digest.bytes);
}

static int key_of(struct note_key *ret_key, struct str name, uint8_t type,
                  const uint8_t public_key[static SIGN_KEY_BYTES], struct err *err)
{
    if (!note_is_name(name)) {
        return err_set(err, ERR_FORMAT, "'%.*s' cannot name a key: it is empty, too long, or has a space or a '+'",
                       STR_FMT(name));
    }
    if (!sign_is_key(public_key)) {
        return err_set(err, ERR_FORMAT, "not an Ed25519 key of the prime-order group");
    }
    struct note_key key = {.id = key_id(name, type, public_key), .type = type};
    memcpy(key.name, name.data, name.len);
    memcpy(key.public_key, public_key, SIGN_KEY_BYTES);
    *ret_key = key;
    return 0;
}

int note_key_of(struct note_key *ret_key, struct str name, const uint8_t public_key[static SIGN_KEY_BYTES],
                struct err *err)
{
    return key_of(ret_key, name, NOTE_ED25519, public_key, err);
}

int note_cosigner_of(struct note_key *ret_key, struct str name, const uint8_t public_key[static SIGN_KEY_BYTES],
                     struct err *err)
{
    return key_of(ret_key, name, NOTE_COSIGNATURE, public_key, err);
}

bool note_key_eq(const struct note_key *a, const struct note_key *b)
{
    return a->id == b->id && a->type == b->type && strcmp(a->name, b->name) == 0 &&
           memcmp(a->public_key, b->public_key, SIGN_KEY_BYTES) == 0;
}

static int read_id(struct str text, uint32_t *ret_id)
{
    uint8_t bytes[ID_BYTES];
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'F') {
            return -1; /* ids are written in lower case, once and only once */
        }
    }
    if (!hex_decode(bytes, ID_BYTES, text)) {
        return -1;
    }
    *ret_id = big_endian(bytes);
    return 0;
}

/* NAME+ID+base64(type || 32 bytes) */
static int read_key_text(struct str text, uint8_t type, struct str *ret_name, uint32_t *ret_id,
                         uint8_t ret_bytes[static 1 + SIGN_KEY_BYTES])
{
    struct str_cut name = str_cut(text, '+');
    struct str_cut id = str_cut(name.tail, '+');
    uint8_t bytes[1 + SIGN_KEY_BYTES];
    if (!name.found || !id.found || read_id(id.head, ret_id) != 0 ||
        base64_decode(bytes, sizeof bytes, id.tail) != sizeof bytes || bytes[0] != type) {
        sign_wipe_bytes(bytes, sizeof bytes);
        return -1;
    }
    memcpy(ret_bytes, bytes, sizeof bytes);
    sign_wipe_bytes(bytes, sizeof bytes);
    *ret_name = name.head;
    return 0;
}

static int read_key(struct note_key *ret_key, struct str vkey, uint8_t type, const char *what, struct err *err)
{
    struct str name;
    uint32_t id;
    uint8_t bytes[1 + SIGN_KEY_BYTES];
    if (read_key_text(vkey, type, &name, &id, bytes) != 0) {
        return err_set(err, ERR_FORMAT, "not a %s", what);
    }
    struct note_key key;
    TRY(key_of(&key, name, type, bytes + 1, err));
    if (key.id != id) {
        return err_set(err, ERR_FORMAT, "the key's id is %08x, and not %08x as written", key.id, id);
    }
    *ret_key = key;
    return 0;
}

int note_key_read(struct note_key *ret_key, struct str vkey, struct err *err)
{
    return read_key(ret_key, vkey, NOTE_ED25519, "verifier key (NAME+ID+KEY with an Ed25519 key)", err);
}

int note_cosigner_read(struct note_key *ret_key, struct str vkey, struct err *err)
{
    return read_key(ret_key, vkey, NOTE_COSIGNATURE, "cosigner's key (NAME+ID+KEY with an Ed25519 key of type 4)", err);
}

static void write_key_text(char *out, size_t out_bytes, const struct note_key *key,
                           const uint8_t payload[static SIGN_KEY_BYTES])
{
    uint8_t bytes[1 + SIGN_KEY_BYTES] = {key->type};
    memcpy(bytes + 1, payload, SIGN_KEY_BYTES);
    char base64[64];
    base64_encode(base64, bytes, sizeof bytes);
    (void)snprintf(out, out_bytes, "%s+%08x+%s", key->name, key->id, base64);
    sign_wipe_bytes(bytes, sizeof bytes);
    sign_wipe_bytes(base64, sizeof base64);
}

void note_key_write(char out[static NOTE_VKEY_TEXT], const struct note_key *key)
{
    write_key_text(out, NOTE_VKEY_TEXT, key, key->public_key);
}

void note_secret_write(char out[static NOTE_VKEY_TEXT], const struct note_key *key, const struct sign_key *secret)
{
    memcpy(out, secret_prefix.data, secret_prefix.len);
    write_key_text(out + secret_prefix.len, NOTE_VKEY_TEXT - secret_prefix.len, key, secret->secret);
}

int note_secret_read(struct sign_key *ret_secret, struct note_key *ret_key, struct str line, struct err *err)
{
    struct str name;
    uint32_t id;
    uint8_t bytes[1 + SIGN_KEY_BYTES];
    if (!str_starts(line, secret_prefix) ||
        read_key_text(str_slice(line, secret_prefix.len, line.len), NOTE_ED25519, &name, &id, bytes) != 0) {
        return err_set(err, ERR_FORMAT, "not a signing key (PRIVATE+KEY+NAME+ID+SEED)");
    }
    struct note_key key;
    int failed = sign_from_seed(ret_secret, bytes + 1, err);
    sign_wipe_bytes(bytes, sizeof bytes);
    if (failed != 0 || note_key_of(&key, name, ret_secret->public_key, err) != 0) {
        sign_wipe(ret_secret);
        return -1;
    }
    if (key.id != id) {
        sign_wipe(ret_secret);
        return err_set(err, ERR_FORMAT, "the signing key's id is not its own");
    }
    *ret_key = key;
    return 0;
}

static int read_line(struct str line, struct note_line *ret_line, struct err *err)
{
    if (!str_starts(line, dash)) {
        return err_set(err, ERR_FORMAT, "a signature line does not begin with a dash and a space");
    }
    struct str_cut cut = str_cut(str_slice(line, dash.len, line.len), ' ');
    uint8_t bytes[ID_BYTES + NOTE_MAX_SIGNATURE];
    size_t length = cut.found ? base64_decode(bytes, sizeof bytes, cut.tail) : SIZE_MAX;
    if (!note_is_name(cut.head) || length == SIZE_MAX || length <= ID_BYTES) {
        return err_set(err, ERR_FORMAT, "a signature line is not a name and a base64 signature");
    }
    *ret_line = (struct note_line){.name = cut.head, .base64 = cut.tail, .id = big_endian(bytes)};
    return 0;
}

static bool has_foreign_bytes(struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if ((uint8_t)bytes.data[i] < 0x20 && bytes.data[i] != '\n') {
            return true;
        }
    }
    return !str_is_utf8(bytes);
}

/* Where the text ends: behind the first newline of the last empty line. 0 if there is none. */
static size_t text_end(struct str bytes)
{
    for (size_t i = bytes.len; i > 1; i--) {
        if (bytes.data[i - 1] == '\n' && bytes.data[i - 2] == '\n') {
            return i - 1;
        }
    }
    return 0;
}

int note_read(struct note *ret_note, struct str bytes, struct err *err)
{
    if (bytes.len > NOTE_MAX_BYTES) {
        return err_set(err, ERR_LIMIT, "a signed note of more than %d bytes", NOTE_MAX_BYTES);
    }
    if (has_foreign_bytes(bytes)) {
        return err_set(err, ERR_FORMAT, "not a signed note: it has control characters or is not UTF-8");
    }
    size_t end = text_end(bytes);
    if (end == 0 || end + 1 >= bytes.len || bytes.data[bytes.len - 1] != '\n') {
        return err_set(err, ERR_FORMAT, "not a signed note: no signature lines behind an empty line");
    }
    struct note note = {.text = str_slice(bytes, 0, end)};
    struct str rest = str_slice(bytes, end + 1, bytes.len);
    while (rest.len != 0) {
        if (note.count == NOTE_MAX_LINES) {
            return err_set(err, ERR_LIMIT, "more than %d signatures", NOTE_MAX_LINES);
        }
        struct str_cut line = str_cut(rest, '\n');
        TRY(read_line(line.head, &note.lines[note.count++], err));
        rest = line.tail;
    }
    *ret_note = note;
    return 0;
}

int note_check(const struct note *note, const struct note_key *key, struct err *err)
{
    size_t held = 0;
    for (size_t i = 0; i < note->count; i++) {
        const struct note_line *line = &note->lines[i];
        if (line->id != key->id || !str_eq(line->name, str_of(key->name))) {
            continue;
        }
        uint8_t bytes[ID_BYTES + SIGN_BYTES];
        if (base64_decode(bytes, sizeof bytes, line->base64) != sizeof bytes ||
            !sign_holds(key->public_key, note->text, bytes + ID_BYTES)) {
            return err_set(err, ERR_TAMPERED, "the signature of %s does not hold", key->name);
        }
        held++;
    }
    return held != 0 ? 0 : err_set(err, ERR_TAMPERED, "not signed by %s", key->name);
}

int note_put_line(struct buf *out, const struct note_key *key, const uint8_t *signature, size_t signature_bytes,
                  struct err *err)
{
    uint8_t bytes[ID_BYTES + NOTE_MAX_SIGNATURE] = {(uint8_t)(key->id >> 24), (uint8_t)(key->id >> 16),
                                                    (uint8_t)(key->id >> 8), (uint8_t)key->id};
    char base64[4 * ((sizeof bytes + 2) / 3) + 1];
    if (signature_bytes > NOTE_MAX_SIGNATURE) {
        return err_set(err, ERR_BUG, "a signature of %zu bytes", signature_bytes);
    }
    memcpy(bytes + ID_BYTES, signature, signature_bytes);
    base64_encode(base64, bytes, ID_BYTES + signature_bytes);
    buf_put(out, dash);
    buf_printf(out, "%s %s\n", key->name, base64);
    return buf_check(out, err);
}

int note_sign(struct buf *out, struct str text, const struct note_key *key, const struct sign_key *secret,
              struct err *err)
{
    if (text.len == 0 || text.data[text.len - 1] != '\n' || has_foreign_bytes(text)) {
        return err_set(err, ERR_BUG, "only UTF-8 lines can be signed as a note");
    }
    uint8_t signature[SIGN_BYTES];
    TRY(sign_make(signature, secret, text, err));
    buf_put(out, text);
    buf_putc(out, '\n');
    return note_put_line(out, key, signature, sizeof signature, err);
}
