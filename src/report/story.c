/* What happened, as far as the exhibits show. A sentence is made from one record and names its exhibit and line;
 * without an exhibit there is no sentence. */
#include <stdlib.h>

#include "base/str.h"
#include "report/events.h"
#include "report/story.h"

#include "base/banned.h"

enum { PER_KIND = STORY_FILES_ALONE_MAX, EVENTS_MAX = STORY_PATHS_MAX, OTHERS_MAX = 16, SCENE_MAX = 128 };

enum scene_kind { SCENE_FILE, SCENE_EVENT, SCENE_SENT, SCENE_OTHER, SCENE_GAP, SCENE_USE, SCENE_MATCH, SCENE_KINDS };

struct scene {
    int64_t at;
    enum scene_kind kind;
    const json_t *record;
    const json_t *exam;
    size_t order;
};

struct story {
    struct scene scenes[SCENE_MAX];
    size_t count;
    size_t told[SCENE_KINDS];
    size_t left_out;
    bool has_client;
};

static bool has_room(const struct story *story, enum scene_kind kind)
{
    size_t most = kind == SCENE_EVENT ? EVENTS_MAX : kind == SCENE_OTHER ? OTHERS_MAX : PER_KIND;
    return story->told[kind] < most && story->count < SCENE_MAX;
}

static void add(struct story *story, enum scene_kind kind, int64_t at, const json_t *record, const json_t *exam)
{
    if (!has_room(story, kind)) {
        story->left_out++;
        return;
    }
    story->told[kind]++;
    story->scenes[story->count] = (struct scene){at, kind, record, exam, story->count};
    story->count++;
}

/* The record of an event is read where it has a place, no sooner. */
static void add_event(const struct model *model, struct story *story, enum scene_kind kind, struct event *event)
{
    add(story, kind, event->at, has_room(story, kind) ? event_record(model, event) : event->record, event->exam);
}

/* ---- choosing ---- */

