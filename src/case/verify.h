/* What the files of the verification share. Nothing here trusts the case: every file may be missing, altered or somebody
 * else's. A topic gathers problems; when it is closed, its line goes before them. */
#ifndef ASSAY_CASE_VERIFY_H
#define ASSAY_CASE_VERIFY_H

#include "case/inside.h"

enum { VERIFY_PROBLEMS_MAX = 20 }; /* told one by one per topic; the rest is counted */

struct verify {
    int dir;
    char *path;
    json_t *lines;    /* for the report */
    json_t *problems; /* of the topic at hand */
    uint64_t untold;  /* problems beyond VERIFY_PROBLEMS_MAX */
    uint64_t altered, missing, torn_bytes, entries;
    bool is_bad;
    bool has_key, has_checkpoint, ledger_agrees;
    bool has_bundles; /* among the documents */
    struct note_key key;
    uint64_t size; /* of the checkpoint; without one, UINT64_MAX */
    struct sha256 root;
    struct archive archive; /* names of checkpoints/ */
    bool *archive_agrees;   /* per archived size: the ledger's root there is the signed one */
    json_t *expected;       /* digest -> id of the entry that says it is archived */
    struct err *err;
};

enum verify_kind { VERIFY_ALTERED, VERIFY_MISSING };

/* Notes a problem of the topic at hand: where ("ledger.jsonl:14"), what it is, and a detail (may be empty). */
MUST_USE int verify_problem(struct verify *verify, enum verify_kind kind, const char *where, const char *says,
                            const char *detail);
/* Closes a topic: its line, then its problems. */
MUST_USE int verify_topic(struct verify *verify, const char *what, const char *format, ...) PRINTF(3, 4);
/* "6,201" */
enum { COUNT_TEXT = 32 };
const char *verify_count(char out[static COUNT_TEXT], uint64_t count);
/* "7fd1f8b3...eb53" */
enum { DIGEST_TEXT = 16 };
const char *verify_digest(char out[static DIGEST_TEXT], const struct sha256 *digest);
MUST_USE int verify_no_memory(struct verify *verify);

/* verify.c: an empty report about path; and as JSON, NULL with err. */
MUST_USE int verify_begin(struct verify *verify, const char *path, struct err *err);
MUST_USE json_t *verify_report(struct verify *verify);
void own_verify(struct verify *verify);

/* What the keys and the newest signature are taken from, wherever it lies. */
struct verify_papers {
    struct buf first_line, vkey, checkpoint, secret;
    bool has_vkey, has_checkpoint, has_secret;
    const char *vkey_says, *checkpoint_says; /* of one that is not there: "is missing" */
};
void own_papers(struct verify_papers *papers);
/* verify.c: topic "checkpoint". Sets key, size and root. */
MUST_USE int verify_signature(struct verify *verify, struct verify_papers *papers);
/* verify.c: what was told behind the first lines goes before them. */
MUST_USE int verify_entries_first(struct verify *verify, size_t signature_lines);

/* verify_ledger.c: topic "entries". */
MUST_USE int verify_ledger(struct verify *verify);
/* verify_damage.c: names what is wrong with a ledger whose tree is not the signed one. shape_problems: lines that were
 * named already because they are not even entries. */
MUST_USE int verify_damage(struct verify *verify, int ledger, uint64_t lines, uint64_t shape_problems);
/* verify_files.c: topics "checkpoints" and "documents". */
MUST_USE int verify_checkpoints(struct verify *verify);
MUST_USE int verify_documents(struct verify *verify);
/* verify_merges.c: topic "merges"; and does a file begin as a bundle does? */
MUST_USE int verify_merges(struct verify *verify);
bool verify_is_bundle(int folder, const char *name);

#endif
