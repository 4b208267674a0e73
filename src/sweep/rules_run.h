/* What the files that speak to libyara share; nobody else includes this, nor yara.h. */
#ifndef ASSAY_SWEEP_RULES_RUN_H
#define ASSAY_SWEEP_RULES_RUN_H

#include <yara.h>

#include "sweep/rules.h"

enum { RULES_NEEDS_MAX = 24, RULES_LANGUAGES = 4, RULES_HEAD_BYTES = 4096 };

/* What must be in a file before rules of one language can match it: cheaper to ask than to scan. */
struct rules_gate {
    bool is_open; /* a rule needs nothing: always scanned */
    bool is_with_sink;
    struct str needs[RULES_NEEDS_MAX];
    unsigned count;
};

struct rules {
    YR_RULES *compiled;
    struct rules_gate gates[RULES_LANGUAGES]; /* by the number of the bit of SCRIPT_PHP ... */
    size_t count;
    bool is_given; /* by a person, with --rules: not ours */
};

struct rules_scanner {
    YR_SCANNER *scanner;
    const struct rules *rules;
    bool is_given;
    /* of the scan that is under way */
    struct found *found;
    struct str bytes;
    unsigned scripts;
};

/* A member of the rule's meta; "" and 0: it has none. */
struct str rules_meta(YR_RULE *rule, const char *name);
uint64_t rules_meta_number(YR_RULE *rule, const char *name);
/* SCRIPT_* bits of the language that the rule is for; all of them if it names none. */
unsigned rules_languages(YR_RULE *rule);
/* Where a string matched first; SIZE_MAX: nowhere. */
size_t rules_first_match(const YR_SCAN_CONTEXT *context, const YR_STRING *string);
/* The earliest match of any string of the rule; the beginning of the file if it has none. */
size_t rules_earliest(const YR_SCAN_CONTEXT *context, YR_RULE *rule);
/* A match of a rule that is not ours. */
void rules_take_given(struct rules_scanner *self, YR_SCAN_CONTEXT *context, YR_RULE *rule);
/* The names that rules of others ask for, defined before they are compiled. */
MUST_USE int rules_declare(YR_COMPILER *compiler);

#endif
