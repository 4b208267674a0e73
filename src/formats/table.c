/* A table of any format out of bytes: the encoding, then the surest format. Files, archives and folders: table_open.c. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/encoding.h"
#include "formats/table_open.h"
#include "formats/window.h"

#include "base/banned.h"

#define FORMAT(id) extern const struct table_format id##_format;
#define BINARY(id) FORMAT(id)
#include "formats/table_list.h"
#undef FORMAT
#undef BINARY

struct known_format {
    const struct table_format *format;
    bool is_binary;
};

#define FORMAT(id) {&id##_format, false},
#define BINARY(id) {&id##_format, true},
static const struct known_format formats[] = {
#include "formats/table_list.h"
};
#undef FORMAT
#undef BINARY

const char *table_reject_name(enum table_reject reason)
{
    static const char *const names[] = {"wrong number of cells",  "too long",          "broken", "cut off",
                                        "statement without rows", "of too many tables"};
    return reason < TABLE_REJECTS ? names[reason] : "unknown";
}

enum { SURE = 50 }; /* from here on two that are equally sure are one too many */

/* *ret_best NULL: none fits. */
static int surest(struct str head, bool is_binary, const struct table_format **ret_best, int *ret_score,
                  struct err *err)
{
    const struct table_format *second = NULL;
    *ret_best = NULL;
    *ret_score = 0;
    for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
        const struct table_format *format = formats[i].format;
        int score = formats[i].is_binary == is_binary ? format->probe(head) : 0;
        if (score > *ret_score) {
            *ret_best = format;
            *ret_score = score;
            second = NULL;
        } else if (score >= SURE && score == *ret_score) {
            second = format;
        }
    }
    return second == NULL ? 0
                          : err_set(err, ERR_FORMAT, "may be %s as well as %s: cannot tell which", (*ret_best)->name,
                                    second->name);
}

/* Up to TABLE_HEAD_BYTES, as far as the stream gives them. */
static int read_head(const struct table_bytes *bytes, char *head, size_t *ret_len, struct err *err)
{
    size_t len = 0;
    size_t got = 1;
    while (got > 0 && len < TABLE_HEAD_BYTES) {
        TRY(bytes->read(bytes->self, head + len, TABLE_HEAD_BYTES - len, &got, err));
        len += got;
    }
    *ret_len = len;
    return 0;
}

/* A dump that names its own character set. The bytes of its binary columns may stand in it as they are: it is text all the same. */
static bool says_utf8(struct str head)
{
    return str_find(head, STR("SET NAMES utf8"), 0) != SIZE_MAX ||
           str_find(head, STR("client_encoding = 'UTF8'"), 0) != SIZE_MAX;
}

/* Zeros or other controls that no text has. */
static bool is_binary(struct str head)
{
    size_t odd = 0;
    for (size_t i = 0; i < head.len; i++) {
        unsigned char byte = (unsigned char)head.data[i];
        odd += byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f' && byte != 1 &&
               byte != 0x1a && byte != 0x1b;
    }
    return odd > head.len / 64;
}

