/* Which format is this log? Every reader tries the first lines; exactly one may claim them. */
#include "formats/log.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/own.h"

#include "base/banned.h"

static const struct log_format *const all_formats[] = {
#define LOG_FORMAT(name) &log_##name,
#include "formats/log_list.h"
#undef LOG_FORMAT
};

const char *log_class_name(enum log_class class_id)
{
    static const char *const names[] = {
#define LOG_CLASS_NAME(id, name) name,
        LOG_CLASSES(LOG_CLASS_NAME)
#undef LOG_CLASS_NAME
    };
    return names[class_id];
}

struct claim {
    size_t parsed, tried;
    int64_t first;
};

/* The last line of a head is often cut by the head's end: it is not held against the format. */
static struct claim claim_of(const struct log_format *format, struct str head, struct log_batch *batch)
{
    struct log_state state = {0};
    struct claim claim = {0};
    size_t done = 0;
    while (done < head.len) {
        size_t took = format->parse(&state, (struct str){head.data + done, head.len - done}, true, batch);
        if (took == 0) {
            break;
        }
        done += took;
        for (size_t i = 0; i < batch->count; i++) {
            const struct log_line *line = &batch->lines[i];
            if (log_is_parsed(line)) {
                claim.first = claim.parsed == 0 ? line->second : claim.first;
                claim.parsed++;
                claim.tried++;
            } else if (line->class_id != LOG_BLANK && line->class_id != LOG_NUL && line->is_ended) {
                claim.tried++;
            }
        }
    }
    return claim;
}

const struct log_format *log_probe(struct str head, const char *where, int64_t *ret_first, struct err *err)
{
    OWN(own_mem) struct log_batch *batch = malloc(sizeof *batch);
    if (batch == NULL) {
        err_set(err, ERR_LIMIT, "%s: no memory", where);
        return NULL;
    }
    const struct log_format *found = NULL;
    for (size_t i = 0; i < sizeof all_formats / sizeof *all_formats; i++) {
        struct claim claim = claim_of(all_formats[i], head, batch);
        if (claim.parsed == 0 || claim.parsed * 2 < claim.tried) {
            continue;
        }
        if (found != NULL) {
            err_set(err, ERR_FORMAT, "%s: reads as %s and as %s", where, found->name, all_formats[i]->name);
            return NULL;
        }
        found = all_formats[i];
        *ret_first = claim.first;
    }
    if (found == NULL) {
        err_set(err, ERR_FORMAT, "%s: not a log that any reader here knows", where);
    }
    return found;
}
