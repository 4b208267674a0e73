/* A case: a directory of plain files whose truth is an append-only, signed ledger (docs/case-file.md). */
#ifndef ASSAY_CASE_H
#define ASSAY_CASE_H

#include <jansson.h>

#include "assay/finding.h"
#include "assay/words.h"

struct assay_case;

enum assay_case_mode { ASSAY_CASE_READ, ASSAY_CASE_WRITE };

/* Makes the directory, its Ed25519 key and the first entry. name: used in the origin ("assay.invalid/<name>" unless
 * origin is given). question may be NULL. err: IO, USAGE (exists and is not empty). */
MUST_USE int assay_case_create(const char *dir, const char *name, const char *origin, const char *question,
                               struct err *err);

/* The same; is_sealed: its key under a passphrase, which is asked for, now and whenever the case is opened for writing
 * (src/ledger/keyfile.h). */
MUST_USE int assay_case_create_sealed(const char *dir, const char *name, const char *origin, const char *question,
                                      bool is_sealed, struct err *err);

/* The same with a key that an SSH agent has and keeps (src/ledger/agent.h): its comment, its fingerprint, or "-" for the only one. The case
 * holds its public half, and asks the agent for every signature. err: also NOT_FOUND. */
MUST_USE int assay_case_create_in_agent(const char *dir, const char *name, const char *origin, const char *question,
                                        const char *agent_key, struct err *err);

/* Opens. The ledger is hashed, unless this is the case of whoever runs us and the file has not changed since it was hashed
 * (docs/case-file.md says what that trusts). WRITE takes the lock (BUSY if another writer has it) and mends nothing silently: a torn last line (a write
 * that was cut off, never acknowledged) is moved to ledger.torn-<n> and reported through *ret_torn_bytes (may be NULL).
 * err: IO, NOT_FOUND (no case there), BUSY, TAMPERED (ledger does not extend the newest checkpoint). */
MUST_USE int assay_case_open(const char *dir, enum assay_case_mode mode, struct assay_case **ret_case,
                             uint64_t *ret_torn_bytes, struct err *err);
/* Was its index.sqlite damaged? Then nothing in it was believed: all of the ledger was hashed, and whoever opens it to write makes it anew. */
bool assay_case_index_is_damaged(const struct assay_case *kase);
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
 *  "ledger":{"size":n,"root":hex,"origin":..,"vkey":.. (the first key),"signer":.. (that of the newest checkpoint),"checkpoints":[{"size":..,"root":..,"file":..,
 *  "cosigners":[names on its further signature lines],"stamps":[files of timestamps over it]}]}} (both as they lie there; verify checks them)
 * Each object is the ledger entry. NULL on failure. */
MUST_USE json_t *assay_case_model(struct assay_case *kase, struct err *err);
/* Shell commands that check every timestamp of a case or an unpacked bundle with OpenSSL alone, to be run in it; the authority's root
 * certificate is expected in /tmp/roots.pem. -attime asks as of when it was signed, so that an answer holds after its
 * certificate has expired. */
const char *assay_case_stamp_commands(void);
/* The same as it stood after its first `size` entries: what a verdict at index `size` was computed from. "ledger" is that of today. */
MUST_USE json_t *assay_case_model_at(struct assay_case *kase, uint64_t size, struct err *err);
/* The same without records: every examination's "records" is empty. What a command needs that only looks at what was said, asked,
 * examined and due. */
MUST_USE json_t *assay_case_outline(struct assay_case *kase, struct err *err);

/* Every entry of a type in the order of the ledger, those that were superseded among them (new reference). NULL on failure. */
MUST_USE json_t *assay_case_entries(struct assay_case *kase, const char *type, struct err *err);
/* The archived JSON document with this digest (new reference). NULL with err: NOT_FOUND, TAMPERED (its bytes have another digest),
 * FORMAT, IO, LIMIT. */
MUST_USE json_t *assay_case_document(struct assay_case *kase, const char *sha256, struct err *err);
/* A stretch of the timeline: records (findings and events alike) that say when something happened, from from_ns (INT64_MIN: from the
 * first on) up to before to_ns (INT64_MIN: to the last), the earliest `limit` of them behind `after`, which is the `next` of the page
 * before (NULL: from the start). */
enum { ASSAY_WINDOW_MAX = 10000 };
struct assay_window {
    int64_t from_ns, to_ns;
    const char *after;
    size_t limit; /* 1 to ASSAY_WINDOW_MAX */
};
/* *ret_page (new reference): {"events":[{"at":RFC 3339,"entry":{the ledger entry}}], "count": records in the stretch, "undated": findings and
 * events of the whole case that have no time, "next": text or null}. By time, what is of one instant in the order of the ledger; what was superseded is left out. The time of a record is its `time`, or else
 * its `first`; records with neither are not of the timeline. err: USAGE (limit, after), IO, LIMIT, TAMPERED. */
