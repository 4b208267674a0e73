/* SHA-256 by OpenSSL's EVP, hex and base64. The algorithm is fetched once: fetching costs more than a leaf. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/hash.h"

#include "base/banned.h"

struct hasher {
    EVP_MD_CTX *context;
    EVP_MD *algorithm;
};

struct hasher *hasher_new(struct err *err)
{
    struct hasher *hasher = calloc(1, sizeof *hasher);
    if (hasher != NULL) {
        hasher->context = EVP_MD_CTX_new();
        hasher->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    }
    if (hasher == NULL || hasher->context == NULL || hasher->algorithm == NULL ||
        EVP_DigestInit_ex2(hasher->context, hasher->algorithm, NULL) != 1) {
        hasher_free(hasher);
        err_set(err, ERR_LIMIT, "no SHA-256 to be had from OpenSSL");
        return NULL;
    }
    return hasher;
}

void hasher_put(struct hasher *hasher, const void *data, size_t bytes)
{
    if (EVP_DigestUpdate(hasher->context, data, bytes) != 1) {
        abort(); /* OpenSSL documents no failure of SHA-256 updates; a wrong digest would be worse than an end */
    }
}

struct sha256 hasher_end(struct hasher *hasher)
{
    struct sha256 digest;
    if (EVP_DigestFinal_ex(hasher->context, digest.bytes, NULL) != 1 ||
        EVP_DigestInit_ex2(hasher->context, hasher->algorithm, NULL) != 1) {
        abort();
    }
    return digest;
}

void hasher_free(struct hasher *hasher)
{
    if (hasher != NULL) {
        EVP_MD_CTX_free(hasher->context);
        EVP_MD_free(hasher->algorithm);
        free(hasher);
    }
}

void own_hasher(struct hasher **hasher)
{
    hasher_free(*hasher);
}

/* One per thread, made at first use and kept: a leaf costs one hash, not one fetch. */
static struct hasher *thread_hasher(void)
{
    static _Thread_local struct hasher *mine;
    if (mine == NULL) {
        mine = hasher_new(NULL);
        if (mine == NULL) {
            abort();
        }
    }
    return mine;
}

struct sha256 sha256_of2(struct str a, struct str b)
{
    struct hasher *hasher = thread_hasher();
    hasher_put(hasher, a.data, a.len);
    hasher_put(hasher, b.data, b.len);
    return hasher_end(hasher);
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

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_decode(uint8_t *out, size_t bytes, struct str text)
{
    if (text.len / 2 != bytes || text.len % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_digit(text.data[2 * i]);
        int low = hex_digit(text.data[2 * i + 1]);
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
        size_t pad = !is_last ? 0 : (size_t)(text.data[i + 3] == '=') + (size_t)(text.data[i + 2] == '=' && text.data[i + 3] == '=');
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
