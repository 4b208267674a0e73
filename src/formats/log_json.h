/* JSON as logs have it: one object a line, looked through without a tree. */
#ifndef ASSAY_FORMATS_LOG_JSON_H
#define ASSAY_FORMATS_LOG_JSON_H

#include "base/buf.h"

enum { JSON_LINE_DEPTH = 16, JSON_PATH_BYTES = 128, JSON_MEMBERS_MAX = 4096 };

/* Appends what stands between the quotes of a JSON string, its escapes undone: \uXXXX as UTF-8, half a pair as U+FFFD. What
 * is no escape stays as it is. */
void json_line_unescape(struct str raw, struct buf *out);

/* A member that is no object: its names from the outermost, lower-case, joined with dots ("request.headers.user-agent"); of a list
 * only the first element counts, as its own name's. raw: between the quotes of a string; a number, true, false or null as
 * it is. False stops. */
struct json_taker {
    void *self;
    bool (*take)(void *self, struct str path, struct str raw, bool is_text);
};
/* Walks through the object at the beginning of text. How many bytes it takes; 0: it is none, or broken, too deep, or taker stopped. */
size_t json_line_walk(struct str text, const struct json_taker *taker);

#endif
