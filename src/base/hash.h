/* SHA-256 through OpenSSL (ten times faster in bulk than libsodium 1.0.18), and hex. */
#ifndef ASSAY_BASE_HASH_H
#define ASSAY_BASE_HASH_H

#include "assay/words.h"

enum { SHA256_BYTES = 32, SHA256_HEX = 64 };

struct sha256 {
    uint8_t bytes[SHA256_BYTES];
};

struct hasher;
MUST_USE struct hasher *hasher_new(struct err *err);
void hasher_put(struct hasher *hasher, const void *data, size_t bytes);
/* Finishes and starts afresh. */
struct sha256 hasher_end(struct hasher *hasher);
void hasher_free(struct hasher *hasher);
void own_hasher(struct hasher **hasher);

struct sha256 sha256_of(struct str bytes);
/* Two pieces without a copy: H(a || b). */
struct sha256 sha256_of2(struct str a, struct str b);

/* Messages of one length, stride bytes apart. */
struct sha256_messages {
    const uint8_t *at;
    size_t stride, bytes;
};
/* out[i] = H(head || message i). Fast where head and message have at most SHA256_SHORT_MAX bytes together. out may be where the messages
 * are if these are at least as far apart as digests. */
enum { SHA256_SHORT_MAX = 119 };
void sha256_many(struct sha256 *out, struct str head, struct sha256_messages in, size_t count);
/* Can this processor take sixteen at a time? Not where ASSAY_GROUP asks for the ways of other processors, for measuring (src/private/group.h). */
bool sha256_has_lanes(void);

/* out[i] = HMAC-SHA-256 (RFC 2104) of head || message i. head: at most 16 bytes. */
void hmac_many(struct sha256 *out, const uint8_t key[static SHA256_BYTES], struct str head, struct sha256_messages in,
               size_t count);

bool sha256_eq(const struct sha256 *a, const struct sha256 *b);

/* Digests that tables are full of: for finding what was made from what, never for keeping anything. */
enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512, DIGESTS };
enum { DIGEST_HEX_MAX = 128 };
/* Lower-case hex with a final NUL. Returns the number of digits. */
size_t digest_hex(enum digest kind, struct str bytes, char out[static DIGEST_HEX_MAX + 1]);

/* out holds 2 * bytes + 1; lower case. */
void hex_encode(char *out, const uint8_t *data, size_t bytes);
/* text of exactly 2 * bytes hex digits. */
bool hex_decode(uint8_t *out, size_t bytes, struct str text);

/* RFC 4648 base64, standard alphabet, padded. out holds 4 * ceil(bytes/3) + 1. Returns its length. */
size_t base64_encode(char *out, const uint8_t *data, size_t bytes);
/* Strict: padding, no white space, zero spare bits. Returns the number of bytes, or SIZE_MAX. out_bytes is out's size. */
size_t base64_decode(uint8_t *out, size_t out_bytes, struct str text);

#endif
