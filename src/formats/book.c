/* What XLSX and ODS have in common: a zip, XML, and rows that go out as CSV. */
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/book.h"

#include "base/banned.h"

enum { PIECE_BYTES = 64 << 10, ENTRIES_LOOKED_AT = 10000, CELL_BYTES_MAX = 1 << 20 };

struct container *book_open(const struct book_source *source, struct err *err)
{
    return source->fd >= 0 ? container_open_fd(source->fd, source->budget, err)
                           : container_open_bytes(source->bytes, source->budget, err);
}

int book_probe(const struct book_source *source, const struct book_format **ret_format, const char **ret_why,
               struct err *err)
{
    static const struct book_format *const formats[] = {&book_xlsx, &book_ods};
    *ret_format = NULL;
    *ret_why = NULL;
    bool has_types = false, has_ods_manifest = false;
    const struct book_format *found = NULL;
    OWN(own_container) struct container *container = book_open(source, err);
    if (container == NULL) {
        return -1;
    }
    for (size_t i = 0; i < ENTRIES_LOOKED_AT; i++) {
        struct container_item item;
        bool any = false;
        struct err ignored = {0};
        if (container_next(container, &item, &any, &ignored) != 0 || !any) {
            break; /* what is broken is told when it is read */
        }
        has_types = has_types || str_eq(item.path, STR("[Content_Types].xml"));
        has_ods_manifest = has_ods_manifest || str_eq(item.path, STR("META-INF/manifest.xml"));
        for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
            found = str_eq(item.path, str_of(formats[f]->entry)) ? formats[f] : found;
        }
        if (str_eq(item.path, STR("xl/workbook.bin"))) {
            *ret_why = "a binary workbook (.xlsb): save it as .xlsx";
        }
    }
    *ret_format = (found == &book_xlsx && has_types) || (found == &book_ods && has_ods_manifest) ? found : NULL;
    return 0;
}

/* ---- rows ---- */

int book_row_open(struct book_row *row, size_t width, struct err *err)
{
    *row = (struct book_row){.width = width};
    row->cells = calloc(width + 1, sizeof *row->cells);
    return row->cells != NULL ? 0 : err_set(err, ERR_LIMIT, "no memory for %zu columns", width);
}

void book_row_close(struct book_row *row)
{
    for (size_t i = 0; row->cells != NULL && i < row->width; i++) {
        buf_free(&row->cells[i]);
    }
    free(row->cells);
    row->cells = NULL;
}

struct buf *book_row_cell(struct book_row *row, size_t column)
{
    if (column >= row->width) {
        return NULL;
    }
    struct buf *cell = &row->cells[column];
    buf_reset(cell);
    cell->max = CELL_BYTES_MAX;
    row->last = column + 1 > row->last ? column + 1 : row->last;
    return cell;
}

void book_row_put(struct book_row *row, struct buf *out)
{
    bool holds = false;
    for (size_t i = 0; i < row->last && !holds; i++) {
        holds = row->cells[i].len > 0;
    }
    for (size_t i = 0; holds && i < row->width; i++) {
        buf_puts(out, i == 0 ? "\"" : ",\"");
        struct str text = i < row->last ? buf_str(&row->cells[i]) : STR("");
        for (struct str_cut cut = str_cut(text, '"');; cut = str_cut(cut.tail, '"')) {
            buf_put(out, cut.head);
            if (!cut.found) {
                break;
            }
            buf_puts(out, "\"\"");
        }
        buf_putc(out, '"');
    }
    if (holds) {
        buf_putc(out, '\n');
    }
    for (size_t i = 0; i < row->last; i++) {
        buf_reset(&row->cells[i]);
    }
    row->last = 0;
}

/* "-12345678901234567890": whoever wrote these digits had them, and no double holds them all. */
static bool is_digits(struct str text)
{
    size_t sign = text.len > 1 && text.data[0] == '-';
    for (size_t i = sign; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
    }
    return text.len > sign && text.data[sign] != '0';
}

