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

/* What the story may name of the files that trees hold: a few at each path that a request of it asks for, and a few that none asked for. */
enum { STORY_PATHS_MAX = 24, STORY_FILES_MAX = 3, STORY_FILES_ALONE_MAX = 8 };
/* The paths, each once; returns how many. */
size_t story_paths(const struct model *model, struct str out[static STORY_PATHS_MAX]);
/* Whether a path that was asked for is the end of a file's. */
bool story_ends_like(struct str file, struct str path);

#endif
