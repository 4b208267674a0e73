/* Web logs read once more, for a question that only some lines answer: on the caller's thread, only jobs that matter. */
#include <stdlib.h>

#include "base/own.h"
#include "trace/watch.h"

#include "base/banned.h"

static void own_feed(struct feed **feed)
{
    feed_free(*feed);
}

int read_again(const struct run *run, bool (*is_wanted)(void *self, const struct job *job),
               const struct feed_taker *taker, struct err *err)
{
    OWN(own_feed) struct feed *feed = feed_new(err);
    if (feed == NULL) {
        return -1;
    }
    for (size_t i = 0; i < run->sources.job_count; i++) {
        const struct job *job = &run->sources.jobs[i];
        const struct source *source = &run->sources.all[job->source];
        if (source->reader.format->kind == LOG_WEB && job->first <= job->last && is_wanted(taker->self, job)) {
            struct tally tally = {0};
            char damage[256];
            TRY(feed_job(feed, source, job, taker, &tally, damage, err));
        }
    }
    return 0;
}
