/* What is published about releases of database-administration tools: data/db-tools.json, one row a vulnerability. */
#ifndef ASSAY_SWEEP_FAULTS_H
#define ASSAY_SWEEP_FAULTS_H

#include "sweep/found.h"

struct faults;

/* Reads and checks the table: a row without a source, or whose bounds contradict each other, is refused.
 * NULL with err: IO, NOT_FOUND, FORMAT (which row and what). */
MUST_USE struct faults *faults_load(const char *path, struct err *err);
void faults_free(struct faults *faults);
void own_faults(struct faults **faults);
size_t faults_count(const struct faults *faults);

/* Adds to a finding with name and version what is published of that release: a list, and one reason that counts it. A tool whose
 * version is unknown gets a reason that says so and no list. faults NULL: nothing. */
void faults_tell(const struct faults *faults, struct found *found);

#endif
