/* What `assay verify PATH` can be given: each kind of thing tells itself by its first bytes and checks itself. The kinds stand in
 * verify_list.h, in the order they are asked. */
#ifndef ASSAY_CLI_VERIFY_KIND_H
#define ASSAY_CLI_VERIFY_KIND_H

#include <jansson.h>
#include <sys/stat.h>

#include "assay/words.h"

enum { VERIFY_HEAD_BYTES = 4096 };

/* What was asked; paths as the person gave them, NULL where not given. */
struct verify_question {
    const char *path;
    const char *against;       /* --against: the case that a checkpoint or proof is held against */
    const char *const *vkeys;  /* --vkey: NULL-terminated, perhaps empty */
    const char *policy;        /* --policy */
    const char *entry;         /* --entry: the line that a proof is about */
    const char *since;         /* --since: an older checkpoint that somebody else kept */
    const char *tsa_ca;        /* --tsa-ca: authorities whose timestamps count */
    const char *const *opened; /* of a bundle: what shows later what was left out; NULL-terminated */
};

struct verify_kind {
    /* head: the file's first bytes, at most VERIFY_HEAD_BYTES; empty for a directory. Runs confined. */
    bool (*is_one)(const struct stat *about, struct str head);
    /* Runs confined: reads nothing but the paths of the question. *ret_report as of assay_case_verify(). 0 when the check could be
     * made, whatever it found. */
    int (*check)(const struct verify_question *question, json_t **ret_report, struct err *err);
};

#endif
