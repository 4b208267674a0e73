/* kinds_look FILE...: what src/reach/kinds.h says of the tables in files of any format that src/formats reads; one JSON line a
 * note. For measuring kinds of personal data without a server. --speed: bytes and cells a second instead. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/own.h"
#include "base/time.h"
#include "formats/table.h"
#include "reach/kinds.h"

#include "base/banned.h"

struct looked {
    struct kinds *kinds[TABLE_TABLES_MAX];
    json_t *names[TABLE_TABLES_MAX]; /* of columns */
    char *tables[TABLE_TABLES_MAX];
    uint32_t count;
    uint64_t cells, bytes;
    int64_t ticks;
};

/* Processor time of this thread: other programs run too. */
static int64_t spent(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0 ? now.tv_sec * NS_PER_S + now.tv_nsec : 0;
}

static char *copy(struct str text)
{
    char *kept = malloc(text.len + 1);
    if (kept == NULL) {
        abort();
    }
    memcpy(kept, text.data, text.len);
    kept[text.len] = '\0';
    return kept;
}

static int on_table(void *self, uint32_t number, const struct table_shape *shape, bool *ret_wanted, struct err *err)
{
    struct looked *looked = self;
    OWN(own_mem) struct kind_column *columns = calloc(shape->column_count, sizeof(*columns));
    looked->tables[number] = copy(shape->name);
    looked->names[number] = json_array();
    for (size_t i = 0; i < shape->column_count && columns != NULL; i++) {
        columns[i] = (struct kind_column){.name = shape->columns[i], .table = shape->name};
        json_array_append_new(looked->names[number], json_stringn(shape->columns[i].data, shape->columns[i].len));
    }
    looked->count = number + 1;
    *ret_wanted = true;
    return kinds_open(columns, shape->column_count, &looked->kinds[number], err);
}

static int on_rows(void *self, const struct table_batch *batch, struct err *err)
{
    struct looked *looked = self;
    (void)err;
    int64_t began = spent();
    kinds_rows(looked->kinds[batch->table], batch->cells, batch->rows);
    looked->ticks += spent() - began;
    looked->cells += batch->rows * batch->columns;
    for (size_t i = 0; i < batch->rows * batch->columns; i++) {
        looked->bytes += batch->cells[i].len;
    }
    return 0;
}

static int say(struct looked *looked, uint32_t number, struct err *err)
{
    const struct kind_note *notes;
    size_t count;
    TRY(kinds_notes(looked->kinds[number], &notes, &count, err));
    for (size_t i = 0; i < count; i++) {
        const struct kind_note *note = &notes[i];
        OWN(own_json)
        json_t *line = json_pack("{s:s, s:O?, s:s, s:s?, s:s?, s:s, s:I, s:I}", "table", looked->tables[number],
                                 "column", json_array_get(looked->names[number], note->column), "kind", note->kind,
                                 "scheme", note->scheme, "weak", note->weak, "basis", note->by_name ? "name" : "values",
                                 "n", (json_int_t)note->n, "k", (json_int_t)note->k);
        OWN(own_mem) char *text = line == NULL ? NULL : json_dumps(line, JSON_COMPACT);
        puts(text == NULL ? "{}" : text);
    }
    return 0;
}

static int look(const char *path, bool is_speed, struct err *err)
{
    OWN(own_mem) struct looked *looked = calloc(1, sizeof(*looked));
    struct table_report report = {0};
    struct table_sink sink = {.self = looked, .table = on_table, .rows = on_rows};
    if (looked == NULL) {
        return err_set(err, ERR_LIMIT, "out of memory");
    }
    int result = table_read_file(path, &sink, &report, err);
    for (uint32_t i = 0; i < looked->count; i++) {
        if (result == 0 && !is_speed) {
            result = say(looked, i, err);
        }
        kinds_close(looked->kinds[i]);
        json_decref(looked->names[i]);
        free(looked->tables[i]);
    }
    if (is_speed) {
        double seconds = (double)looked->ticks / (double)NS_PER_S;
        printf("%.0f MB/s, %.2f million cells/s\n", (double)looked->bytes / seconds / 1e6,
               (double)looked->cells / seconds / 1e6);
    }
    return result;
}

int main(int argc, char **argv)
{
    bool is_speed = argc > 1 && strcmp(argv[1], "--speed") == 0;
    if (argc < 2 + is_speed) {
        fputs("usage: kinds_look [--speed] FILE...\n", stderr);
        return 64;
    }
    for (int i = 1 + is_speed; i < argc; i++) {
        struct err err = {0};
        if (look(argv[i], is_speed, &err) != 0) {
            fprintf(stderr, "kinds_look: %s: %s\n", argv[i], err.text);
            return 2;
        }
    }
    return 0;
}
