/* RFC 8446 through OpenSSL. Authentication is one comparison: the key in the peer's certificate with the one that was given
 * (take_key_alone); that the peer holds it is what CertificateVerify proves. What is signed there begins with 64 spaces, so it is never
 * mistaken for the signature of a file. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "private/carry_tls.h"

#include "base/banned.h"

struct carry_tls {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
    unsigned seconds;
    int64_t until; /* ticks */
    uint8_t peer[SIGN_KEY_BYTES], shown[SIGN_KEY_BYTES];
    bool has_shown, is_other, is_open;
};

/* ---- who is who ---- */

/* Instead of a chain: the key, and nothing else. */
static int take_key_alone(X509_STORE_CTX *store, void *self)
{
    struct carry_tls *tls = self;
    EVP_PKEY *key = X509_get0_pubkey(X509_STORE_CTX_get0_cert(store));
    size_t bytes = sizeof tls->shown;
    tls->has_shown = key != NULL && EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 &&
                     EVP_PKEY_get_raw_public_key(key, tls->shown, &bytes) == 1 && bytes == SIGN_KEY_BYTES;
    tls->is_other = !tls->has_shown || memcmp(tls->shown, tls->peer, SIGN_KEY_BYTES) != 0;
    if (tls->is_other) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    }
    return tls->is_other ? 0 : 1;
}

static bool fill_certificate(X509 *certificate, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), 86400) != NULL &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"assay", -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
           X509_sign(certificate, key, NULL) > 0;
}

static bool use_own_key(SSL_CTX *context, const struct sign_key *own)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, own->secret, SIGN_SEED_BYTES);
    X509 *certificate = X509_new();
    bool is_good = key != NULL && certificate != NULL && fill_certificate(certificate, key) &&
                   SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return is_good;
}

static SSL_CTX *make_context(struct carry_tls *tls, const struct carry_tls_spec *spec)
{
    static const unsigned char protocol[] = "\x0f"
                                            "assay-private/1";
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1) {
        return NULL;
    }
    SSL_CTX *context = SSL_CTX_new(spec->is_listener ? TLS_server_method() : TLS_client_method());
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1 ||
        SSL_CTX_set_alpn_protos(context, protocol, sizeof protocol - 1) != 0 || !use_own_key(context, spec->key)) {
        SSL_CTX_free(context);
        return NULL;
    }
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_cert_verify_callback(context, take_key_alone, tls);
    return context;
}

/* ---- waiting and failing ---- */

static int other_key(const struct carry_tls *tls, struct err *err)
{
    char wanted[2 * SIGN_KEY_BYTES + 1], shown[2 * SIGN_KEY_BYTES + 1] = "none of Ed25519";
    hex_encode(wanted, tls->peer, SIGN_KEY_BYTES);
    if (tls->has_shown) {
        hex_encode(shown, tls->shown, SIGN_KEY_BYTES);
    }
    err_set(err, ERR_TAMPERED, "the other side's key is %s, not %s, which --peer names; nothing was exchanged", shown,
            wanted);
    return err_remedy(err, "ask by another way whose key it is; somebody may stand between");
}

static int broke(struct carry_tls *tls, int why, struct err *err)
{
    int system = errno;
    unsigned long first = ERR_peek_error();
    int reason = ERR_GET_REASON(first);
    tls->is_open = false;
    if (tls->is_other) {
        return other_key(tls, err);
    }
    if (why == SSL_ERROR_ZERO_RETURN ||
        (why == SSL_ERROR_SYSCALL && (system == 0 || system == ECONNRESET || system == EPIPE)) ||
        (why == SSL_ERROR_SSL && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)) {
        err_set(err, ERR_IO, "the other side broke off");
        return err_remedy(err, "call again on both sides: it goes on where it was cut");
    }
    if (why == SSL_ERROR_SYSCALL) {
        return err_set(err, ERR_IO, "%s", strerror(system));
    }
    if (reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE || reason == SSL_R_TLSV1_ALERT_ACCESS_DENIED ||
        reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA || reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN) {
        err_set(err, ERR_TAMPERED, "the other side does not take this side's key");
        return err_remedy(err, "its --peer names another: tell it this side's key by a way that both trust");
    }
    const char *words = ERR_reason_error_string(first);
    err_set(err, ERR_FORMAT, "no TLS 1.3 of assay with the other side: %s", words != NULL ? words : "it failed");
    return err_remedy(err, "nothing older is spoken, and nobody else's keys are taken");
}

