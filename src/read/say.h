/* Verbs of saying, found by say.c for statement.c. */
#ifndef ASSAY_READ_SAY_H
#define ASSAY_READ_SAY_H

#include "base/str.h"
#include "read/inside.h"

/* One verb of saying in a sentence. */
struct saying {
    const struct lexicon_entry *verb;
    size_t at, to; /* of the verb */
    size_t lead;   /* first of the auxiliaries and adverbs before it */
    size_t subject, subject_to;
    bool is_negated, is_passive, is_according, is_inverted;
    struct party *speaker;
    bool is_relative; /* "X, which said" */
    bool is_counted;  /* it is a statement, and what it says is not another's */
};

struct sayings {
    struct saying all[24];
    size_t count;
};

void sayings_find(struct reader *reader, const struct sentence *s, struct sayings *sayings);

/* ACT_NONE if no act is called so. */
enum act act_named(const char *name);

static inline bool token_is(const struct sentence *s, size_t at, const char *word)
{
    return at < s->count && str_eq(s->tokens[at].low, str_of(word));
}
static inline bool token_is_one_of(const struct sentence *s, size_t at, const char *const *words, size_t count)
{
    return at < s->count && str_is_one_of(s->tokens[at].low, words, count);
}

#endif
