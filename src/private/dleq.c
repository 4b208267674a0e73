/* The proof of one factor over many pairs. */
#include <sodium.h>

#include "base/buf.h"
#include "private/dleq.h"
#include "private/suite.h"

#include "base/banned.h"

#define CONTEXT "AssayPSIV1-ristretto255-SHA512"

struct seed {
    uint8_t bytes[crypto_hash_sha512_BYTES];
};

/* u16 length || bytes */
static void put_lp(struct buf *out, const void *bytes, size_t count)
{
    buf_putc(out, (char)(count >> 8));
    buf_putc(out, (char)count);
    buf_put(out, (struct str){bytes, count});
}

static void hash_lp(crypto_hash_sha512_state *state, const void *bytes, size_t count)
{
    uint8_t length[2] = {(uint8_t)(count >> 8), (uint8_t)count};
    (void)crypto_hash_sha512_update(state, length, sizeof length);
    (void)crypto_hash_sha512_update(state, bytes, count);
}

/* SHA-512(lp("Seed-" || ctx) || lp(P) || lp(c) || u64 m || C_0 || D_0 || ...) */
static struct seed seed_of(const struct dleq_batch *batch)
{
    struct seed seed;
    uint8_t count[8];
    crypto_hash_sha512_state state;
    (void)crypto_hash_sha512_init(&state);
    hash_lp(&state, "Seed-" CONTEXT, sizeof "Seed-" CONTEXT - 1);
    hash_lp(&state, batch->public_point.bytes, GROUP_BYTES);
    hash_lp(&state, batch->context.data, batch->context.len);
    suite_put_u64(count, batch->count);
    (void)crypto_hash_sha512_update(&state, count, sizeof count);
    for (size_t i = 0; i < batch->count; i++) {
        (void)crypto_hash_sha512_update(&state, batch->from[i].bytes, GROUP_BYTES);
        (void)crypto_hash_sha512_update(&state, batch->to[i].bytes, GROUP_BYTES);
    }
    (void)crypto_hash_sha512_final(&state, seed.bytes);
    return seed;
}

/* d_i = S(lp(seed) || u64 i || "Composite") */
static void coefficient(struct group_scalar *out, const struct seed *seed, uint64_t i)
{
    uint8_t message[2 + sizeof seed->bytes + 8 + 9] = {0, sizeof seed->bytes};
    memcpy(message + 2, seed->bytes, sizeof seed->bytes);
    suite_put_u64(message + 2 + sizeof seed->bytes, i);
    memcpy(message + 2 + sizeof seed->bytes + 8, "Composite", 9);
    group_hash_scalar(out, (struct str){(const char *)message, sizeof message});
}

/* scalar * point into out; the neutral element is an answer here, not an error. False: point is none. */
static bool times(struct group_point *out, const struct group_scalar *scalar, const struct group_point *point)
{
    if (crypto_core_ristretto255_is_valid_point(point->bytes) != 1) {
        return false;
    }
    if (crypto_scalarmult_ristretto255(out->bytes, scalar->bytes, point->bytes) != 0) {
        memset(out->bytes, 0, GROUP_BYTES);
    }
    return true;
}

/* sum of d_i * points[i] */
static bool combine(struct group_point *out, const struct seed *seed, const struct group_point *points, size_t count)
{
    memset(out->bytes, 0, GROUP_BYTES);
    for (size_t i = 0; i < count; i++) {
        struct group_scalar d;
        struct group_point part;
        coefficient(&d, seed, i);
        if (!times(&part, &d, &points[i]) || crypto_core_ristretto255_add(out->bytes, out->bytes, part.bytes) != 0) {
            return false;
        }
    }
    return true;
}

struct transcript {
    const struct group_point *public_point, *m, *z, *t2, *t3;
    const struct seed *seed;
};

/* e = S(lp(P) || lp(seed) || lp(M) || lp(Z) || lp(t2) || lp(t3) || "Challenge") */
static bool challenge(struct group_scalar *out, const struct transcript *t)
{
    OWN(own_buf) struct buf message = {0};
    put_lp(&message, t->public_point->bytes, GROUP_BYTES);
    put_lp(&message, t->seed->bytes, sizeof t->seed->bytes);
    put_lp(&message, t->m->bytes, GROUP_BYTES);
    put_lp(&message, t->z->bytes, GROUP_BYTES);
    put_lp(&message, t->t2->bytes, GROUP_BYTES);
    put_lp(&message, t->t3->bytes, GROUP_BYTES);
    buf_puts(&message, "Challenge");
    group_hash_scalar(out, buf_str(&message));
    return !message.failed;
}

