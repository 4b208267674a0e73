/* A web tool at the database without its requests.
 *
 * Adminer and phpMyAdmin reach a database only when somebody asks them to by a request, and they name themselves in how they
 * speak to either: to the database in a session's opening statements (dump.c), to the browser in the keys of their
 * addresses (path.c). So a session of such a tool has requests of the same seconds in the web log, with such keys. Where
 * not one is there, they were cut out, or another server has them. Clocks are joined where the offset is known; where it is not,
 * not one such request may be in the whole of the log for this to be told. */
#include "base/str.h"
#include "trace/contradict.h"
#include "trace/database.h"
#include "trace/watch.h"

#include "base/banned.h"

enum {
    AROUND = 10,         /* seconds: a request may be stamped when it begins or when it ends */
    CLOCKS_APART = 86400 /* no more, where the offset is not known */
};

struct tool_look {
    int64_t from, to; /* of the web's clock */
    uint64_t speaking, lines;
};

static int take_speaking(void *self, const struct log_batch *batch, uint64_t offset, uint64_t number, struct err *err)
{
    struct tool_look *look = self;
    (void)offset;
    (void)number;
    (void)err;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        if (!log_is_parsed(line) || line->second < look->from || line->second > look->to) {
            continue;
        }
        unsigned speaks = target_look(log_field(line, line->target));
        bool is_answered = line->status >= 200 && line->status <= 399;
        look->lines++;
        look->speaking += is_answered && (speaks & (QUERY_ADMINER | QUERY_EXPORT | QUERY_DUMP | QUERY_SQL)) != 0;
    }
    return 0;
}

/* One that speaks to such a tool is enough. */
static bool is_wanted(void *self, const struct job *job)
{
    const struct tool_look *look = self;
    return look->speaking == 0 && job->first <= look->to && job->last >= look->from;
}

static bool is_asked_for_by_requests(const struct taken *taken)
{
    return (taken->tool == TOOL_ADMINER || taken->tool == TOOL_PHPMYADMIN) && taken->session != NULL &&
           taken->moment == NULL;
}

static int tell_tool(struct telling *telling, const struct taken *taken, const struct tool_look *look, bool is_joined)
{
    char says[320];
    snprintf(
        says, sizeof says,
        "the database log has a session of %s, a tool that works by requests to a web server; of %llu lines of the web log %s not "
        "one is an answered request to such a tool",
        tool_name(taken->tool), (unsigned long long)look->lines,
        is_joined ? "in those seconds" : "in a day before and behind it (the clocks could not be joined)");
    const struct sign sign = {
        .kind = "a web tool at the database without its requests",
        .source = telling->run->sources.all[taken->first.source].path,
        .says = says,
        .innocent =
            "the tool ran on another web server, whose log is not here; it was not asked with the usual keys; or another "
            "program begins its sessions in the same way",
        .of = LOG_WEB,
        .count = 1,
        .base = -1,
        .from = look->from,
        .to = look->to};
    return sign_tell(telling, &sign);
}

int tell_tools(struct telling *telling)
{
    const struct database *database = telling->run->kinds[LOG_DATABASE];
    const struct takings *takings = database == NULL ? NULL : database->takings;
    for (size_t i = 0; takings != NULL && takings->has_web && i < takings->count; i++) {
        const struct taken *taken = &takings->all[i];
        if (!is_asked_for_by_requests(taken)) {
            continue;
        }
        bool is_joined = taken->offset != NULL && taken->offset->is_known;
        int64_t shift = is_joined ? taken->offset->seconds : 0, around = is_joined ? AROUND : CLOCKS_APART;
        struct tool_look look = {.from = taken->first.second + shift - around,
                                 .to = taken->last.second + shift + around};
        const struct feed_taker taker = {.self = &look, .take = take_speaking};
        TRY(read_again(telling->run, is_wanted, &taker, telling->err));
        if (look.speaking == 0 && look.lines > 0) {
            TRY(tell_tool(telling, taken, &look, is_joined));
        }
    }
    return 0;
}
