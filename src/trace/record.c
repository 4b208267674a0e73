/* A record of trace while it is being filled: members, reasons, and where a line lies. */
#include <stdarg.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "trace/tell.h"

#include "base/banned.h"

void record_set(struct record *record, const char *key, json_t *value)
{
    record->is_failed |= json_object_set_new(record->body, key, value) != 0;
}

void record_text(struct record *record, const char *key, struct str text)
{
    record_set(record, key, assay_text(text, TEXT_CUT));
}

void record_text_or_null(struct record *record, const char *key, struct str text)
{
    record_set(record, key, text.len > 0 ? assay_text(text, TEXT_CUT) : json_null());
}

void record_count(struct record *record, const char *key, uint64_t count)
{
    record_set(record, key, json_integer((json_int_t)(count > INT64_MAX ? INT64_MAX : count)));
}

json_t *time_of(int64_t second)
{
    char text[TIME_TEXT];
    time_rfc3339(text, second * NS_PER_S);
    return json_string(text);
}

void record_time(struct record *record, const char *key, int64_t second)
{
    bool is_none = second == INT64_MIN || second == INT64_MAX;
    record_set(record, key, is_none ? json_null() : time_of(second));
}

void record_hit(struct record *record, const struct run *run, const struct hit *hit)
{
    record_text(record, "source", str_of(run->sources.all[hit->source].path));
    record_count(record, "line", hit->line);
    record_count(record, "offset", hit->offset);
}

void record_reason(struct record *record, json_t *reasons, const char *format, ...)
{
    char text[768];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t n = len < 0 ? 0 : (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    record->is_failed |= json_array_append_new(reasons, assay_text((struct str){text, n}, TEXT_CUT)) != 0;
}

void record_sent(struct record *record, const char *key, const struct run *run, const struct hit *hit, uint64_t bytes)
{
    bool is_told = hit_is(hit) && (run->sources.all[hit->source].reader.has & LOG_HAS_BYTES) != 0;
    record_set(record, key, is_told ? json_integer((json_int_t)bytes) : json_null());
}

struct record record_new(void)
{
    json_t *body = json_object();
    return (struct record){body, body == NULL};
}

/* Remembered for the four words: what was told of which path. */
static void note_told(struct telling *telling, struct record *record)
{
    const char *class_name = json_string_value(json_object_get(record->body, "class"));
    const char *path = json_string_value(json_object_get(record->body, "path"));
    if (class_name == NULL || record->is_failed) {
        return;
    }
    json_t *paths = json_object_get(telling->told, class_name);
    if (paths == NULL && json_object_set_new(telling->told, class_name, json_object()) == 0) {
        paths = json_object_get(telling->told, class_name);
    }
    json_int_t count = json_integer_value(json_object_get(paths, path == NULL ? "" : path));
    record->is_failed |= json_object_set_new(paths, path == NULL ? "" : path, json_integer(count + 1)) != 0;
}

int record_emit(struct telling *telling, enum assay_kind kind, struct record *record)
{
    if (kind == ASSAY_FINDING) {
        note_told(telling, record);
    }
    if (record->is_failed) {
        json_decref(record->body);
        record->body = NULL;
    }
    telling->findings += kind == ASSAY_FINDING;
    return assay_emit(telling->run->sink, kind, record->body, telling->err);
}

void duration(char out[static TIME_TEXT], int64_t seconds)
{
    time_duration(out, seconds * NS_PER_S);
}

int record_event(struct telling *telling, const struct hit *hit, struct record *record)
{
    json_t *body = record->body;
    record->body = NULL;
    if (record->is_failed || body == NULL) {
        json_decref(body);
        return err_set(telling->err, ERR_LIMIT, "no memory for an event");
    }
    if (telling->event_count == telling->event_cap) {
        size_t cap = telling->event_cap == 0 ? 64 : telling->event_cap * 2;
        struct told *grown = reallocarray(telling->events, cap, sizeof *grown);
        if (grown == NULL) {
            json_decref(body);
            return err_set(telling->err, ERR_LIMIT, "no memory for %zu events", cap);
        }
        telling->events = grown;
        telling->event_cap = cap;
    }
    telling->events[telling->event_count] =
        (struct told){.hit = *hit, .rank = (uint32_t)telling->event_count, .body = body};
    telling->event_count++;
    return 0;
}