int dleq_prove(uint8_t out[static DLEQ_BYTES], const struct dleq_batch *batch, const struct group_scalar *k,
               const uint8_t nonce[static 32], struct err *err)
{
    struct seed seed = seed_of(batch);
    struct group_point m, z, t2, t3;
    struct group_scalar rho, e, product;
    uint8_t secret[32 + GROUP_BYTES + sizeof seed.bytes];
    memcpy(secret, nonce, 32);
    memcpy(secret + 32, k->bytes, GROUP_BYTES);
    memcpy(secret + 32 + GROUP_BYTES, seed.bytes, sizeof seed.bytes);
    group_hash_scalar(&rho, (struct str){(const char *)secret, sizeof secret});
    sodium_memzero(secret, sizeof secret);
    bool is_made = combine(&m, &seed, batch->from, batch->count) && times(&z, k, &m) && times(&t3, &rho, &m) &&
                   crypto_scalarmult_ristretto255_base(t2.bytes, rho.bytes) == 0 &&
                   challenge(&e, &(struct transcript){&batch->public_point, &m, &z, &t2, &t3, &seed});
    if (is_made) {
        crypto_core_ristretto255_scalar_mul(product.bytes, e.bytes, k->bytes);
        memcpy(out, e.bytes, GROUP_BYTES);
        crypto_core_ristretto255_scalar_sub(out + GROUP_BYTES, rho.bytes, product.bytes);
    }
    sodium_memzero(&rho, sizeof rho);
    sodium_memzero(&product, sizeof product);
    return is_made ? 0 : err_set(err, ERR_BUG, "a proof could not be made of these points");
}

/* Below the order: reducing changes nothing. */
static bool is_reduced(const uint8_t scalar[static GROUP_BYTES])
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES] = {0};
    uint8_t reduced[GROUP_BYTES];
    memcpy(wide, scalar, GROUP_BYTES);
    crypto_core_ristretto255_scalar_reduce(reduced, wide);
    return memcmp(reduced, scalar, GROUP_BYTES) == 0;
}

/* a * G + b * point */
static bool base_plus(struct group_point *out, const struct group_scalar *a, const struct group_scalar *b,
                      const struct group_point *point)
{
    struct group_point left, right;
    if (crypto_scalarmult_ristretto255_base(left.bytes, a->bytes) != 0) {
        memset(left.bytes, 0, GROUP_BYTES);
    }
    return times(&right, b, point) && crypto_core_ristretto255_add(out->bytes, left.bytes, right.bytes) == 0;
}

bool dleq_holds(const struct dleq_batch *batch, const uint8_t proof[static DLEQ_BYTES])
{
    struct seed seed = seed_of(batch);
    struct group_point m, z, t2, t3, left, right;
    struct group_scalar e, s, again;
    const struct group_path *path = group_best();
    if (batch->count == 0 || !is_reduced(proof) || !is_reduced(proof + GROUP_BYTES) ||
        path->check(&batch->public_point, 1) != 1 || path->check(batch->from, batch->count) != batch->count ||
        path->check(batch->to, batch->count) != batch->count) {
        return false;
    }
    memcpy(e.bytes, proof, GROUP_BYTES);
    memcpy(s.bytes, proof + GROUP_BYTES, GROUP_BYTES);
    return combine(&m, &seed, batch->from, batch->count) && combine(&z, &seed, batch->to, batch->count) &&
           base_plus(&t2, &s, &e, &batch->public_point) && times(&left, &s, &m) && times(&right, &e, &z) &&
           crypto_core_ristretto255_add(t3.bytes, left.bytes, right.bytes) == 0 &&
           challenge(&again, &(struct transcript){&batch->public_point, &m, &z, &t2, &t3, &seed}) &&
           memcmp(again.bytes, e.bytes, GROUP_BYTES) == 0;
}
