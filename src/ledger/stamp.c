/* RFC 3161 through OpenSSL's TS_* functions. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "ledger/stamp.h"

#include "base/banned.h"

static void own_req(TS_REQ **req)
{
    TS_REQ_free(*req);
}

static void own_imprint(TS_MSG_IMPRINT **imprint)
{
    TS_MSG_IMPRINT_free(*imprint);
}

static void own_algorithm(X509_ALGOR **algorithm)
{
    X509_ALGOR_free(*algorithm);
}

static void own_integer(ASN1_INTEGER **integer)
{
    ASN1_INTEGER_free(*integer);
}

static void own_number(BIGNUM **number)
{
    BN_free(*number);
}

static void own_response(TS_RESP **response)
{
    TS_RESP_free(*response);
}

static void own_token(PKCS7 **token)
{
    PKCS7_free(*token);
}

static void own_store(X509_STORE **store)
{
    X509_STORE_free(*store);
}

static void own_bio(BIO **bio)
{
    BIO_free_all(*bio);
}

static void own_certificates(STACK_OF(X509) * *certificates)
{
    sk_X509_free(*certificates);
}

/* OpenSSL's own words, and an empty queue afterwards. */
static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return text != NULL ? text : "refused";
}

static int no_query(struct err *err)
{
    return err_set(err, ERR_LIMIT, "no query could be made: %s", reason());
}

/* ---- asking ---- */

int stamp_nonce(uint8_t ret_nonce[static STAMP_NONCE_BYTES], struct err *err)
{
    if (RAND_bytes(ret_nonce, STAMP_NONCE_BYTES) != 1) {
        return err_set(err, ERR_IO, "no random number: %s", reason());
    }
    ret_nonce[0] = (uint8_t)((ret_nonce[0] & 0x7f) | 0x40); /* positive, and always as long */
    return 0;
}

static int put_nonce(TS_REQ *req, const uint8_t *nonce)
{
    OWN(own_number) BIGNUM *number = nonce != NULL ? BN_bin2bn(nonce, STAMP_NONCE_BYTES, NULL) : NULL;
    OWN(own_integer) ASN1_INTEGER *integer = number != NULL ? BN_to_ASN1_INTEGER(number, NULL) : NULL;
    return nonce == NULL || (integer != NULL && TS_REQ_set_nonce(req, integer) == 1) ? 0 : -1;
}

static int put_der(struct buf *out, const TS_REQ *req, struct err *err)
{
    int length = i2d_TS_REQ(req, NULL);
    char *room = length > 0 ? buf_room(out, (size_t)length) : NULL;
    unsigned char *at = (unsigned char *)room;
    if (room == NULL || i2d_TS_REQ(req, &at) != length) {
        return no_query(err);
    }
    out->len += (size_t)length;
    return 0;
}

int stamp_query(struct buf *out, const struct sha256 *digest, const uint8_t *nonce, struct err *err)
{
    OWN(own_req) TS_REQ *req = TS_REQ_new();
    OWN(own_imprint) TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    OWN(own_algorithm) X509_ALGOR *algorithm = X509_ALGOR_new();
    unsigned char bytes[SHA256_BYTES];
    memcpy(bytes, digest->bytes, sizeof bytes);
    bool is_made = req != NULL && imprint != NULL && algorithm != NULL &&
                   X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
                   TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                   TS_MSG_IMPRINT_set_msg(imprint, bytes, sizeof bytes) == 1 && TS_REQ_set_version(req, 1) == 1 &&
                   TS_REQ_set_msg_imprint(req, imprint) == 1 && TS_REQ_set_cert_req(req, 1) == 1 &&
                   put_nonce(req, nonce) == 0;
    return is_made ? put_der(out, req, err) : no_query(err);
}

/* ---- reading ---- */

static bool is_bare_token(struct str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    OWN(own_token) PKCS7 *token = d2i_PKCS7(NULL, &at, (long)bytes.len);
    ERR_clear_error();
    return token != NULL && PKCS7_type_is_signed(token);
}

static int read_response(struct str bytes, TS_RESP **ret_response, struct err *err)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    if (bytes.len > STAMP_MAX_BYTES) {
        return err_set(err, ERR_LIMIT, "a response of more than %d bytes", STAMP_MAX_BYTES);
    }
    OWN(own_response) TS_RESP *response = bytes.len != 0 ? d2i_TS_RESP(NULL, &at, (long)bytes.len) : NULL;
    ERR_clear_error();
    if (response == NULL && bytes.len != 0 && is_bare_token(bytes)) {
        err_set(err, ERR_FORMAT, "is a bare timestamp token, not a whole response");
        return err_remedy(err, "openssl ts -reply -token_in -in TOKEN -out RESPONSE.tsr makes one of it");
    }
    if (response == NULL || at != (const unsigned char *)bytes.data + bytes.len) {
        return err_set(err, ERR_FORMAT, "is not a timestamp response (RFC 3161, DER)");
    }
    long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response)));
    if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) {
        return err_set(err, ERR_FORMAT, "the authority refused (status %ld)", status);
    }
    PKCS7 *token = TS_RESP_get_token(response);
    if (token == NULL || !PKCS7_type_is_signed(token) || TS_RESP_get_tst_info(response) == NULL) {
        return err_set(err, ERR_FORMAT, "a timestamp response without a token");
    }
    *ret_response = response;
    response = NULL;
    return 0;
}

