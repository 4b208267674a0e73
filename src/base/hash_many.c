/* SHA-256 (FIPS 180-4, 6.2) of sixteen messages at a time, one a lane of a vector of AVX-512: at a quarter of the time that one message
 * after the other takes with the processor's own SHA instructions. Where there is no AVX-512, that is how it is done.
 *
 * Messages of one length have the same end: head, message and end are put together into one or two blocks a lane, the blocks are turned
 * (a row a lane becomes a vector a word), and all lanes go through the rounds together. */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "base/hash.h"
#include "base/str.h"

#include "base/banned.h"

enum { LANES = 16, BLOCK = 64, WORDS = 16, STATE = 8, ROUNDS = 64, HEAD_MAX = 16 };

static void one_by_one(struct sha256 *out, struct str head, struct sha256_messages in, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = sha256_of2(head, (struct str){(const char *)in.at + i * in.stride, in.bytes});
    }
}

#ifdef __x86_64__
#define TARGET __attribute__((target("avx512f,avx512bw")))

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and of the square roots of the first eight. */
static const uint32_t round_of[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
static const uint32_t start_of[STATE] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

/* Sixteen rows of sixteen words become sixteen columns, and big-endian words numbers. */
TARGET static void turn(__m512i out[static WORDS], const uint8_t *rows, size_t stride)
{
    const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
    __m512i row[WORDS], pair[WORDS];
#pragma GCC unroll 16
    for (size_t i = 0; i < WORDS; i++) {
        row[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(rows + i * stride), swap);
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < WORDS; i += 2) {
        pair[i] = _mm512_unpacklo_epi32(row[i], row[i + 1]);
        pair[i + 1] = _mm512_unpackhi_epi32(row[i], row[i + 1]);
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < WORDS;
         i += 4) { /* now row[4 i + j] has column 4 k + j of rows 4 i to 4 i + 3 in its part k */
        row[i] = _mm512_unpacklo_epi64(pair[i], pair[i + 2]);
        row[i + 1] = _mm512_unpackhi_epi64(pair[i], pair[i + 2]);
        row[i + 2] = _mm512_unpacklo_epi64(pair[i + 1], pair[i + 3]);
        row[i + 3] = _mm512_unpackhi_epi64(pair[i + 1], pair[i + 3]);
    }
#pragma GCC unroll 4
    for (size_t j = 0; j < 4; j++) {
        __m512i even = _mm512_shuffle_i32x4(row[j], row[4 + j], 0x88),
                odd = _mm512_shuffle_i32x4(row[j], row[4 + j], 0xdd);
        __m512i even2 = _mm512_shuffle_i32x4(row[8 + j], row[12 + j], 0x88);
        __m512i odd2 = _mm512_shuffle_i32x4(row[8 + j], row[12 + j], 0xdd);
        out[j] = _mm512_shuffle_i32x4(even, even2, 0x88);
        out[4 + j] = _mm512_shuffle_i32x4(odd, odd2, 0x88);
        out[8 + j] = _mm512_shuffle_i32x4(even, even2, 0xdd);
        out[12 + j] = _mm512_shuffle_i32x4(odd, odd2, 0xdd);
    }
}

#define ADD _mm512_add_epi32
#define XOR3(a, b, c) _mm512_ternarylogic_epi32(a, b, c, 0x96)
#define BIG_A(x) XOR3(_mm512_ror_epi32(x, 2), _mm512_ror_epi32(x, 13), _mm512_ror_epi32(x, 22))
#define BIG_E(x) XOR3(_mm512_ror_epi32(x, 6), _mm512_ror_epi32(x, 11), _mm512_ror_epi32(x, 25))
#define SMALL_0(x) XOR3(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3))
#define SMALL_1(x) XOR3(_mm512_ror_epi32(x, 17), _mm512_ror_epi32(x, 19), _mm512_srli_epi32(x, 10))

TARGET static void compress(__m512i state[static STATE], __m512i w[static WORDS])
{
    __m512i a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6],
            h = state[7];
    for (size_t base = 0; base < ROUNDS; base += WORDS) {
#pragma GCC unroll 16
        for (size_t i = 0; i < WORDS; i++) {
            if (base != 0) {
                w[i] =
                    ADD(ADD(w[i], SMALL_0(w[(i + 1) % WORDS])), ADD(w[(i + 9) % WORDS], SMALL_1(w[(i + 14) % WORDS])));
            }
            __m512i choice = _mm512_ternarylogic_epi32(e, f, g, 0xca),
                    majority = _mm512_ternarylogic_epi32(a, b, c, 0xe8);
            __m512i first = ADD(ADD(ADD(h, BIG_E(e)), ADD(choice, w[i])), _mm512_set1_epi32((int)round_of[base + i]));
            h = g;
            g = f;
            f = e;
            e = ADD(d, first);
            d = c;
            c = b;
            b = a;
            a = ADD(first, ADD(BIG_A(b), majority));
        }
    }
    const __m512i now[STATE] = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < STATE; i++) {
        state[i] = ADD(state[i], now[i]);
    }
}

