/* Rarer dialects of CSV, rewritten on their way to its reader as cells in double quotes with commas between:
 *
 *   delimiters ^ ~ :: || and byte 1      a^b      a::b
 *   cells in single quotes               'a','it''s'
 *   backslash before a quote             "say \"a\""
 *   MySQL's SELECT INTO OUTFILE          a<tab>\N   (with \N for a null somewhere in the head; \t, \n, \\ within cells)
 *   Excel's first line                   sep=;
 *
 * Recognised only where most lines of the head say so; what table_csv.c reads by itself is its own. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/table_open.h"
#include "formats/window.h"

#include "base/banned.h"

enum { SURE = 55, LINES_LOOKED_AT = 200, LINES_MIN = 2, OUT_BYTES = 64 << 10 };

struct dialect {
    struct str delimiter;
    char quote;       /* 0: cells are never quoted */
    bool has_escapes; /* a backslash takes the next byte as it is, or means a control */
    bool has_nulls;   /* \N as a whole cell */
    size_t skip;      /* bytes before the first row */
};

/* ---- Which one? ---- */

static size_t count_in(struct str line, struct str what)
{
    size_t count = 0;
    for (size_t at = str_find(line, what, 0); at != SIZE_MAX; at = str_find(line, what, at + what.len)) {
        count++;
    }
    return count;
}

/* The share of lines that hold `what` equally often, at least once, is nine tenths; quotes open nothing here. */
static bool is_even(struct str head, struct str what, size_t *ret_count)
{
    size_t lines = 0, even = 0;
    *ret_count = 0;
    for (struct str_cut cut = str_cut(head, '\n'); cut.found && lines < LINES_LOOKED_AT;
         cut = str_cut(cut.tail, '\n')) {
        if (str_trim(cut.head).len == 0) {
            continue;
        }
        size_t count = count_in(cut.head, what);
        *ret_count = lines == 0 ? count : *ret_count;
        lines++;
        even += count == *ret_count;
    }
    return lines >= LINES_MIN && *ret_count > 0 && even * 10 >= lines * 9;
}

/* Most lines begin and end with a single quote and have one on both sides of a delimiter. */
static bool is_single_quoted(struct str head, struct dialect *dialect)
{
    static const char delimiters[] = ",;\t|";
    for (size_t d = 0; d < sizeof delimiters - 1; d++) {
        const char between[] = {'\'', delimiters[d], '\'', '\0'};
        size_t lines = 0, quoted = 0;
        for (struct str_cut cut = str_cut(head, '\n'); cut.found && lines < LINES_LOOKED_AT;
             cut = str_cut(cut.tail, '\n')) {
            struct str line = str_trim(cut.head);
            lines += line.len > 0;
            quoted += line.len > 4 && line.data[0] == '\'' && line.data[line.len - 1] == '\'' &&
                      str_find(line, str_of(between), 0) != SIZE_MAX;
        }
        if (lines >= LINES_MIN && quoted * 10 >= lines * 9) {
            static const struct str known[] = {STR_INIT(","), STR_INIT(";"), STR_INIT("\t"), STR_INIT("|")};
            *dialect = (struct dialect){.delimiter = known[d], .quote = '\''};
            dialect->has_escapes =
                str_find(head, STR("\\'"), 0) != SIZE_MAX && str_find(head, STR("''"), 0) == SIZE_MAX;
            return true;
        }
    }
    return false;
}

static bool has_null_cells(struct str head)
{
    for (size_t at = str_find(head, STR("\\N"), 0); at != SIZE_MAX; at = str_find(head, STR("\\N"), at + 2)) {
        bool begins = at == 0 || head.data[at - 1] == '\t' || head.data[at - 1] == '\n';
        bool ends =
            at + 2 == head.len || head.data[at + 2] == '\t' || head.data[at + 2] == '\n' || head.data[at + 2] == '\r';
        if (begins && ends) {
            return true;
        }
    }
    return false;
}

/* Some quote behind a backslash is not at a cell's end: "C:\dir\" is a path in quotes. */
static bool escapes_within(struct str head)
{
    for (size_t at = str_find(head, STR("\\\""), 0); at != SIZE_MAX; at = str_find(head, STR("\\\""), at + 2)) {
        if (at + 2 < head.len && memchr(",;\t|\r\n", head.data[at + 2], 6) == NULL) {
            return true;
        }
    }
    return false;
}

