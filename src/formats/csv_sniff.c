/* Which CSV it is: the delimiter, and whether the first line names the columns. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "formats/csv_row.h"

#include "base/banned.h"

enum { SNIFF_ROWS = 200 };

/* How alike the first rows are when cut with this dialect: share of rows with the commonest count of cells (> 1). */
static double consistency(struct str head, struct csv_dialect dialect, size_t *ret_columns)
{
    struct str cells[1];
    struct csv_row row = {.cells = cells, .room = 1};
    struct csv_scan scan = {.dialect = dialect};
    size_t counts[SNIFF_ROWS];
    size_t rows = 0;
    const char *end = head.data + head.len;
    csv_scan_begin(&scan, head.data, end);
    const char *at = head.data;
    while (rows < SNIFF_ROWS && at < end &&
           csv_row_parse(&row, &scan, at, head.len < TABLE_HEAD_BYTES) == CSV_ROW_GOOD) {
        at = row.next;
        if (!row.is_blank) {
            counts[rows++] = row.count;
        }
    }
    size_t best = 0;
    *ret_columns = 1;
    for (size_t i = 0; i < rows; i++) {
        size_t same = 0;
        for (size_t j = 0; j < rows; j++) {
            same += counts[j] == counts[i];
        }
        if (counts[i] > 1 && same > best) {
            best = same;
            *ret_columns = counts[i];
        }
    }
    return rows == 0 ? 0 : (double)best / (double)rows;
}

struct csv_dialect csv_sniff(struct str head, size_t *ret_columns, double *ret_score)
{
    static const char delimiters[] = {',', ';', '\t', '|'};
    struct csv_dialect best = {',', '\n', memchr(head.data, '"', head.len) != NULL};
    if (memchr(head.data, '\n', head.len) == NULL && memchr(head.data, '\r', head.len) != NULL) {
        best.eol = '\r';
    }
    double best_score = 0;
    size_t best_columns = 1;
    for (size_t i = 0; i < sizeof(delimiters); i++) {
        struct csv_dialect tried = best;
        tried.delimiter = delimiters[i];
        size_t columns;
        double score = consistency(head, tried, &columns);
        if (score > best_score + .05 || (score > best_score - .05 && columns > best_columns && score > .5)) {
            best_score = score;
            best_columns = columns;
            best.delimiter = delimiters[i];
        }
    }
    best.has_quotes = best.has_quotes || best.delimiter != '\t'; /* tab-separated exports often do not quote */
    *ret_score = best_score;
    *ret_columns = best_columns;
    return best;
}

/* Could be a column's name: letters, digits, _ . - and spaces, beginning with a letter or _, not long. */
static bool is_name_like(struct str cell)
{
    cell = str_trim(cell);
    if (cell.len == 0 || cell.len > 64) {
        return false;
    }
    size_t letters = 0;
    for (size_t i = 0; i < cell.len; i++) {
        unsigned char byte = (unsigned char)cell.data[i];
        bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        bool other = byte == '_' || byte >= 0x80 || byte == '$' || byte == '#';
        if (i == 0 && !letter && !other) {
            return false;
        }
        if (!letter && !other && !(byte >= '0' && byte <= '9') && memchr(" .-/()[]:", byte, 9) == NULL) {
            return false;
        }
        letters += letter || byte >= 0x80;
    }
    return letters > 0;
}

static bool is_known_name(struct str cell)
{
    static const char *const known[] = {
        "id",     "uid",       "uuid",          "guid",     "email",      "e-mail",     "mail",
        "name",   "firstname", "first_name",    "lastname", "last_name",  "surname",    "phone",
        "tel",    "mobile",    "address",       "city",     "zip",        "country",    "password",
        "pw",     "hash",      "salt",          "token",    "created",    "created_at", "updated_at",
        "joined", "date",      "user",          "username", "login",      "customer",   "order",
        "status", "full_name", "password_hash", "user_id",  "customer_id"};
    cell = str_trim(cell);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (str_eq_nocase(cell, str_of(known[i]))) {
            return true;
        }
    }
    return false;
}

/* What the first row's cells are, as names of columns. */
struct names {
    bool usual;   /* one of them is */
    bool doubled; /* two are alike, as a join's are, or one is empty, as an index's is: most such rows hold values */
};

/* False: one of them could not be a name. */
static bool look_at_names(const struct csv_row *first, struct names *ret_names)
{
    size_t empty = 0;
    *ret_names = (struct names){.usual = false};
    for (size_t i = 0; i < first->count; i++) {
        struct str cell = str_trim(first->cells[i]);
        empty += cell.len == 0;
        if (cell.len > 0 && !is_name_like(cell)) {
            return false;
        }
        ret_names->usual = ret_names->usual || is_known_name(cell);
        for (size_t j = 0; j < i; j++) {
            ret_names->doubled = ret_names->doubled || str_eq_nocase(cell, str_trim(first->cells[j]));
        }
    }
    ret_names->doubled = ret_names->doubled || empty > 0;
    return empty < 2 && empty < first->count;
}

/* The rows below hold, in some column, values that could not be names. *ret_repeats: one of them holds again, in its place, what the
 * first row holds. */
static bool has_values_below(const struct csv_row *first, struct csv_scan *scan, bool is_ended, bool *ret_repeats)
{
    enum { ROWS = 20 };
    OWN(own_mem) struct str *cells = calloc(first->count, sizeof(*cells));
    struct csv_row row = {.cells = cells, .room = cells == NULL ? 0 : first->count};
    const char *at = first->next;
    size_t rows = 0;
    size_t valued = 0;
    *ret_repeats = false;
    while (rows < ROWS && at < scan->end && csv_row_parse(&row, scan, at, is_ended) == CSV_ROW_GOOD) {
        at = row.next;
        if (row.count != first->count || cells == NULL) {
            continue;
        }
        bool odd = false;
        for (size_t i = 0; i < row.count; i++) {
            odd = odd || (cells[i].len > 0 && !is_name_like(cells[i]));
            *ret_repeats = *ret_repeats || (cells[i].len > 0 && str_eq_nocase(cells[i], first->cells[i]));
        }
        rows++;
        valued += odd;
    }
    return rows > 0 && valued * 2 > rows;
}

/* The first row names the columns if every cell could, and either one is a usual name or the rows below hold values that could not be
 * names. Where two are alike or one is empty it takes both, and that no row below holds one of them again. */
bool csv_is_header(const struct csv_row *first, struct csv_scan *scan, bool is_ended)
{
    struct names names;
    bool repeats;
    if (!look_at_names(first, &names)) {
        return false;
    }
    if (names.usual && !names.doubled) {
        return true;
    }
    bool has_values = has_values_below(first, scan, is_ended, &repeats);
    return has_values && (!names.doubled || (names.usual && !repeats));
}
