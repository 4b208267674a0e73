/* The files that two parties and their neutral exchange: what is in them, and reading one that somebody else wrote.
 *
 *   89 41 53 59 0D 0A 1A 0A | version 1 | kind | 0 0 | u32 body | body | signature(64) | lists
 *   └───────────────────────── header ──────────────────────────┘
 * id = SHA(Label("id") || header), signature = Ed25519 over Label("sig") || id. A list of N records is ceil(N / 65536) chunk
 * roots and then the records; its RFC 6962 root stands in a header, so every chunk is verified as it arrives (list.h).
 *
 * Parsing checks form: sizes, limits, reserved bytes. Whether a file belongs to this run is the steps' business (files.h). */
#ifndef ASSAY_PRIVATE_WIRE_H
#define ASSAY_PRIVATE_WIRE_H

#include "base/buf.h"
#include "ledger/sign.h"
#include "private/suite.h"

enum wire_kind {
    WIRE_COMMIT = 1,
    WIRE_OFFER,
    WIRE_ANSWER,
    WIRE_TAGS,
    WIRE_RESULT,
    WIRE_ASK,
    WIRE_OPEN,
    WIRE_FIX,
    WIRE_KINDS
};
enum wire_role { WIRE_ASKER = 1, WIRE_KEEPER = 2 };
enum wire_mode { WIRE_NEUTRAL = 1, WIRE_DIRECT = 2 };

enum {
    WIRE_VERSION = 1,
    WIRE_NORMALISATION = 1, /* Unicode 15.0, src/normal */
    WIRE_BODY_MAX = 1 << 20,
    WIRE_FRAME_BYTES = 16,
    WIRE_CHUNK = 65536, /* records a chunk */
    WIRE_AUDITS = 3,
    WIRE_KEYS_FLOOR = 20,
    WIRE_OPENED_MAX = 65535,
    WIRE_ASKED_MAX = 30000, /* points of an ask: its body stays below WIRE_BODY_MAX */
    WIRE_TAGS_SECRET = 2 * SUITE_SECRET_BYTES + 32 + 1 + SUITE_TYPES_MAX * (8 + SHA256_BYTES)
};
#define WIRE_LIST_MAX (UINT64_C(1) << 30)
#define WIRE_FEWER UINT64_MAX /* a count below min_count */

struct wire_type {
    uint8_t kinds[SUITE_TYPES_MAX]; /* ascending, zero-filled */
    uint64_t rows, rejected, n, m;
    struct group_point public_point;
    struct sha256 entries, records; /* records: the keeper's is hidden (suite_hidden_root) */
};

struct wire_commit {
    uint8_t role, types;
    uint16_t normalisation;
    uint64_t time; /* seconds since 1970 */
    uint8_t party[SIGN_KEY_BYTES];
    struct sha256 of_case, source, coin, traps;
    struct wire_type type[SUITE_TYPES_MAX];
};

struct wire_offer {
    struct sha256 asker, keeper; /* ids of the commitments */
    uint8_t mode;
    uint16_t min_count;
    uint32_t min_keys, opened, run_number;
    uint64_t deadline;
    uint8_t neutral[SIGN_KEY_BYTES], neutral_box[32];
    struct sha256 previous;
};

/* Of one list: how many, under which root. */
struct wire_list {
    uint64_t n;
    struct sha256 root;
};

struct wire_answer {
    struct sha256 run;
    uint8_t types;
    struct wire_list list[SUITE_TYPES_MAX];
};

struct wire_tags {
    uint8_t role;
    struct sha256 run, answer;
    size_t sealed_bytes;
    uint8_t sealed[WIRE_TAGS_SECRET + SUITE_SEAL_BYTES];
};

/* What is sealed in it. Secret: wipe it. */
struct wire_tags_secret {
    uint8_t proof[SUITE_SECRET_BYTES]; /* asker: trap seed; keeper: root nonce */
    uint8_t coin[SUITE_SECRET_BYTES], body_key[32];
    uint8_t types;
    struct wire_list list[SUITE_TYPES_MAX];
};

/* Audit 1, 2: opened rows that failed; rows looked for in the source, and not there. Audit 3: the same of answers; keys absent from
 * the committed set that were looked for in the source, and were there (dropped); and opened keys that are present. */
struct wire_audit {
    uint32_t opened, failed, searched, odd;
};

struct wire_result {
    struct sha256 run, answer, asker_tags, keeper_tags;
    uint8_t asker_coin[SUITE_SECRET_BYTES], keeper_coin[SUITE_SECRET_BYTES];
    uint8_t types;
    struct {
        uint64_t count;
        struct sha256 root; /* of the asker's tags */
        struct wire_audit audit[WIRE_AUDITS];
        uint32_t present;
    } type[SUITE_TYPES_MAX];
};

