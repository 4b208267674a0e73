/* What the files that speak to libyara share; nobody else includes this, nor yara.h. */
#ifndef ASSAY_SWEEP_RULES_RUN_H
#define ASSAY_SWEEP_RULES_RUN_H

#include <yara.h>

#include "sweep/rules.h"

struct rules {
    YR_RULES *compiled;
    size_t count;
    bool is_given; /* by a person, with --rules: not ours */
};

struct rules_scanner {
    YR_SCANNER *scanner;
    bool is_given;
    /* of the scan that is under way */
    struct found *found;
    struct str bytes;
    unsigned scripts;
};

/* A member of the rule's meta; "" and 0: it has none. */
struct str rules_meta(YR_RULE *rule, const char *name);
uint64_t rules_meta_number(YR_RULE *rule, const char *name);
/* Where a string matched first; SIZE_MAX: nowhere. */
size_t rules_first_match(const YR_SCAN_CONTEXT *context, const YR_STRING *string);
/* The earliest match of any string of the rule; the beginning of the file if it has none. */
size_t rules_earliest(const YR_SCAN_CONTEXT *context, YR_RULE *rule);
/* A match of a rule that is not ours. */
void rules_take_given(struct rules_scanner *self, YR_SCAN_CONTEXT *context, YR_RULE *rule);
/* The names that rules of others ask for, defined before they are compiled. */
MUST_USE int rules_declare(YR_COMPILER *compiler);

#endif
