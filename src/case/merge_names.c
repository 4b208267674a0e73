/* References of a merged case, rewritten in the model only: the ledger it was signed in says what it always said. A text is a reference
 * where it stands under a key that holds ids, and is an id that the merged model has; engines' own records hold none. */
#include <stdio.h>

#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "case/merge.h"

#include "base/banned.h"

enum { DEPTH_MAX = 64 };

struct names {
    const char *alias;
    json_t *ids; /* id -> true */
    const struct record_names *records;
};

static bool holds_ids(const char *key)
{
    static const char *const keys[] = {"id",      "supersedes",  "party",   "parties", "claim",        "claims",
                                       "relays",  "to",          "from",    "owner",   "keeper",       "evidence",
                                       "exhibit", "examination", "finding", "records", "examinations", "statement",
                                       "inputs",  "burden",      "for",     "against", "neutral"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* The id as it is known from here on; NULL if text is none. */
static json_t *renamed(const struct names *names, const json_t *text)
{
    const char *id = json_string_value(text);
    if (id == NULL || (json_object_get(names->ids, id) == NULL &&
                       (names->records == NULL || !record_names_have(names->records, str_of(id))))) {
        return NULL;
    }
    return json_sprintf("%s/%s", names->alias, id);
}

static int rename_in(const struct names *names, json_t *value, bool is_reference, unsigned depth, struct err *err);

static int rename_object(const struct names *names, json_t *object, unsigned depth, struct err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (strcmp(key, "record") == 0) {
            continue;
        }
        json_t *other = holds_ids(key) ? renamed(names, value) : NULL;
        if (other != NULL &&
            json_object_set_new(object, key, other) != 0) { /* of a key that is there: keeps the order */
            return err_no_memory(err);
        }
        if (other == NULL) {
            TRY(rename_in(names, value, holds_ids(key), depth, err));
        }
    }
    return 0;
}

static int rename_in(const struct names *names, json_t *value, bool is_reference, unsigned depth, struct err *err)
{
    if (depth > DEPTH_MAX) {
        return err_set(err, ERR_LIMIT, "nested too deep");
    }
    if (json_is_object(value)) {
        return rename_object(names, value, depth + 1, err);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = json_array_get(value, i);
        json_t *other = is_reference ? renamed(names, element) : NULL;
        if (other != NULL && json_array_set_new(value, i, other) != 0) {
            return err_no_memory(err);
        }
        if (other == NULL) {
            TRY(rename_in(names, element, is_reference, depth + 1, err));
        }
    }
    return 0;
}

static int gather_ids(json_t *ids, const json_t *list, struct err *err)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *thing = json_array_get(list, i);
        const char *id = json_text(thing, "id", NULL);
        if (id != NULL && json_object_set_new(ids, id, json_true()) != 0) {
            return err_no_memory(err);
        }
        TRY(gather_ids(ids, json_object_get(thing, "records"), err));
    }
    return 0;
}

int merge_rename(json_t *model, const char *alias, const struct record_names *records, struct err *err)
{
    OWN(own_json) json_t *ids = json_object();
    const struct names names = {alias, ids, records};
    const char *key;
    json_t *list;
    if (ids == NULL) {
        return err_no_memory(err);
    }
    json_object_foreach(model, key, list)
    {
        TRY(gather_ids(ids, list, err));
    }
    json_object_foreach(model, key, list)
    {
        TRY(rename_in(&names, list, false, 0, err));
    }
    return 0;
}
