/* Reading a statements file: what its parts share. state.c steers, state_fields.c has the keys of everything, state_values.c and
 * state_due.c turn what stands behind a key into members, state_check.c looks at what refers to what. */
#ifndef ASSAY_CASE_STATE_H
#define ASSAY_CASE_STATE_H

#include "base/yaml.h"
#include "case/inside.h"

/* A thing that the file names, or a mention of one. */
struct named {
    struct str id;
    const char *type;        /* what it is; for a mention, what it has to be */
    const struct yaml *node; /* where */
    json_t *entry;           /* borrowed; NULL for a mention */
    struct named *next;
};

struct state {
    struct arena *arena;
    const char *name;  /* of the file, for messages */
    bool has_no_lines; /* the text was put together of options: places in it mean nothing to anybody */
    json_t *before;    /* id -> newest entry of the case: case, parties, statements, claims */
    json_t *entries;   /* what the file says, in the order in which it will be recorded */
    struct named *things, *last_thing;
    struct named *mentions, *last_mention;
    struct err *err;
};

/* state.c: bytes of a file into entries, checked; state->before holds what the case says already. err: FORMAT, LIMIT. */
MUST_USE int state_read(struct state *state, struct str bytes);

/* "name:line:column: ..." as FORMAT; returns -1. */
int state_fail(const struct state *state, const struct yaml *at, const char *format, ...) PRINTF(3, 4);
MUST_USE int state_no_memory(const struct state *state);

/* The word of `words` (NULL-terminated) that somebody meant by `typed`: at most two letters off. NULL if none is near. */
const char *state_nearest(struct str typed, const char *const *words);

/* state_fields.c: one mapping of a list ("parties", ...) into an entry (new reference), its mentions noted. */
MUST_USE int state_read_thing(struct state *state, const char *type, const struct yaml *map, json_t **ret_entry);
/* Names of the lists that a file may have, in the order in which they are recorded. */
struct field;
struct state_list {
    const char *key, *type;
    const struct field *fields;
};
enum { STATE_LISTS = 6 };
extern const struct state_list state_lists[STATE_LISTS];

/* What a key is called in the file and what it becomes. with: words, the type of a mention, or the fields of a mapping. */
typedef int field_reader_function(struct state *state, const struct field *field, const struct yaml *value,
                                  json_t *into);
struct field {
    const char *key, *member; /* in the file; in the entry */
    field_reader_function *read;
    bool is_required;
    const void *with;
};
enum { FIELDS_MAX = 24 };

/* A mapping whose keys are known: read_fields of state_fields.c. what: its name, for messages. */
MUST_USE int state_fields(struct state *state, const struct field *fields, const char *what, const struct yaml *map,
                          json_t *into);
/* The value of a key of a mapping; NULL if there is none. */
const struct yaml *state_member(const struct yaml *map, const char *key);

/* ---- state_values.c: each takes the value of a key and sets its member ---- */

MUST_USE int state_set(const struct state *state, json_t *into, const char *member, json_t *value); /* takes value */
json_t *state_string(struct str text);
MUST_USE int state_want_text(const struct state *state, const struct yaml *value); /* there, text, not too long */
/* As it will stand in the entry: a bare date stays one, for it says how exactly the time is known. */
json_t *state_time(int64_t instant, bool is_day);
MUST_USE int state_want_time(const struct state *state, const struct yaml *value, struct str text,
                             int64_t *ret_instant);
bool state_is_day(struct str text);

field_reader_function field_text, field_texts, field_id, field_mention, field_mentions, field_word, field_time,
    field_grade, field_standard, field_days, field_zone;

/* ---- state_due.c ---- */

field_reader_function field_due;
/* What a notice's or a question's `due` comes to, once all its keys are read: the member due (the instant or day), due_said (the words of
 * the file), from (where the words name it) and ends (where a zone makes the end of a day an instant). */
MUST_USE int state_settle_due(struct state *state, const struct yaml *map, json_t *into, const char *member);

MUST_USE int state_mention(struct state *state, const struct yaml *node, const char *type);

/* state_check.c: ids once, mentions known, no statement resting on itself. */
MUST_USE int state_check(struct state *state);

#endif
