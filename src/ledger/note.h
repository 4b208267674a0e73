/* Signed notes (C2SP signed-note), the text format of transparency logs:
 *
 *   TEXT, ending in a newline
 *   (empty line)
 *   — NAME base64(key id || signature)         one line or more; the dash is U+2014
 *
 * The signature is over TEXT with its last newline. A key is named NAME+ID+base64(type || public key); its id is the
 * first four bytes of SHA-256(NAME 0x0A type public-key), big-endian. Assay signs with type 0x01, Ed25519; lines of
 * other keys (cosignatures, later algorithms) are read and left alone. */
#ifndef ASSAY_LEDGER_NOTE_H
#define ASSAY_LEDGER_NOTE_H

#include "base/buf.h"
#include "ledger/sign.h"

enum {
    NOTE_MAX_BYTES = 256 << 10,
    NOTE_MAX_LINES = 64,
    NOTE_MAX_NAME = 255,
    NOTE_MAX_SIGNATURE = 4096, /* ML-DSA-44 has 2,420 and a time */
    NOTE_VKEY_TEXT = NOTE_MAX_NAME + 96,
    NOTE_ED25519 = 1,    /* who keeps a log signs its checkpoints with this type */
    NOTE_COSIGNATURE = 4 /* who saw one signs it with this one, and the time (cosign.h) */
};

/* A key that signatures are checked against. */
struct note_key {
    char name[NOTE_MAX_NAME + 1];
    uint32_t id;
    uint8_t type; /* NOTE_ED25519 or NOTE_COSIGNATURE */
    uint8_t public_key[SIGN_KEY_BYTES];
};

struct note_line {
    struct str name;
    struct str base64; /* of the key id and the signature */
    uint32_t id;
};

/* Borrows from the bytes it was read from. */
struct note {
    struct str text; /* with its last newline */
    size_t count;
    struct note_line lines[NOTE_MAX_LINES];
};

/* Not empty, UTF-8, no white space of Unicode, no '+'. */
bool note_is_name(struct str name);
MUST_USE int note_key_of(struct note_key *ret_key, struct str name, const uint8_t public_key[static SIGN_KEY_BYTES],
                         struct err *err);
/* "example.com/foo+530d903a+AekyeR...", nothing around it. err: FORMAT, also for a key that sign_is_key() refuses and an
 * id that is not the key's. */
MUST_USE int note_key_read(struct note_key *ret_key, struct str vkey, struct err *err);
/* The same for a cosigner's key: type 4 takes the place of type 1, so that its id differs from that of a log's key. */
MUST_USE int note_cosigner_of(struct note_key *ret_key, struct str name,
                              const uint8_t public_key[static SIGN_KEY_BYTES], struct err *err);
MUST_USE int note_cosigner_read(struct note_key *ret_key, struct str vkey, struct err *err);
bool note_key_eq(const struct note_key *a, const struct note_key *b);
void note_key_write(char out[static NOTE_VKEY_TEXT], const struct note_key *key);

/* The secret half in the form that golang.org/x/mod/sumdb/note reads:
 * PRIVATE+KEY+NAME+ID+base64(type || seed). Writes and reads a line without its newline. */
void note_secret_write(char out[static NOTE_VKEY_TEXT], const struct note_key *key, const struct sign_key *secret);
MUST_USE int note_secret_read(struct sign_key *ret_secret, struct note_key *ret_key, struct str line, struct err *err);

/* Appends "— NAME base64(key id || signature)" and a newline. */
enum { NOTE_ID_BYTES = 4 };
MUST_USE int note_put_line(struct buf *out, const struct note_key *key, const uint8_t *signature,
                           size_t signature_bytes, struct err *err);
/* Takes a note apart. Checks no signature. err: FORMAT, LIMIT. */
MUST_USE int note_read(struct note *ret_note, struct str bytes, struct err *err);
/* Every line of the key holds, and there is at least one. err: TAMPERED. */
MUST_USE int note_check(const struct note *note, const struct note_key *key, struct err *err);
/* Appends the whole note with one signature line. text ends in a newline. */
MUST_USE int note_sign(struct buf *out, struct str text, const struct note_key *key, const struct sign_key *secret,
                       struct err *err);

#endif
