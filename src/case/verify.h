/* What the files of the verification share. Nothing here trusts the case: every file may be missing, altered or somebody
 * else's. A topic gathers problems; when it is closed, its line goes before them. */
#ifndef ASSAY_CASE_VERIFY_H
#define ASSAY_CASE_VERIFY_H

#include "case/inside.h"

enum { VERIFY_PROBLEMS_MAX = 20 }; /* told one by one per topic; the rest is counted */

struct verify;
/* name: below the case, "checkpoints/5". */
typedef int verify_visit(struct verify *verify, const char *name, uint64_t *count);

/* Where the files beside the ledger lie: in the folder of the case, or in a bundle. */
struct verify_place {
    /* 1: read; 0: not there, longer than max or no file, said in *ret_says; -1: err, the check cannot be made. */
    int (*read)(struct verify *verify, const char *name, size_t max, struct buf *out, const char **ret_says);
    /* A line that was left out and has its leaf in its place; NULL: there can be none. */
    bool (*is_left_out)(struct str line, struct sha256 *ret_leaf);
    /* Calls visit with every file of a folder, in the order of their bytes. */
    int (*each)(struct verify *verify, const char *folder, verify_visit *visit, uint64_t *count);
};

struct verify {
    const struct verify_place *place;
    int dir;    /* of the case; -1: of a bundle, or of neither */
    int ledger; /* the file that holds its lines, from `begin` to `end`; -1: none */
    uint64_t begin, end;
    char *path;
    json_t *lines;    /* for the report */
    json_t *problems; /* of the topic at hand */
    uint64_t untold;  /* problems beyond VERIFY_PROBLEMS_MAX */
    uint64_t altered, missing, torn_bytes, entries;
    bool is_bad;
    bool has_key, has_checkpoint, ledger_agrees;
    bool has_bundles; /* among the documents */
    const struct assay_trust *trust;
    struct note_key key;    /* the first */
    struct note_key signer; /* of the newest checkpoint */
    struct case_keys keys;  /* as the ledger tells them; begins with key */
    uint64_t size;          /* of the checkpoint; without one, UINT64_MAX */
    struct sha256 root;
    struct archive archive; /* names of checkpoints/ */
    bool *archive_has_root; /* per archived size: the ledger reaches it; archive.of[].root is its root there */
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

/* verify.c: begins a report about path, and makes it. */
MUST_USE int verify_begin(struct verify *verify, const char *path, const struct assay_trust *trust, struct err *err);
MUST_USE int verify_end(struct verify *verify, json_t **ret_report);
void own_verify(struct verify *verify);
/* verify.c: topics "keys", "seals", "signed", "cosigned", "time", "policy" and "since": whoever signed or saw it. The ledger was read. */
MUST_USE int verify_signed(struct verify *verify);
/* verify.c: everything about the case at the path that verify began with. */
MUST_USE int verify_whole(struct verify *verify);
/* verify.c: the lines of ledger.jsonl, from its first. 1: open; 0: there is none; -1: err. */
MUST_USE int verify_lines(struct verify *verify, struct lines *lines);

/* Whether a note holds one signature twice: nobody writes that, a line was put in. */
bool verify_line_twice(struct str bytes);

/* What the keys and the newest signature are taken from, wherever it lies. */
struct verify_papers {
    struct buf vkey, checkpoint;
    bool has_vkey, has_checkpoint;
    const char *vkey_says, *checkpoint_says; /* of one that is not there: "is missing" */
};
void own_papers(struct verify_papers *papers);
/* verify.c: topic "checkpoint". Sets key, signer, size and root, and begins keys. */
MUST_USE int verify_signature(struct verify *verify, struct verify_papers *papers);
/* verify.c: what was told behind the first lines goes before them. */
MUST_USE int verify_entries_first(struct verify *verify, size_t signature_lines);
/* verify_files.c: what begins with; a bundle has its own. */
extern const struct verify_place verify_folder;
/* verify.c: reads a note, or what is as small. Returns as place->read(). */
MUST_USE int verify_small(struct verify *verify, const char *name, struct buf *out, const char **ret_says);

/* verify_keys.c: topics "keys" and "cosigned". */
MUST_USE int verify_keys(struct verify *verify);
MUST_USE int verify_cosigned(struct verify *verify, const char *where, struct str checkpoint);
/* The latter of every kept checkpoint. */
MUST_USE int verify_cosignatures(struct verify *verify);
/* verify_keys.c: the key that a later entry names signed these bytes, when `first` was the first. */
MUST_USE bool verify_later_key(struct verify *verify, const struct note_key *first, struct str bytes,
                               struct checkpoint *ret_checkpoint);
/* verify_trust.c: topics "signed", "policy" and "since". */
MUST_USE int verify_vkeys(struct verify *verify, const char *where, struct str checkpoint);
/* The same keys, about a whole case. */
MUST_USE int verify_given_keys(struct verify *verify);
MUST_USE int verify_policy(struct verify *verify);
MUST_USE int verify_since(struct verify *verify, const char *path);
MUST_USE int verify_since_bytes(struct verify *verify, const char *path, struct str checkpoint);

/* verify_single.c: topics "checkpoint", "signed" and "policy" of one checkpoint away from its case. */
MUST_USE int verify_one_checkpoint(struct verify *verify, const char *where, struct str bytes,
                                   struct checkpoint *ret_checkpoint);

/* One line of a ledger, and what it turned out to be. */
struct verify_line {
    struct str text;
    struct envelope envelope; /* if it is an entry */
    const char *wrong;        /* NULL: a canonical entry */
    uint64_t bytes, id_hash;
    struct sha256 leaf;
    bool is_too_long, is_archived;
    bool is_left_out; /* its leaf stands in its place */
};
/* Who takes them, in order and on the thread of the caller. */
struct verify_taker {
    void *self;
    /* A line: 0, or -1 with err in verify. */
    int (*take)(void *self, uint64_t n, const struct verify_line *line);
    bool takes_all; /* those behind the checkpoint as well; else they are torn bytes */
};
struct verify_read {
    uint64_t checked; /* lines */
    uint64_t shaped;  /* problems found in their form */
    struct tree tree;
};
/* verify_lines.c: reads and checks all lines, on several threads; problems are of the topic at hand, keys and expected documents go into verify. */
MUST_USE int verify_read_lines(struct verify *verify, const struct verify_taker *taker, struct verify_read *ret_read);
/* verify_ledger.c: topic "entries". */
MUST_USE int verify_ledger(struct verify *verify);
/* verify_damage.c: the index beside the case, or NULL. Somebody else's bytes: what it says is compared, never believed. */
struct index *verify_index(struct verify *verify);
/* verify_damage.c: names what is wrong with a ledger whose tree is not the signed one. shape_problems: lines that were
 * named already because they are not even entries. */
MUST_USE int verify_damage(struct verify *verify, int ledger, uint64_t lines, uint64_t shape_problems);
/* verify_times.c: topic "time", one line a timestamp. */
MUST_USE int verify_times(struct verify *verify);
/* verify_files.c: topics "checkpoints" and "documents". */
MUST_USE int verify_checkpoints(struct verify *verify);
MUST_USE int verify_documents(struct verify *verify);
/* verify_merges.c: topic "merges"; and does a file begin as a bundle does? */
MUST_USE int verify_merges(struct verify *verify);
bool verify_is_bundle(struct verify *verify, const char *name);

#endif
