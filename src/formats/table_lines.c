/* Lines out of a window, rows into batches. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/table_lines.h"

#include "base/banned.h"

enum { LINES_LOOKED_AT = 2000 };

static int flush(struct table_lines *lines, struct err *err)
{
    struct table_batch batch = {
        .first_row = lines->report->rows, .rows = lines->rows, .columns = lines->columns, .cells = lines->cells};
    lines->report->rows += lines->rows;
    lines->rows = 0;
    return batch.rows == 0 || !lines->is_wanted ? 0 : lines->sink->rows(lines->sink->self, &batch, err);
}

int table_lines_row(struct table_lines *lines, struct err *err)
{
    lines->rows++;
    return lines->rows == TABLE_BATCH_ROWS ? flush(lines, err) : 0;
}

/* Every whole line of the window; at the end of the file the last one too. */
static int take(struct table_lines *lines, struct err *err)
{
    struct window *window = lines->window;
    while (window->from < window->to) {
        struct str_cut cut = str_cut(window_str(window), '\n');
        if (!cut.found && !window->is_ended) {
            break;
        }
        struct str line = cut.head;
        line.len -= line.len > 0 && line.data[line.len - 1] == '\r';
        TRY(lines->line(lines->self, line, err));
        window->from += cut.head.len + cut.found;
    }
    TRY(flush(lines, err));
    return lines->pause == NULL ? 0 : lines->pause(lines->self, err);
}

/* A line that no window holds is given up, with all of it that is still to come. */
static int skip(struct table_lines *lines, struct err *err)
{
    struct window *window = lines->window;
    bool full;
    lines->report->rejected[TABLE_TOO_LONG]++;
    for (;;) {
        struct str_cut cut = str_cut(window_str(window), '\n');
        window->from += cut.head.len + cut.found;
        if (cut.found || window->is_ended) {
            return 0;
        }
        TRY(window_more(window, &full, err));
    }
}

static int read_all(struct table_lines *lines, struct err *err)
{
    struct window *window = lines->window;
    for (;;) {
        bool full;
        TRY(take(lines, err));
        if (window->is_ended && window->from == window->to) {
            TRY(lines->end == NULL ? 0 : lines->end(lines->self, err));
            return flush(lines, err);
        }
        TRY(window_more(window, &full, err));
        if (full) {
            TRY(skip(lines, err));
        }
    }
}

int table_lines_read(struct table_lines *lines, struct err *err)
{
    lines->cells = calloc(TABLE_BATCH_ROWS * lines->columns, sizeof *lines->cells);
    if (lines->cells == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    int result = read_all(lines, err);
    free(lines->cells);
    lines->cells = NULL;
    return result;
}

struct head_lines head_lines_of(struct str head)
{
    return (struct head_lines){head, 0, head.len >= TABLE_HEAD_BYTES};
}

bool head_lines_next(struct head_lines *lines, struct str *ret_line)
{
    while (lines->rest.len > 0 && lines->seen < LINES_LOOKED_AT) {
        struct str_cut cut = str_cut(lines->rest, '\n');
        lines->rest = cut.tail;
        *ret_line = str_trim(cut.head);
        if (!cut.found && lines->is_cut) {
            return false;
        }
        if (ret_line->len > 0) {
            lines->seen++;
            return true;
        }
    }
    return false;
}
