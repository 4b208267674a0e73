/* Times of the logs, and of what lies beside them, on the machine that they come from.
 *
 * From a body file (formats/bodyfile.h), whose names are those of that machine: a log is the file whose name it has, with the most folders
 * above it alike; its packing may differ. Without one, of the logs as they lie here. */
#ifndef ASSAY_TRACE_FILETIMES_H
#define ASSAY_TRACE_FILETIMES_H

#include "trace/inside.h"

enum { FILETIMES_MAX = 1 << 14 };
#define FILETIME_NONE INT64_MIN

struct file_entry {
    struct str path;
    size_t folder;                  /* bytes of path: its folder with the slash */
    uint64_t rights;                /* hash of mode, owner and group */
    int64_t written, changed, born; /* seconds; FILETIME_NONE: not told */
};

struct filetimes {
    struct file_entry *all; /* every file of the folders in which a log lies */
    size_t count, cap;
    struct log_entry *logs;  /* one a source */
    uint64_t wrong, unclear; /* lines that are none; logs that two files could be */
    bool is_full;
    struct arena keep;
};

/* Which file a source is. */
struct log_entry {
    const struct file_entry *entry; /* NULL: not known */
    struct str name;                /* its name, while it is looked for */
    unsigned score;
    bool is_unclear;
};

/* run->file_times, when its sources are open. err: IO, FORMAT (no body file), LIMIT. */
MUST_USE int filetimes_gather(struct run *run, struct err *err);
void filetimes_free(struct filetimes *times);
static inline struct str file_folder(const struct file_entry *file)
{
    return (struct str){file->path.data, file->folder};
}
/* Is it packed, as its name says? */
bool file_is_packed(const struct file_entry *file);

#endif
