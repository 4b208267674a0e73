/* Between log_json.c (a line) and log_json_learn.c (what the first lines teach). */
#ifndef ASSAY_FORMATS_LOG_JSON_READ_H
#define ASSAY_FORMATS_LOG_JSON_READ_H

#include "formats/log_program.h"

enum json_unit { JSON_SECONDS = 1, JSON_NANO };

struct json_name {
    struct str path;
    uint8_t field; /* enum program_field */
    uint8_t rank;  /* the lowest wins */
    bool is_wire;
    uint8_t unit;
};
const struct json_name *json_name_of(struct str path);

enum { JSON_LEARNED = 4, JSON_LEARNED_BYTES = 128 };

/* A member that no name tells, and what its values said it is. */
struct json_learned {
    uint8_t field;
    uint8_t len;
    char path[JSON_LEARNED_BYTES];
};

struct json_setup {
    struct web_calendar calendar;
    struct json_learned learned[JSON_LEARNED];
    size_t learned_count;
    char blind[PROGRAM_BLIND];
};

struct json_member {
    struct str raw;
    uint8_t rank, unit;
    bool is_there, is_text, is_wire;
};
struct json_members {
    struct json_member all[PROGRAM_FIELDS];
};
/* The object in a line, behind what syslog or a container put before it. */
struct str json_object_in(struct str text);
/* The members of one line that mean something. False: no JSON. */
bool json_gather(const struct json_setup *setup, struct str text, struct json_members *members);
bool json_is_time(struct str raw);
enum log_class json_line_read(const struct json_setup *setup, struct log_line *line, struct buf *scratch,
                              struct json_members *members);

/* Learns from head what names did not tell, and says what its lines have. False: this is no access log. */
bool json_learn(struct json_setup *setup, struct str head, unsigned *ret_has);

#endif
