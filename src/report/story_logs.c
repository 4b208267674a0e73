/* Sentences of the story about lines of other logs than the web server's, and about what a request carried where it could be read. */
#include "base/str.h"
#include "report/story.h"

#include "base/banned.h"

enum { DECODED_MAX = 3, LOOK_BACK = 512 };

static struct str user_of(const json_t *record)
{
    struct str user = model_text(record, "user");
    return user.len > 0 ? user : str_of(say_template(W_NOT_SAID));
}

/* Names the client only where the record does: most who sign in are no suspects. */
static void put_from_client(struct page *page, const json_t *record)
{
    struct str client = model_text(record, "client");
    if (client.len > 0) {
        PUT(page, W_EVENT_FROM_CLIENT, FILL_TEXT("client", client));
    }
}

static void put_database(struct page *page, const json_t *record)
{
    struct str tool = model_text(record, "tool"), account = model_text(record, "account");
    int64_t at = model_time(record, "time"), logged = model_time(record, "time_logged");
    PUT(page, W_EVENT_DATABASE, FILL_TEXT("account", account.len > 0 ? account : str_of(say_template(W_NOT_SAID))),
        FILL_PLACE("tables", model_text(record, "tables")));
    if (tool.len > 0) {
        PUT(page, W_EVENT_DATABASE_TOOL, FILL_TEXT("tool", tool));
    }
    if (model_has_number(record, "rows")) {
        PUT(page, W_EVENT_DATABASE_ROWS, FILL_COUNT("n", model_count(record, "rows")));
    }
    if (model_has_number(record, "bytes")) {
        PUT(page, W_EVENT_DATABASE_BYTES, FILL_BYTES("bytes", model_count(record, "bytes")));
    }
    word(page, W_STOP);
    if (logged != TIME_NONE && logged != at) {
        PUT(page, W_EVENT_DATABASE_CLOCK, FILL_INSTANT("at", logged));
    }
}

static void put_login(struct page *page, struct str role, const json_t *record)
{
    struct str file = model_text(record, "file");
    if (str_eq(role, STR("upload")) || str_eq(role, STR("download"))) {
        PUT(page, str_eq(role, STR("upload")) ? W_EVENT_FTP_IN : W_EVENT_FTP_OUT, FILL_TEXT("user", user_of(record)),
            FILL_PLACE("file", file));
    } else {
        PUT(page,
            str_eq(role, STR("command"))    ? W_EVENT_COMMAND
            : str_eq(role, STR("new-user")) ? W_EVENT_NEW_USER
            : str_eq(role, STR("account"))  ? W_EVENT_ACCOUNT
                                            : W_EVENT_LOGIN,
            FILL_TEXT("user", user_of(record)));
    }
    put_from_client(page, record);
}

void put_event_of_log(struct page *page, const json_t *record)
{
    struct str role = model_text(record, "role"), path = model_text(record, "path"),
               client = model_text(record, "client");
    if (traced_lane(record) == LOG_OF_DATABASE) {
        put_database(page, record);
    } else if (traced_lane(record) == LOG_OF_LOGINS) {
        put_login(page, role, record);
    } else if (str_eq(role, STR("ran"))) {
        PUT(page, W_EVENT_RAN, FILL_PLACE("path", path.len > 0 ? path : model_text(record, "file")));
        put_from_client(page, record);
    } else if (str_eq(role, STR("error")) && client.len > 0) {
        PUT(page, W_EVENT_ERROR, FILL_TEXT("client", client));
    } else {
        word(page, W_EVENT_OUTPUT);
        put_from_client(page, record);
    }
}

static bool is_same(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"role", "path", "user", "file", "client", "account", "tables"};
    for (size_t i = 0; a != b && i < sizeof keys / sizeof keys[0]; i++) {
        if (!str_eq(model_text(a, keys[i]), model_text(b, keys[i]))) {
            return false;
        }
    }
    return true;
}

bool event_is_new(const struct model *model, size_t index)
{
    const json_t *record = model->events[index].record;
    size_t from = index > LOOK_BACK ? index - LOOK_BACK : 0;
    for (size_t i = index; i > from; i--) { /* what repeats is mostly near */
        if (is_same(model->events[i - 1].record, record)) {
            return false;
        }
    }
    return true;
}

void put_decoded(struct page *page, const json_t *record)
{
    const json_t *decoded = model_array(record, "decoded");
    size_t count = json_array_size(decoded);
    for (size_t i = 0; i < count && i < DECODED_MAX; i++) {
        const json_t *one = json_array_get(decoded, i);
        PUT(page, W_EVENT_DECODED, FILL_TEXT("parameter", model_text(one, "parameter")),
            FILL_TEXT("how", model_text(one, "how")));
        put_code(page, model_text(one, "text"));
        put_lit(&page->out, ".");
    }
    if (count > DECODED_MAX) {
        put_lit(&page->out, " ");
        PUT(page, W_AND_MORE, FILL_COUNT("n", count - DECODED_MAX));
        put_lit(&page->out, ".");
    }
}
