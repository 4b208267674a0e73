#include "formats/mysql_audit.h"

#include "base/str.h"

#include "base/banned.h"

void mysql_event_user(struct mysql_event *event)
{
    struct str text = event->user;
    size_t middle = SIZE_MAX;
    for (size_t at = str_find(text, STR(" @ "), 0); at != SIZE_MAX; at = str_find(text, STR(" @ "), at + 1)) {
        middle = at;
    }
    if (middle == SIZE_MAX) {
        return;
    }
    struct str name = str_slice(text, 0, middle);
    struct str_cut host = str_cut(str_slice(text, middle + 3, text.len), '[');
    struct str_cut inner = str_cut(name, '[');
    event->user = inner.found && str_ends(name, STR("]")) ? str_slice(inner.tail, 0, inner.tail.len - 1) : name;
    event->host = event->host.len > 0 ? event->host : str_trim(host.head);
    event->address = event->address.len > 0 ? event->address : str_cut(host.tail, ']').head;
}

/* "Query" as the readers of other logs say it; what is left is the log's own word. */
static struct str command_of(const struct mysql_event *event)
{
    if (str_eq(event->name, STR("connect"))) {
        return STR("Connect");
    }
    if (str_eq(event->name, STR("disconnect"))) {
        return STR("Quit");
    }
    return str_eq(event->name, STR("change_user")) ? STR("Change user") : event->name;
}

enum log_class mysql_event_line(struct log_line *line, const struct mysql_event *given, int16_t assumed,
                                struct buf *scratch)
{
    struct mysql_event event = *given;
    struct db_time time;
    if (event.name.len == 0) {
        return LOG_NOT_SO;
    }
    if (!db_date_time(&event.time, &time)) {
        return LOG_NO_TIME;
    }
    (void)db_zone(&event.time, &time);
    time.zone = time.zone == LOG_NO_ZONE ? 0 : time.zone; /* "All timestamps are in UTC" */
    db_stamp(line, &time, assumed);
    mysql_event_user(&event);
    line->user = log_scratch(scratch, event.user);
    line->client = log_scratch(scratch, event.address.len > 0 ? event.address : event.host);
    line->database = log_scratch(scratch, event.database);
    line->command = log_scratch(scratch, command_of(&event));
    line->statement = log_scratch(scratch, event.statement);
    line->session = event.session;
    line->status = event.status <= UINT16_MAX ? (uint16_t)event.status : UINT16_MAX;
    return LOG_PARSED;
}