struct wire_ask {
    struct sha256 run;
    uint8_t audit;
    uint32_t opened;
    uint8_t asker_coin[SUITE_SECRET_BYTES], keeper_coin[SUITE_SECRET_BYTES];
    uint8_t to;    /* role */
    uint8_t types; /* audit 3: how many follow; else 0 */
    uint32_t count[SUITE_TYPES_MAX];
    const struct group_point *points[SUITE_TYPES_MAX]; /* borrowed from the header's bytes */
};

struct wire_open {
    struct sha256 run;
    uint8_t audit, role;
    uint8_t sealed[32 + SHA256_BYTES + SUITE_SEAL_BYTES]; /* body key, SHA-256 of all behind the signature */
};

struct wire_fix {
    struct sha256 run, answer;
    uint8_t types;
    struct sha256 root[SUITE_TYPES_MAX];
};

struct wire_file {
    char *path; /* as given; owned */
    int fd;
    uint64_t bytes;  /* of the file */
    struct buf head; /* the header's bytes */
    uint8_t signature[SIGN_BYTES];
    struct sha256 id;
    enum wire_kind kind;
    union {
        struct wire_commit commit;
        struct wire_offer offer;
        struct wire_answer answer;
        struct wire_tags tags;
        struct wire_result result;
        struct wire_ask ask;
        struct wire_open open;
        struct wire_fix fix;
    };
};

const char *wire_kind_name(enum wire_kind kind);
const char *wire_role_name(uint8_t role);

/* Opens and parses. err: IO, FORMAT with the file and what is wrong with it. */
MUST_USE int wire_open(struct wire_file *file, const char *path, struct err *err);
/* The same of bytes: the header alone. file->fd is -1. For fuzzing and tests. */
MUST_USE int wire_parse(struct wire_file *file, struct str bytes, struct err *err);
void wire_close(struct wire_file *file);
void own_wire_file(struct wire_file *file);

/* err: TAMPERED, naming the file and whose signature it should be. */
MUST_USE int wire_check_signer(const struct wire_file *file, const uint8_t key[static SIGN_KEY_BYTES],
                               const char *whose, struct err *err);
/* Nothing may stand behind the signature but `lists` bytes. err: FORMAT. */
MUST_USE int wire_check_length(const struct wire_file *file, uint64_t lists, struct err *err);
/* Where the lists begin. */
uint64_t wire_lists_at(const struct wire_file *file);

/* The header of a body, signed: header || signature appended to out; *ret_id is its id. */
MUST_USE int wire_finish(struct buf *out, enum wire_kind kind, const struct buf *body, const struct sign_key *key,
                         struct sha256 *ret_id, struct err *err);
struct sha256 wire_id(struct str header);

/* Bodies. */
void wire_put_commit(struct buf *out, const struct wire_commit *commit);
void wire_put_offer(struct buf *out, const struct wire_offer *offer);
void wire_put_answer(struct buf *out, const struct wire_answer *answer);
void wire_put_tags(struct buf *out, const struct wire_tags *tags);
void wire_put_result(struct buf *out, const struct wire_result *result);
void wire_put_ask(struct buf *out, const struct wire_ask *ask);
void wire_put_open(struct buf *out, const struct wire_open *open);
void wire_put_fix(struct buf *out, const struct wire_fix *fix);
/* The secret of a tags file. */
void wire_put_tags_secret(struct buf *out, const struct wire_tags_secret *secret);
MUST_USE bool wire_get_tags_secret(struct wire_tags_secret *secret, struct str bytes);

/* Reads big-endian and never past the end: once short, it stays bad and gives zeros. */
struct wire_cursor {
    const uint8_t *at;
    size_t left;
    bool bad;
};
uint64_t wire_get(struct wire_cursor *cursor, size_t bytes);
void wire_get_bytes(struct wire_cursor *cursor, void *out, size_t count);
/* count bytes where they are; NULL if there are fewer. */
const uint8_t *wire_take(struct wire_cursor *cursor, size_t count);
void wire_put(struct buf *out, uint64_t value, size_t bytes);
void wire_put_bytes(struct buf *out, const void *bytes, size_t count);

/* Bytes of a list with its chunk roots. */
static inline uint64_t wire_chunks(uint64_t n)
{
    return (n + WIRE_CHUNK - 1) / WIRE_CHUNK;
}
static inline uint64_t wire_list_bytes(uint64_t n, size_t width)
{
    return wire_chunks(n) * SHA256_BYTES + n * width;
}

#endif
