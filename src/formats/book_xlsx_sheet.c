/* XML of XLSX: sheets, shared strings, styles (ECMA-376 part 1, 18.3, 18.4, 18.8). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/str.h"
#include "base/time.h"
#include "formats/book_xlsx.h"

#include "base/banned.h"

enum { VALUE_BYTES_MAX = 1 << 20, STYLES_MAX = 1 << 16, SECONDS_A_DAY = 86400 };

void xlsx_tables_close(struct xlsx_tables *tables)
{
    arena_clear(&tables->arena);
    free(tables->strings);
    free(tables->looks);
    *tables = (struct xlsx_tables){.strings = NULL};
}

/* ---- dates ---- */

enum xlsx_look xlsx_look_of(struct str format)
{
    bool has_day = false, has_hour = false, has_month = false;
    for (size_t i = 0; i < format.len && format.data[i] != ';'; i++) {
        char byte = format.data[i];
        if (byte == '\\' || byte == '_' || byte == '*') {
            i++; /* the next one is shown, or left blank */
        } else if (byte == '"') {
            for (i++; i < format.len && format.data[i] != '"'; i++) {
            }
        } else if (byte == '[') {
            size_t inside = i + 1;
            for (i++; i < format.len && format.data[i] != ']'; i++) {
            }
            char first = inside < i ? (char)(format.data[inside] | 0x20) : ' ';
            bool is_unit = i - inside == 1 || (i - inside == 2 && format.data[inside] == format.data[inside + 1]);
            has_hour = has_hour || (is_unit && memchr("hms", first, 3) != NULL); /* [h]: hours beyond 24 */
        } else if (str_starts(str_slice(format, i, format.len), STR("General"))) {
            i += 6;
        } else if (str_is_letter(byte)) {
            char low = (char)(byte | 0x20);
            has_day = has_day || low == 'd' || low == 'y';
            has_hour = has_hour || low == 'h' || low == 's';
            has_month = has_month || low == 'm';
        }
    }
    has_day = has_day || (has_month && !has_hour);
    return has_day ? has_hour ? XLSX_DATE_TIME : XLSX_DATE : has_hour ? XLSX_TIME : XLSX_PLAIN;
}

static enum xlsx_look built_in(unsigned long id)
{
    if (id == 22) {
        return XLSX_DATE_TIME;
    }
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || (id >= 34 && id <= 36) || (id >= 50 && id <= 58)) {
        return XLSX_DATE;
    }
    return (id >= 18 && id <= 21) || id == 32 || id == 33 || (id >= 45 && id <= 47) ? XLSX_TIME : XLSX_PLAIN;
}

void xlsx_date(struct buf *out, double serial, enum xlsx_look look, bool is_1904)
{
    if (!(serial >= 0) || serial >= 2958466) { /* 9999-12-31 is the last */
        char number[64];
        (void)snprintf(number, sizeof number, "%.15g", serial);
        buf_puts(out, number);
        return;
    }
    int64_t seconds = (int64_t)llround(serial * SECONDS_A_DAY);
    int64_t days = seconds / SECONDS_A_DAY;
    int64_t rest = seconds % SECONDS_A_DAY;
    bool has_time = look != XLSX_DATE && (rest != 0 || look == XLSX_TIME);
    if (look == XLSX_TIME && days > 0) {
        look = XLSX_DATE_TIME;
    }
    if (look == XLSX_DATE && rest != 0) {
        has_time = true; /* it is there, if hidden */
    }
    if (look != XLSX_TIME) {
        int64_t year = 1900;
        unsigned month = 2, day = 29;
        int64_t origin = is_1904 ? time_days(1904, 1, 1) : time_days(1899, 12, days < 60 ? 31 : 30);
        if (is_1904 || days != 60) {
            time_date(origin + days, &year, &month, &day);
        }
        buf_printf(out, "%04d-%02u-%02u%s", (int)year, month, day, has_time ? " " : "");
    }
    if (has_time) {
        buf_printf(out, "%02d:%02d:%02d", (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
    }
}

/* ---- a sheet ---- */

/* "BC12" -> 54; SIZE_MAX if it names no column. */
static size_t column_of(const char *place)
{
    size_t column = 0;
    for (; *place >= 'A' && *place <= 'Z' && column < 1000000; place++) {
        column = column * 26 + (size_t)(*place - 'A' + 1);
    }
    return column - 1;
}

static char type_of(const char *type)
{
    static const struct {
        const char *name;
        char type;
    } types[] = {{"s", 's'}, {"inlineStr", 'i'}, {"str", 't'}, {"b", 'b'}, {"d", 'd'}, {"e", 'e'}};
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, type) == 0) {
            return types[i].type;
        }
    }
    return 'n';
}