MUST_USE int assay_case_events(struct assay_case *kase, const struct assay_window *window, json_t **ret_page,
                               struct err *err);

/* Copies a file into documents/ under its SHA-256 (hashing the bytes that are copied) and returns digest (65 bytes with NUL) and size. */
MUST_USE int assay_case_archive(struct assay_case *kase, const char *path, char ret_sha256[static 65],
                                uint64_t *ret_bytes, struct err *err);

/* Reads a statements file (docs/statements.md) and appends what it says. All of it or nothing; err FORMAT with
 * "file:line:column: what" and a remedy. *ret_entries: array of what was recorded (new reference). */
MUST_USE int assay_case_state(struct assay_case *kase, const char *yaml_path, json_t **ret_entries, struct err *err);

/* The same from text that a command put together of its own options: a wrong value is named without a place. */
MUST_USE int assay_case_state_text(struct assay_case *kase, const char *yaml, json_t **ret_entries, struct err *err);

/* What it would append, without appending it: for a batch that holds more (new reference). name: what errors call the text. err: as above,
 * LIMIT. */
MUST_USE int assay_case_state_entries(struct assay_case *kase, const char *name, struct str yaml, json_t **ret_entries,
                                      struct err *err);

/* ---- what the statements of a model (or outline) come to; every member may be absent, every result is a new reference or NULL ---- */

/* Whether a statement was made by an account, or through a channel, while it was in other hands. *ret_since (may be NULL): TIME_NONE if
 * nobody says since when; untouched if it was not. */
bool assay_case_is_hijacked(const json_t *model, const json_t *statement, int64_t *ret_since);

enum assay_voice { ASSAY_VOICE_ASSERTS, ASSAY_VOICE_DENIES, ASSAY_VOICE_UNKNOWN, ASSAY_VOICE_REPORTS };
/* What a statement does in the dispute: a notice denies, a hijacked account has no voice that anybody knows. */
enum assay_voice assay_case_voice(const json_t *model, const json_t *statement);

/* Who cites whom (docs/statements.md):
 * {"statements":[{"id","root","circle" (0: none),"up","down","unknown"}] in the model's order, "circles":[[ids]],
 *  "totals":{"up","down","unknown","circle": statements,"up_roots","down_roots": speakers},
 *  "echoes":[{"statement","of"}], "retracted":[{"statement","by","weakens":[ids]}], "citations":n, "left_out":n,
 *  "claims":[{"claim","up":{"independent","standing","roots","repeats"},"down":{..},"unsourced":[ids],"unknown":[ids]}]}
 * independent counts speakers, standing those with a root that nobody took back. Of more than 4,096 statements the rest is left out, and
 * counted. err: LIMIT. */
MUST_USE json_t *assay_case_roots(const json_t *model, struct err *err);

/* data/deadlines.yaml: {"rows":[{"id","set","duty","who","starts","after","within","calendar","zone","valid_from","valid_to",
 * "source":{"text","title","basis"},"note"}],"sha256"}. err: FORMAT "file:line:column: what", IO, LIMIT. */
MUST_USE int assay_case_duties(const char *path, json_t **ret_table, struct err *err);

/* Every clock, the one that ends first first; duties (assay_case_duties()) may be NULL: then no duty is looked up.
 * {"rows":[{"id","kind" (notice, reply, duty),"party" (who owes it),"by" (who asks; of a duty: whose view of its start),"from","due","over"
 * (first instant at which it is too late),"state","left_s","due_said","counted","answer","answered",...}],
 *  "unknown_duties":[{"party","duty"}]}
 * state: due, overdue, answered, late (answered too late), unanswered (whoever asked says so), open (no end), no-start, not-in-force (at its start), no-longer-in-force, no-zone (this system does
 * not know the zone). now: ns.
 * err: LIMIT. */
MUST_USE json_t *assay_case_clocks(const json_t *model, const json_t *duties, int64_t now, struct err *err);

/* What is due and what the case lacks: {"clocks":[rows as above],"missing":[{"what","says","ids"}],"roots":{as above}}. */
MUST_USE json_t *assay_case_status(const json_t *model, const json_t *duties, int64_t now, struct err *err);
/* The i-th standard of proof that a claim may name instead of a number, and the likelihood ratio it asks for; NULL behind the last. */
const char *assay_standard(size_t i, double *ret_ratio);

