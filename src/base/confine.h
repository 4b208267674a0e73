/* Giving up rights before hostile bytes are read.
 *
 * A confined process can read what lies below the given paths and what it has open, write to
 * descriptors it has open, and think. It cannot open anything for writing (but below one directory, if
 * told), make a socket (unless told), start a program, trace, mount or change the clock. Two independent layers: Landlock
 * (paths) and seccomp (calls); rlimits bound memory and file size. Which of them the
 * kernel granted is reported, and recorded with every examination. */
#ifndef ASSAY_BASE_CONFINE_H
#define ASSAY_BASE_CONFINE_H

#include "assay/words.h"

struct confine_spec {
    const char *const *read_paths; /* NULL-terminated: readable with all that lies below; missing ones are skipped */
    const char *write_path; /* a directory in which it makes, replaces and removes files; NULL: none. Without Landlock
                                      the kernel does not hold it to that one */
    bool writes_open;       /* may write to what it has open (files too) */
    bool network;           /* may connect (a live database); otherwise no socket at all */
    uint64_t memory_bytes;  /* RLIMIT_DATA (private memory, not mapped files); 0: none; ignored under sanitizers */
    uint64_t cpu_seconds;   /* RLIMIT_CPU; 0: none */
};

struct confine_state {
    int landlock_abi; /* 0: the kernel has none */
    bool seccomp;
    bool no_new_privs;
    char words[96]; /* "landlock 3, seccomp" or "none" */
};

/* Applies to the calling process (single-threaded at that point). Returns 0 and what is active, or -1
 * when a layer that the kernel has could not be set. A kernel without a layer is not an error: it is said in the state.
 * ASSAY_CONFINE=require in the environment makes a missing layer an error; =off skips both (said as "off"). */
MUST_USE int confine_self(const struct confine_spec *spec, struct confine_state *ret_state, struct err *err);

#endif
