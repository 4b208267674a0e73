/* What else the logs tell: commands that could be read in requests, what error logs and login logs add to the clients that are
 * followed, and what a hunt without a path to follow brought up. None of it says that an attack worked unless its record does. */
#include "base/str.h"
#include "report/events.h"
#include "report/traced.h"

#include "base/banned.h"

enum { ROWS_MAX = 60, HUNTS_MAX = 80, DECODED_MAX = 4 };

struct telling {
    size_t told, left_out;
};

static bool has_room(struct telling *telling, size_t most)
{
    if (telling->told >= most) {
        telling->left_out++;
        return false;
    }
    telling->told++;
    return true;
}

static void put_left_out(struct page *page, const struct telling *telling)
{
    if (telling->left_out > 0) {
        put_lit(&page->out, "<p class=\"side\">");
        PUT(page, W_LEFT_OUT, FILL_COUNT("n", telling->left_out));
        put_lit(&page->out, "</p>");
    }
}

/* ---- commands ---- */

static void put_command(struct page *page, struct event *event, size_t index)
{
    const json_t *record = event_record(page->model, event);
    const json_t *decoded = json_array_get(model_array(record, "decoded"), index);
    struct str parameter = model_text(decoded, "parameter"), how = model_text(decoded, "how");
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_traced_times(page, event->at, event->at);
    put_lit(&page->out, "</th><td>");
    put_html(&page->out, model_text(record, "client"));
    put_lit(&page->out, " <span class=\"tag ow\">");
    put_html(&page->out, model_text(record, "path"));
    put_lit(&page->out, "</span></td><td class=\"ow\">");
    put_html(&page->out, parameter);
    put_lit(&page->out, "<span class=\"tag\">");
    put_html(&page->out, how);
    put_lit(&page->out, "</span></td><td class=\"wf\">");
    put_code(page, model_text(decoded, "text"));
    put_lit(&page->out, "</td><td>");
    put_traced_place(page, record, event->exam);
    put_lit(&page->out, "</td></tr>\n");
}

static size_t count_commands(const struct model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->event_count; i++) {
        count += model->events[i].decoded;
    }
    return count;
}

static void put_commands(struct page *page)
{
    static const enum word heads[] = {W_WHEN, W_COMMAND_BY, W_COMMAND_IN, W_COMMAND_TEXT, W_SOURCE};
    const struct model *model = page->model;
    struct telling telling = {0};
    if (count_commands(model) == 0) {
        return;
    }
    heading(page, W_H_COMMANDS);
    table_open(page, str_of(say_template(W_H_COMMANDS)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < model->event_count; i++) {
        for (size_t d = 0; d < model->events[i].decoded; d++) {
            if (has_room(&telling, ROWS_MAX)) {
                put_command(page, &model->events[i], d);
            }
        }
    }
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_COMMANDS_NOTE);
    put_lit(&page->out, "</p>");
    put_left_out(page, &telling);
}

/* ---- errors, logins, transfers ---- */

static void put_client(struct page *page, const json_t *record)
{
    struct str client = model_text(record, "client");
    if (client.len > 0) {
        put_html(&page->out, client);
    } else {
        word(page, W_NO_CLIENT);
    }
}

static void put_beside_what(struct page *page, const json_t *record)
{
    struct str class_name = model_text(record, "class"), direction = model_text(record, "direction");
    uint64_t requests = model_count(record, "requests");
    if (str_eq(class_name, STR("ran"))) {
        PUT(page, W_BESIDE_RAN, FILL_PLACE("path", model_text(record, "path")), FILL_COUNT("n", requests));
    } else if (str_eq(class_name, STR("login"))) {
        PUT(page, W_BESIDE_LOGIN, FILL_TEXT("user", model_text(record, "user")), FILL_COUNT("n", requests),
            FILL_COUNT("failed", model_count(record, "failed")));
    } else {
        PUT(page, str_eq(direction, STR("out")) ? W_BESIDE_OUT : W_BESIDE_IN,
            FILL_PLACE("path", model_text(record, "path")));
        if (model_has_number(record, "body_bytes")) {
            PUT(page, W_TAKEN_JOINED_BYTES, FILL_BYTES("bytes", model_count(record, "body_bytes")));
        }
    }
}

