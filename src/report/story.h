/* Sentences about lines of logs, which the story tells among the others. */
#ifndef ASSAY_REPORT_STORY_H
#define ASSAY_REPORT_STORY_H

#include "report/traced.h"

/* A line of a database's, an error or a login log: traced_lane() is not LOGS_OF. */
void put_event_of_log(struct page *page, const json_t *record);
/* False when an earlier event says the same of the same client, path, account and file: one sentence stands for them. */
bool event_is_new(const struct model *model, size_t index);
/* What a request carried, where it could be read; nothing else. */
void put_decoded(struct page *page, const json_t *record);

#endif