/* 15 digits, and zeros behind them. */
static void put_long(struct buf *out, double value)
{
    char number[64];
    (void)snprintf(number, sizeof number, "%.14e", value); /* "-1.23456789012345e+17" */
    int zeros = -14;
    for (const char *at = number; *at != '\0'; at++) {
        if (*at == 'e') {
            zeros += (at[2] - '0') * 10 + at[3] - '0'; /* 15 to 21 */
            break;
        }
        if (*at != '.') {
            buf_putc(out, *at);
        }
    }
    for (; zeros > 0; zeros--) {
        buf_putc(out, '0');
    }
}

void book_number(struct buf *out, struct str text)
{
    double value;
    char number[64];
    if (is_digits(text) || !str_double(text, &value)) {
        buf_put(out, text);
        return;
    }
    bool is_whole =
        fabs(value) < 1e15 && value >= -1e15 && value <= 1e15 && trunc(value) >= value && trunc(value) <= value;
    if (fabs(value) >= 1e15 && fabs(value) < 1e21) {
        put_long(out, value);
        return;
    }
    int len = snprintf(number, sizeof number, is_whole ? "%.0f" : "%.15g", value);
    buf_put(out, (struct str){number, (size_t)len});
}

void book_date(struct buf *out, struct str text)
{
    if (text.len < 11 || text.data[10] != 'T') {
        buf_put(out, text);
        return;
    }
    struct str time = str_slice(text, 11, text.len);
    struct str_cut cut = str_cut(time, '.');
    bool is_zero = cut.found;
    for (size_t i = 0; i < cut.tail.len; i++) {
        is_zero = is_zero && cut.tail.data[i] == '0';
    }
    time = is_zero ? cut.head : time;
    buf_put(out, str_slice(text, 0, 10));
    if (!str_eq(time, STR("00:00:00"))) {
        buf_putc(out, ' ');
        buf_put(out, time);
    }
}

/* ---- XML ---- */

struct book_parser {
    XML_Parser expat;
    struct book_xml xml;
    bool has_type;
};

/* "x:row" -> "row": files differ in what they call the prefix of the one namespace that matters. */
static const char *local(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}

/* A handler that failed is not called again; true: it may be. */
static bool goes_on(struct book_parser *parser)
{
    bool good = parser->xml.stop == NULL || parser->xml.stop->kind == ERR_NONE;
    if (!good) {
        (void)XML_StopParser(parser->expat, XML_FALSE);
    }
    return good;
}

static void XMLCALL on_start(void *self, const char *name, const char **attributes)
{
    struct book_parser *parser = self;
    if (parser->xml.start != NULL && goes_on(parser)) {
        parser->xml.start(parser->xml.self, local(name), attributes);
    }
}

static void XMLCALL on_end(void *self, const char *name)
{
    struct book_parser *parser = self;
    if (parser->xml.end != NULL && goes_on(parser)) {
        parser->xml.end(parser->xml.self, local(name));
    }
}

static void XMLCALL on_text(void *self, const char *text, int len)
{
    struct book_parser *parser = self;
    if (parser->xml.text != NULL && goes_on(parser)) {
        parser->xml.text(parser->xml.self, (struct str){text, (size_t)len});
    }
}

/* No workbook has a document type; entities that grow are made with one. */
static void XMLCALL on_type(void *self, const char *name, const char *system, const char *public_id, int has_subset)
{
    struct book_parser *parser = self;
    (void)name, (void)system, (void)public_id, (void)has_subset;
    parser->has_type = true;
    (void)XML_StopParser(parser->expat, XML_FALSE);
}

