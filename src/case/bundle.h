/* What the files of a bundle's verification share: where its members lie in the archive, and what was learnt on the way. */
#ifndef ASSAY_CASE_BUNDLE_H
#define ASSAY_CASE_BUNDLE_H

#include "case/pack.h"
#include "case/verify.h"

/* One member: as the list names it, and where it was found. */
struct part {
    char name[TAR_NAME_MAX + 1];
    char hex[SHA256_HEX + 1]; /* as listed */
    uint64_t offset, size;    /* of its bytes in the archive */
    bool is_there;
    bool is_right; /* its digest is the listed one */
};

struct bundle {
    struct verify verify; /* first: bundle_place gets back from it */
    int fd;
    uint64_t bytes;     /* of the archive */
    struct part *parts; /* in the order of the list */
    size_t count;
    json_t *places; /* name -> index of parts */
    struct buf head, list;
    bool has_head, has_list;
    uint64_t time_s; /* of every member */
    bool has_time, times_differ;
    uint64_t newest_s; /* of the newest entry that is shown */
    struct sha256 *leaves;
    uint64_t leaves_count, leaves_room;
    json_t *reports;    /* digest -> id of the entry "report" */
    json_t *withheld;   /* digest -> ids, as WITHHELD has it */
    uint64_t redacted;  /* entries that are left out */
    bool *is_redacted;  /* per entry; as long as leaves_room */
    uint64_t documents; /* that are there and right */
};

/* bundle_files.c: topic "files": walks the archive once, compares every member with the list. */
MUST_USE int bundle_files(struct bundle *bundle);
/* The member of that name, or NULL. */
const struct part *bundle_part(const struct bundle *bundle, const char *name);
/* Reads a member of at most max bytes. 1: read; 0: not there or longer, said in *ret_says; -1: err. */
MUST_USE int bundle_read(struct bundle *bundle, const char *name, size_t max, struct buf *out, const char **ret_says);
/* bundle_ledger.c: topic "entries". */
MUST_USE int bundle_ledger(struct bundle *bundle);
/* bundle_files.c: the members in the place of files. */
extern const struct verify_place bundle_place;
/* bundle_rest.c: topics "list", "documents", "proofs", "tiles" and "report". */
MUST_USE int bundle_list(struct bundle *bundle);
MUST_USE int bundle_rest(struct bundle *bundle);
/* What stays unseen. */
MUST_USE int bundle_left_out(struct bundle *bundle);
/* bundle_open.c: topic "opened": files that open what was left out. */
MUST_USE int bundle_opened(struct bundle *bundle, const char *const *opened);
/* A line that tells of something nobody could look at. */
MUST_USE int bundle_unseen(struct bundle *bundle, const char *what, const char *format, ...) PRINTF(3, 4);

#endif