/* Which of the digests was stamped. */
static int find_digest(TS_TST_INFO *info, const struct sha256 *digests, size_t count, size_t *ret_which,
                       struct err *err)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const X509_ALGOR *algorithm = TS_MSG_IMPRINT_get_algo(imprint);
    const ASN1_OCTET_STRING *stamped = TS_MSG_IMPRINT_get_msg(imprint);
    if (OBJ_obj2nid(algorithm->algorithm) != NID_sha256 || ASN1_STRING_length(stamped) != SHA256_BYTES) {
        return err_set(err, ERR_TAMPERED, "message imprint mismatch: a digest that is not SHA-256 was stamped");
    }
    for (size_t i = 0; i < count; i++) {
        if (memcmp(ASN1_STRING_get0_data(stamped), digests[i].bytes, SHA256_BYTES) == 0) {
            *ret_which = i;
            return 0;
        }
    }
    return err_set(err, ERR_TAMPERED, "message imprint mismatch: something else was stamped");
}

static int read_time(const TS_TST_INFO *info, int64_t *ret_time, struct err *err)
{
    struct tm tm;
    const ASN1_GENERALIZEDTIME *time = TS_TST_INFO_get_time(info);
    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1 || tm.tm_year + 1900 < 1980 || tm.tm_year + 1900 > 2250) {
        return err_set(err, ERR_FORMAT, "a timestamp without a time that can be meant");
    }
    int64_t days = time_days(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday);
    *ret_time = (((days * 24 + tm.tm_hour) * 60 + tm.tm_min) * 60 + tm.tm_sec) * NS_PER_S;
    return 0;
}

static int check_nonce(const TS_TST_INFO *info, const uint8_t *nonce, struct err *err)
{
    if (nonce == NULL) {
        return 0;
    }
    const ASN1_INTEGER *given = TS_TST_INFO_get_nonce(info);
    OWN(own_number) BIGNUM *wanted = BN_bin2bn(nonce, STAMP_NONCE_BYTES, NULL);
    OWN(own_number) BIGNUM *got = given != NULL ? ASN1_INTEGER_to_BN(given, NULL) : NULL;
    return wanted != NULL && got != NULL && BN_cmp(wanted, got) == 0
               ? 0
               : err_set(err, ERR_TAMPERED, "answers another query: the nonce differs");
}

/* ---- the signature ---- */

static int read_all(BIO *bio)
{
    char piece[4096];
    int got;
    while ((got = BIO_read(bio, piece, sizeof piece)) > 0) {
    }
    return got;
}

/* By the certificate in the token, whatever that is worth. */
static int check_signature(PKCS7 *token, X509 **ret_signer, struct err *err)
{
    STACK_OF(PKCS7_SIGNER_INFO) *signers = PKCS7_get_signer_info(token);
    OWN(own_certificates) STACK_OF(X509) *certificates = PKCS7_get0_signers(token, NULL, 0);
    if (signers == NULL || sk_PKCS7_SIGNER_INFO_num(signers) != 1 || certificates == NULL ||
        sk_X509_num(certificates) != 1) {
        ERR_clear_error();
        err_set(err, ERR_FORMAT, "a timestamp without the certificate of its one signer");
        return err_remedy(err, "ask again with certificates (openssl ts -query -cert)");
    }
    X509 *signer = sk_X509_value(certificates, 0);
    OWN(own_bio) BIO *content = PKCS7_dataInit(token, NULL);
    if (content == NULL || read_all(content) < 0 ||
        PKCS7_signatureVerify(content, token, sk_PKCS7_SIGNER_INFO_value(signers, 0), signer) != 1) {
        return err_set(err, ERR_TAMPERED, "the authority's signature does not hold: %s", reason());
    }
    if (X509_check_purpose(signer, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1) {
        return err_set(err, ERR_TAMPERED, "signed with a certificate that is not for timestamps");
    }
    *ret_signer = signer; /* the token's */
    return 0;
}

static void own_infos(STACK_OF(X509_INFO) * *infos)
{
    sk_X509_INFO_pop_free(*infos, X509_INFO_free);
}

/* Certificates and revocation lists of a PEM file. */
static int read_pem(struct str pem, STACK_OF(X509_INFO) * *ret_infos, struct err *err)
{
    OWN(own_bio) BIO *bio = BIO_new_mem_buf(pem.len != 0 ? pem.data : "", (int)pem.len);
    *ret_infos = bio != NULL ? PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL) : NULL;
    return *ret_infos != NULL ? 0 : err_set(err, ERR_USAGE, "certificates that cannot be read: %s", reason());
}

