/* Keys of a Redis database put into groups, as tables are: "sess:*" for sess:4f1d..., "user:*:cart" for user:17:cart. Memory is
 * bounded however many keys there are. */
#ifndef ASSAY_SOURCES_REDIS_KEYS_H
#define ASSAY_SOURCES_REDIS_KEYS_H

#include "base/arena.h"

enum {
    REDIS_GROUPS_MAX = 4096,
    REDIS_SIBLINGS_MAX = 32, /* names below one prefix, before they count as one group */
    REDIS_KEPT_KEYS = 1000,  /* of a group, for a sample */
    REDIS_PATTERN_BYTES = 160
};

enum redis_type {
    REDIS_STRING,
    REDIS_HASH,
    REDIS_LIST,
    REDIS_SET,
    REDIS_ZSET,
    REDIS_STREAM,
    REDIS_OTHER /* of a module, or not told */
};

struct redis_key {
    struct str name;
    struct redis_key *next;
};

struct redis_group {
    struct str pattern;
    enum redis_type type;
    uint64_t seen;                 /* keys */
    struct redis_key *kept, *last; /* the first ones met, at most REDIS_KEPT_KEYS */
    size_t kept_count;
    bool is_merged; /* its keys are another's now */
};

struct redis_keys {
    struct arena arena;
    struct redis_group *groups;
    size_t group_count;
    uint32_t *slots;  /* hash table of groups, by pattern and type */
    uint32_t *crowds; /* hash table of crowded */
    struct str *parents;
    uint32_t *parent_counts;
    size_t parent_count;
    uint64_t seen, kept_bytes;
};

MUST_USE int redis_keys_open(struct redis_keys *keys, struct err *err);
void redis_keys_close(struct redis_keys *keys);
/* err: LIMIT (memory). */
MUST_USE int redis_keys_add(struct redis_keys *keys, struct str name, enum redis_type type, struct err *err);
/* The group of a key among those there are; NULL: of none. */
const struct redis_group *redis_keys_find(const struct redis_keys *keys, struct str name, enum redis_type type);
/* "sess:*" of a key, NUL-terminated; the length. */
size_t redis_pattern(char out[static REDIS_PATTERN_BYTES], struct str name);
const char *redis_type_name(enum redis_type type);
enum redis_type redis_type_of(struct str name);

#endif