/* "a \"b\" c": a quote behind a backslash, and never a doubled one. */
static bool has_escaped_quotes(struct str head, struct dialect *dialect)
{
    static const struct str known[] = {STR_INIT("\",\""), STR_INIT("\";\""), STR_INIT("\"\t\""), STR_INIT("\"|\""),
                                       STR_INIT(",\""),   STR_INIT(";\""),   STR_INIT("\t\""),   STR_INIT("|\"")};
    static const struct str delimiters[] = {STR_INIT(","), STR_INIT(";"), STR_INIT("\t"), STR_INIT("|")};
    if (!escapes_within(head)) {
        return false;
    }
    for (size_t at = str_find(head, STR("\"\""), 0); at != SIZE_MAX; at = str_find(head, STR("\"\""), at + 2)) {
        if (at > 0 && memchr(",;\t|\n", head.data[at - 1], 5) == NULL && head.data[at - 1] != '\\') {
            return false; /* doubled within a cell: RFC 4180 */
        }
    }
    size_t best = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t count = count_in(str_slice(head, 0, 16384), known[i]);
        if (count > best) {
            best = count;
            *dialect = (struct dialect){.delimiter = delimiters[i % 4], .quote = '"', .has_escapes = true};
        }
    }
    return best > 0;
}

/* "sep=;" and a line end. */
static size_t separator_line(struct str head, struct str *ret_delimiter)
{
    if (!str_starts(head, STR("sep=")) || head.len < 6 || (head.data[5] != '\r' && head.data[5] != '\n')) {
        return 0;
    }
    static const char known[] = ",;\t|^~";
    static const struct str all[] = {STR_INIT(","), STR_INIT(";"), STR_INIT("\t"),
                                     STR_INIT("|"), STR_INIT("^"), STR_INIT("~")};
    const char *at = memchr(known, head.data[4], sizeof known - 1);
    if (at == NULL) {
        return 0;
    }
    *ret_delimiter = all[at - known];
    return head.data[5] == '\r' && head.len > 6 && head.data[6] == '\n' ? 7 : 6;
}

static bool is_known(struct str head, struct dialect *dialect)
{
    static const struct str rare[] = {STR_INIT("\1"), STR_INIT("^"), STR_INIT("~"), STR_INIT("||"), STR_INIT("::")};
    static const struct str usual[] = {STR_INIT(","), STR_INIT(";"), STR_INIT("\t"), STR_INIT("|")};
    *dialect = (struct dialect){.quote = '"'};
    dialect->skip = separator_line(head, &dialect->delimiter);
    if (dialect->skip > 0 || is_single_quoted(head, dialect)) {
        return true;
    }
    size_t tabs = 0, most = 0, count = 0;
    if (is_even(head, STR("\t"), &tabs) && memchr(head.data, '"', head.len) == NULL && has_null_cells(head)) {
        *dialect = (struct dialect){.delimiter = STR("\t"), .has_escapes = true, .has_nulls = true};
        return true;
    }
    if (has_escaped_quotes(head, dialect)) {
        return true;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        most = is_even(head, usual[i], &count) && count > most ? count : most;
    }
    for (size_t i = 0; i < sizeof rare / sizeof *rare; i++) {
        bool is_pipes = rare[i].len == 2 && rare[i].data[0] == '|'; /* which are two of | */
        if (is_even(head, rare[i], &count) && (is_pipes ? count * 2 >= most : count > most)) {
            *dialect = (struct dialect){.delimiter = rare[i], .quote = '"'};
            return true;
        }
    }
    return false;
}

static int dialect_probe(struct str head)
{
    struct dialect dialect;
    return head.len > 0 && is_known(head, &dialect) ? SURE : 0;
}

/* ---- Rewriting ---- */

struct rewriting {
    struct window *window;
    struct dialect dialect;
    struct buf out;
    size_t given;
    bool is_in_cell, is_quoted, is_ended;
};

static void put_byte(struct rewriting *rewriting, char byte)
{
    if (!rewriting->is_in_cell) {
        buf_putc(&rewriting->out, '"');
        rewriting->is_in_cell = true;
    }
    if (byte == '"') {
        buf_putc(&rewriting->out, '"');
    }
    buf_putc(&rewriting->out, byte);
}

static void end_cell(struct rewriting *rewriting, char with)
{
    buf_puts(&rewriting->out, rewriting->is_in_cell ? "\"" : "");
    buf_putc(&rewriting->out, with);
    rewriting->is_in_cell = false;
}

