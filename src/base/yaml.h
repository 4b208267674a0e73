/* YAML 1.2 as people write it for us: mappings, lists and text, each with its line and column. No anchors, aliases, tags
 * or second documents: statements do not need them, and with them a short file can become an endless one. */
#ifndef ASSAY_BASE_YAML_H
#define ASSAY_BASE_YAML_H

#include "base/arena.h"

enum { YAML_MAX_BYTES = 1 << 20, YAML_MAX_DEPTH = 16, YAML_MAX_NODES = 100000 };

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

/* A node lives in the arena. Members of a map are its values in order, each with its key. */
struct yaml {
    enum yaml_kind kind;
    unsigned line, column; /* from 1 */
    bool is_null;          /* nothing, ~ or null, unquoted */
    struct str text;
    struct yaml *key;          /* in a map: its key (YAML_TEXT) */
    struct yaml *first, *next; /* members; the next one beside this */
};

/* name is for messages. *ret_root may be NULL: an empty file. err: FORMAT "name:line:column: what", LIMIT. */
MUST_USE int yaml_read(struct arena *arena, const char *name, struct str bytes, struct yaml **ret_root,
                       struct err *err);

#endif
