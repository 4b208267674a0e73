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

const char *log_kind_name(enum log_kind kind)
{
    static const char *const names[] = {
#define LOG_KIND_NAME(id, name) name,
        LOG_KINDS(LOG_KIND_NAME)
#undef LOG_KIND_NAME
    };
    return names[kind];
}

struct claim {
    size_t parsed, tried;
    int64_t first;
    bool has_start; /* the first line that is not blank is its own */
};

/* Is a line held against the format? The last line of a head is often cut by the head's end, and is not. Nor are headers, nor a
 * database's record that is whole but has no time: their readers say that of nothing else. */
static bool is_against(const struct log_format *format, const struct log_line *line)
{
    bool is_undated = format->kind == LOG_DATABASE && line->class_id == LOG_NO_TIME;
    return line->class_id > LOG_NUL && line->class_id != LOG_NO_START && !is_undated && line->is_ended;
}

static struct claim claim_of(const struct log_reader *reader, struct str head, struct log_batch *batch)
{
    struct log_state state = {0};
    struct claim claim = {.first = INT64_MAX};
    size_t done = 0;
    bool is_begun = false;
    while (done < head.len) {
        struct str block = {head.data + done, head.len - done};
        size_t took = reader->format->parse(reader->setup, &state, block, true, batch);
        if (took == 0) {
            break;
        }
        done += took;
        for (size_t i = 0; i < batch->count; i++) {
            const struct log_line *line = &batch->lines[i];
            bool is_blank = line->class_id == LOG_BLANK || line->class_id == LOG_NUL;
            if (!is_blank && !is_begun) {
                claim.has_start = log_is_parsed(line) || line->class_id == LOG_NOTE;
                is_begun = true;
            }
            if (log_is_parsed(line)) {
                claim.first = claim.parsed == 0 ? line->second : claim.first;
                claim.parsed++;
                claim.tried++;
            } else if (is_against(reader->format, line)) {
                claim.tried++;
            }
        }
    }
    return claim;
}

/* Does it read half of what it tried, or, when nothing but headers is there, did it know the head? */
static bool is_claimed(const struct claim *claim, bool has_probe)
{
    return claim->parsed > 0 ? claim->parsed * 2 >= claim->tried : has_probe && claim->tried == 0;
}

/* A format without a probe takes any file that has enough of its lines, and a statement in a database's log may hold any number of
 * them. So it gives way where another reader takes the file's first line and it does not. */
static bool gives_way(const struct log_format *format, const struct claim *claim, const struct claim *other)
{
    return format->probe == NULL && !claim->has_start && other->has_start;
}

void log_close(struct log_reader *reader)
{
    if (reader->format != NULL && reader->format->close != NULL) {
        reader->format->close(reader->setup);
    } else {
        free(reader->setup);
    }
    *reader = (struct log_reader){0};
}

static bool reader_of(const struct log_format *format, const struct log_spec *spec, struct str head,
                      struct log_reader *ret_reader)
{
    *ret_reader = (struct log_reader){.format = format, .has = format->has};
    if (format->probe == NULL || format->probe(spec, head, &ret_reader->setup, &ret_reader->has)) {
        return true;
    }
    log_close(ret_reader);
    return false;
}

const char *log_cannot_show(const struct log_reader *reader)
{
    return reader->format->blind != NULL && reader->setup != NULL ? reader->format->blind(reader->setup)
                                                                  : reader->format->cannot_show;
}

int log_open(const struct log_spec *spec, struct str head, struct log_reader *ret_reader, int64_t *ret_first,
             struct err *err)
{
    int given = log_configured_open(spec, head, ret_reader, ret_first, err);
    if (given != 0) {
        return given > 0 ? 0 : -1;
    }
    OWN(own_mem) struct log_batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        return err_set(err, ERR_LIMIT, "%s: no memory", spec->where);
    }
    struct log_reader found = {0};
    struct claim taken = {0};
    const struct log_format *second = NULL;
    for (size_t i = 0; i < sizeof all_formats / sizeof *all_formats && second == NULL; i++) {
        struct log_reader reader;
        if (!reader_of(all_formats[i], spec, head, &reader)) {
            continue;
        }
        struct claim claim = claim_of(&reader, head, batch);
        bool is_other = found.format != NULL;
        if (!is_claimed(&claim, all_formats[i]->probe != NULL) ||
            (is_other && gives_way(all_formats[i], &claim, &taken))) {
            log_close(&reader);
        } else if (!is_other || gives_way(found.format, &taken, &claim)) {
            log_close(&found);
            found = reader;
            taken = claim;
        } else {
            second = all_formats[i];
            log_close(&reader);
        }
    }
    log_batch_clear(batch);
    if (second != NULL) {
        err_set(err, ERR_FORMAT, "%s: reads as %s and as %s", spec->where, found.format->name, second->name);
        log_close(&found);
        return -1;
    }
    if (found.format == NULL) {
        return err_set(err, ERR_FORMAT, "%s: not a log that any reader here knows", spec->where);
    }
    *ret_reader = found;
    *ret_first = taken.first;
    return 0;
}
