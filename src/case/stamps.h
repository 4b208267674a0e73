/* Timestamps over kept checkpoints: <size>.<n>.tsr is the whole response, <size>.<n>.pem the certificates that came with it,
 * <size>.<n>.crl revocation lists of that time, if any were given (PEM).
 *
 * What is stamped is the checkpoint's file as it was then. Cosignatures are only ever added behind, so the stamped bytes are always
 * those up to one of its signature lines. */
#ifndef ASSAY_CASE_STAMPS_H
#define ASSAY_CASE_STAMPS_H

#include <jansson.h>

#include "ledger/note.h"
#include "ledger/stamp.h"

struct stages {
    size_t count;
    struct sha256 of[NOTE_MAX_LINES]; /* digest of the file up to its first, second, ... signature line */
    size_t lines[NOTE_MAX_LINES];     /* how many lines of text that is, for `head -n` */
};

/* err: FORMAT, LIMIT. */
MUST_USE int stages_of(struct stages *ret_stages, struct str checkpoint, struct err *err);
/* "5.1.tsr" or "5.1.pem", as end says. */
bool stamp_is_name(const char *name, struct str end, uint64_t *ret_size, uint64_t *ret_number);
/* "checkpoints/5.1.tsr", ..., as far as their numbers follow each other: what is kept beside the checkpoint of so many entries, not
 * checked (new reference; NULL without memory). */
struct assay_case;
json_t *stamps_kept(const struct assay_case *kase, uint64_t size);

#endif