/* What is known, and not read here. */
static const char *known_other(struct str head)
{
    static const struct {
        struct str magic;
        const char *what;
    } others[] = {
        {STR_INIT("SQLite format 3\0"), "a SQLite database, which is read as a file of its own only: unpack it"},
        {STR_INIT("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
         "an Excel 97-2003 or encrypted workbook: save it as .xlsx without a password"},
        {STR_INIT("\x6d\xe2\x99\x81"), "a mongodump archive: restore it, or dump into a folder"},
        {STR_INIT("PGDMP"), "a pg_dump archive: pg_restore -f makes SQL of it"},
        {STR_INIT("\0\1\0\0Standard "), "an Access database"},
        {STR_INIT("PAR1"), "a Parquet file"},
        {STR_INIT("%PDF-"), "a PDF"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (str_starts(head, others[i].magic)) {
            return others[i].what;
        }
    }
    return NULL;
}

/* Lines of which most are cut by the same byte equally often, or hold one word each. */
static bool is_tabular(struct str head)
{
    enum { LINES = 200, CUTS_MAX = 64 };
    static const char cuts[] = ",;\t|^:\x01";
    unsigned short alike[sizeof cuts - 1][CUTS_MAX] = {{0}};
    size_t lines = 0, words = 0;
    for (struct str_cut line = str_cut(head, '\n'); lines < LINES; line = str_cut(line.tail, '\n')) {
        struct str text = str_trim(line.head);
        if (text.len > 0) {
            lines++;
            words += memchr(text.data, ' ', text.len) == NULL;
            for (size_t c = 0; c < sizeof cuts - 1; c++) {
                size_t count = 0;
                for (size_t i = 0; i < line.head.len; i++) {
                    count += line.head.data[i] == cuts[c];
                }
                alike[c][count < CUTS_MAX ? count : CUTS_MAX - 1]++;
            }
        }
        if (!line.found) {
            break;
        }
    }
    bool is_cut = words * 5 >= lines * 4;
    for (size_t c = 0; c < sizeof cuts - 1; c++) {
        for (size_t n = 1; n < CUTS_MAX; n++) {
            is_cut = is_cut || alike[c][n] * 5U >= lines * 4;
        }
    }
    return lines > 0 && is_cut;
}

int table_read_as(const struct table_format *format, const struct table_bytes *bytes, struct str name,
                  const struct table_sink *sink, struct table_report *report, struct err *err)
{
    OWN(own_window) struct window window = {0};
    TRY(window_open(&window, bytes, err));
    TRY(window_want(&window, TABLE_HEAD_BYTES, err));
    report->format = format->name;
    return window.to == window.from ? 0 : format->read(&window, name, sink, report, err);
}

static int read_text(const struct table_bytes *text, const struct table_reading *reading, struct err *err)
{
    const struct table_format *format = NULL;
    int score = 0;
    OWN(own_window) struct window window = {0};
    TRY(window_open(&window, text, err));
    TRY(window_want(&window, TABLE_HEAD_BYTES, err));
    struct str head = str_slice(window_str(&window), 0, TABLE_HEAD_BYTES);
    if (head.len == 0) {
        return 0;
    }
    if (!is_binary(head) || says_utf8(head)) {
        TRY(surest(head, false, &format, &score, err));
    }
    enum err_kind kind = reading->is_doubtful ? ERR_NOT_FOUND : ERR_FORMAT;
    if (format == NULL) {
        return err_set(err, kind,
                       "not a table this program reads (CSV, JSON, SQL dump, workbook, combo list, stealer log)");
    }
    if (reading->is_doubtful && score < SURE && !is_tabular(head)) {
        return err_set(err, kind, "text, but no table: its lines have no delimiter in common");
    }
    reading->report->format = format->name;
    return format->read(&window, reading->name, reading->sink, reading->report, err);
}

static int order(const char *name, struct encoding_guess *guess, struct err *err)
{
    if (name == NULL) {
        return 0;
    }
    if (!encoding_named(str_of(name), &guess->encoding)) {
        err_set(err, ERR_USAGE, "no encoding '%s' is known", name);
        return err_remedy(err, "UTF-8, UTF-16LE, UTF-16BE, UTF-32LE, UTF-32BE, Latin-1, ISO-8859-15, CP1252, CP1251, "
                               "KOI8-R, Shift-JIS, EUC-JP, GBK, Big5 or EUC-KR");
    }
    guess->by = ENCODING_BY_ORDER;
    guess->is_ascii = false;
    return 0;
}

static int read_encoded(struct encoding_reader *reader, struct str head, const struct table_reading *reading,
                        struct err *err)
{
    struct table_report *report = reading->report;
    struct encoding_guess guess = encoding_guess(head);
    bool is_guess = guess.by == ENCODING_BY_FREQUENCY || guess.by == ENCODING_BY_DEFAULT;
    if (is_guess && !guess.is_ascii && says_utf8(head)) {
        guess.encoding = ENCODING_UTF8;
        guess.by = ENCODING_BY_ITSELF;
    }
    TRY(order(reading->encoding, &guess, err));
    encoding_open(reader, guess.encoding, str_slice(head, guess.mark, head.len), reading->bytes);
    reader->by = guess.by;
    reader->is_undecided = guess.is_ascii;
    struct table_bytes text = encoding_bytes(reader);
    int result = read_text(&text, reading, err);
    report->encoding = encoding_name(reader->encoding);
    report->encoding_by = encoding_by_name(reader->by);
    report->encoding_guessed = reader->by == ENCODING_BY_FREQUENCY || reader->by == ENCODING_BY_DEFAULT;
    report->not_text = encoding_wrong(reader);
    report->bytes = reader->passed + guess.mark;
    return result;
}

static int read_binary(const struct table_format *format, struct encoding_reader *reader, struct str head,
                       const struct table_reading *reading, struct err *err)
{
    encoding_open(reader, ENCODING_UTF8, head, reading->bytes);
    reader->is_binary = true;
    struct table_bytes bytes = encoding_bytes(reader);
    int result = table_read_as(format, &bytes, reading->name, reading->sink, reading->report, err);
    reading->report->bytes = reader->passed;
    return result;
}

int table_read_one(const struct table_reading *reading, struct err *err)
{
    OWN(own_mem) char *room = malloc(TABLE_HEAD_BYTES);
    OWN(own_mem) struct encoding_reader *reader = calloc(1, sizeof(*reader));
    if (room == NULL || reader == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for reading");
    }
    const struct table_format *binary = NULL;
    int score = 0;
    struct str head = {room, 0};
    TRY(read_head(reading->bytes, room, &head.len, err));
    const char *other = known_other(head);
    if (other != NULL) {
        return err_set(err, ERR_FORMAT, "%s", other);
    }
    TRY(surest(head, true, &binary, &score, err));
    int result =
        binary != NULL ? read_binary(binary, reader, head, reading, err) : read_encoded(reader, head, reading, err);
    encoding_close(reader);
    return result;
}

int table_read_bytes(const struct table_bytes *bytes, struct str name, const struct table_sink *sink,
                     struct table_report *report, struct err *err)
{
    struct table_reading reading = {.bytes = bytes, .name = name, .sink = sink, .report = report};
    return table_read_one(&reading, err);
}