static void put_beside(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    if (!has_room(self, ROWS_MAX)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\">");
    put_beside_what(page, record);
    put_lit(&page->out, "</th><td>");
    put_client(page, record);
    put_lit(&page->out, "</td><td>");
    put_traced_times(page, model_time(record, "first"), model_time(record, "last"));
    put_lit(&page->out, "</td><td>");
    put_traced_place(page, record, exam);
    put_lit(&page->out, "</td><td class=\"wf\">");
    put_html(&page->out, model_text(record, "confidence"));
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_besides(struct page *page)
{
    static const enum word heads[] = {W_BESIDE, W_BESIDE_CLIENT, W_TAKEN_WHEN, W_SOURCE, W_CONFIDENCE};
    static const char *const classes[] = {"ran", "login", "transfer"};
    struct telling telling = {0};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        count += traced_count(page, "finding", classes[i]);
    }
    if (count == 0) {
        return;
    }
    heading(page, W_H_BESIDE);
    table_open(page, str_of(say_template(W_H_BESIDE)), heads, sizeof heads / sizeof heads[0]);
    for (size_t i = 0; i < 3; i++) {
        traced_each(page, "finding", classes[i], put_beside, &telling);
    }
    table_close(page);
    put_left_out(page, &telling);
}

/* ---- the hunt, and rules of others ---- */

static enum word hunt_word(struct str what)
{
    static const struct {
        const char *what;
        enum word word;
    } hunts[] = {{"web-shell-command", W_HUNT_COMMAND},
                 {"web-shell-tunnel", W_HUNT_TUNNEL},
                 {"script-in-upload-folder", W_HUNT_UPLOAD_FOLDER},
                 {"new-script", W_HUNT_NEW},
                 {"script-of-few", W_HUNT_FEW},
                 {"database-tool", W_HUNT_TOOL},
                 {"exposed-file", W_HUNT_EXPOSED},
                 {"sql-injection", W_HUNT_SQL},
                 {"path-traversal", W_HUNT_TRAVERSAL},
                 {"code-injection", W_HUNT_CODE},
                 {"scanner", W_HUNT_SCANNER},
                 {"guessed-passwords", W_HUNT_GUESSED},
                 {"guessed-passwords-spread", W_HUNT_SPREAD}};
    for (size_t i = 0; i < sizeof hunts / sizeof hunts[0]; i++) {
        if (str_eq(what, str_of(hunts[i].what))) {
            return hunts[i].word;
        }
    }
    return W_HUNT_OTHER;
}

/* What stood in a request: decoded where it could be, else as it was sent. */
static void put_hunt_examples(struct page *page, const json_t *examples, const json_t *exam)
{
    size_t count = json_array_size(examples);
    if (count == 0) {
        return;
    }
    fold_open(page, W_SIGN_EXAMPLES, count);
    for (size_t i = 0; i < count && i < DECODED_MAX; i++) {
        const json_t *example = json_array_get(examples, i);
        struct str decoded = model_text(example, "decoded");
        put_lit(&page->out, "<li>");
        put_code(page, decoded.len > 0 ? decoded : model_text(example, "request"));
        if (decoded.len > 0) {
            word(page, W_HUNT_DECODED);
        }
        if (model_count(example, "status") > 0) {
            PUT(page, W_HUNT_STATUS, FILL_COUNT("status", model_count(example, "status")));
        }
        put_lit(&page->out, " ");
        put_traced_place(page, example, exam);
        put_lit(&page->out, "</li>");
    }
    fold_close(page);
}

static void put_hunt(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    struct str title = model_text(record, "title"), path = model_text(record, "path");
    if (!has_room(self, HUNTS_MAX)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\">");
    if (title.len > 0) {
        put_html(&page->out, title);
        put_lit(&page->out, "<span class=\"tag ow\">");
        PUT(page, W_SIGMA_RULE, FILL_TEXT("rule", model_text(record, "rule")),
            FILL_TEXT("level", model_text(record, "level")));
    } else {
        word(page, hunt_word(model_text(record, "what")));
        put_lit(&page->out, "<span class=\"tag ow\">");
        put_html(&page->out, path);
    }
    put_lit(&page->out, "</span></th><td>");
    PUT(page, W_HUNT_REQUESTS, FILL_COUNT("n", model_count(record, "requests")));
    if (model_has_number(record, "answered")) {
        PUT(page, W_HUNT_ANSWERED, FILL_COUNT("n", model_count(record, "answered")));
    }
    put_lit(&page->out, "</td><td>");
    put_traced_times(page, model_time(record, "first"), model_time(record, "last"));
    put_lit(&page->out, "</td><td>");
    put_traced_place(page, record, exam);
    put_lit(&page->out, "</td><td class=\"wf\">");
    put_html(&page->out, model_text(record, "confidence"));
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    put_hunt_examples(page, model_array(record, "examples"), exam);
    put_lit(&page->out, "</td></tr>\n");
}

