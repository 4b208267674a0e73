/* ODS: sheets are tables of one content.xml, rows and cells may stand for many that are alike (OpenDocument 1.2, 9.1). */
#include <stdlib.h>

#include "base/arena.h"
#include "base/str.h"
#include "formats/book_ods.h"

#include "base/banned.h"

enum { VALUE_BYTES_MAX = 1 << 20, REPEATS_MAX = 1 << 20, PASSES_MAX = 16 };

static size_t repeats(const char **attributes, const char *name)
{
    const char *text = book_attribute(attributes, name);
    uint64_t number = 1;
    if (text == NULL || !str_u64(str_of(text), &number) || number == 0) {
        return 1;
    }
    return number < REPEATS_MAX ? (size_t)number : REPEATS_MAX;
}

static bool is_wanted(const struct ods_sheet *sheet)
{
    return sheet->depth == 1 && (sheet->out == NULL || sheet->at == sheet->wanted + 1);
}

static void open_cell(struct ods_sheet *sheet, const char **attributes)
{
    const char *type = book_attribute(attributes, "value-type");
    const char *value = book_attribute(attributes, "value");
    const char *date = book_attribute(attributes, "date-value");
    const char *truth = book_attribute(attributes, "boolean-value");
    sheet->is_in_cell = true;
    sheet->has_paragraph = false;
    sheet->cell_repeats = repeats(attributes, "number-columns-repeated");
    buf_reset(&sheet->value);
    sheet->value.max = VALUE_BYTES_MAX;
    sheet->is_from_attribute = true;
    if (date != NULL) {
        book_date(&sheet->value, str_of(date));
    } else if (truth != NULL) {
        buf_puts(&sheet->value, truth);
    } else if (value != NULL && type != NULL && strcmp(type, "string") != 0) {
        book_number(&sheet->value, str_of(value));
    } else {
        sheet->is_from_attribute = false;
    }
}

static void close_cell(struct ods_sheet *sheet)
{
    sheet->is_in_cell = sheet->is_text = false;
    size_t end = sheet->column + sheet->cell_repeats;
    if (sheet->value.len > 0 && end > BOOK_COLUMNS_MAX) {
        err_set(&sheet->stop, ERR_LIMIT, "a cell in column %zu, of at most %d", end, BOOK_COLUMNS_MAX);
        return;
    }
    for (size_t c = sheet->column; sheet->value.len > 0 && c < end; c++) {
        sheet->width = c + 1 > sheet->width ? c + 1 : sheet->width;
        struct buf *cell = sheet->out != NULL ? book_row_cell(&sheet->row, c) : NULL;
        if (cell != NULL) {
            buf_put(cell, buf_str(&sheet->value));
        }
    }
    if (sheet->value.failed) {
        err_set(&sheet->stop, ERR_LIMIT, "a cell of more than %d bytes", VALUE_BYTES_MAX);
    }
    sheet->column = end;
}

/* The same row as often as it stands there. Rows without a cell, of which a sheet may end in a million, are none. */
static void close_row(struct ods_sheet *sheet)
{
    if (sheet->out == NULL) {
        return;
    }
    size_t from = sheet->out->len;
    book_row_put(&sheet->row, sheet->out);
    size_t len = sheet->out->len - from;
    for (size_t i = 1; len > 0 && i < sheet->row_repeats && !sheet->out->failed; i++) {
        char *room = buf_room(sheet->out, len);
        if (room != NULL) {
            memcpy(room, sheet->out->data + from, len);
            sheet->out->len += len;
        }
    }
}

static void on_start(void *self, const char *name, const char **attributes)
{
    struct ods_sheet *sheet = self;
    if (strcmp(name, "table") == 0) {
        sheet->depth++;
        if (sheet->depth == 1) {
            sheet->at++;
            sheet->width = 0;
            if (sheet->on_sheet != NULL) {
                sheet->on_sheet(sheet->self, book_attribute(attributes, "name"));
            }
        }
        return;
    }
    if (!is_wanted(sheet)) {
        return;
    }
    if (strcmp(name, "table-row") == 0) {
        sheet->column = 0;
        sheet->row_repeats = repeats(attributes, "number-rows-repeated");
    } else if (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0) {
        open_cell(sheet, attributes);
    } else if (strcmp(name, "annotation") == 0) {
        sheet->is_note = true;
    } else if (sheet->is_in_cell && !sheet->is_note && !sheet->is_from_attribute) {
        if (strcmp(name, "p") == 0) {
            buf_puts(&sheet->value, sheet->has_paragraph ? "\n" : "");
            sheet->has_paragraph = sheet->is_text = true;
        } else if (strcmp(name, "s") == 0) {
            for (size_t i = repeats(attributes, "c"); i > 0 && i < 1000; i--) {
                buf_putc(&sheet->value, ' ');
            }
        } else if (strcmp(name, "tab") == 0 || strcmp(name, "line-break") == 0) {
            buf_putc(&sheet->value, name[0] == 't' ? '\t' : '\n');
        }
    }
}

