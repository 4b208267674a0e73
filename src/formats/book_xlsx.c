/* XLSX: the workbook's list of sheets and what they share, then the sheets in its order. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/book_xlsx.h"

#include "base/banned.h"

struct sheet_of {
    struct str name, relation, entry;
};

struct workbook {
    struct xlsx_tables tables;
    struct xlsx_loader loader;
    struct arena names;
    struct sheet_of sheets[BOOK_SHEETS_MAX];
    size_t count;
    struct err stop;
};

static struct str keep(struct workbook *book, const char *text)
{
    return arena_str(&book->names, str_of(text != NULL ? text : ""), &book->stop);
}

static void workbook_start(void *self, const char *name, const char **attributes)
{
    struct workbook *book = self;
    if (strcmp(name, "workbookPr") == 0) {
        const char *is_1904 = book_attribute(attributes, "date1904");
        book->tables.is_1904 = is_1904 != NULL && (strcmp(is_1904, "1") == 0 || strcmp(is_1904, "true") == 0);
    } else if (strcmp(name, "sheet") == 0 && book->count == BOOK_SHEETS_MAX) {
        err_set(&book->stop, ERR_LIMIT, "more than %d sheets in one workbook", BOOK_SHEETS_MAX);
    } else if (strcmp(name, "sheet") == 0) {
        book->sheets[book->count++] = (struct sheet_of){
            .name = keep(book, book_attribute(attributes, "name")),
            .relation = keep(book, book_attribute(attributes, "id")),
        };
    }
}

/* In another file, which may come before. Targets are relative to xl/, or begin with a slash. */
static void relations_start(void *self, const char *name, const char **attributes)
{
    struct workbook *book = self;
    const char *id = book_attribute(attributes, "Id");
    const char *target = book_attribute(attributes, "Target");
    if (strcmp(name, "Relationship") != 0 || id == NULL || target == NULL) {
        return;
    }
    for (size_t i = 0; i < book->count; i++) {
        if (str_eq(book->sheets[i].relation, str_of(id))) {
            OWN(own_buf) struct buf entry = {0};
            buf_printf(&entry, "%s%s", target[0] == '/' ? "" : "xl/", target[0] == '/' ? target + 1 : target);
            book->sheets[i].entry = arena_str(&book->names, buf_str(&entry), &book->stop);
        }
    }
}

/* One of the files that are read whole; that it is not there is no trouble unless it is needed. */
static int load(const struct book_source *source, struct str entry, const struct book_xml *xml, bool is_needed,
                struct err *err)
{
    struct err why = {0};
    OWN(own_container) struct container *container = book_open(source, err);
    if (container == NULL) {
        return -1;
    }
    if (book_find(container, entry, &why) != 0) {
        return is_needed || why.kind != ERR_FORMAT ? err_set(err, why.kind, "%s", why.text) : 0;
    }
    return book_parse(container, xml, err);
}

static int load_all(struct workbook *book, const struct book_source *source, struct err *err)
{
    struct book_xml sheets = {book, workbook_start, NULL, NULL, &book->stop};
    struct book_xml relations = {book, relations_start, NULL, NULL, &book->stop};
    struct book_xml strings = xlsx_strings_xml(&book->loader);
    struct book_xml styles = xlsx_styles_xml(&book->loader);
    TRY(load(source, STR("xl/workbook.xml"), &sheets, true, err));
    TRY(load(source, STR("xl/_rels/workbook.xml.rels"), &relations, true, err));
    TRY(load(source, STR("xl/sharedStrings.xml"), &strings, false, err));
    return load(source, STR("xl/styles.xml"), &styles, false, err);
}

static int count_width(struct xlsx_sheet *sheet, const struct book_source *source, struct str entry, struct err *err)
{
    OWN(own_container) struct container *container = book_open(source, err);
    if (container == NULL) {
        return -1;
    }
    struct book_xml xml = xlsx_sheet_xml(sheet);
    TRY(book_find(container, entry, err));
    return book_parse(container, &xml, err);
}

static int stream_sheet(struct xlsx_sheet *sheet, struct book_stream *stream, const struct sheet_of *which,
                        const struct book_source *source, const struct book_sink *sink, struct err *err)
{
    struct table_bytes csv = {stream, book_stream_read};
    struct book_xml xml = xlsx_sheet_xml(sheet);
    TRY(book_row_open(&sheet->row, sheet->width, err));
    sheet->out = &stream->out;
    stream->container = book_open(source, err);
    if (stream->container == NULL) {
        return -1;
    }
    TRY(book_find(stream->container, which->entry, err));
    stream->parser = book_parser_new(&xml, err);
    return stream->parser == NULL ? -1 : sink->sheet(sink->self, which->name, &csv, err);
}

/* A sheet that cannot be read is told as one, and the next is tried. */
struct broken {
    struct err why;
};

static int read_broken(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    const struct broken *broken = self;
    (void)into, (void)room;
    *ret_got = 0;
    return err_set(err, broken->why.kind, "%s", broken->why.text);
}

static int read_sheet(struct workbook *book, const struct sheet_of *which, const struct book_source *source,
                      const struct book_sink *sink, struct err *err)
{
    struct xlsx_sheet sheet = {.tables = &book->tables};
    struct book_stream stream = {.out = {.max = BOOK_OUT_BYTES_MAX}};
    struct broken broken = {.why = {.kind = ERR_NONE}};
    int result = 0;
    if (count_width(&sheet, source, which->entry, &broken.why) != 0) {
        struct table_bytes none = {&broken, read_broken};
        result = sink->sheet(sink->self, which->name, &none, err);
    } else {
        result = stream_sheet(&sheet, &stream, which, source, sink, err);
    }
    book_row_close(&sheet.row);
    buf_free(&sheet.value);
    buf_free(&stream.out);
    book_parser_free(stream.parser);
    container_close(stream.container);
    return result;
}

static int xlsx_read(const struct book_source *source, const struct book_sink *sink, struct err *err)
{
    struct workbook *book = calloc(1, sizeof *book);
    if (book == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for a workbook");
    }
    arena_init(&book->names, 0);
    arena_init(&book->tables.arena, BOOK_STRINGS_BYTES_MAX);
    book->loader.tables = &book->tables;
    int result = load_all(book, source, err);
    for (size_t i = 0; result == 0 && i < book->count; i++) {
        if (!str_starts(book->sheets[i].entry, STR("xl/chartsheets/"))) { /* a picture, no cells */
            result = read_sheet(book, &book->sheets[i], source, sink, err);
        }
    }
    xlsx_tables_close(&book->tables);
    xlsx_loader_close(&book->loader);
    arena_clear(&book->names);
    free(book);
    return result;
}

const struct book_format book_xlsx = {"XLSX", "xl/workbook.xml", xlsx_read};
