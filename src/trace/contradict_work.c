/* A database busier than the requests that are left explain (work.c), as told: once a server, whose logs all show it.
 * Clocks are joined as in join.c; where the offset is not known, nothing is compared. */
#include <math.h>

#include "base/str.h"
#include "base/time.h"
#include "trace/contradict.h"
#include "trace/work.h"

#include "base/banned.h"

static int tell_excess(struct telling *telling, const struct excess *excess, const char *source)
{
    char says[384];
    snprintf(says, sizeof says,
             "in %lld s %.0f connections to the database begin, beside %.0f requests to pages then and in the seconds "
             "around; usually %.2f begin with each",
             (long long)(excess->to - excess->from + 1), excess->own, excess->web, excess->ratio);
    const struct sign sign = {.kind = "more connections than requests explain",
                              .source = source,
                              .says = says,
                              .innocent =
                                  "a timer, a backup, a queue or a person at the database, a page that opens more "
                                  "connections than others, or requests that another server logs",
                              .of = LOG_WEB,
                              .count = (uint64_t)(excess->own - excess->mean),
                              .base = exp(-excess->surprise),
                              .base_of = "the chance of as many in one such stretch, as this log's own counts vary",
                              .from = excess->from,
                              .to = excess->to};
    return sign_tell(telling, &sign);
}

int tell_work(struct telling *telling)
{
    const struct database *database = telling->run->kinds[LOG_DATABASE];
    const struct takings *takings = database == NULL ? NULL : database->takings;
    struct excess found[DB_SETS];
    bool has_open = database != NULL && database->sessions.lost > 0; /* then old connections may look new */
    if (takings == NULL || !takings->has_web || has_open) {
        return 0;
    }
    for (size_t i = 0; i < database->activity_count; i++) {
        found[i] = (struct excess){0};
        if (takings->offsets[i].is_known) {
            TRY(work_compare(&takings->web, &database->begun[i], takings->offsets[i].seconds, &found[i], telling->err));
        }
    }
    for (size_t i = 0; i < database->activity_count; i++) {
        bool is_best = found[i].is_found;
        for (size_t k = 0; k < database->activity_count; k++) {
            bool is_more = found[k].surprise > found[i].surprise || (found[k].surprise >= found[i].surprise && k < i);
            is_best &= k == i || !found[k].is_found || !is_more ||
                       !db_activity_is_same(&database->begun[i], takings->offsets[i].seconds, &database->begun[k],
                                            takings->offsets[k].seconds);
        }
        if (is_best) {
            TRY(tell_excess(telling, &found[i], telling->run->sources.sets[database->activity[i].set]));
        }
    }
    return 0;
}
