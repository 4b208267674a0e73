/* expand_message_xmd(SHA-512, message, tag, 64) of RFC 9380, 5.3.1, LANES messages at a time. Included after a vector field, for
 * its lanes. SHA-512: FIPS 180-4, 6.4.
 *
 * Messages may differ in length: a lane that has no block left keeps its state while the others go on. */
#ifndef ASSAY_PRIVATE_SHA512_LANES_H
#define ASSAY_PRIVATE_SHA512_LANES_H

#include <string.h>

#include "private/group_inside.h"

enum { SHA512_BLOCK = 128, SHA512_BYTES = 64, SHA512_ROUNDS = 80, SHA512_WORDS = 8, SHA512_LENGTH = 16 };

/* First 64 bits of the fractional parts of the cube roots of the first 80 primes. */
static const uint64_t sha512_round[SHA512_ROUNDS] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
    0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
    0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
    0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
    0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
    0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
    0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
    0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
    0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
    0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
    0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
    0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
    0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};
/* The same of the square roots of the first eight. */
static const uint64_t sha512_start[SHA512_WORDS] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
/* The state after one block of zeros: expand's Z_pad. */
static const uint64_t sha512_after_zeros[SHA512_WORDS] = {
    0xcf7881d5774acbe8, 0x533362e0fbc78070, 0x0267639d87460eda, 0x3086cb40e85931b0,
    0x717dc95288a023a3, 0x96bab2c14ce0b5e0, 0x6fc4fe04eae33e0b, 0x91f4d80cbd668bee,
};

LANE_FN lanes turn(lanes x, int by)
{
    return x >> by | x << (64 - by);
}

LANE_CALL void sha512_compress(lanes state[static SHA512_WORDS], lanes w[static 16], lane_mask active)
{
    lanes a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6],
          h = state[7];
    for (int t = 0; t < SHA512_ROUNDS; t++) {
        if (t >= 16) {
            lanes early = w[(t + 1) & 15], late = w[(t + 14) & 15];
            w[t & 15] += (turn(early, 1) ^ turn(early, 8) ^ early >> 7) + w[(t + 9) & 15] +
                         (turn(late, 19) ^ turn(late, 61) ^ late >> 6);
        }
        lanes t1 = h + (turn(e, 14) ^ turn(e, 18) ^ turn(e, 41)) + (g ^ (e & (f ^ g))) + lanes_set(sha512_round[t]) +
                   w[t & 15];
        lanes t2 = (turn(a, 28) ^ turn(a, 34) ^ turn(a, 39)) + ((a & b) | (c & (a | b)));
        h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const lanes more[SHA512_WORDS] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < SHA512_WORDS; i++) {
        state[i] = lanes_select(active, state[i] + more[i], state[i]);
    }
}

/* What of part, which begins `at` bytes into the message, falls into the block that begins `from` bytes into it. */
static inline void block_part(uint8_t block[static SHA512_BLOCK], size_t from, struct str part, size_t at)
{
    size_t first = at > from ? at : from, end = at + part.len;
    end = end < from + SHA512_BLOCK ? end : from + SHA512_BLOCK;
    if (first < end) {
        memcpy(block + (first - from), part.data + (first - at), end - first);
    }
}

/* Blocks of message and tail with padding. */
static inline size_t sha512_blocks(size_t bytes)
{
    return (bytes + 1 + SHA512_LENGTH + SHA512_BLOCK - 1) / SHA512_BLOCK;
}

/* Block number i of message and tail; before is how many bytes were hashed already. */
static inline void block_fill(uint8_t block[static SHA512_BLOCK], size_t i, struct str message, struct str tail,
                              size_t before)
{
    size_t from = i * SHA512_BLOCK, bytes = message.len + tail.len;
    memset(block, 0, SHA512_BLOCK);
    block_part(block, from, message, 0);
    block_part(block, from, tail, message.len);
    if (bytes >= from && bytes < from + SHA512_BLOCK) {
        block[bytes - from] = 0x80;
    }
    if (i + 1 == sha512_blocks(bytes)) {
        uint64_t length = __builtin_bswap64((uint64_t)(before + bytes) * 8);
        memcpy(block + SHA512_BLOCK - sizeof length, &length, sizeof length);
    }
}