struct book_parser *book_parser_new(const struct book_xml *xml, struct err *err)
{
    struct book_parser *parser = calloc(1, sizeof *parser);
    XML_Parser expat = XML_ParserCreate(NULL);
    if (parser == NULL || expat == NULL) {
        if (expat != NULL) {
            XML_ParserFree(expat);
        }
        free(parser);
        err_set(err, ERR_LIMIT, "no memory for a workbook");
        return NULL;
    }
    parser->expat = expat;
    parser->xml = *xml;
    XML_SetUserData(expat, parser);
    XML_SetElementHandler(expat, on_start, on_end);
    XML_SetCharacterDataHandler(expat, on_text);
    XML_SetStartDoctypeDeclHandler(expat, on_type);
    return parser;
}

void book_parser_free(struct book_parser *parser)
{
    if (parser != NULL) {
        XML_ParserFree(parser->expat);
        free(parser);
    }
}

static void own_parser(struct book_parser **parser)
{
    book_parser_free(*parser);
}

int book_parser_feed(struct book_parser *parser, struct str piece, bool is_last, struct err *err)
{
    enum XML_Status status = XML_Parse(parser->expat, piece.data != NULL ? piece.data : "", (int)piece.len, is_last);
    if (parser->xml.stop != NULL && parser->xml.stop->kind != ERR_NONE) {
        return err_set(err, parser->xml.stop->kind, "%s", parser->xml.stop->text);
    }
    if (parser->has_type) {
        return err_set(err, ERR_FORMAT, "broken workbook: XML with a document type");
    }
    return status != XML_STATUS_ERROR ? 0
                                      : err_set(err, ERR_FORMAT, "broken workbook: XML line %lu: %s",
                                                (unsigned long)XML_GetCurrentLineNumber(parser->expat),
                                                XML_ErrorString(XML_GetErrorCode(parser->expat)));
}

int book_parse(struct container *container, const struct book_xml *xml, struct err *err)
{
    OWN(own_parser) struct book_parser *parser = book_parser_new(xml, err);
    OWN(own_mem) char *piece = malloc(PIECE_BYTES);
    if (parser == NULL || piece == NULL) {
        return parser == NULL ? -1 : err_set(err, ERR_LIMIT, "no memory for a workbook");
    }
    for (size_t got = 1; got > 0;) {
        TRY(container_read(container, piece, PIECE_BYTES, &got, err));
        TRY(book_parser_feed(parser, (struct str){piece, got}, got == 0, err));
    }
    return 0;
}

int book_stream_read(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct book_stream *stream = self;
    while (stream->from == stream->out.len && !stream->is_ended) {
        char piece[4096];
        size_t got = 0;
        buf_reset(&stream->out);
        stream->from = 0;
        TRY(container_read(stream->container, piece, sizeof piece, &got, err));
        TRY(book_parser_feed(stream->parser, (struct str){piece, got}, got == 0, err));
        if (stream->out.failed) {
            return err_set(err, ERR_LIMIT, "rows that repeat, or no memory: more than %d MiB of rows at once",
                           BOOK_OUT_BYTES_MAX >> 20);
        }
        TRY(container_spend(stream->container, stream->out.len, err));
        stream->is_ended = got == 0 || (stream->is_done != NULL && *stream->is_done);
    }
    size_t left = stream->out.len - stream->from;
    *ret_got = left < room ? left : room;
    if (*ret_got > 0) {
        memcpy(into, stream->out.data + stream->from, *ret_got);
        stream->from += *ret_got;
    }
    return 0;
}

int book_find(struct container *container, struct str entry, struct err *err)
{
    for (;;) {
        struct container_item item;
        bool any = false;
        TRY(container_next(container, &item, &any, err));
        if (!any) {
            return err_set(err, ERR_FORMAT, "broken workbook: no %.*s in it", STR_FMT(entry));
        }
        if (str_eq_nocase(item.path, entry)) { /* ECMA-376 part 2, 9.1.1.1: names are alike whatever their case */
            return item.is_encrypted ? err_set(err, ERR_FORMAT, "encrypted: its bytes cannot be had") : 0;
        }
    }
}

const char *book_attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(local(attributes[i]), name) == 0) {
            return attributes[i + 1];
        }
    }
    return NULL;
}
