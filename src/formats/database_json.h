/* Members of a JSON line as fields of a record. */
#ifndef ASSAY_FORMATS_DATABASE_JSON_H
#define ASSAY_FORMATS_DATABASE_JSON_H

#include "base/json.h"
#include "base/str.h"
#include "formats/log_database.h"

/* The member's text; empty if there is none, or it is no text. Borrowed from object. */
static inline struct str json_str(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)}
                                 : (struct str){"", 0};
}

/* A number, or text that is one. */
static inline bool json_u64(const json_t *object, const char *key, uint64_t *ret_value)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *ret_value = (uint64_t)json_integer_value(value);
        return true;
    }
    return json_is_string(value) && str_u64(json_str(object, key), ret_value);
}

#endif