/* Free text as an entry may hold it: what looks like an e-mail address or a telephone number is masked (new reference; NULL: not UTF-8,
 * or no memory). */
MUST_USE json_t *assay_case_masked(const char *text);

/* Signs a checkpoint over all entries. Persists it before and as `checkpoint`. Never signs a tree that does not extend the last one.
 * *ret_seal: {"origin","size","root" (base64),"vkey","checkpoint" (path)} (new reference). */
MUST_USE int assay_case_seal(struct assay_case *kase, json_t **ret_seal, struct err *err);

/* Keys (docs/case-file.md). Each appends one entry `key` and hands it out (new reference).
 * register: vkey is a cosigner's (type 4) and new to the case; party is one of its parties. rotate: makes a new key for the case
 * itself, has the old one sign for it, and destroys the old; agent_key: takes that key of the agent (as above) instead; NULL: a new file,
 * which is refused (USAGE) where an agent has the old one: keys do not become weaker unasked. revoke: id of the entry that brought the key ("case": the first); since as
 * RFC 3339; not the key that signs now. err: USAGE, FORMAT, IO. */
MUST_USE int assay_case_key_register(struct assay_case *kase, const char *party, const char *vkey, json_t **ret_entry,
                                     struct err *err);
MUST_USE int assay_case_key_rotate(struct assay_case *kase, const char *agent_key, json_t **ret_entry, struct err *err);
MUST_USE int assay_case_key_revoke(struct assay_case *kase, const char *id, const char *since, const char *reason,
                                   json_t **ret_entry, struct err *err);
/* All keys, oldest first: [{"id","vkey","party" (of a cosigner's only),"after" (of the case's only: signs checkpoints of more entries
 * than that),"revoked" (absent: never)}] (new reference). NULL on failure. */
MUST_USE json_t *assay_case_keys(struct assay_case *kase, struct err *err);

/* A party cosigns the newest kept checkpoint with the key in a file. party NULL: whoever the key is registered for. A case that is
 * open for writing is sealed first, and registers a key that is new to it (party is then needed). The line is put beside the others in
 * checkpoints/<size>. *ret_cosigned: {"checkpoint","size","entries" (of the case now),"party","key" (id),"vkey","time"} (new
 * reference). err: USAGE, NOT_FOUND (no kept checkpoint), IO, TAMPERED. */
MUST_USE int assay_case_cosign(struct assay_case *kase, const char *key_path, const char *party, json_t **ret_cosigned,
                               struct err *err);
/* Takes over cosignatures from a copy of a kept checkpoint that came back from a party, if one of a registered key is among them that
 * was not there; lines of keys that the case does not know come along and count for nothing. *ret_taken:
 * {"checkpoint","size","taken":n,"unknown":n} (new reference). err: FORMAT, TAMPERED (a line of a registered key does not hold). */
MUST_USE int assay_case_take_cosignatures(struct assay_case *kase, const char *path, json_t **ret_taken,
                                          struct err *err);

/* Timestamps (RFC 3161). find: which kept checkpoint of the case at dir a response is over; foreign bytes, so run it confined. nonce:
 * 8 bytes of the query, or NULL. *ret_found: {"size","time","authority","signatures" (the stamped file had so many),"of","lines" (of
 * text: head -n),"chain" (PEM)} (new reference). err: FORMAT, TAMPERED. keep: puts response, chain and revocation lists (PEM, may be
 * empty) beside the checkpoint;
 * *ret_name: "checkpoints/<size>.<n>.tsr" (new string). */
MUST_USE int assay_case_stamp_find(const char *dir, struct str response, const uint8_t *nonce, json_t **ret_found,
                                   struct err *err);
MUST_USE int assay_case_stamp_keep(struct assay_case *kase, uint64_t size, struct str response, struct str chain,
                                   struct str crls, json_t **ret_name, struct err *err);

/* The proof that one entry is in the case: a C2SP tlog-proof against the newest kept checkpoint that covers it, or the newest one when
 * none is kept. id: an entry's; of several with one name the last. *ret_proof: {"vkey" (of who signed), "proof" (the file's text), "entry" (the ledger line,
 * without its newline), "n","size" (of the checkpoint),"id","type","sealed":bool} (new reference). err: NOT_FOUND, IO, LIMIT. */
MUST_USE int assay_case_prove(struct assay_case *kase, const char *id, json_t **ret_proof, struct err *err);

