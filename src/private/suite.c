/* Labels, tags, salts, traps, draws, boxes: each a few lines over libsodium. */
#include <sodium.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "ledger/tree.h"
#include "private/suite.h"

#include "base/banned.h"

#define PREFIX "assay/private/1 "
enum { LABEL_MAX = sizeof PREFIX + 32 };

/* Label(name), with its zero. Returns its length. */
static size_t put_label(uint8_t out[static LABEL_MAX], const char *name)
{
    size_t length = strlen(name);
    memcpy(out, PREFIX, sizeof PREFIX - 1);
    memcpy(out + sizeof PREFIX - 1, name, length + 1);
    return sizeof PREFIX - 1 + length + 1;
}

static struct str bytes_of(const void *bytes, size_t count)
{
    return (struct str){bytes, count};
}

void suite_put_u64(uint8_t out[static 8], uint64_t value)
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

uint64_t suite_get_u64(const uint8_t in[static 8])
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; i++) {
        value = value << 8 | in[i];
    }
    return value;
}

struct sha256 suite_hash(const char *label, struct str bytes)
{
    uint8_t start[LABEL_MAX];
    size_t length = put_label(start, label);
    return sha256_of2(bytes_of(start, length), bytes);
}

void suite_tags(uint8_t (*out)[SUITE_TAG_BYTES], const struct group_point *points, size_t count)
{
    enum { SOME = 64 };
    struct sha256 whole[SOME];
    uint8_t start[LABEL_MAX];
    struct str head = bytes_of(start, put_label(start, "tag"));
    for (size_t at = 0; at < count; at += SOME) {
        size_t some = count - at < SOME ? count - at : SOME;
        sha256_many(whole, head, (struct sha256_messages){points[at].bytes, sizeof *points, GROUP_BYTES}, some);
        for (size_t i = 0; i < some; i++) {
            memcpy(out[at + i], whole[i].bytes, SUITE_TAG_BYTES);
        }
    }
}

void suite_tag(uint8_t out[static SUITE_TAG_BYTES], const struct group_point *point)
{
    uint8_t tag[1][SUITE_TAG_BYTES];
    suite_tags(tag, point, 1);
    memcpy(out, tag[0], SUITE_TAG_BYTES);
}

struct sha256 suite_hidden_root(const uint8_t nonce[static SUITE_SECRET_BYTES], uint8_t type, const struct sha256 *root)
{
    uint8_t bytes[SUITE_SECRET_BYTES + 1 + SHA256_BYTES];
    memcpy(bytes, nonce, SUITE_SECRET_BYTES);
    bytes[SUITE_SECRET_BYTES] = type;
    memcpy(bytes + SUITE_SECRET_BYTES + 1, root->bytes, SHA256_BYTES);
    return suite_hash("root", bytes_of(bytes, sizeof bytes));
}

int suite_scalar(struct group_scalar *out, struct err *err)
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];
    if (sodium_init() < 0) {
        return err_set(err, ERR_IO, "libsodium found no source of random numbers");
    }
    do {
        randombytes_buf(wide, sizeof wide);
        crypto_core_ristretto255_scalar_reduce(out->bytes, wide);
    } while (sodium_is_zero(out->bytes, GROUP_BYTES) == 1);
    sodium_memzero(wide, sizeof wide);
    return 0;
}

void suite_invert(struct group_scalar *out, const struct group_scalar *scalar)
{
    (void)crypto_core_ristretto255_scalar_invert(out->bytes, scalar->bytes);
}

void suite_trap(struct group_scalar *out, const uint8_t seed[static SUITE_SECRET_BYTES], uint8_t type, uint64_t k)
{
    uint8_t message[4 + SUITE_SECRET_BYTES + 1 + 8] = "trap";
    memcpy(message + 4, seed, SUITE_SECRET_BYTES);
    message[4 + SUITE_SECRET_BYTES] = type;
    suite_put_u64(message + 4 + SUITE_SECRET_BYTES + 1, k);
    group_hash_scalar(out, bytes_of(message, sizeof message));
    sodium_memzero(message, sizeof message);
}

