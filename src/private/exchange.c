/* exchange: files over TLS instead of by mail. The socket comes connected (exchange_socket.c): this step may make none. */
#include "base/str.h"
#include "private/carry_tls.h"
#include "private/peer.h"
#include "private/step.h"

#include "base/banned.h"

/* The run's key, or the one of --sign. */
static int find_own(struct step *step, struct err *err)
{
    struct key_pair pair;
    if (step->options->key_file == NULL && step->place.key == NULL) {
        err_set(err, ERR_USAGE, "with which key does this side speak?");
        return err_remedy(err, "--sign FILE; a party that has committed has one in --state already");
    }
    if (step->options->key_file == NULL) {
        return 0;
    }
    TRY(step_key(step, &pair, err));
    int failed = place_use_key(&step->place, pair.sign, err);
    sign_wipe_bytes(&pair, sizeof pair);
    return failed;
}

static int talk(struct carry *carry, const struct assay_private_options *options, struct err *err)
{
    if (options->is_listener) {
        TRY(carry_ready(carry, err));
        TRY(carry_receive(carry, err));
        return carry_send(carry, options->files, err);
    }
    TRY(carry_await_ready(carry, err));
    TRY(carry_send(carry, options->files, err));
    return carry_receive(carry, err);
}

int step_exchange(struct step *step, struct err *err)
{
    const struct assay_private_options *options = step->options;
    OWN(own_carry_tls) struct carry_tls *tls = NULL;
    OWN(own_carry) struct carry carry = {0};
    struct carry_tls_spec spec = {.fd = options->socket, .is_listener = options->is_listener, .seconds = options->wait};
    TRY(peer_key(options->peer, spec.peer, err));
    TRY(place_open(&step->place, options->state, true, err));
    TRY(find_own(step, err));
    spec.key = step->place.key;
    TRY(carry_tls_open(&spec, &tls, err));
    struct carry_link link = carry_tls_link(tls);
    TRY(carry_begin(&carry, &link, &step->place, err));
    TRY(talk(&carry, options, err));
    TRY(step_say(step, "sent", json_incref(carry.sent), err));
    return step_say(step, "received", json_incref(carry.received), err);
}