/* What stands behind a backslash. \N, which is a null by itself, is no text. */
static void put_escaped(struct rewriting *rewriting, char byte)
{
    static const char from[] = "ntr0", to[] = "\n\t\r\0";
    const char *known = rewriting->dialect.has_nulls ? memchr(from, byte, sizeof from - 1) : NULL;
    if (byte == 'N' && rewriting->dialect.has_nulls && !rewriting->is_in_cell) {
        return;
    }
    put_byte(rewriting, known != NULL ? to[known - from] : byte);
}

/* Is `what` there? *ret_cut: too little is in sight to say. */
static bool is_at(struct str rest, struct str what, bool is_ended, bool *ret_cut)
{
    *ret_cut = rest.len < what.len && !is_ended && str_starts(what, rest);
    return str_starts(rest, what);
}

/* One step; bytes taken, or 0: more must be in sight. */
static size_t step(struct rewriting *rewriting, struct str rest, bool is_ended, bool is_cell_start)
{
    const struct dialect *dialect = &rewriting->dialect;
    char byte = rest.data[0];
    bool is_cut = false;
    if (rest.len < 2 && !is_ended) {
        return 0;
    }
    if (dialect->has_escapes && byte == '\\' && rest.len > 1) {
        put_escaped(rewriting, rest.data[1]);
        return 2;
    }
    if (rewriting->is_quoted) {
        if (byte != dialect->quote) {
            put_byte(rewriting, byte);
        } else if (!dialect->has_escapes && rest.len > 1 && rest.data[1] == byte) {
            put_byte(rewriting, byte);
            return 2;
        } else {
            rewriting->is_quoted = false;
        }
        return 1;
    }
    if (is_cell_start && dialect->quote != '\0' && byte == dialect->quote) {
        rewriting->is_quoted = true;
        return 1;
    }
    if (is_at(rest, dialect->delimiter, is_ended, &is_cut)) {
        end_cell(rewriting, ',');
        return dialect->delimiter.len;
    }
    if (is_cut) {
        return 0;
    }
    if (byte == '\n') {
        end_cell(rewriting, '\n');
    } else if (byte != '\r' || rest.len < 2 || rest.data[1] != '\n') {
        put_byte(rewriting, byte);
    }
    return 1;
}

static int rewrite(struct rewriting *rewriting, struct err *err)
{
    struct window *window = rewriting->window;
    bool full;
    while (rewriting->out.len < OUT_BYTES && !rewriting->is_ended) {
        struct str rest = window_str(window);
        size_t used = 0;
        if (rest.len > 0) {
            char last = rewriting->out.len == 0 ? ',' : rewriting->out.data[rewriting->out.len - 1];
            bool is_start = !rewriting->is_in_cell && (last == ',' || last == '\n');
            used = step(rewriting, rest, window->is_ended, is_start);
        }
        window->from += used;
        if (used == 0) {
            rewriting->is_ended = window->is_ended && rest.len == 0;
            TRY(window_more(window, &full, err));
        }
    }
    if (rewriting->is_ended && rewriting->is_in_cell) {
        end_cell(rewriting, '\n');
    }
    return buf_check(&rewriting->out, err);
}

static int read_rewritten(void *self, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct rewriting *rewriting = self;
    if (rewriting->given == rewriting->out.len) {
        buf_reset(&rewriting->out);
        rewriting->given = 0;
        TRY(rewrite(rewriting, err));
    }
    size_t left = rewriting->out.len - rewriting->given;
    *ret_got = left < room ? left : room;
    if (*ret_got > 0) {
        memcpy(into, rewriting->out.data + rewriting->given, *ret_got);
        rewriting->given += *ret_got;
    }
    return 0;
}

static int dialect_read(struct window *window, struct str name, const struct table_sink *sink,
                        struct table_report *report, struct err *err)
{
    extern const struct table_format table_csv_format;
    struct rewriting rewriting = {.window = window};
    if (window->to == window->from ||
        !is_known(str_slice(window_str(window), 0, TABLE_HEAD_BYTES), &rewriting.dialect)) {
        return err_set(err, ERR_FORMAT, "no dialect of CSV that is known");
    }
    window->from += rewriting.dialect.skip;
    struct table_bytes bytes = {&rewriting, read_rewritten};
    int result = table_read_as(&table_csv_format, &bytes, name, sink, report, err);
    buf_free(&rewriting.out);
    report->delimiter = rewriting.dialect.delimiter.data[0];
    return result;
}

const struct table_format table_dialect_format = {"CSV", dialect_probe, dialect_read};