static bool is_telling(struct str role)
{
    static const char *const roles[] = {"upload", "first-use", "admin", "dump", "largest", "last"};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (str_eq(role, str_of(roles[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_same_request(const struct scene *scene, const struct event *event)
{
    return scene->kind == SCENE_EVENT && scene->at == event->at && model_count(scene->record, "line") == event->line &&
           str_eq(model_text(scene->record, "path"), model_text(event->record, "path"));
}

/* Lines of other logs have room of their own: one kind of complaint, a hundred times, leaves no room for the requests else. */
static void choose_others(const struct model *model, struct story *story)
{
    for (size_t i = 0; i < model->event_count; i++) {
        struct event *event = &model->events[i];
        bool is_ran = i > 0 && str_eq(model_text(event->record, "role"), STR("error")) &&
                      str_eq(model_text(model->events[i - 1].record, "role"), STR("ran")) &&
                      model->events[i - 1].line == event->line;
        if (traced_lane(event->record) == LOGS_OF || is_ran) {
            continue;
        }
        if (story->told[SCENE_OTHER] < OTHERS_MAX && event_is_new(model, i)) {
            add_event(model, story, SCENE_OTHER, event);
        } else {
            story->left_out++;
        }
    }
}

static void choose_events(const struct model *model, struct story *story)
{
    for (size_t i = 0; i < model->request_count; i++) {
        struct event *event = model->requests[i];
        bool is_told = story->count > 0 && is_same_request(&story->scenes[story->count - 1], event);
        if (is_telling(model_text(event->record, "role")) && !is_told) {
            add_event(model, story, SCENE_EVENT, event);
            story->has_client = true;
        } else if (!is_told && event->decoded > 0) {
            add_event(model, story, SCENE_SENT, event);
            story->has_client = true;
        }
    }
}

bool story_ends_like(struct str file, struct str path)
{
    return path.len > 1 && str_ends(file, path);
}

size_t story_paths(const struct model *model, struct str out[static STORY_PATHS_MAX])
{
    struct story story = {.count = 0};
    size_t count = 0;
    choose_events(model, &story);
    for (size_t i = 0; i < story.count; i++) {
        struct str path = model_text(story.scenes[i].record, "path");
        size_t at = 0;
        while (at < count && !str_eq(out[at], path)) {
            at++;
        }
        if (story.scenes[i].kind == SCENE_EVENT && at == count) {
            out[count++] = path;
        }
    }
    return count;
}

/* The total of a client's requests is told with its last one, when that has a place in the story. */
static bool is_use_at(const struct scene *scene, const json_t *finding)
{
    return scene->kind == SCENE_EVENT && str_eq(model_text(finding, "class"), STR("use")) &&
           str_eq(model_text(scene->record, "role"), STR("last")) &&
           str_eq(model_text(scene->record, "path"), model_text(finding, "path")) &&
           str_eq(model_text(scene->record, "client"), model_text(finding, "client"));
}

static bool is_told_at_last(const struct story *story, const json_t *finding)
{
    for (size_t i = 0; i < story->count; i++) {
        if (is_use_at(&story->scenes[i], finding)) {
            return true;
        }
    }
    return false;
}

static void choose_findings(const struct model *model, struct story *story, const json_t *exam)
{
    const json_t *records = model_array(exam, "records");
    bool is_sweep = model_is_engine(exam, "sweep"), is_trace = model_is_engine(exam, "trace");
    story->left_out += model_count(model_object(exam, "left_out"), "findings");
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *finding = model_record(json_array_get(records, i), "finding");
        if (is_sweep && finding != NULL && !events_ask_for(model, model_text(finding, "path"))) {
            add(story, SCENE_FILE, INT64_MAX - 1, finding, exam);
        }
        bool is_told = is_trace && (str_eq(model_text(finding, "class"), STR("upload-candidate")) ||
                                    is_told_at_last(story, finding));
        struct str class_name = model_text(finding, "class");
        bool is_use = str_eq(class_name, STR("use")) || str_eq(class_name, STR("taking"));
        if (is_trace && finding != NULL && !is_told && is_use) {
            int64_t last = model_time(finding, "last");
            add(story, SCENE_USE, last == TIME_NONE ? INT64_MAX - 1 : last, finding, exam);
        }
    }
}

static void choose_gaps(struct story *story, const json_t *exam)
{
    const json_t *gaps = model_array(model_summary(exam), "gaps");
    for (size_t i = 0; i < json_array_size(gaps); i++) {
        const json_t *gap = json_array_get(gaps, i);
        int64_t from = model_time(gap, "from");
        if (from != TIME_NONE) {
            add(story, SCENE_GAP, from, gap, exam);
        }
    }
}

static void choose_match(struct story *story, const json_t *exam)
{
    const json_t *summary = model_summary(exam);
    if (summary != NULL && json_is_integer(json_object_get(summary, "rows_matched"))) {
        add(story, SCENE_MATCH, INT64_MAX, summary, exam);
    }
}

static int by_time(const void *left, const void *right)
{
    const struct scene *a = left, *b = right;
    if (a->at != b->at) {
        return a->at < b->at ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

static void choose(const struct model *model, struct story *story)
{
    choose_events(model, story);
    choose_others(model, story);
    for (size_t i = 0; i < json_array_size(model->exams); i++) {
        const json_t *exam = json_array_get(model->exams, i);
        choose_findings(model, story, exam);
        if (model_is_engine(exam, "trace")) {
            choose_gaps(story, exam);
        }
        if (model_is_engine(exam, "match")) {
            choose_match(story, exam);
        }
    }
    qsort(story->scenes, story->count, sizeof story->scenes[0], by_time);
}

/* ---- telling ---- */

static void put_exhibit_line(struct page *page, const json_t *record, const json_t *exam)
{
    put_lit(&page->out, " ");
    put_traced_place(page, record, exam);
}

static enum word file_word(struct str class_name)
{
    static const struct {
        const char *class_name;
        enum word word;
    } classes[] = {{"shell", W_FILE_SHELL},          {"uploader", W_FILE_UPLOADER},
                   {"packed", W_FILE_PACKED},        {"tool", W_FILE_TOOL},
                   {"admin-tool", W_FILE_ADMIN},     {"config-shell", W_FILE_CONFIG},
                   {"changed-file", W_FILE_CHANGED}, {"odd-place", W_FILE_ODD}};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        if (str_eq(class_name, str_of(classes[i].class_name))) {
            return classes[i].word;
        }
    }
    return W_FILE_OTHER;
}

/* Of a database tool: what is certain about its release, and whether it stood alone. */
static void put_tool(struct page *page, const json_t *finding)
{
    uint64_t certain = 0;
    size_t i;
    const json_t *fault;
    json_array_foreach(model_array(finding, "vulnerabilities"), i, fault)
    {
        certain += json_is_true(json_object_get(fault, "certain"));
    }
    if (certain != 0) {
        PUT(page, W_FILE_FAULTS, FILL_SMALL("n", certain));
    }
    if (str_eq(model_text(finding, "origin"), STR("dropped"))) {
        word(page, W_FILE_DROPPED);
    }
}

/* "It is Adminer 4.8.1. The file is a tool to browse databases." */
static void put_file(struct page *page, const json_t *finding)
{
    struct str name = model_text(finding, "name"), version = model_text(finding, "version");
    if (name.len > 0) {
        OWN(own_buf) struct buf named = {0};
        buf_put(&named, name);
        if (version.len > 0) {
            buf_puts(&named, " ");
            buf_put(&named, version);
        }
        PUT(page, W_FILE_NAMED, FILL_TEXT("name", buf_str(&named)));
    }
    word(page, file_word(model_text(finding, "class")));
    put_tool(page, finding);
}

/* Every sweep finding about the file that a first request asks for: first what it is, then where that stands. */
static void put_files_at(struct page *page, struct str path, bool is_sentence)
{
    for (size_t i = 0; i < json_array_size(page->model->exams); i++) {
        const json_t *exam = json_array_get(page->model->exams, i);
        const json_t *records = model_array(exam, "records");
        for (size_t r = 0, told = 0;
             model_is_engine(exam, "sweep") && r < json_array_size(records) && told < STORY_FILES_MAX; r++) {
            const json_t *finding = model_record(json_array_get(records, r), "finding");
            if (!story_ends_like(model_text(finding, "path"), path)) {
                continue;
            }
            told++;
            if (is_sentence) {
                put_lit(&page->out, " ");
                put_file(page, finding);
            } else {
                put_lit(&page->out, ",");
                put_exhibit_line(page, finding, exam);
            }
        }
    }
}

static void put_use(struct page *page, const json_t *finding)
{
    struct str client = model_text(finding, "client"), path = model_text(finding, "path");
    if (str_eq(model_text(finding, "class"), STR("taking"))) {
        PUT(page, W_USE_TAKING, FILL_TEXT("client", client), FILL_PLACE("path", path),
            FILL_BYTES("bytes", model_count(finding, "above_baseline")));
    } else {
        PUT(page, W_USE_ALL, FILL_TEXT("client", client), FILL_PLACE("path", path),
            FILL_COUNT("n", model_count(finding, "requests")), FILL_BYTES("bytes", model_count(finding, "body_bytes")));
    }
    if (json_is_true(json_object_get(finding, "signed_in"))) {
        word(page, W_USE_SIGNED_IN);
    }
}

/* The totals of the client at its last request. */
static void put_uses_at(struct page *page, const struct scene *scene)
{
    const json_t *records = model_array(scene->exam, "records");
    for (size_t i = 0; i < json_array_size(records); i++) {
        const json_t *finding = model_record(json_array_get(records, i), "finding");
        if (finding != NULL && is_use_at(scene, finding)) {
            put_lit(&page->out, " ");
            put_use(page, finding);
        }
    }
}

static void put_event(struct page *page, const struct scene *scene, bool is_first_of_path)
{
    const json_t *record = scene->record;
    struct str role = model_text(record, "role"), path = model_text(record, "path");
    struct str client = model_text(record, "client");
    uint64_t bytes = model_count(record, "bytes"), status = model_count(record, "status");
    if (str_eq(role, STR("upload"))) {
        PUT(page, W_EVENT_UPLOAD, FILL_TEXT("client", client), FILL_PLACE("path", path));
    } else if (str_eq(role, STR("first-use"))) {
        PUT(page, W_EVENT_FIRST, FILL_TEXT("client", client), FILL_PLACE("path", path));
    } else if (str_eq(role, STR("dump"))) {
        PUT(page, W_EVENT_DUMP, FILL_TEXT("client", client), FILL_PLACE("path", path), FILL_COUNT("bytes", bytes));
    } else if (str_eq(role, STR("largest"))) {
        PUT(page, W_EVENT_LARGEST, FILL_TEXT("client", client), FILL_PLACE("path", path), FILL_COUNT("bytes", bytes));
    } else if (str_eq(role, STR("last"))) {
        PUT(page, W_EVENT_LAST, FILL_TEXT("client", client), FILL_PLACE("path", path));
    } else if (scene->kind == SCENE_SENT) {
        PUT(page, W_EVENT_SENDS, FILL_TEXT("client", client), FILL_PLACE("path", path));
    } else {
        PUT(page, W_EVENT_ADMIN, FILL_TEXT("client", client), FILL_PLACE("path", path));
    }
    if (status >= 400) {
        PUT(page, W_EVENT_STATUS, FILL_COUNT("status", status));
    }
    put_decoded(page, record);
    if (is_first_of_path) {
        put_files_at(page, path, true);
    }
    put_uses_at(page, scene);
    put_exhibit_line(page, record, scene->exam);
    if (is_first_of_path) {
        put_files_at(page, path, false);
    }
}

static void put_match(struct page *page, const json_t *summary, const json_t *exam)
{
    const json_t *between = model_array(summary, "taken_between");
    int64_t from = time_parse(model_text_at(between, 0)), to = time_parse(model_text_at(between, 1));
    PUT(page, W_MATCH_ROWS, FILL_COUNT("n", model_count(summary, "rows_matched")),
        FILL_COUNT("of", model_count(summary, "rows_sample")));
    if (from != TIME_NONE && to != TIME_NONE) {
        PUT(page, W_MATCH_BETWEEN, FILL_INSTANT("from", from), FILL_INSTANT("to", to));
    } else if (from != TIME_NONE) {
        PUT(page, W_MATCH_NOT_BEFORE, FILL_INSTANT("from", from));
    } else if (to != TIME_NONE) {
        PUT(page, W_MATCH_NOT_AFTER, FILL_INSTANT("to", to));
    } else {
        word(page, W_MATCH_NO_DATE);
    }
    put_lit(&page->out, " ");
    put_refs(page, model_array(exam, "evidence"), 4);
}

/* The day only when it changes, the year only when it does. */
static void put_scene_time(struct page *page, int64_t at, int64_t *last)
{
    int64_t day = 86400 * NS_PER_S;
    put_lit(&page->out, "<time>");
    if (at <= INT64_MIN + 1 || at >= INT64_MAX - 1) {
        word(page, W_TIME_UNKNOWN);
    } else {
        bool is_new_day = *last == TIME_NONE || at / day != *last / day;
        if (is_new_day) {
            number_day(&page->out, at, *last == TIME_NONE || at / day - *last / day > 200);
            put_lit(&page->out, " ");
        }
        number_clock(&page->out, at, true);
        *last = at;
    }
    put_lit(&page->out, "</time>");
}

/* "14 to 15 Mar 2026": as of when a sample was taken */
static void put_as_of(struct page *page, const json_t *summary)
{
    const json_t *between = model_array(summary, "taken_between");
    int64_t from = time_parse(model_text_at(between, 0)), to = time_parse(model_text_at(between, 1));
    int64_t day = 86400 * NS_PER_S;
    put_lit(&page->out, "<time>");
    if (from == TIME_NONE || to == TIME_NONE) {
        word(page, W_TIME_UNKNOWN);
    } else {
        number_day(&page->out, from, false);
        if (from / day != to / day) {
            put_lit(&page->out, " to ");
            number_day(&page->out, to, false);
        }
    }
    put_lit(&page->out, "</time>");
}

static bool is_first_of_path(const struct story *story, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (story->scenes[i].kind == SCENE_EVENT &&
            str_eq(model_text(story->scenes[i].record, "path"), model_text(story->scenes[index].record, "path"))) {
            return false;
        }
    }
    return true;
}

static void put_gap(struct page *page, const json_t *gap)
{
    for (enum log_of of = LOG_OF_DATABASE; of < LOGS_OF; of++) {
        if (traced_is_of(gap, of)) {
            PUT(page, W_GAP_OF, FILL_TEXT("log", str_of(say_template(traced_word(of)))),
                FILL_SPAN("span", model_span(gap, "seconds")));
            return;
        }
    }
    PUT(page, W_GAP, FILL_SPAN("span", model_span(gap, "seconds")));
}

static void put_scene(struct page *page, const struct story *story, size_t index, int64_t *last)
{
    const struct scene *scene = &story->scenes[index];
    if (scene->kind == SCENE_GAP) {
        put_lit(&page->out, "<li class=\"void\">");
    } else {
        put_lit(&page->out, "<li>");
    }
    if (scene->kind == SCENE_MATCH) {
        put_as_of(page, scene->record);
    } else {
        put_scene_time(page, scene->at, last);
    }
    put_lit(&page->out, "<span>");
    switch (scene->kind) {
    case SCENE_EVENT:
        put_event(page, scene, is_first_of_path(story, index));
        break;
    case SCENE_SENT:
        put_event(page, scene, false);
        break;
    case SCENE_OTHER:
        put_event_of_log(page, scene->record);
        put_exhibit_line(page, scene->record, scene->exam);
        break;
    case SCENE_GAP:
        put_gap(page, scene->record);
        put_exhibit_line(page, scene->record, scene->exam);
        break;
    case SCENE_USE:
        put_use(page, scene->record);
        put_exhibit_line(page, scene->record, scene->exam);
        break;
    case SCENE_MATCH:
        put_match(page, scene->record, scene->exam);
        break;
    case SCENE_FILE:
    case SCENE_KINDS:
    default:
        PUT(page, W_FILE_LIES, FILL_PLACE("path", model_text(scene->record, "path")));
        put_lit(&page->out, " ");
        put_file(page, scene->record);
        put_exhibit_line(page, scene->record, scene->exam);
        break;
    }
    put_lit(&page->out, "</span></li>\n");
}

/* One line for all that was said; the statements themselves stand under the question. */
static void put_said(struct page *page)
{
    const struct model *model = page->model;
    int64_t first = model_time(model->said[0], "said");
    int64_t last = model_time(model->said[model->said_count - 1], "said");
    put_lit(&page->out, "<li><time>");
    if (first != TIME_NONE) {
        number_day(&page->out, first, false);
        if (last / (86400 * NS_PER_S) != first / (86400 * NS_PER_S)) {
            put_lit(&page->out, " to ");
            number_day(&page->out, last, false);
        }
    }
    put_lit(&page->out, "</time><span>");
    word(page, W_SAID_LINE);
    for (size_t i = 0; i < model->said_count && i < 24; i++) {
        put_lit(&page->out, " ");
        put_ref(page, model_text(model->said[i], "id"));
    }
    put_lit(&page->out, "</span></li>\n");
}

void section_story(struct page *page)
{
    const struct model *model = page->model;
    struct story *story = arena_take(&page->model->arena, sizeof *story, NULL);
    section_open(page, "story", W_H_STORY);
    page->out.failed |= story == NULL;
    if (story != NULL) {
        choose(model, story);
    }
    if (story == NULL || story->count == 0) {
        put_lit(&page->out, "<p class=\"col\">");
        word(page, model->exams_done == 0 ? W_STORY_NOTHING_EXAMINED : W_STORY_NOTHING);
        put_lit(&page->out, "</p>");
        section_close(page);
        return;
    }
    int64_t last = TIME_NONE;
    put_lit(&page->out, "<div class=\"two\"><div><ol class=\"story\">");
    for (size_t i = 0; i < story->count; i++) {
        put_scene(page, story, i, &last);
    }
    if (model->said_count > 0) {
        put_said(page);
    }
    put_lit(&page->out, "</ol>");
    if (story->left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_STORY_MORE, FILL_COUNT("n", story->left_out));
        put_lit(&page->out, "</p>");
    }
    put_lit(&page->out, "</div><div class=\"side\"><p>");
    word(page, W_STORY_CARE);
    put_lit(&page->out, "</p>");
    if (story->has_client) {
        put_lit(&page->out, "<p>");
        word(page, W_STORY_CLIENT);
        put_lit(&page->out, "</p>");
    }
    put_lit(&page->out, "<p>");
    word(page, W_STORY_CLOCKS);
    put_lit(&page->out, "</p></div></div>");
    section_close(page);
}