static void put_not_shown(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    (void)exam;
    (void)self;
    put_lit(&page->out, "<p class=\"side\">");
    PUT(page, W_HUNT_NOT_SHOWN, FILL_COUNT("n", model_count(record, "count")),
        FILL_TEXT("what", str_of(say_template(hunt_word(model_text(record, "what"))))));
    put_lit(&page->out, "</p>");
}

static void put_new_scripts(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    (void)exam;
    (void)self;
    put_lit(&page->out, "<p class=\"side\">");
    PUT(page, W_HUNT_NEW_SCRIPTS, FILL_COUNT("n", model_count(record, "count")),
        FILL_TEXT("means", model_text(record, "means")));
    put_lit(&page->out, "</p>");
}

static void put_hunts(struct page *page)
{
    static const enum word heads[] = {W_HUNT, W_HUNT_HOW_MANY, W_TAKEN_WHEN, W_HUNT_FIRST, W_CONFIDENCE};
    static const struct {
        const char *class_name;
        enum word title, note;
    } kinds[] = {{"hunt", W_H_HUNT, W_HUNT_NOTE}, {"sigma", W_H_SIGMA, W_SIGMA_NOTE}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct telling telling = {0};
        if (traced_count(page, "finding", kinds[i].class_name) == 0) {
            continue;
        }
        heading(page, kinds[i].title);
        table_open(page, str_of(say_template(kinds[i].title)), heads, sizeof heads / sizeof heads[0]);
        traced_each(page, "finding", kinds[i].class_name, put_hunt, &telling);
        table_close(page);
        put_lit(&page->out, "<p class=\"side\">");
        word(page, kinds[i].note);
        put_lit(&page->out, "</p>");
        put_left_out(page, &telling);
    }
    traced_each(page, "measure", "hunt-not-shown", put_not_shown, NULL);
    traced_each(page, "measure", "new-scripts", put_new_scripts, NULL);
}

/* ---- clients that belong together ---- */

static void put_link(struct page *page, const json_t *record, const json_t *exam, void *self)
{
    bool is_agent = str_eq(model_text(record, "by"), STR("agent"));
    (void)exam;
    if (!has_room(self, ROWS_MAX)) {
        return;
    }
    put_lit(&page->out, "<tr><th scope=\"row\">");
    PUT(page, W_LINK_OF, FILL_TEXT("from", model_text(record, "from")), FILL_TEXT("to", model_text(record, "to")));
    put_lit(&page->out, "</th><td class=\"ow\">");
    word(page, is_agent ? W_LINK_AGENT : W_LINK_PATH);
    put_lit(&page->out, "<span class=\"tag ow\">");
    put_html(&page->out, model_text(record, is_agent ? "agent" : "path"));
    put_lit(&page->out, "</span></td><td>");
    if (model_has_number(record, "clients")) {
        PUT(page, W_LINK_SHARE, FILL_COUNT("n", model_count(record, "clients")),
            FILL_COUNT("of", model_count(record, "of_clients")));
    } else {
        word(page, W_LINK_NOT_COUNTED);
    }
    put_lit(&page->out, "</td><td class=\"wf\">");
    put_folded_texts(page, W_REASONS_COUNT, model_array(record, "reasons"));
    put_lit(&page->out, "</td></tr>\n");
}

static void put_links(struct page *page)
{
    static const enum word heads[] = {W_LINK, W_LINK_BY, W_LINK_HOW_RARE, W_WHY};
    struct telling telling = {0};
    if (traced_count(page, "measure", "link") == 0) {
        return;
    }
    heading(page, W_H_LINKS);
    table_open(page, str_of(say_template(W_H_LINKS)), heads, sizeof heads / sizeof heads[0]);
    traced_each(page, "measure", "link", put_link, &telling);
    table_close(page);
    put_lit(&page->out, "<p class=\"side\">");
    word(page, W_LINKS_NOTE);
    put_lit(&page->out, "</p>");
    put_left_out(page, &telling);
}

void put_logs_told(struct page *page)
{
    put_commands(page);
    put_besides(page);
    put_hunts(page);
    put_links(page);
}
