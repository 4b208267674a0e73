/* One door for files and databases. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "sources/handoff.h"
#include "sources/input.h"

#include "base/banned.h"

static bool is_sqlite(const char *path)
{
    char magic[16];
    OWN(own_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return fd >= 0 && read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
           memcmp(magic, "SQLite format 3", 16) == 0;
}

int input_open(struct input *input, const char *name, struct err *err)
{
    *input = (struct input){.name = name};
    source_display(name, input->display, sizeof(input->display));
    char uri[4096 + 8];
    const char *wanted = source_is_uri(name) ? name : NULL;
    if (wanted == NULL && is_sqlite(name)) {
        (void)snprintf(uri, sizeof(uri), "sqlite:%.4096s", name);
        wanted = uri;
    }
    if (wanted == NULL) {
        return access(name, R_OK) == 0 ? 0 : err_set(err, ERR_IO, "%s: %s", name, strerror(errno));
    }
    TRY(source_open(wanted, &input->source, err));
    return source_tables(input->source, &input->tables, &input->table_count, err);
}

void input_close(struct input *input)
{
    table_report_close(&input->report);
    source_close(input->source);
    input->source = NULL;
}

struct bridge {
    const struct table_sink *sink;
    struct handoff *handoff; /* NULL: the sink is called here */
    uint32_t number;
    uint64_t given; /* rows of the table */
};

static int pass_on(void *self, const struct str *cells, size_t rows, size_t columns, struct err *err)
{
    struct bridge *bridge = self;
    struct table_batch batch = {
        .table = bridge->number, .first_row = bridge->given, .rows = rows, .columns = columns, .cells = cells};
    bridge->given += rows;
    return bridge->handoff != NULL ? handoff_put(bridge->handoff, &batch, err)
                                   : bridge->sink->rows(bridge->sink->self, &batch, err);
}

static int read_table(struct input *input, const struct source_table *table, struct bridge *bridge, struct err *err)
{
    struct source_sink rows = {bridge, pass_on};
    TRY(source_read(input->source, table, &rows, err));
    return bridge->handoff != NULL ? handoff_drain(bridge->handoff, err) : 0;
}

static int stream_tables(struct input *input, const struct table_sink *sink, struct err *err)
{
    OWN(own_handoff) struct handoff *handoff = NULL;
    TRY(handoff_open(sink, &handoff, err));
    struct bridge bridge = {.sink = sink, .handoff = handoff};
    input->report.rows = 0;
    for (size_t i = 0; i < input->table_count; i++) {
        const struct source_table *table = &input->tables[i];
        if (table->unreadable != NULL) {
            continue;
        }
        struct table_shape shape = {table->name, table->columns, table->column_count, true};
        bool wanted = true;
        bridge.given = 0;
        TRY(sink->table(sink->self, bridge.number, &shape, &wanted, err));
        if (wanted && read_table(input, table, &bridge, err) != 0) {
            return err_where(err, "table %.*s", STR_FMT(table->name));
        }
        input->report.rows += bridge.given;
        bridge.number++;
    }
    return 0;
}

int input_stream(struct input *input, const struct table_sink *sink, struct err *err)
{
    static const struct table_options options = {.database = input_database};
    if (input->source != NULL) {
        return stream_tables(input, sink, err);
    }
    table_report_close(&input->report);
    return table_read_path(input->name, &options, sink, &input->report, err);
}

int input_database(const char *path, const struct table_sink *sink, struct table_report *report, struct err *err)
{
    struct input input;
    if (!is_sqlite(path)) {
        return err_set(err, ERR_FORMAT, "no SQLite database any more");
    }
    int result = input_open(&input, path, err);
    if (result == 0) {
        result = stream_tables(&input, sink, err);
        report->rows = input.report.rows;
    }
    for (size_t i = 0; result == 0 && i < input.table_count; i++) {
        if (input.tables[i].unreadable != NULL) {
            (void)snprintf(report->damage, sizeof report->damage, "table %.*s: %s", STR_FMT(input.tables[i].name),
                           input.tables[i].unreadable);
        }
    }
    input_close(&input);
    return result;
}