static void on_end(void *self, const char *name)
{
    struct ods_sheet *sheet = self;
    if (strcmp(name, "table") == 0 && sheet->depth > 0) {
        if (sheet->depth == 1 && sheet->on_end != NULL) {
            sheet->on_end(sheet->self, sheet->width);
        }
        sheet->depth--;
        sheet->is_done = sheet->is_done || (sheet->depth == 0 && sheet->out != NULL && sheet->at == sheet->wanted + 1);
        return;
    }
    if (!is_wanted(sheet)) {
        return;
    }
    if (sheet->is_in_cell && (strcmp(name, "table-cell") == 0 || strcmp(name, "covered-table-cell") == 0)) {
        close_cell(sheet);
    } else if (strcmp(name, "table-row") == 0) {
        close_row(sheet);
    } else if (strcmp(name, "annotation") == 0) {
        sheet->is_note = false;
    } else if (strcmp(name, "p") == 0) {
        sheet->is_text = false;
    }
}

static void on_text(void *self, struct str text)
{
    struct ods_sheet *sheet = self;
    if (sheet->is_text && sheet->is_in_cell && !sheet->is_note) {
        buf_put(&sheet->value, text);
    }
}

struct book_xml ods_sheet_xml(struct ods_sheet *sheet)
{
    return (struct book_xml){sheet, on_start, on_end, on_text, &sheet->stop};
}

void ods_sheet_close(struct ods_sheet *sheet)
{
    book_row_close(&sheet->row);
    buf_free(&sheet->value);
}

/* ---- the file ---- */

struct ods {
    struct arena arena;
    struct str names[BOOK_SHEETS_MAX];
    size_t widths[BOOK_SHEETS_MAX];
    size_t count;
    struct ods_sheet counting;
};

static void found_sheet(void *self, const char *name)
{
    struct ods *ods = self;
    if (ods->count == BOOK_SHEETS_MAX) {
        err_set(&ods->counting.stop, ERR_LIMIT, "more than %d sheets in one workbook", BOOK_SHEETS_MAX);
        return;
    }
    ods->names[ods->count++] = arena_str(&ods->arena, str_of(name != NULL ? name : "sheet"), &ods->counting.stop);
}

static void found_end(void *self, size_t width)
{
    struct ods *ods = self;
    if (ods->count > 0) {
        ods->widths[ods->count - 1] = width;
    }
}

static int count_sheets(struct ods *ods, const struct book_source *source, struct err *err)
{
    OWN(own_container) struct container *container = book_open(source, err);
    if (container == NULL) {
        return -1;
    }
    ods->counting = (struct ods_sheet){.self = ods, .on_sheet = found_sheet, .on_end = found_end};
    struct book_xml xml = ods_sheet_xml(&ods->counting);
    TRY(book_find(container, STR("content.xml"), err));
    return book_parse(container, &xml, err);
}

static int stream_sheet(const struct ods *ods, size_t i, struct ods_sheet *sheet, struct book_stream *stream,
                        const struct book_source *source, const struct book_sink *sink, struct err *err)
{
    struct table_bytes csv = {stream, book_stream_read};
    struct book_xml xml = ods_sheet_xml(sheet);
    sheet->wanted = i;
    sheet->out = &stream->out;
    stream->is_done = &sheet->is_done;
    TRY(book_row_open(&sheet->row, ods->widths[i], err));
    stream->container = book_open(source, err);
    if (stream->container == NULL) {
        return -1;
    }
    TRY(book_find(stream->container, STR("content.xml"), err));
    stream->parser = book_parser_new(&xml, err);
    return stream->parser == NULL ? -1 : sink->sheet(sink->self, ods->names[i], &csv, err);
}

static int read_sheets(struct ods *ods, const struct book_source *source, const struct book_sink *sink, struct err *err)
{
    const struct container_budget once = *source->budget;
    TRY(count_sheets(ods, source, err));
    /* The same bytes are unpacked again for each sheet, up to its end. */
    struct container_budget budget = {
        .bytes = once.bytes > UINT64_MAX / PASSES_MAX ? UINT64_MAX : once.bytes * PASSES_MAX, .entries = once.entries};
    const struct book_source again = {source->fd, source->bytes, &budget};
    for (size_t i = 0; i < ods->count; i++) {
        struct ods_sheet sheet = {.at = 0};
        struct book_stream stream = {.out = {.max = BOOK_OUT_BYTES_MAX}};
        int result = stream_sheet(ods, i, &sheet, &stream, &again, sink, err);
        ods_sheet_close(&sheet);
        buf_free(&stream.out);
        book_parser_free(stream.parser);
        container_close(stream.container);
        TRY(result);
    }
    return 0;
}

static int ods_read(const struct book_source *source, const struct book_sink *sink, struct err *err)
{
    struct ods *ods = calloc(1, sizeof *ods);
    if (ods == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a workbook");
    }
    arena_init(&ods->arena, 0);
    int result = read_sheets(ods, source, sink, err);
    ods_sheet_close(&ods->counting);
    arena_clear(&ods->arena);
    free(ods);
    return result;
}

const struct book_format book_ods = {"ODS", "content.xml", ods_read};