static void open_cell(struct xlsx_sheet *sheet, const char **attributes)
{
    const char *place = book_attribute(attributes, "r");
    const char *style = book_attribute(attributes, "s");
    uint64_t number = 0;
    size_t column = place != NULL ? column_of(place) : SIZE_MAX;
    sheet->column = column != SIZE_MAX ? column : sheet->column + 1; /* before the first it is SIZE_MAX */
    sheet->type = type_of(book_attribute(attributes, "t"));
    sheet->style = style != NULL && str_u64(str_of(style), &number) ? (size_t)number : 0;
    sheet->is_in_cell = true;
    buf_reset(&sheet->value);
    sheet->value.max = VALUE_BYTES_MAX;
    if (sheet->column >= BOOK_COLUMNS_MAX) {
        err_set(&sheet->stop, ERR_LIMIT, "a cell in column %zu, of at most %d", sheet->column + 1, BOOK_COLUMNS_MAX);
    }
}

static void put_shared(struct xlsx_sheet *sheet, struct buf *cell, struct str value)
{
    const struct xlsx_tables *tables = sheet->tables;
    uint64_t index;
    if (!str_u64(value, &index) || index >= tables->string_count) {
        err_set(&sheet->stop, ERR_FORMAT, "broken workbook: a cell refers to a shared string that is not there, of %zu",
                tables->string_count);
        return;
    }
    buf_put(cell, tables->strings[index]);
}

static void put_cell(struct xlsx_sheet *sheet, struct buf *cell)
{
    struct str value = buf_str(&sheet->value);
    const struct xlsx_tables *tables = sheet->tables;
    double serial;
    enum xlsx_look look = sheet->style < tables->look_count ? (enum xlsx_look)tables->looks[sheet->style] : XLSX_PLAIN;
    if (sheet->type == 's') {
        put_shared(sheet, cell, value);
    } else if (sheet->type == 'd') {
        book_date(cell, value);
    } else if (sheet->type == 'b') {
        buf_puts(cell, str_eq(value, STR("1")) ? "true" : "false");
    } else if (sheet->type != 'n') {
        buf_put(cell, value);
    } else if (look != XLSX_PLAIN && str_double(value, &serial)) {
        xlsx_date(cell, serial, look, tables->is_1904);
    } else {
        book_number(cell, value);
    }
}

static void close_cell(struct xlsx_sheet *sheet)
{
    sheet->is_in_cell = false;
    if (sheet->value.len == 0 || sheet->column >= BOOK_COLUMNS_MAX) {
        return;
    }
    sheet->width = sheet->column + 1 > sheet->width ? sheet->column + 1 : sheet->width;
    struct buf *cell = sheet->out != NULL ? book_row_cell(&sheet->row, sheet->column) : NULL;
    if (cell != NULL) {
        put_cell(sheet, cell);
    }
    if (sheet->value.failed || (cell != NULL && cell->failed)) {
        err_set(&sheet->stop, ERR_LIMIT, "a cell of more than %d bytes", VALUE_BYTES_MAX);
    }
}

static void sheet_start(void *self, const char *name, const char **attributes)
{
    struct xlsx_sheet *sheet = self;
    if (strcmp(name, "row") == 0) {
        sheet->column = SIZE_MAX;
    } else if (strcmp(name, "c") == 0) {
        open_cell(sheet, attributes);
    } else if (strcmp(name, "rPh") == 0) {
        sheet->is_phonetic = true;
    } else if (sheet->is_in_cell && !sheet->is_phonetic && (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)) {
        sheet->is_value = true;
    }
}

static void sheet_end(void *self, const char *name)
{
    struct xlsx_sheet *sheet = self;
    if (strcmp(name, "c") == 0 && sheet->is_in_cell) {
        close_cell(sheet);
    } else if (strcmp(name, "row") == 0 && sheet->out != NULL) {
        book_row_put(&sheet->row, sheet->out);
    } else if (strcmp(name, "rPh") == 0) {
        sheet->is_phonetic = false;
    } else if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        sheet->is_value = false;
    }
}

static void sheet_text(void *self, struct str text)
{
    struct xlsx_sheet *sheet = self;
    if (sheet->is_value) {
        buf_put(&sheet->value, text);
    }
}

struct book_xml xlsx_sheet_xml(struct xlsx_sheet *sheet)
{
    return (struct book_xml){sheet, sheet_start, sheet_end, sheet_text, &sheet->stop};
}

/* ---- shared strings ---- */