/* rows: the blocks of each lane, 2 * BLOCK apart. */
TARGET static void sixteen(struct sha256 *out, const uint8_t *rows, size_t blocks)
{
    __m512i state[STATE], w[WORDS];
    uint8_t words[LANES][BLOCK] = {{0}}; /* half of its rows: turned, half of each column */
    for (size_t i = 0; i < STATE; i++) {
        state[i] = _mm512_set1_epi32((int)start_of[i]);
    }
    for (size_t i = 0; i < blocks; i++) {
        turn(w, rows + i * BLOCK, 2 * (size_t)BLOCK);
        compress(state, w);
    }
    for (size_t i = 0; i < STATE; i++) {
        _mm512_storeu_si512(words[i], state[i]);
    }
    turn(w, words[0], BLOCK);
    for (size_t lane = 0; lane < LANES; lane++) {
        _mm256_storeu_si256((__m256i *)(void *)out[lane].bytes, _mm512_castsi512_si256(w[lane]));
    }
}

bool sha256_has_lanes(void)
{
    const char *group = getenv("ASSAY_GROUP");
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           (group == NULL || strcmp(group, "avx512ifma") == 0);
}

/* Whole sixteens; returns how many were done. */
static size_t by_lanes(struct sha256 *out, struct str head, struct sha256_messages in, size_t count)
{
    uint8_t rows[LANES][2 * BLOCK] = {{0}};
    size_t length = head.len + in.bytes, blocks = length + 9 <= BLOCK ? 1 : 2, done = 0;
    uint64_t bits = htobe64((uint64_t)length * 8);
    for (size_t lane = 0; lane < LANES; lane++) {
        if (head.len != 0) {
            memcpy(rows[lane], head.data, head.len);
        }
        rows[lane][length] = 0x80;
        memcpy(rows[lane] + blocks * BLOCK - sizeof bits, &bits, sizeof bits);
    }
    for (; count - done >= LANES; done += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            memcpy(rows[lane] + head.len, in.at + (done + lane) * in.stride, in.bytes);
        }
        sixteen(out + done, rows[0], blocks);
    }
    explicit_bzero(rows, sizeof rows);
    return done;
}
#else
bool sha256_has_lanes(void)
{
    return false;
}

static size_t by_lanes(struct sha256 *out, struct str head, struct sha256_messages in, size_t count)
{
    (void)out, (void)head, (void)in, (void)count;
    return 0;
}
#endif

void sha256_many(struct sha256 *out, struct str head, struct sha256_messages in, size_t count)
{
    size_t fits = head.len + in.bytes <= SHA256_SHORT_MAX && count >= LANES && sha256_has_lanes();
    size_t done = fits ? by_lanes(out, head, in, count) : 0;
    one_by_one(out + done, head, (struct sha256_messages){in.at + done * in.stride, in.stride, in.bytes}, count - done);
}

/* The key, filled up with zeros to a block and xored with one byte, begins each of the two hashes. */
static struct str keyed(char out[static BLOCK + HEAD_MAX], const uint8_t key[static SHA256_BYTES], int pad,
                        struct str head)
{
    memset(out, pad, BLOCK);
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        out[i] = (char)(pad ^ key[i]);
    }
    memcpy(out + BLOCK, head.data, head.len);
    return (struct str){out, BLOCK + head.len};
}

void hmac_many(struct sha256 *out, const uint8_t key[static SHA256_BYTES], struct str head, struct sha256_messages in,
               size_t count)
{
    char begin[BLOCK + HEAD_MAX];
    assert(head.len <= HEAD_MAX);
    sha256_many(out, keyed(begin, key, 0x36, head), in, count);
    struct sha256_messages inner = {out->bytes, sizeof *out, sizeof *out};
    sha256_many(out, keyed(begin, key, 0x5c, STR("")), inner, count);
    explicit_bzero(begin, sizeof begin);
}
