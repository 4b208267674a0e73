/* The XML of workbooks (formats/book_xlsx_sheet.c, book_ods.c): the first byte says which file of a workbook the rest is. A sheet in
 * pieces of two sizes gives the same lines, each as wide as was counted, and as CSV the reader of tables takes it. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/book_ods.h"
#include "formats/book_xlsx.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static int parse(const struct book_xml *xml, struct str text, size_t size)
{
    struct err err = {0};
    struct book_parser *parser = book_parser_new(xml, &err);
    check(parser != NULL);
    int result = 0;
    while (result == 0 && text.len > 0) {
        struct str piece = str_slice(text, 0, size);
        result = book_parser_feed(parser, piece, false, &err);
        text = str_slice(text, piece.len, text.len);
    }
    result = result == 0 ? book_parser_feed(parser, STR(""), true, &err) : result;
    check(result == 0 || err.text[0] != '\0');
    book_parser_free(parser);
    return result;
}

static void shared(struct str text, bool is_strings)
{
    struct xlsx_tables tables = {.strings = NULL};
    struct xlsx_loader loader = {.tables = &tables};
    arena_init(&tables.arena, 0);
    struct book_xml xml = is_strings ? xlsx_strings_xml(&loader) : xlsx_styles_xml(&loader);
    (void)parse(&xml, text, 7);
    xlsx_loader_close(&loader);
    xlsx_tables_close(&tables);
}

/* Quotes come in pairs, and every line has as many cells as the sheet is wide. */
static void check_lines(struct str csv, size_t width)
{
    size_t quotes = 0, commas = 0;
    for (size_t i = 0; i < csv.len; i++) {
        quotes += csv.data[i] == '"';
        commas += csv.data[i] == ',' && quotes % 2 == 0;
        if (csv.data[i] == '\n' && quotes % 2 == 0) {
            check(commas + 1 == width);
            commas = 0;
        }
    }
    check(quotes % 2 == 0 && commas == 0);
}

static const struct xlsx_tables *some_tables(void)
{
    static struct str strings[] = {STR_INIT("a"), STR_INIT("\"b\",\n")};
    static unsigned char looks[] = {XLSX_PLAIN, XLSX_DATE, XLSX_DATE_TIME, XLSX_TIME};
    static const struct xlsx_tables tables = {
        .strings = strings, .string_count = 2, .looks = looks, .look_count = sizeof looks};
    return &tables;
}

static int xlsx_lines(struct str text, size_t size, size_t width, struct buf *out, size_t *ret_width)
{
    struct xlsx_sheet sheet = {.tables = some_tables(), .out = out};
    struct err err;
    check(out == NULL || book_row_open(&sheet.row, width, &err) == 0);
    struct book_xml xml = xlsx_sheet_xml(&sheet);
    int result = parse(&xml, text, size);
    *ret_width = sheet.width;
    book_row_close(&sheet.row);
    buf_free(&sheet.value);
    return result;
}

static int ods_lines(struct str text, size_t size, size_t width, struct buf *out, size_t *ret_width)
{
    struct ods_sheet sheet = {.out = out};
    struct err err;
    check(out == NULL || book_row_open(&sheet.row, width, &err) == 0);
    struct book_xml xml = ods_sheet_xml(&sheet);
    int result = parse(&xml, text, size);
    *ret_width = sheet.width;
    ods_sheet_close(&sheet);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 1 << 16) {
        return 0;
    }
    struct str text = {(const char *)data + 1, size - 1};
    if (data[0] % 4 < 2) {
        shared(text, data[0] % 4 == 0);
        return 0;
    }
    int (*lines)(struct str, size_t, size_t, struct buf *, size_t *) = data[0] % 4 == 2 ? xlsx_lines : ods_lines;
    size_t width = 0, again = 0, other = 0;
    struct buf whole = {.max = 1 << 22}, cut = {.max = 1 << 22};
    int result = lines(text, SIZE_MAX, 0, NULL, &width);
    width = width == 0 || data[0] % 4 == 3 ? 8 : width; /* of ODS it is the last sheet's */
    int one = lines(text, SIZE_MAX, width, &whole, &again);
    int two = lines(text, 3, width, &cut, &other);
    /* a string that is not there is missed only where it is to be written */
    check((one == result || result == 0) && one == two && str_eq(buf_str(&whole), buf_str(&cut)));
    if (!whole.failed) {
        check_lines(buf_str(&whole), width);
    }
    buf_free(&whole);
    buf_free(&cut);
    return 0;
}