static bool room_for(void **array, size_t count, size_t *room, size_t size, size_t most, struct err *stop)
{
    if (count < *room) {
        return true;
    }
    size_t more = *room * 2 + 64;
    void *grown = count < most ? realloc(*array, more * size) : NULL;
    if (grown == NULL) {
        err_set(stop, ERR_LIMIT, "a workbook with more than %zu strings or styles", count);
        return false;
    }
    *array = grown;
    *room = more;
    return true;
}

static void strings_start(void *self, const char *name, const char **attributes)
{
    struct xlsx_loader *loader = self;
    (void)attributes;
    if (strcmp(name, "si") == 0) {
        buf_reset(&loader->text);
    } else if (strcmp(name, "rPh") == 0) {
        loader->is_phonetic = true;
    } else if (strcmp(name, "t") == 0) {
        loader->is_text = !loader->is_phonetic;
    }
}

static void strings_end(void *self, const char *name)
{
    struct xlsx_loader *loader = self;
    struct xlsx_tables *tables = loader->tables;
    if (strcmp(name, "t") == 0) {
        loader->is_text = false;
    } else if (strcmp(name, "rPh") == 0) {
        loader->is_phonetic = false;
    } else if (strcmp(name, "si") == 0) {
        void *strings = tables->strings;
        if (loader->stop.kind != ERR_NONE || !room_for(&strings, tables->string_count, &tables->string_room,
                                                       sizeof *tables->strings, 1 << 24, &loader->stop)) {
            return;
        }
        tables->strings = strings;
        tables->strings[tables->string_count] = arena_str(&tables->arena, buf_str(&loader->text), &loader->stop);
        tables->string_count += loader->stop.kind == ERR_NONE;
    }
}

static void strings_text(void *self, struct str text)
{
    struct xlsx_loader *loader = self;
    if (loader->is_text) {
        buf_put(&loader->text, text);
    }
}

struct book_xml xlsx_strings_xml(struct xlsx_loader *loader)
{
    loader->text.max = VALUE_BYTES_MAX;
    return (struct book_xml){loader, strings_start, strings_end, strings_text, &loader->stop};
}

/* ---- styles ---- */

static void add_custom(struct xlsx_loader *loader, const char **attributes)
{
    const char *id = book_attribute(attributes, "numFmtId");
    const char *code = book_attribute(attributes, "formatCode");
    uint64_t number;
    void *customs = loader->customs;
    if (id == NULL || code == NULL || !str_u64(str_of(id), &number) ||
        !room_for(&customs, loader->custom_count, &loader->custom_room, sizeof *loader->customs, STYLES_MAX,
                  &loader->stop)) {
        return;
    }
    loader->customs = customs;
    loader->customs[loader->custom_count++] = (struct xlsx_custom){(unsigned long)number, xlsx_look_of(str_of(code))};
}

static void add_style(struct xlsx_loader *loader, const char **attributes)
{
    struct xlsx_tables *tables = loader->tables;
    const char *id = book_attribute(attributes, "numFmtId");
    uint64_t number = 0;
    void *looks = tables->looks;
    if (!room_for(&looks, tables->look_count, &tables->look_room, sizeof *tables->looks, STYLES_MAX, &loader->stop)) {
        return;
    }
    tables->looks = looks;
    enum xlsx_look look = id != NULL && str_u64(str_of(id), &number) ? built_in((unsigned long)number) : XLSX_PLAIN;
    for (size_t i = 0; i < loader->custom_count; i++) {
        look = loader->customs[i].id == number ? loader->customs[i].look : look;
    }
    tables->looks[tables->look_count++] = (unsigned char)look;
}

static void styles_start(void *self, const char *name, const char **attributes)
{
    struct xlsx_loader *loader = self;
    if (strcmp(name, "numFmt") == 0) {
        add_custom(loader, attributes);
    } else if (strcmp(name, "cellXfs") == 0) {
        loader->is_in_xfs = true;
    } else if (strcmp(name, "xf") == 0 && loader->is_in_xfs) {
        add_style(loader, attributes);
    }
}

static void styles_end(void *self, const char *name)
{
    struct xlsx_loader *loader = self;
    if (strcmp(name, "cellXfs") == 0) {
        loader->is_in_xfs = false;
    }
}

struct book_xml xlsx_styles_xml(struct xlsx_loader *loader)
{
    return (struct book_xml){loader, styles_start, styles_end, NULL, &loader->stop};
}

void xlsx_loader_close(struct xlsx_loader *loader)
{
    buf_free(&loader->text);
    free(loader->customs);
    loader->customs = NULL;
}
