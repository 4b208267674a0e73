/* What the files of the Redis driver share. */
#ifndef ASSAY_SOURCES_REDIS_H
#define ASSAY_SOURCES_REDIS_H

#include "sources/redis_keys.h"
#include "sources/redis_wire.h"
#include "sources/survey.h"

enum {
    REDIS_SURVEY_KEYS = 200000,  /* looked at in one database, then its groups are estimates */
    REDIS_SURVEY_SECONDS = 20,   /* the same in time */
    REDIS_FIELDS_MAX = 256,      /* of a hash; one with more is a list of pairs */
    REDIS_SAMPLE_BYTES = 4096,   /* of a value in a sample */
    REDIS_READ_BYTES = 64 << 10, /* of a value that is compared */
    REDIS_SAMPLE_ELEMENTS = 50   /* of one list, set, ... in a sample */
};

struct redis {
    struct redis_wire wire;
    struct arena arena;
    char version[64], product[32], account[URL_PART_BYTES];
    unsigned database; /* the one of the URI */
    bool has_password; /* the login was made with one */
    bool is_cluster;
    struct redis_keys keys; /* of `database`, for tables and read */
    bool has_keys;
    struct source_table *tables;
    struct redis_shape *shapes; /* of each table */
    size_t table_count;
};

/* A group as a table. Strings: key, value. Hashes with the same few fields: key and a column for each. The others: a row for every
 * element. A field may be a person's name: one becomes a column if it is a plain word and several keys have it; a hash most of
 * whose fields are not so is a list of pairs, its fields values. */
struct redis_shape {
    const struct redis_group *group;
    bool is_pairs; /* of a hash: key, field, value */
    bool has_rare; /* fields that few of its keys have are no columns */
    const struct str *columns;
    size_t column_count;
    uint64_t elements; /* in all keys that were measured */
    uint64_t measured; /* keys */
    bool is_readable;
    struct str why_not; /* "the server refused it (NOPERM)"; static */
};

/* Learns the columns of a group from some of its keys. Lives in keep. */
MUST_USE int redis_shape(struct redis *redis, const struct redis_group *group, struct arena *keep,
                         struct redis_shape *ret_shape, struct err *err);
/* Rows of these keys; at most max_rows of them, at most elements_max of one list, set, ... err: IO, LIMIT, what the sink said. */
MUST_USE int redis_rows(struct redis *redis, const struct redis_shape *shape, const struct str *names, size_t count,
                        uint64_t max_rows, bool is_sample, const struct source_sink *sink, uint64_t *ret_rows,
                        struct err *err);

struct redis_scan {
    uint64_t keys_max; /* 0: all */
    int64_t deadline;  /* of time_ticks; 0: none */
    bool is_whole;     /* set: every key was seen */
    struct str why;    /* set: that the server refused, static; len 0 */
};
/* A page of keys with their types. */
struct redis_page_sink {
    void *self;
    int (*keys)(void *self, const struct str *names, const enum redis_type *types, size_t count, struct err *err);
};
/* Goes through the keys of the selected database. */
MUST_USE int redis_scan(struct redis *redis, struct redis_scan *scan, const struct redis_page_sink *sink,
                        struct err *err);
MUST_USE int redis_select(struct redis *redis, unsigned database, bool *ret_exists, struct err *err);
int redis_add_page(void *keys, const struct str *names, const enum redis_type *types, size_t count, struct err *err);

int redis_survey(void *state, const struct survey_sink *sink, struct err *err);
int redis_sample(void *state, const struct survey_table *table, uint64_t max_rows, const struct source_sink *sink,
                 const char **ret_how, struct err *err);

#endif
