/* Events of the logs, in time order. There may be a million, and the page names a few dozen: of a lean model each is held in 48 bytes, with what
 * events are told apart by in one object for all that agree in it, and the records of those that are named are read again. */
#include "report/events.h"

#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"

#include "base/banned.h"

enum { EVENTS_MAX = 2000000 };

/* What events are told apart by; of the last two only whether they are there. */
static const char *const told_by[] = {"role", "client", "path", "user", "file", "account", "tables", "program"};
enum { TOLD_BY = sizeof told_by / sizeof told_by[0] };

/* ---- shared objects ---- */

static uint64_t likeness(const json_t *record)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < TOLD_BY; i++) {
        const json_t *value = json_object_get(record, told_by[i]);
        hash = hash * UINT64_C(0x9e3779b97f4a7c15) + str_hash(model_text(record, told_by[i])) + (value != NULL);
    }
    return hash;
}

static bool is_alike(const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < TOLD_BY; i++) {
        const json_t *left = json_object_get(a, told_by[i]), *right = json_object_get(b, told_by[i]);
        if ((left == NULL) != (right == NULL) || (left != NULL && !json_equal(left, right))) {
            return false;
        }
    }
    return true;
}

static json_t *outline(const json_t *record)
{
    json_t *few = json_object();
    for (size_t i = 0; few != NULL && i < TOLD_BY; i++) {
        json_t *value = json_object_get(record, told_by[i]);
        if (value != NULL && json_object_set(few, told_by[i], value) != 0) {
            json_decref(few);
            return NULL;
        }
    }
    return few;
}

static size_t slot_of(const struct event_store *store, uint64_t hash, const json_t *record)
{
    size_t at = (size_t)(hash & (store->room - 1));
    while (store->shared[at].record != NULL &&
           (store->shared[at].hash != hash || !is_alike(store->shared[at].record, record))) {
        at = (at + 1) & (store->room - 1);
    }
    return at;
}

static int grow_shared(struct event_store *store, struct err *err)
{
    struct event_store grown = {.room = store->room != 0 ? 2 * store->room : 256};
    grown.shared = calloc(grown.room, sizeof *grown.shared);
    if (grown.shared == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < store->room; i++) {
        if (store->shared[i].record != NULL) {
            grown.shared[slot_of(&grown, store->shared[i].hash, store->shared[i].record)] = store->shared[i];
        }
    }
    free(store->shared);
    store->shared = grown.shared;
    store->room = grown.room;
    return 0;
}

/* The one object of all events like this; NULL with err. */
static const json_t *shared(struct event_store *store, const json_t *record, struct err *err)
{
    if (2 * store->shared_count >= store->room && grow_shared(store, err) != 0) {
        return NULL;
    }
    uint64_t hash = likeness(record);
    struct shared_event *slot = &store->shared[slot_of(store, hash, record)];
    if (slot->record == NULL) {
        *slot = (struct shared_event){hash, outline(record)};
        store->shared_count++;
    }
    if (slot->record == NULL) {
        err_no_memory(err);
    }
    return slot->record;
}

/* ---- reading ---- */

struct reading {
    struct model *model;
    const json_t *exam;
    size_t room;
};

static int add_event(struct reading *reading, const struct event *event, struct err *err)
{
    struct model *model = reading->model;
    if (model->event_count == EVENTS_MAX) {
        return err_set(err, ERR_LIMIT, "report: more than %d records", (int)EVENTS_MAX);
    }
    if (model->event_count == reading->room) {
        size_t room = reading->room != 0 ? reading->room + reading->room / 2 : 256;
        struct event *grown = reallocarray(model->events, room, sizeof *grown);
        if (grown == NULL) {
            return err_no_memory(err);
        }
        model->events = grown;
        reading->room = room;
    }
    model->events[model->event_count++] = *event;
    return 0;
}

static int take_event(void *self, const struct assay_record *row, struct err *err)
{
    struct reading *reading = self;
    struct event_store *store = reading->model->store;
    const json_t *record = model_record(row->wrapped, "event");
    struct event event = {.at = model_time(record, "time"),
                          .record = record,
                          .exam = reading->exam,
                          .place = row->place,
                          .line = model_count(record, "line"),
                          .decoded = (uint32_t)json_array_size(model_array(record, "decoded")),
                          .is_whole = store->records == NULL};
    if (record == NULL || event.at == TIME_NONE) {
        return 0;
    }
    if (!event.is_whole) {
        event.record = shared(store, record, err);
    }
    return event.record != NULL ? add_event(reading, &event, err) : -1;
}

