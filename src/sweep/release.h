/* Release numbers of tools, "4.10", "5.4.2-dev", "2.6.0-pl1": finding one in code, which is older, and whether one lies among the
 * releases that an advisory names. */
#ifndef ASSAY_SWEEP_RELEASE_H
#define ASSAY_SWEEP_RELEASE_H

#include "assay/words.h"

/* The release number that begins at `at`: two numbers or more with dots between, then perhaps "-dev", "-rc1", "-pl2". Empty if
 * it isn't one. Borrowed from bytes. */
struct str release_at(struct str bytes, size_t at);

/* Less than, equal to or greater than 0. Missing numbers are 0: "4.9" is "4.9.0". Before a release come its -dev, -alpha, -beta
 * and -rc, in this order; behind it its -pl. What else is written behind the numbers counts for nothing. */
int release_compare(struct str a, struct str b);

enum release_place {
    RELEASE_OUTSIDE,
    RELEASE_INSIDE,
    /* A build on the way to the first or to the fixed release; one behind the last release named and before the fixed one; one older
     * than any that is known to have the fault. Whether it has it cannot be told from its number. */
    RELEASE_PERHAPS
};

/* Each may be empty: not known. */
struct release_range {
    struct str from;  /* no release before it has the fault */
    struct str seen;  /* first release that is known to have it; empty: from, and without that only `to` */
    struct str to;    /* last one that has it */
    struct str fixed; /* first one without */
};

enum release_place release_place(struct str release, const struct release_range *range);

#endif