/* Until fd is ready for what `why` wants. */
static int wait_for(struct carry_tls *tls, int why, struct err *err)
{
    struct pollfd polled = {.fd = tls->fd, .events = why == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN};
    for (;;) {
        int64_t left = tls->until - time_ticks();
        int ready = left <= 0 ? 0 : poll(&polled, 1, (int)(left / 1000000) + 1);
        if (ready > 0) {
            return 0;
        }
        if (ready == 0) {
            tls->is_open = false;
            err_set(err, ERR_LIMIT, "the other side was silent or too slow: one message took more than %u s",
                    tls->seconds);
            return err_remedy(err, "call again on both sides: it goes on where it was cut; --wait SECONDS allows more");
        }
        if (errno != EINTR) {
            return err_set(err, ERR_IO, "%s", strerror(errno));
        }
    }
}

/* After a call that returned `result`: 0 to try again. */
static int again(struct carry_tls *tls, int result, struct err *err)
{
    int why = SSL_get_error(tls->ssl, result);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? wait_for(tls, why, err) : broke(tls, why, err);
}

static void begin(void *self)
{
    struct carry_tls *tls = self;
    tls->until = time_ticks() + (int64_t)tls->seconds * NS_PER_S;
}

static int put(void *self, const uint8_t *bytes, size_t count, struct err *err)
{
    struct carry_tls *tls = self;
    size_t done;
    while (count > 0) {
        ERR_clear_error();
        errno = 0;
        int result = SSL_write_ex(tls->ssl, bytes, count, &done);
        if (result == 1) {
            bytes += done;
            count -= done;
        } else {
            TRY(again(tls, result, err));
        }
    }
    return 0;
}

static int get(void *self, uint8_t *bytes, size_t count, struct err *err)
{
    struct carry_tls *tls = self;
    size_t done;
    while (count > 0) {
        if (time_ticks() > tls->until) { /* a byte now and then is too slow as well */
            TRY(wait_for(tls, SSL_ERROR_WANT_READ, err));
        }
        ERR_clear_error();
        errno = 0;
        int result = SSL_read_ex(tls->ssl, bytes, count, &done);
        if (result == 1) {
            bytes += done;
            count -= done;
        } else {
            TRY(again(tls, result, err));
        }
    }
    return 0;
}

/* ---- the handle ---- */

static int shake_hands(struct carry_tls *tls, bool is_listener, struct err *err)
{
    begin(tls);
    for (;;) {
        ERR_clear_error();
        errno = 0;
        int result = is_listener ? SSL_accept(tls->ssl) : SSL_connect(tls->ssl);
        if (result == 1) {
            tls->is_open = true;
            return 0;
        }
        TRY(again(tls, result, err));
    }
}

int carry_tls_open(const struct carry_tls_spec *spec, struct carry_tls **ret_tls, struct err *err)
{
    OWN(own_carry_tls) struct carry_tls *tls = calloc(1, sizeof *tls);
    if (tls == NULL) {
        return err_no_memory(err);
    }
    tls->fd = spec->fd;
    tls->seconds = spec->seconds;
    memcpy(tls->peer, spec->peer, SIGN_KEY_BYTES);
    tls->context = make_context(tls, spec);
    tls->ssl = tls->context == NULL ? NULL : SSL_new(tls->context);
    if (tls->ssl == NULL || SSL_set_fd(tls->ssl, spec->fd) != 1) {
        const char *words = ERR_reason_error_string(ERR_peek_error());
        return err_set(err, ERR_IO, "TLS could not be set up: %s", words != NULL ? words : "no reason given");
    }
    TRY(shake_hands(tls, spec->is_listener, err));
    *ret_tls = tls;
    tls = NULL;
    return 0;
}

struct carry_link carry_tls_link(struct carry_tls *tls)
{
    return (struct carry_link){tls, begin, put, get};
}

void carry_tls_close(struct carry_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    if (tls->ssl != NULL && tls->is_open) {
        (void)SSL_shutdown(tls->ssl);
    }
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->context);
    free(tls);
}

void own_carry_tls(struct carry_tls **tls)
{
    carry_tls_close(*tls);
}
