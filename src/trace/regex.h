/* Regular expressions of Sigma rules, in time linear in the text: rules come from anywhere, log lines from attackers, and
 * together they must not be able to make a matcher run for years.
 *
 * The syntax is what rules use of PCRE: literals, ".", classes with ranges, \d \w \s \D \W \S \b \B, groups (all of them
 * without captures), "|", "*", "+", "?", "{m,n}" (lazy forms are the same here: only whether it matches counts), "^", "$",
 * and (?i) (?s) (?m). Look-around and back-references cannot be had in linear time and are refused. */
#ifndef ASSAY_TRACE_REGEX_H
#define ASSAY_TRACE_REGEX_H

#include "base/arena.h"

enum { REGEX_STEPS_MAX = 4096, REGEX_TEXT_MAX = 16 << 10 /* bytes of a text that are looked at */ };

struct regex;

struct regex_flags {
    bool is_nocase, is_dotall, is_multiline;
};

/* Lives in arena. NULL with err: FORMAT (what is wrong and where), LIMIT. */
MUST_USE struct regex *regex_compile(struct str pattern, struct regex_flags flags, struct arena *arena,
                                     struct err *err);
/* A text (lower case) that every match of pattern has in it, however its letters are written; len 0 if none is seen at
 * once. */
struct str regex_literal(struct str pattern, struct arena *arena);
/* Does it match anywhere in text? Keeps nothing: many threads share it. */
bool regex_finds(const struct regex *regex, struct str text);

#endif
