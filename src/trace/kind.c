/* Which file reads which kind of log. A kind without a line here is counted (times, classes, silences), and nothing else. */
#include "trace/database.h"

#include "base/banned.h"

extern const struct kind_work errors_work, logins_work, traffic_work;

const struct kind_work *const kind_works[LOG_KIND_COUNT] = {
    [LOG_WEB] = NULL, /* survey.c and follow.c: more than one pass */
    [LOG_ERRORS] = &errors_work,
    [LOG_LOGINS] = &logins_work,
    [LOG_TRAFFIC] = &traffic_work,
    [LOG_DATABASE] = &database_work,
};