uint64_t suite_traps(uint64_t n)
{
    uint64_t counted = n < 10000000 ? n : 10000000;
    return 10000 + (counted + 19) / 20;
}

static void salts(struct sha256 *out, const uint8_t seed[static SUITE_SECRET_BYTES], uint8_t type,
                  const struct group_point *points, size_t count)
{
    struct sha256_messages messages = {points->bytes, sizeof *points, GROUP_BYTES};
    hmac_many(out, seed, bytes_of(&type, 1), messages, count);
}

static size_t put_salted(uint8_t *out, const struct sha256 *salt, uint8_t class, struct str body)
{
    memcpy(out, salt->bytes, SUITE_SECRET_BYTES);
    out[SUITE_SECRET_BYTES] = class;
    memcpy(out + SUITE_SECRET_BYTES + 1, body.data, body.len);
    return SUITE_SECRET_BYTES + 1 + body.len;
}

static size_t put_entry(uint8_t *out, const uint8_t seed[static SUITE_SECRET_BYTES], uint8_t type,
                        const struct group_point *point, uint8_t class, struct str body)
{
    struct sha256 salt;
    salts(&salt, seed, type, point, 1);
    return put_salted(out, &salt, class, body);
}

void suite_leaves(struct sha256 *out, const uint8_t salt_seed[static SUITE_SECRET_BYTES], uint8_t type,
                  const struct group_point *points, const struct str *keys, size_t count)
{
    enum { SOME = 64 };
    struct sha256 salt[SOME];
    uint8_t entry[SUITE_ENTRY_MAX];
    for (size_t at = 0; at < count; at += SOME) {
        size_t some = count - at < SOME ? count - at : SOME;
        salts(salt, salt_seed, type, points + at, some);
        for (size_t i = 0; i < some; i++) {
            size_t length = put_salted(entry, &salt[i], SUITE_CLASS_KEY, keys[at + i]);
            out[at + i] = tree_leaf(bytes_of(entry, length));
        }
    }
    sodium_memzero(salt, sizeof salt);
    sodium_memzero(entry, sizeof entry);
}

size_t suite_entry_key(uint8_t *out, const uint8_t salt_seed[static SUITE_SECRET_BYTES], uint8_t type,
                       const struct group_point *point, struct str key)
{
    return put_entry(out, salt_seed, type, point, SUITE_CLASS_KEY, key);
}

size_t suite_entry_trap(uint8_t *out, const uint8_t salt_seed[static SUITE_SECRET_BYTES], uint8_t type,
                        const struct group_point *point, uint64_t k)
{
    uint8_t number[8];
    suite_put_u64(number, k);
    return put_entry(out, salt_seed, type, point, SUITE_CLASS_TRAP, bytes_of(number, sizeof number));
}

/* ---- draws: the first 16 bytes of SHA-512(Label("draw") || seed || audit || type || u64 c), as a number mod n ---- */

__extension__ typedef unsigned __int128 wide_number;

static uint64_t one_draw(const uint8_t seed[static 96], uint8_t audit, uint8_t type, uint64_t c, uint64_t n)
{
    uint8_t message[LABEL_MAX + 96 + 2 + 8], digest[crypto_hash_sha512_BYTES];
    size_t at = put_label(message, "draw");
    memcpy(message + at, seed, 96);
    message[at + 96] = audit;
    message[at + 97] = type;
    suite_put_u64(message + at + 98, c);
    (void)crypto_hash_sha512(digest, message, at + 106);
    wide_number number = 0;
    for (size_t i = 0; i < 16; i++) {
        number = number << 8 | digest[i];
    }
    return (uint64_t)(number % n);
}