static int by_time(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    return a->line < b->line ? -1 : a->line > b->line;
}

/* A line of FTP may have the role of an upload too; what no request is has a file or a program instead of a method. */
static bool is_request(const json_t *record)
{
    static const char *const roles[] = {"upload", "first-use", "use", "admin", "dump", "last", "largest"};
    struct str role = model_text(record, "role");
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (str_eq(role, str_of(roles[i]))) {
            return json_object_get(record, "file") == NULL && json_object_get(record, "program") == NULL;
        }
    }
    return false;
}

static int read_requests(struct model *model, struct err *err)
{
    model->requests = calloc(model->event_count + 1, sizeof(model->requests[0]));
    if (model->requests == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < model->event_count; i++) {
        if (is_request(model->events[i].record)) {
            model->requests[model->request_count++] = &model->events[i];
        }
    }
    return 0;
}

/* ---- what was asked for ---- */

static size_t path_slot(const struct event_store *store, struct str path)
{
    size_t at = (size_t)(str_hash(path) & (store->path_room - 1));
    while (store->paths[at].data != NULL && !str_eq(store->paths[at], path)) {
        at = (at + 1) & (store->path_room - 1);
    }
    return at;
}

static int read_paths(struct model *model, struct err *err)
{
    struct event_store *store = model->store;
    const json_t *last = NULL;
    store->path_room = 64;
    while (store->path_room < 2 * model->request_count + 2) {
        store->path_room *= 2;
    }
    store->paths = calloc(store->path_room, sizeof *store->paths);
    if (store->paths == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < model->request_count; i++) {
        struct str path = model_text(model->requests[i]->record, "path");
        if (model->requests[i]->record != last && path.len > 1) { /* "/" ends no file */
            store->paths[path_slot(store, path)] = path;
            store->begins[(unsigned char)path.data[0]] = true;
        }
        last = model->requests[i]->record;
    }
    return 0;
}

bool events_ask_for(const struct model *model, struct str file)
{
    const struct event_store *store = model->store;
    for (size_t i = 0; i + 1 < file.len; i++) {
        struct str end = str_slice(file, i, file.len);
        if (store->begins[(unsigned char)end.data[0]] && store->paths[path_slot(store, end)].data != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- the door ---- */

int events_read(struct model *model, struct assay_records *records, struct err *err)
{
    struct reading reading = {.model = model};
    model->store = calloc(1, sizeof *model->store);
    if (model->store == NULL) {
        return err_no_memory(err);
    }
    model->store->records = records;
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        reading.exam = json_array_get(model->exams, i);
        model->exams_done += str_eq(model_text(reading.exam, "status"), STR("done"));
        TRY(assay_records_each(records, reading.exam, 1U << ASSAY_EVENT, take_event, &reading, err));
    }
    if (model->event_count != 0) {
        qsort(model->events, model->event_count, sizeof model->events[0], by_time);
    }
    TRY(read_requests(model, err));
    return read_paths(model, err);
}

void events_clear(struct model *model)
{
    struct event_store *store = model->store;
    if (store != NULL) {
        for (size_t i = 0; i < store->room; i++) {
            json_decref(store->shared[i].record);
        }
        json_decref(store->named);
        free(store->shared);
        free(store->paths);
        free(store);
    }
    free(model->events);
    free(model->requests);
}

const json_t *event_record(const struct model *model, struct event *event)
{
    struct event_store *store = model->store;
    if (event->is_whole || store->failed.kind != 0) {
        return event->record;
    }
    OWN(own_json) json_t *wrapped = assay_records_get(store->records, event->exam, event->place, &store->failed);
    const json_t *record = model_record(wrapped, "event");
    store->named = store->named != NULL ? store->named : json_array();
    if (record == NULL || json_array_append(store->named, wrapped) != 0) {
        if (store->failed.kind == 0) {
            err_set(&store->failed, ERR_LIMIT, "out of memory");
        }
        return event->record;
    }
    event->record = record;
    event->is_whole = true;
    return record;
}
