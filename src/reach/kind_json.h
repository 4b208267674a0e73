/* Members of JSON in a cell: name and value, whatever they are nested in. */
#ifndef ASSAY_REACH_KIND_JSON_H
#define ASSAY_REACH_KIND_JSON_H

#include "assay/words.h"

struct kind_json {
    struct str text;
    size_t at;
    unsigned members; /* given so far */
};

/* The next member whose value is text or a number. Text is as written: escapes are not undone. False at the end, and after
 * KIND_JSON_MEMBERS. Broken JSON gives what can be made out. */
enum { KIND_JSON_MEMBERS = 256 };
bool kind_json_next(struct kind_json *json, struct str *ret_name, struct str *ret_value);

#endif
