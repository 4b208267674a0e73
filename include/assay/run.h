/* run: one engine against evidence, in a confined child, heard by one listener; and against one case.
 *
 *   engine ─ sink ─ pipe ─▶ listener (terminal, JSON Lines) ─▶ recorder ─▶ case
 *   └─ confined child ─┘
 * Shared by the command line and the browser. */
#ifndef ASSAY_RUN_H
#define ASSAY_RUN_H

#include "assay/case.h"
#include "assay/finding.h"

struct assay_run {
    const char *engine; /* "sweep", "trace", "match" */
    /* Calls the engine; runs in the child. options is whatever the engine takes. */
    int (*work)(const void *options, const struct assay_sink *sink, struct err *err);
    const void *options;
    const char *const *read_paths; /* NULL-terminated: all the child may read */
    bool network;                  /* a live database is among the evidence */
    const int
        *kept_fds; /* what it goes on reading from, or writing to if it is open for that; open already, ascending and
                                    * above 3; may be NULL */
    size_t kept_count;
    const char *write_path; /* the one directory that the child may write below; NULL: none */
};

/* How it went. */
struct assay_outcome {
    int64_t began, ended; /* ns UTC */
    char protections[96]; /* what the kernel granted: "landlock 4, seccomp" */
    uint64_t findings;    /* findings, but those that say `before`, and measures that say `counted` */
    bool is_complete;     /* the summary said so */
    bool has_summary;
};

/* Runs the engine and hands its records to listener, as they come, on the caller's thread.
 * Returns 0; or -1 with the engine's err, or ERR_BUG when the child died (what it had said was heard).
 * ret_outcome is filled either way. */
MUST_USE int assay_run(const struct assay_run *run, const struct assay_sink *listener,
                       struct assay_outcome *ret_outcome, struct err *err);

/* One thing that was examined. */
struct assay_exhibit {
    const char *what;   /* tree, log, database, dump, sample, document */
    const char *path;   /* file, directory or database URI (its password is not recorded) */
    const char *owner;  /* party id; NULL: unknown */
    const char *keeper; /* party id; NULL: the owner */
    const char
        *custody;  /* independent, sealed, interested; NULL: interested if the keeper is a party that said something */
    const int *fd; /* its bytes, open and seekable, where path is only a name; NULL: path is opened */
};

/* Collects what listener hears, for a case. */
struct assay_recorder;
MUST_USE struct assay_recorder *assay_recorder_new(const char *engine, const struct assay_sink *listener,
                                                   struct err *err);
/* Hears every record and passes it on to listener. */
struct assay_sink assay_recorder_sink(struct assay_recorder *recorder);
/* What more goes into the batch of a run that did not fail: called with all entries of the run once they are made; appends its own. The batch
 * is one append, so that a case has all of it or none. */
typedef int (*assay_recorder_more)(void *self, struct assay_case *kase, json_t *entries, struct err *err);
void assay_recorder_join(struct assay_recorder *recorder, assay_recorder_more more, void *self);
/* Digests the exhibits and appends evidence, the examination and every record as one batch.
 * run_failed: the err the run ended with, or NULL. *ret_examination: its id (new string object). Client addresses are masked. */
MUST_USE int assay_recorder_store(struct assay_recorder *recorder, struct assay_case *kase,
                                  const struct assay_exhibit *exhibits, size_t exhibit_count, json_t *options,
                                  const struct assay_outcome *outcome, const struct err *run_failed,
                                  json_t **ret_examination, struct err *err);
void own_assay_recorder(struct assay_recorder **recorder);

/* Which scripts a case's sweeps found, as a request would name them: array of {"path","class","mtime"} (new reference). NULL with err: IO, LIMIT,
 * TAMPERED. */
MUST_USE json_t *assay_seeds_of(struct assay_case *kase, struct err *err);

/* The file or folder that evidence is read from ("sqlite:FILE" or a path), within uri; NULL for a live database. */
const char *assay_evidence_file(const char *uri);

/* The same of what is open: all of it, from its beginning. */
MUST_USE int assay_evidence_digest_fd(int fd, const char *name, char ret_hex[static 65], uint64_t *ret_bytes,
                                      struct err *err);
/* Files and folders of a tree that could not be read: the digest of the tree says nothing of them. */
struct assay_unread {
    uint64_t count;
    char first[256]; /* "sub/b.php: Permission denied" */
};
/* SHA-256 of a file, or of a tree's manifest (one line "sha256 size path" per regular file, bytewise order, "-" and 0 for one that could not
 * be read); NULL digest text ("") for what has none (a live database). ret_bytes: total. ret_unread: what of a tree could not be read; NULL:
 * that is an error. err: NOT_FOUND, IO, LIMIT. */
MUST_USE int assay_evidence_digest(const char *path, char ret_hex[static 65], uint64_t *ret_bytes,
                                   struct assay_unread *ret_unread, struct err *err);

#endif
