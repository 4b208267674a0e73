/* What a class of sweep means, for whoever has to act on it: one table for the terminal and for SARIF. */
#ifndef ASSAY_CLI_CLASS_WORDS_H
#define ASSAY_CLI_CLASS_WORDS_H

#include <stddef.h>

struct class_words {
    const char *class; /* as in the record */
    const char *level; /* of SARIF: error, warning, note */
    const char *title;
    const char *means;      /* what was seen */
    const char *not_shown;  /* what that does not show */
    const char *look_alike; /* harmless files that look like it */
};

/* From the strongest to the weakest. */
extern const struct class_words class_words[];
extern const size_t class_words_count;

/* Of a class; the words of "hint" for one that is not in the table. */
const struct class_words *class_words_of(const char *class);

#endif
