/* A case: a directory of plain files whose truth is an append-only, signed ledger (docs/case-file.md). */
#ifndef ASSAY_CASE_H
#define ASSAY_CASE_H

#include <jansson.h>

#include "assay/words.h"

struct assay_case;

enum assay_case_mode { ASSAY_CASE_READ, ASSAY_CASE_WRITE };

/* Makes the directory, its Ed25519 key and the first entry. name: used in the origin ("assay.invalid/<name>" unless
 * origin is given). question may be NULL. err: IO, USAGE (exists and is not empty). */
MUST_USE int assay_case_create(const char *dir, const char *name, const char *origin, const char *question,
                               struct err *err);

/* Opens; WRITE takes the lock (BUSY if another writer has it) and mends nothing silently: a torn last line (a write
 * that was cut off, never acknowledged) is moved to ledger.torn-<n> and reported through *ret_torn_bytes (may be NULL).
 * err: IO, NOT_FOUND (no case there), BUSY, TAMPERED (ledger does not extend the newest checkpoint). */
MUST_USE int assay_case_open(const char *dir, enum assay_case_mode mode, struct assay_case **ret_case,
                             uint64_t *ret_torn_bytes, struct err *err);
void assay_case_close(struct assay_case *kase);
void own_assay_case(struct assay_case **kase);

/* Appends a batch: one write, one fsync; all of it or, after a crash, a prefix that was never acknowledged.
 * entries: array of objects with `type` and the members of that type; the case adds v, n, time, id (when
 * absent), by. Ids given by the caller must be new. The array's objects are completed in place, so the caller can read their ids. */
MUST_USE int assay_case_append(struct assay_case *kase, json_t *entries, struct err *err);

/* Next free id of a prefix: "E" -> "E01". out holds 16 bytes. */
void assay_case_next_id(struct assay_case *kase, const char *prefix, char out[static 16]);

/* The case as it stands, superseded entries left out (new reference):
 * {"case":{..}, "parties":[..], "statements":[..], "claims":[..], "evidence":[..],
 *  "examinations":[{.., "records":[{"id":..,"type":"finding","record":{..}}, ..]}],
 *  "verdicts":[newest per claim], "reports":[..], and a list for every further type (src/case/entry_list.h),
 *  "ledger":{"size":n,"root":hex,"origin":..,"vkey":..,"checkpoints":[{"size":..,"root":..,"file":..}]}}
 * Each object is the ledger entry. NULL on failure. */
MUST_USE json_t *assay_case_model(struct assay_case *kase, struct err *err);
/* The same as it stood after its first `size` entries: what a verdict at index `size` was computed from. "ledger" is that of today. */
MUST_USE json_t *assay_case_model_at(struct assay_case *kase, uint64_t size, struct err *err);
/* The same without records: every examination's "records" is empty. What a command needs that only looks at what was said, asked,
 * examined and due. */
MUST_USE json_t *assay_case_outline(struct assay_case *kase, struct err *err);

/* Copies a file into documents/ under its SHA-256 (hashing the bytes that are copied) and returns digest (65 bytes with NUL) and size. */
MUST_USE int assay_case_archive(struct assay_case *kase, const char *path, char ret_sha256[static 65],
                                uint64_t *ret_bytes, struct err *err);

/* Reads a statements file (docs/statements.md) and appends what it says. All of it or nothing; err FORMAT with
 * "file:line:column: what" and a remedy. *ret_entries: array of what was recorded (new reference). */
MUST_USE int assay_case_state(struct assay_case *kase, const char *yaml_path, json_t **ret_entries, struct err *err);

/* Signs a checkpoint over all entries. Persists it before and as `checkpoint`. Never signs a tree that does not extend the last one.
 * *ret_seal: {"origin","size","root" (base64),"vkey","checkpoint" (path)} (new reference). */
MUST_USE int assay_case_seal(struct assay_case *kase, json_t **ret_seal, struct err *err);

/* Checks everything offline: JSON of every line, canonical form, indices, tree against every checkpoint, signatures,
 * consistency between checkpoints, documents against their names and evidence, reports. Works on a case directory that may be damaged.
 * Each problem and each thing that holds is a line for a person: lines is an array of {"what","says","ok"} with, for problems, "where" and "detail".
 * *ret_report: {"verified":bool,"entries":n,"altered":n,"missing":n,"torn_bytes":n,"lines":[..]} (new reference).
 * Returns 0 when the check could be made (whatever it found), -1 with err when it could not. */
