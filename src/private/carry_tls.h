/* TLS 1.3 over a connected socket, both sides known by their Ed25519 keys alone: no authority, no names, no dates, no older version.
 * Each shows a certificate made on the spot whose key is its party key. */
#ifndef ASSAY_PRIVATE_CARRY_TLS_H
#define ASSAY_PRIVATE_CARRY_TLS_H

#include "private/carry.h"

struct carry_tls;
struct carry_tls_spec {
    int fd; /* connected; stays the caller's, and becomes non-blocking */
    bool is_listener;
    const struct sign_key *key;
    uint8_t peer[SIGN_KEY_BYTES];
    unsigned seconds; /* the longest that the handshake or one message takes */
};
/* Shakes hands. err: TAMPERED (another key), FORMAT (no TLS 1.3), LIMIT (too slow), IO. */
MUST_USE int carry_tls_open(const struct carry_tls_spec *spec, struct carry_tls **ret_tls, struct err *err);
/* Lives as long as tls. */
struct carry_link carry_tls_link(struct carry_tls *tls);
void carry_tls_close(struct carry_tls *tls);
void own_carry_tls(struct carry_tls **tls);

#endif