/* Checks everything offline: JSON of every line, canonical form, indices, tree against every checkpoint, signatures,
 * consistency between checkpoints, documents against their names and evidence, reports. Works on a case directory that may be damaged.
 * Each problem and each thing that holds is a line for a person: lines is an array of {"what","says","ok"} with, for problems, "where" and "detail".
 * *ret_report: {"verified":bool,"entries":n,"altered":n,"missing":n,"torn_bytes":n,"lines":[..]} (new reference).
 * Returns 0 when the check could be made (whatever it found), -1 with err when it could not. */
MUST_USE int assay_case_verify(const char *dir, json_t **ret_report, struct err *err);

/* What a check leans on that the checked does not bring along. Paths and keys as a person gives them; each may be NULL. */
struct assay_trust {
    const char *const
        *vkeys; /* verifier keys, NULL-terminated: one log among them has to have signed, every cosigner cosigned */
    const char *
        policy; /* a trust file (C2SP tlog-policy); for a case NULL means its own, which is told and asked for nothing */
    const char *since;  /* for a case: an older checkpoint that somebody else kept; nothing under it was rewritten */
    const char *tsa_ca; /* PEM: the authorities whose timestamps count */
};
/* The same check with more to lean on. trust may be NULL. */
MUST_USE int assay_case_verify_with(const char *dir, const struct assay_trust *trust, json_t **ret_report,
                                    struct err *err);
/* Checks a single checkpoint: who signed and cosigned it, and, where dir is not NULL, that the case there grew from it. Reports as
 * assay_case_verify(). err: USAGE when there is neither a key, nor a policy, nor a case to check it with. */
MUST_USE int assay_case_verify_checkpoint(const char *path, const char *dir, const struct assay_trust *trust,
                                          json_t **ret_report, struct err *err);
/* Checks a .tlog-proof: that the line in entry_path (its newline may follow) is in the tree that its checkpoint covers, and the
 * checkpoint as above. */
MUST_USE int assay_case_verify_proof(const char *path, const char *entry_path, const char *dir,
                                     const struct assay_trust *trust, json_t **ret_report, struct err *err);

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

/* Checks a bundle offline, in place: nothing of it is unpacked. trust may be NULL. opened (NULL-terminated, may be NULL): files of assay_case_reveal(),
 * which are compared with what the bundle left out. The report is that of assay_case_verify() and has "withheld" and "redacted",
 * how much of each stays unseen, and "origin", "vkey", "size" and "root" (hex) of the checkpoint where there is one that holds; lines that tell of it have "unseen": true. */
MUST_USE int assay_bundle_verify(const char *path, const struct assay_trust *trust, const char *const *opened,
                                 json_t **ret_report, struct err *err);

/* ---- records of examinations where they lie. A case has a few hundred things that were said, examined and judged, and perhaps a million records that
 * examinations made: whoever needs only some of them, or each of them once, reads them here and holds none of the others ---- */

/* Where the records of a case are: about 24 bytes of memory for each. It borrows the case, which stays open meanwhile. */
struct assay_records;

/* What assay_case_model_at() gives, but every examination's "records" holds its summary alone, and beside it the records in their places (both new). Read in one
 * pass over the ledger and over every merged one. err: USAGE (no such size), IO, LIMIT, TAMPERED. */
MUST_USE int assay_case_lean(struct assay_case *kase, uint64_t size, json_t **ret_model,
                             struct assay_records **ret_records, struct err *err);
/* How many entries the case has: the size of its state today. */
uint64_t assay_case_size(const struct assay_case *kase);
void assay_records_free(struct assay_records *records);
void own_assay_records(struct assay_records **records);

struct assay_record {
    json_t *wrapped; /* {"id","type","record"}, as it stands in a whole model; borrowed, until the visit returns */
    uint64_t place;  /* for assay_records_get() */
};
/* 0, or -1 with err to stop. */
typedef int assay_record_visit(void *self, const struct assay_record *record, struct err *err);

/* A set of kinds, a bit each: 1u << ASSAY_FINDING. */
#define ASSAY_EVERY_KIND (~0U)

/* Calls visit with the records of an examination of the model that are of these kinds, in the order of a whole model. records NULL: the model is a
 * whole one, and holds them itself. err: IO, LIMIT, TAMPERED, or what visit says. */
MUST_USE int assay_records_each(struct assay_records *records, const json_t *examination, unsigned kinds,
                                assay_record_visit *visit, void *self, struct err *err);
/* One of them again, by its place (new reference); NULL with err. */
MUST_USE json_t *assay_records_get(struct assay_records *records, const json_t *examination, uint64_t place,
                                   struct err *err);

#endif