/* out[lane] = the digest of what start stands for (before bytes), then message[lane], then tail. */
LANE_CALL void sha512_lanes(uint8_t (*out)[SHA512_BYTES], const uint64_t start[static SHA512_WORDS], size_t before,
                            const struct str messages[static LANES], struct str tail)
{
    lanes state[SHA512_WORDS];
    size_t most = 0;
    for (int i = 0; i < SHA512_WORDS; i++) {
        state[i] = lanes_set(start[i]);
    }
    for (int lane = 0; lane < LANES; lane++) {
        size_t blocks = sha512_blocks(messages[lane].len + tail.len);
        most = blocks > most ? blocks : most;
    }
    for (size_t i = 0; i < most; i++) {
        uint64_t words[16][LANES], active[LANES];
        lanes w[16];
        for (int lane = 0; lane < LANES; lane++) {
            uint8_t block[SHA512_BLOCK];
            uint64_t word;
            active[lane] = i < sha512_blocks(messages[lane].len + tail.len);
            block_fill(block, i, messages[lane], tail, before);
            for (size_t t = 0; t < 16; t++) {
                memcpy(&word, block + t * sizeof word, sizeof word);
                words[t][lane] = __builtin_bswap64(word);
            }
        }
        for (int t = 0; t < 16; t++) {
            w[t] = lanes_load(words[t]);
        }
        sha512_compress(state, w, lanes_equal(lanes_load(active), lanes_set(1)));
    }
    for (int i = 0; i < SHA512_WORDS; i++) {
        uint64_t words[LANES];
        lanes_store(words, state[i]);
        for (int lane = 0; lane < LANES; lane++) {
            uint64_t word = __builtin_bswap64(words[lane]);
            memcpy(out[lane] + (size_t)i * sizeof word, &word, sizeof word);
        }
    }
}

/* What follows the message: head, tag, and the tag's length. */
static inline struct str tail_make(uint8_t *to, const uint8_t *head, size_t head_len, struct str tag)
{
    memcpy(to, head, head_len);
    memcpy(to + head_len, tag.data, tag.len);
    to[head_len + tag.len] = (uint8_t)tag.len;
    return (struct str){(const char *)to, head_len + tag.len + 1};
}

LANE_DOOR void lanes_expand(uint8_t (*out)[GROUP_UNIFORM_BYTES], const struct str *messages, size_t count,
                            struct str tag)
{
    static const uint8_t length_then_zero[] = {0, GROUP_UNIFORM_BYTES, 0}, one[] = {1};
    uint8_t bytes[2][sizeof length_then_zero + UINT8_MAX + 1];
    struct str first_tail = tail_make(bytes[0], length_then_zero, sizeof length_then_zero, tag);
    struct str second_tail = tail_make(bytes[1], one, sizeof one, tag);
    for (size_t from = 0; from < count; from += LANES) {
        uint8_t digests[LANES][SHA512_BYTES];
        struct str own[LANES];
        size_t some = count - from < LANES ? count - from : LANES;
        for (size_t lane = 0; lane < LANES; lane++) {
            own[lane] = messages[from + (lane < some ? lane : 0)];
        }
        sha512_lanes(digests, sha512_after_zeros, SHA512_BLOCK, own, first_tail);
        for (size_t lane = 0; lane < LANES; lane++) {
            own[lane] = (struct str){(const char *)digests[lane], SHA512_BYTES};
        }
        uint8_t last[LANES][SHA512_BYTES];
        sha512_lanes(last, sha512_start, 0, own, second_tail);
        memcpy(out + from, last, some * sizeof *last);
    }
}

#endif
