/* Proposals of read as a statements file (docs/statements.md), for a person to edit, or for --accept all. */
#ifndef ASSAY_CLI_READ_YAML_H
#define ASSAY_CLI_READ_YAML_H

#include <jansson.h>

#include "base/buf.h"

struct read_yaml {
    const json_t *findings; /* records of the classes party, claim, statement, reply, clock */
    const char *name;       /* of the document: what `source` says */
    const char *tag;        /* begins the ids of claims and statements, so that two documents' do not meet */
    const json_t *model;    /* of the case whose parties keep their ids; NULL: none */
    uint64_t left_out;      /* set: statements without a time, which stand there as comments */
    uint64_t unaddressed;   /* set: deadlines that name nobody, or no day, which do so, too */
};

/* Appends the file. Above each item stands the sentence that it comes from. */
void read_yaml_put(struct read_yaml *yaml, struct buf *out);

#endif
