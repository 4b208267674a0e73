/* Signed notes, verifier keys, checkpoints and proofs: the first byte says which reader the rest is for. What is read has to
 * be the same when it is written and read again. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "ledger/keyfile.h"
#include "ledger/proof.h"

#define EXAMPLE_VKEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

static void check_note(struct str bytes)
{
    struct note note;
    struct note_key key;
    struct checkpoint checkpoint;
    if (note_key_read(&key, STR(EXAMPLE_VKEY), NULL) != 0 || note_read(&note, bytes, NULL) != 0) {
        return;
    }
    if (note.count == 0 || note.text.len == 0 || note.text.data[note.text.len - 1] != '\n') {
        abort();
    }
    bool is_signed = note_check(&note, &key, NULL) == 0;
    bool is_open = checkpoint_open(&checkpoint, bytes, &key, NULL) == 0;
    if (is_open && !is_signed) {
        abort();
    }
}

static void check_key(struct str bytes)
{
    struct note_key key;
    struct sign_key secret;
    char text[NOTE_VKEY_TEXT];
    if (note_key_read(&key, bytes, NULL) == 0) {
        note_key_write(text, &key);
        if (!str_eq(str_of(text), bytes)) {
            abort();
        }
    }
    if (note_secret_read(&secret, &key, bytes, NULL) == 0) {
        note_secret_write(text, &key, &secret);
        if (!str_eq(str_of(text), bytes)) {
            abort();
        }
    }
}

static void check_checkpoint(struct str bytes)
{
    struct checkpoint checkpoint;
    if (checkpoint_read(&checkpoint, bytes, NULL) == 0 && checkpoint.origin.len == 0) {
        abort();
    }
}

static void check_proof(struct str bytes)
{
    struct proof proof;
    struct note_key key;
    OWN(own_buf) struct buf again = {0};
    if (proof_read(&proof, bytes, NULL) != 0 || note_key_read(&key, STR(EXAMPLE_VKEY), NULL) != 0) {
        return;
    }
    if (proof_check(&proof, STR("entry"), &key, NULL) == 0) {
        abort(); /* nobody signed that */
    }
    if (proof.extra.len == 0 &&
        (proof_write(&again, proof.index, &proof.path, proof.checkpoint, NULL) != 0 ||
         !str_eq(buf_str(&again), bytes)) &&
        !str_starts(str_slice(bytes, 23, bytes.len), STR("extra "))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct str bytes = {(const char *)data + 1, size - 1};
    switch (data[0]) {
    case 'n':
        check_note(bytes);
        break;
    case 'k':
        check_key(bytes);
        break;
    case 's': {
        struct note_key key;
        struct note_key again;
        char text[NOTE_VKEY_TEXT];
        if (keyfile_public_of(bytes, &key, NULL) == 0) {
            note_key_write(text, &key);
            if (note_key_read(&again, str_of(text), NULL) != 0 || !note_key_eq(&key, &again)) {
                abort();
            }
        }
        break;
    }
    case 'c':
        check_checkpoint(bytes);
        break;
    case 'p':
        check_proof(bytes);
        break;
    default:
        break;
    }
    return 0;
}
