/* Lines are taken around every line that a reason names, each once. */
#include <stdlib.h>

#include "assay/finding.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"
#include "sweep/explain.h"

#include "base/banned.h"

enum { AROUND = 2, MARKS_MAX = 64, LINES_MAX = 200, LINE_BYTES = 300 };

struct marks {
    uint64_t lines[MARKS_MAX];
    size_t count;
};

static void mark(struct marks *marks, int64_t line)
{
    if (line > 0 && marks->count < MARKS_MAX) {
        marks->lines[marks->count++] = (uint64_t)line;
    }
}

static void mark_all(struct marks *marks, const struct found *found)
{
    size_t i, k;
    const json_t *reason, *step;
    if (found->class != FOUND_NOTHING) {
        mark(marks, (int64_t)found->line);
    }
    json_array_foreach(found->reasons, i, reason)
    {
        mark(marks, json_int(reason, "line", 0));
        json_array_foreach(json_object_get(reason, "steps"), k, step)
        {
            mark(marks, json_int(step, "line", 0));
        }
    }
}

static bool is_near(const struct marks *marks, uint64_t line)
{
    for (size_t i = 0; i < marks->count; i++) {
        uint64_t at = marks->lines[i];
        if (line + AROUND >= at && line <= at + AROUND) {
            return true;
        }
    }
    return false;
}

/* [{line, text}] near the marks; counts all lines of what was read. */
static json_t *lines_around(struct str bytes, const struct marks *marks, uint64_t *ret_lines)
{
    json_t *list = json_array();
    uint64_t line = 0;
    for (struct str_cut cut = {.tail = bytes, .found = true}; cut.found && cut.tail.len != 0;) {
        cut = str_cut(cut.tail, '\n');
        line++;
        if (json_array_size(list) < LINES_MAX && is_near(marks, line)) {
            (void)json_array_append_new(list, json_pack("{s:I, s:o}", "line", (json_int_t)line, "text",
                                                        assay_text(str_slice(cut.head, 0, LINE_BYTES), LINE_BYTES)));
        }
    }
    *ret_lines = line;
    return list;
}

static json_t *languages(unsigned scripts)
{
    json_t *list = json_array();
    for (unsigned bit = 1; bit <= SCRIPT_CONFIG; bit <<= 1) {
        if ((scripts & bit) != 0) {
            (void)json_array_append_new(list, json_string(gate_language(bit)));
        }
    }
    return list;
}

json_t *explain_record(const struct subject *subject, const struct found *found, bool is_asked, bool is_whole,
                       uint64_t bytes, const char *sha256)
{
    const struct gate *gate = &subject->gate;
    struct marks marks = {.count = 0};
    uint64_t lines;
    char mtime[TIME_TEXT], mode[8];
    mark_all(&marks, found);
    json_t *around = lines_around(subject->bytes, &marks, &lines);
    time_rfc3339(mtime, (int64_t)subject->about.st_mtim.tv_sec * NS_PER_S);
    (void)snprintf(mode, sizeof mode, "%04o", subject->about.st_mode & 07777U);
    return json_pack("{s:s, s:I, s:I, s:I, s:s?, s:o, s:s?, s:b, s:b, s:b, s:b, s:s, s:s, s:I, s:s?, s:o}", "class",
                     "explained", "bytes", (json_int_t)bytes, "read_bytes", (json_int_t)subject->bytes.len, "lines",
                     (json_int_t)lines, "by_name",
                     gate->by_name != SCRIPT_NONE ? gate_language((unsigned)gate->by_name) : NULL, "by_content",
                     languages(gate->scripts), "magic", gate->magic, "binary", gate->is_binary, "archive",
                     gate->is_archive, "analysed", is_asked, "complete", is_whole, "mtime", mtime, "mode", mode, "uid",
                     (json_int_t)subject->about.st_uid, "sha256", sha256, "around", around);
}
