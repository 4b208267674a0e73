/* SHA-256 by OpenSSL's block function, hex and base64. The EVP interface allocates at every start of a digest, so it can
 * fail in the middle of an append; SHA256_* works in memory of ours, cannot fail, and costs less per leaf. */
#define OPENSSL_API_COMPAT 10100 /* where SHA256_* is no deprecated interface yet */
#include <assert.h>
#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/str.h"

#include "base/banned.h"

struct hasher {
    SHA256_CTX context;
};

struct hasher *hasher_new(struct err *err)
{
    struct hasher *hasher = calloc(1, sizeof *hasher);
    if (hasher == NULL) {
        err_no_memory(err);
        return NULL;
    }
    SHA256_Init(&hasher->context);
    return hasher;
}

void hasher_put(struct hasher *hasher, const void *data, size_t bytes)
{
    SHA256_Update(&hasher->context, data, bytes);
}

struct sha256 hasher_end(struct hasher *hasher)
{
    struct sha256 digest;
    SHA256_Final(digest.bytes, &hasher->context);
    SHA256_Init(&hasher->context);
    return digest;
}

void hasher_free(struct hasher *hasher)
{
    free(hasher);
}

void own_hasher(struct hasher **hasher)
{
    hasher_free(*hasher);
}

/* ---- short messages: what fits into two blocks with its end, as leaves and nodes of trees. Init, Update and Final cost as much again as
 * the blocks themselves ---- */

enum { BLOCK = SHA256_CBLOCK };
static_assert(SHA256_SHORT_MAX == 2 * BLOCK - 9, "two blocks with their end");

static void put_piece(uint8_t *to, struct str piece)
{
    if (piece.len != 0) {
        memcpy(to, piece.data, piece.len);
    }
}

static struct sha256 short_of2(struct str a, struct str b)
{
    SHA256_CTX state;
    uint8_t blocks[2 * BLOCK] = {0};
    size_t length = a.len + b.len, used = length + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    put_piece(blocks, a);
    put_piece(blocks + a.len, b);
    blocks[length] = 0x80;
    uint64_t bits = htobe64((uint64_t)length * 8);
    memcpy(blocks + used - sizeof bits, &bits, sizeof bits);
    SHA256_Init(&state);
    for (size_t at = 0; at < used; at += BLOCK) {
        SHA256_Transform(&state, blocks + at);
    }
    OPENSSL_cleanse(blocks, used);
    struct sha256 digest;
    for (size_t i = 0; i < SHA256_BYTES / 4; i++) {
        uint32_t word = htobe32(state.h[i]);
        memcpy(digest.bytes + 4 * i, &word, sizeof word);
    }
    return digest;
}

struct sha256 sha256_of2(struct str a, struct str b)
{
    struct hasher hasher;
    if (a.len <= SHA256_SHORT_MAX && b.len <= SHA256_SHORT_MAX - a.len) {
        return short_of2(a, b);
    }
    SHA256_Init(&hasher.context);
    SHA256_Update(&hasher.context, a.data, a.len);
    SHA256_Update(&hasher.context, b.data, b.len);
    struct sha256 digest;
    SHA256_Final(digest.bytes, &hasher.context);
    return digest;
}

size_t digest_hex(enum digest kind, struct str bytes, char out[static DIGEST_HEX_MAX + 1])
{
    static const size_t sizes[DIGESTS] = {MD5_DIGEST_LENGTH, SHA_DIGEST_LENGTH, SHA256_DIGEST_LENGTH,
                                          SHA512_DIGEST_LENGTH};
    unsigned char digest[SHA512_DIGEST_LENGTH];
    const unsigned char *data = (const unsigned char *)bytes.data;
    switch (kind) {
    case DIGEST_MD5:
        MD5(data, bytes.len, digest);
        break;
    case DIGEST_SHA1:
        SHA1(data, bytes.len, digest);
        break;
    case DIGEST_SHA256:
        SHA256(data, bytes.len, digest);
        break;
    case DIGEST_SHA512:
    case DIGESTS:
        kind = DIGEST_SHA512;
        SHA512(data, bytes.len, digest);
        break;
    }
    hex_encode(out, digest, sizes[kind]);
    return 2 * sizes[kind];
}

struct sha256 sha256_of(struct str bytes)
{
    return sha256_of2(bytes, (struct str){NULL, 0});
}

bool sha256_eq(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void hex_encode(char *out, const uint8_t *data, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * bytes] = '\0';
}

bool hex_decode(uint8_t *out, size_t bytes, struct str text)
{
    if (text.len / 2 != bytes || text.len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        int high = str_hex_digit(text.data[2 * i]);
        int low = str_hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(char *out, const uint8_t *data, size_t bytes)
{
    size_t at = 0;
    for (size_t i = 0; i < bytes; i += 3) {
        uint32_t group = (uint32_t)data[i] << 16;
        group |= i + 1 < bytes ? (uint32_t)data[i + 1] << 8 : 0;
        group |= i + 2 < bytes ? (uint32_t)data[i + 2] : 0;
        out[at++] = alphabet[group >> 18];
        out[at++] = alphabet[group >> 12 & 63];
        out[at++] = i + 1 < bytes ? alphabet[group >> 6 & 63] : '=';
        out[at++] = i + 2 < bytes ? alphabet[group & 63] : '=';
    }
    out[at] = '\0';
    return at;
}

size_t base64_decode(uint8_t *out, size_t out_bytes, struct str text)
{
    if (text.len % 4 != 0) {
        return SIZE_MAX;
    }
    size_t at = 0;
    for (size_t i = 0; i < text.len; i += 4) {
        bool is_last = i + 4 == text.len;
        size_t pad =
            !is_last ? 0
                     : (size_t)(text.data[i + 3] == '=') + (size_t)(text.data[i + 2] == '=' && text.data[i + 3] == '=');
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            const char *digit = j >= 4 - pad ? alphabet : memchr(alphabet, text.data[i + j], 64);
            if (digit == NULL) {
                return SIZE_MAX;
            }
            group = group << 6 | (uint32_t)(digit - alphabet);
        }
        if ((pad == 1 && (group & 0xff) != 0) || (pad == 2 && (group & 0xffff) != 0) || at + 3 - pad > out_bytes) {
            return SIZE_MAX;
        }
        for (size_t j = 0; j < 3 - pad; j++) {
            out[at++] = (uint8_t)(group >> (16 - 8 * j));
        }
    }
    return at;
}