static int add_trusted(X509_STORE *store, struct str pem, struct err *err)
{
    OWN(own_infos) STACK_OF(X509_INFO) *infos = NULL;
    size_t count = 0;
    TRY(read_pem(pem, &infos, err));
    for (int i = 0; i < sk_X509_INFO_num(infos); i++) {
        X509 *certificate = sk_X509_INFO_value(infos, i)->x509;
        if (certificate != NULL && X509_STORE_add_cert(store, certificate) != 1) {
            return err_set(err, ERR_USAGE, "a certificate that cannot be used: %s", reason());
        }
        count += certificate != NULL;
    }
    if (count == 0) {
        err_set(err, ERR_USAGE, "the file of trusted authorities holds no certificate");
        return err_remedy(err, "give a PEM file: -----BEGIN CERTIFICATE-----");
    }
    return 0;
}

static void own_context(X509_STORE_CTX **context)
{
    X509_STORE_CTX_free(*context);
}

/* The trusted roots, as of the stamped time. NULL with err. */
static X509_STORE *make_store(int64_t time, struct str roots, struct err *err)
{
    OWN(own_store) X509_STORE *store = X509_STORE_new();
    X509_VERIFY_PARAM *param = store != NULL ? X509_STORE_get0_param(store) : NULL;
    if (param == NULL) {
        err_no_memory(err);
        return NULL;
    }
    if (add_trusted(store, roots, err) != 0) {
        return NULL;
    }
    X509_VERIFY_PARAM_set_time(param, (time_t)(time / NS_PER_S));
    X509_STORE *made = store;
    store = NULL;
    return made;
}

/* TS_RESP_verify_signature() asks for the purpose, and for the certificate to be the one that the token's signed attribute names
 * (RFC 2634, RFC 5816). */
static int check_chain(PKCS7 *token, X509_STORE *store, struct err *err)
{
    if (TS_RESP_verify_signature(token, NULL, store, NULL) == 1) {
        return 0;
    }
    const char *detail = NULL;
    int flags = 0;
    (void)ERR_peek_last_error_data(&detail, &flags);
    char words[160] = "";
    if (detail != NULL && (flags & ERR_TXT_STRING) != 0) {
        str_escape(words, sizeof words, str_of(detail), sizeof words - 1);
    }
    return err_set(err, ERR_TAMPERED, "no chain to a trusted authority: %s %s", reason(), words);
}

static bool signed_by(X509_CRL *crl, X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    bool holds = key != NULL && X509_CRL_verify(crl, key) == 1;
    ERR_clear_error();
    return holds;
}

/* RFC 3161, 4: with one of these reasons what was stamped before holds on; without a reason, or with another, nothing does. */
static bool leaves_key_sound(const X509_REVOKED *revoked)
{
    int critical = 0;
    ASN1_ENUMERATED *reason_code = X509_REVOKED_get_ext_d2i(revoked, NID_crl_reason, &critical, NULL);
    long code = reason_code != NULL ? ASN1_ENUMERATED_get(reason_code) : -1;
    ASN1_ENUMERATED_free(reason_code);
    return code == CRL_REASON_UNSPECIFIED || code == CRL_REASON_AFFILIATION_CHANGED || code == CRL_REASON_SUPERSEDED ||
           code == CRL_REASON_CESSATION_OF_OPERATION;
}

static int check_list(X509_CRL *crl, X509 *certificate, bool is_signer, int64_t time, struct err *err)
{
    X509_REVOKED *revoked = NULL;
    time_t then = (time_t)(time / NS_PER_S);
    if (X509_CRL_get0_by_cert(crl, &revoked, certificate) != 1) {
        return 0;
    }
    bool was_later = X509_cmp_time(X509_REVOKED_get0_revocationDate(revoked), &then) > 0;
    return was_later && leaves_key_sound(revoked)
               ? 0
               : err_set(err, ERR_TAMPERED, "the %s certificate was revoked%s",
                         is_signer ? "authority's" : "authority's issuer's",
                         was_later ? " since, for a reason that leaves nothing of what it stamped" : " by then");
}

