/* Keys of the other side, given by another way than the files of the run. */
#include "private/peer.h"

#include "base/hash.h"
#include "base/str.h"

#include "base/banned.h"

int peer_key(const char *given, uint8_t out[static SIGN_KEY_BYTES], struct err *err)
{
    OWN(own_wire_file) struct wire_file file = {.fd = -1};
    struct key_pair pair;
    if (hex_decode(out, SIGN_KEY_BYTES, str_of(given))) {
        return sign_is_key(out) ? 0 : err_set(err, ERR_FORMAT, "--peer: no Ed25519 key: '%s'", given);
    }
    if (wire_open(&file, given, NULL) == 0 && file.kind == WIRE_COMMIT) {
        TRY(wire_check_signer(&file, file.commit.party, "the party that it names", err));
        memcpy(out, file.commit.party, SIGN_KEY_BYTES);
        return 0;
    }
    if (key_pair_read(&pair, given, false, err) != 0) {
        return err_remedy(err, "--peer is 64 hex digits, the other side's commitment, or its FILE.pub");
    }
    memcpy(out, pair.sign, SIGN_KEY_BYTES);
    return 0;
}

int peer_check(struct step *step, const struct wire_file *commit, struct err *err)
{
    uint8_t wanted[SIGN_KEY_BYTES];
    char shown[2 * SIGN_KEY_BYTES + 1];
    char asked[2 * SIGN_KEY_BYTES + 1];
    if (step->options->peer == NULL) {
        return step_say(step, "peer", json_string("not compared: the commitment names its own key"), err);
    }
    TRY(peer_key(step->options->peer, wanted, err));
    if (memcmp(wanted, commit->commit.party, SIGN_KEY_BYTES) == 0) {
        return step_say(step, "peer", json_string("the key that was given"), err);
    }
    hex_encode(shown, commit->commit.party, SIGN_KEY_BYTES);
    hex_encode(asked, wanted, SIGN_KEY_BYTES);
    err_set(err, ERR_TAMPERED, "the commitment bears the key %s, not %s; nothing was spent and nothing left", shown,
            asked);
    return err_remedy(err, "ask the other party, by a way that both trust, which key is its own");
}