/* Open addressing over a power of two; 0 is free, so ranks are kept plus one. False: it was there. */
static bool add_rank(uint64_t *table, size_t mask, uint64_t rank)
{
    size_t at = (size_t)(rank * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
    while (table[at] != 0) {
        if (table[at] == rank + 1) {
            return false;
        }
        at = (at + 1) & mask;
    }
    table[at] = rank + 1;
    return true;
}

int suite_draw(uint64_t *out, size_t want, uint64_t n, const uint8_t seed[static 96], uint8_t audit, uint8_t type,
               struct err *err)
{
    size_t slots = 16;
    while (slots < 2 * want) {
        slots *= 2;
    }
    OWN(own_mem) uint64_t *table = calloc(slots, sizeof *table);
    if (table == NULL) {
        return err_no_memory(err);
    }
    size_t filled = 0;
    for (uint64_t c = 0; filled < want; c++) {
        uint64_t rank = one_draw(seed, audit, type, c, n);
        if (add_rank(table, slots - 1, rank)) {
            out[filled++] = rank;
        }
    }
    return 0;
}

/* ---- sealed boxes ---- */

static void seal_nonce(uint8_t out[static crypto_box_NONCEBYTES], const uint8_t *ephemeral, const uint8_t *to)
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, crypto_box_NONCEBYTES);
    (void)crypto_generichash_update(&state, ephemeral, crypto_box_PUBLICKEYBYTES);
    (void)crypto_generichash_update(&state, to, crypto_box_PUBLICKEYBYTES);
    (void)crypto_generichash_final(&state, out, crypto_box_NONCEBYTES);
}

int suite_seal(uint8_t *out, struct str message, const uint8_t to[static 32], const uint8_t ephemeral_seed[static 32],
               struct err *err)
{
    uint8_t secret[crypto_box_SECRETKEYBYTES], nonce[crypto_box_NONCEBYTES];
    (void)crypto_box_seed_keypair(out, secret, ephemeral_seed);
    seal_nonce(nonce, out, to);
    int failed =
        crypto_box_easy(out + crypto_box_PUBLICKEYBYTES, (const uint8_t *)message.data, message.len, nonce, to, secret);
    sodium_memzero(secret, sizeof secret);
    return failed == 0 ? 0 : err_set(err, ERR_FORMAT, "nothing can be sealed to this key");
}

bool suite_unseal(uint8_t *out, struct str sealed, const uint8_t box_seed[static 32])
{
    uint8_t public_key[crypto_box_PUBLICKEYBYTES], secret[crypto_box_SECRETKEYBYTES];
    (void)crypto_box_seed_keypair(public_key, secret, box_seed);
    int failed = crypto_box_seal_open(out, (const uint8_t *)sealed.data, sealed.len, public_key, secret);
    sodium_memzero(secret, sizeof secret);
    return failed == 0;
}

void suite_box_public(uint8_t out[static 32], const uint8_t box_seed[static 32])
{
    uint8_t secret[crypto_box_SECRETKEYBYTES];
    (void)crypto_box_seed_keypair(out, secret, box_seed);
    sodium_memzero(secret, sizeof secret);
}

/* ---- the stream ---- */

void suite_stream(uint8_t *bytes, size_t count, uint64_t at, const uint8_t key[static 32])
{
    static const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES];
    size_t inside = (size_t)(at % 64);
    if (inside != 0 && count != 0) {
        uint8_t block[64] = {0};
        size_t some = count < 64 - inside ? count : 64 - inside;
        memcpy(block + inside, bytes, some);
        (void)crypto_stream_chacha20_ietf_xor_ic(block, block, sizeof block, nonce, (uint32_t)(at / 64), key);
        memcpy(bytes, block + inside, some);
        bytes += some;
        count -= some;
        at += some;
    }
    if (count != 0) {
        (void)crypto_stream_chacha20_ietf_xor_ic(bytes, bytes, count, nonce, (uint32_t)(at / 64), key);
    }
}