MUST_USE int assay_case_verify(const char *dir, json_t **ret_report, struct err *err);

/* ---- custody (docs/case-file.md, "Custody") ---- */

/* An exhibit changed hands: from one party to another, when (RFC 3339, or a date) and how, in words (masked). digest: of the exhibit as
 * it was then, 64 hex digits; NULL or empty: not taken. */
struct assay_custody {
    const char *exhibit, *from, *to, *at, *how, *digest;
};

/* Appends an entry `custody` with act "hand-in". It says `same` where a digest was taken and the exhibit has one, and `gap` (who had it
 * by the chain so far) where that is not `from`. *ret_entry: the entry (new reference). err: USAGE, IO. */
MUST_USE int assay_case_custody(struct assay_case *kase, const struct assay_custody *custody, json_t **ret_entry,
                                struct err *err);
/* Who has an exhibit by the entries of a model: the last to whom it was handed, else its keeper, else its owner; NULL: not said.
 * Borrowed from the model. */
const char *assay_custody_holder(const json_t *model, const json_t *exhibit);

/* ---- handing over (docs/case-file.md, "The bundle") ---- */

/* What goes into a bundle and what stays out. Lists are NULL-terminated; a NULL list is empty. */
struct assay_pack_options {
    const char *const *withhold; /* documents by digest, or by the id of an entry that names them; "all" */
    const char *const
        *redact;        /* entries by id, "X01/" and a star for all records of X01: their leaf hash goes instead */
    const char *report; /* a file that goes in as report.html; NULL: none */
    bool has_tiles;     /* the tree as static files, too (C2SP tlog-tiles) */
};

/* Writes the bundle of a case to path: one ustar archive, the same bytes whenever the case and the options are the same. A case that
 * is open for writing signs the list of files; from one open for reading the list is unsigned, and says so. The key, the nonces, the index
 * and what was cut off are never packed. *ret_summary: {"files","bytes","sha256","entries","documents","withheld","redacted",
 * "signed"} (new reference). err: USAGE (an unknown id; what cannot be redacted), IO, LIMIT, TAMPERED (a file changed meanwhile). */
MUST_USE int assay_case_pack(struct assay_case *kase, const char *path, const struct assay_pack_options *options,
                             json_t **ret_summary, struct err *err);
/* Writes what opens a redacted entry or a withheld document later: the lines of the entry with that id, or the document, byte
 * for byte. err: NOT_FOUND, IO. */
MUST_USE int assay_case_reveal(struct assay_case *kase, const char *id, const char *path, struct err *err);

/* ---- other hosts' and parties' cases (docs/case-file.md, "Merging") ---- */

/* Takes the case or bundle at path into this one: verified, archived as a bundle under documents/, and named by an entry `merge` with its
 * origin, vkey, size and root. From then on its things stand in the model behind our own, ids prefixed by "ALIAS/", each with `signer` (the
 * origin). alias NULL: made from the origin. A longer state of a ledger that was merged before takes the place of the earlier one, if the
 * one is a prefix of the other. *ret_entry: the entry (new reference); with "already" true where this state was merged before and nothing
 * was recorded. err: TAMPERED (it does not verify; it tells another history than the state merged before), USAGE (this case itself; an
 * alias that is taken; an older state), IO, LIMIT. */
MUST_USE int assay_case_merge(struct assay_case *kase, const char *path, const char *alias, json_t **ret_entry,
                              struct err *err);

/* Checks a bundle offline, in place: nothing of it is unpacked. opened (NULL-terminated, may be NULL): files of assay_case_reveal(),
 * which are compared with what the bundle left out. The report is that of assay_case_verify() and has "withheld" and "redacted",
 * how much of each stays unseen, and "origin", "vkey", "size" and "root" (hex) of the checkpoint where there is one that holds; lines that tell of it have "unseen": true. */
MUST_USE int assay_bundle_verify(const char *path, const char *const *opened, json_t **ret_report, struct err *err);

#endif