/* Every certificate of the chain but the root, which stands for itself, against the lists that its own issuer signed. */
static int check_against(STACK_OF(X509) * chain, STACK_OF(X509_INFO) * lists, int64_t time, struct stamp *stamp,
                         struct err *err)
{
    for (int i = 0; i < sk_X509_INFO_num(lists); i++) {
        X509_CRL *crl = sk_X509_INFO_value(lists, i)->crl;
        bool is_named = false;
        bool counts = false;
        for (int at = 0; crl != NULL && at + 1 < sk_X509_num(chain); at++) {
            X509 *issuer = sk_X509_value(chain, at + 1);
            if (X509_NAME_cmp(X509_get_subject_name(issuer), X509_CRL_get_issuer(crl)) != 0) {
                continue;
            }
            is_named = true;
            if (signed_by(crl, issuer)) {
                TRY(check_list(crl, sk_X509_value(chain, at), at == 0, time, err));
                counts = true;
            }
        }
        stamp->lists += crl != NULL;
        stamp->lists_used += counts;
        stamp->lists_forged += is_named && !counts;
    }
    return 0;
}

static int check_revoked(PKCS7 *token, X509 *signer, X509_STORE *store, struct str crls, struct stamp *stamp,
                         struct err *err)
{
    OWN(own_infos) STACK_OF(X509_INFO) *lists = NULL;
    OWN(own_context) X509_STORE_CTX *context = X509_STORE_CTX_new();
    TRY(read_pem(crls, &lists, err));
    if (context == NULL || X509_STORE_CTX_init(context, store, signer, token->d.sign->cert) != 1 ||
        X509_STORE_CTX_set_purpose(context, X509_PURPOSE_TIMESTAMP_SIGN) != 1 || X509_verify_cert(context) != 1) {
        return err_set(err, ERR_TAMPERED, "no chain to a trusted authority: %s", reason());
    }
    return check_against(X509_STORE_CTX_get0_chain(context), lists, stamp->time, stamp, err);
}

int stamp_lists(struct str pem, struct err *err)
{
    OWN(own_infos) STACK_OF(X509_INFO) *infos = NULL;
    int lists = 0;
    if (read_pem(pem, &infos, NULL) != 0) {
        return err_set(err, ERR_FORMAT, "is not a revocation list that can be read (PEM)");
    }
    for (int i = 0; i < sk_X509_INFO_num(infos); i++) {
        lists += sk_X509_INFO_value(infos, i)->crl != NULL;
    }
    if (lists == 0) {
        err_set(err, ERR_FORMAT, "holds no revocation list (PEM: -----BEGIN X509 CRL-----)");
        return err_remedy(err, "openssl crl -inform DER -in FILE makes PEM of a list in DER");
    }
    return 0;
}

static void name_authority(const X509 *signer, char out[static STAMP_NAME])
{
    char name[STAMP_NAME];
    if (X509_NAME_oneline(X509_get_subject_name(signer), name, sizeof name) == NULL) {
        name[0] = '\0';
    }
    str_escape(out, STAMP_NAME, str_of(name), STAMP_NAME - 1);
}

int stamp_check(struct stamp *ret_stamp, struct str bytes, const struct sha256 *digests, size_t digest_count,
                const uint8_t *nonce, const struct stamp_trust *trust, struct err *err)
{
    OWN(own_response) TS_RESP *response = NULL;
    struct stamp stamp = {0};
    X509 *signer = NULL;
    TRY(read_response(bytes, &response, err));
    TS_TST_INFO *info = TS_RESP_get_tst_info(response);
    TRY(find_digest(info, digests, digest_count, &stamp.which, err));
    TRY(read_time(info, &stamp.time, err));
    TRY(check_nonce(info, nonce, err));
    TRY(check_signature(TS_RESP_get_token(response), &signer, err));
    name_authority(signer, stamp.authority);
    if (trust->roots.len != 0) {
        OWN(own_store) X509_STORE *store = make_store(stamp.time, trust->roots, err);
        if (store == NULL) {
            return -1;
        }
        TRY(check_chain(TS_RESP_get_token(response), store, err));
        TRY(check_revoked(TS_RESP_get_token(response), signer, store, trust->crls, &stamp, err));
        stamp.is_chained = true;
    }
    *ret_stamp = stamp;
    return 0;
}

int stamp_chain(struct buf *out, struct str bytes, struct err *err)
{
    OWN(own_response) TS_RESP *response = NULL;
    OWN(own_bio) BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    TRY(read_response(bytes, &response, err));
    STACK_OF(X509) *certificates = TS_RESP_get_token(response)->d.sign->cert;
    for (int i = 0; bio != NULL && i < sk_X509_num(certificates); i++) {
        if (PEM_write_bio_X509(bio, sk_X509_value(certificates, i)) != 1) {
            return err_set(err, ERR_FORMAT, "a certificate that cannot be written: %s", reason());
        }
    }
    long length = bio != NULL ? BIO_get_mem_data(bio, &text) : -1;
    if (length < 0) {
        return err_no_memory(err);
    }
    buf_put(out, (struct str){text, (size_t)length});
    return buf_check(out, err);
}
