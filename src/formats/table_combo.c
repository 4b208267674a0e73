/* Combo lists: an account a line, e-mail and password with a delimiter between them, in any order, with a user's name, a hash or a salt
 * beside: "email:password", "user|pass|mail", "email:hash:salt". Nothing is quoted, and a password may hold the delimiter: one column, the
 * free one, takes what is left when the others are cut off from both ends.
 *
 * The layout is learned from the head: the delimiter with which most lines hold a bare e-mail at the same place, counted from the left or
 * from the right. Columns are named by what they hold. A list with a quote, a header or more than four columns is CSV's, and so is one with ;
 * or | of which all lines have the same three or four; but the header "email:password" is passed over, as CSV does not cut at colons. */
#include <stdio.h>

#include "base/str.h"
#include "formats/table_lines.h"

#include "base/banned.h"

enum { COLUMNS_MAX = 4, COUNTS_MAX = 32, SURE = 60, NAME_BYTES = 16 };

struct layout {
    char delimiter;
    size_t columns;
    size_t email; /* its column */
    size_t free;  /* the column that may hold the delimiter */
    bool has_header;
    const char *names[COLUMNS_MAX];
};

/* name@host.tld, and nothing that no address has bare. */
static bool is_email(struct str text)
{
    struct str_cut cut = str_cut(text, '@');
    if (!cut.found || cut.head.len == 0 || text.len > 254 || str_find(cut.tail, STR("."), 1) == SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.data[i];
        if ((unsigned char)byte <= ' ' || byte == 0x7f || memchr(",;:|\"'<>()[]\\", byte, 13) != NULL) {
            return false;
        }
    }
    return memchr(cut.tail.data, '@', cut.tail.len) == NULL && text.data[text.len - 1] != '.';
}

/* Hex of a digest's length, or the crypt form "$2y$10$...". */
static bool is_hash(struct str text)
{
    if (text.len > 20 && text.data[0] == '$') {
        return true;
    }
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char low = (char)(text.data[i] | 0x20);
        digits += (text.data[i] >= '0' && text.data[i] <= '9') || (low >= 'a' && low <= 'f');
    }
    return digits == text.len &&
           (text.len == 32 || text.len == 40 || text.len == 56 || text.len == 64 || text.len == 96 || text.len == 128);
}

static size_t count_of(struct str text, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += text.data[i] == byte;
    }
    return count;
}

/* The line as columns; false if it has too few. */
static bool split(const struct layout *layout, struct str line, struct str *cells)
{
    for (size_t i = 0; i < layout->free; i++) {
        struct str_cut cut = str_cut(line, layout->delimiter);
        if (!cut.found) {
            return false;
        }
        cells[i] = cut.head;
        line = cut.tail;
    }
    for (size_t i = layout->columns - 1; i > layout->free; i--) {
        size_t at = line.len;
        while (at > 0 && line.data[at - 1] != layout->delimiter) {
            at--;
        }
        if (at == 0) {
            return false;
        }
        cells[i] = str_slice(line, at, line.len);
        line = str_slice(line, 0, at - 1);
    }
    cells[layout->free] = line;
    return true;
}

/* ---- Learning ---- */

/* "email:password": names of columns, of which one is an address's and one what such a list is made for. */
static bool is_header(struct str line, char delimiter)
{
    static const char *const emails[] = {"email", "e-mail", "mail"}, *const secrets[] = {"password", "pass", "hash"};
    bool has_email = false, has_secret = false;
    for (struct str_cut cut = str_cut(line, delimiter);; cut = str_cut(cut.tail, delimiter)) {
        struct str cell = str_trim(cut.head);
        for (size_t i = 0; i < 3; i++) {
            has_email = has_email || str_eq_nocase(cell, str_of(emails[i]));
            has_secret = has_secret || str_eq_nocase(cell, str_of(secrets[i]));
        }
        if (!cut.found) {
            return has_email && has_secret;
        }
    }
}

/* How the lines are spread over numbers of columns, and where their e-mail stands. */
struct spread {
    bool has_header;
    size_t lines, by_count[COUNTS_MAX], first, last, second;
};

static bool spread_of(struct str head, char delimiter, struct spread *spread)
{
    struct head_lines lines = head_lines_of(head);
    struct str line;
    *spread = (struct spread){0};
    while (head_lines_next(&lines, &line)) {
        size_t columns = count_of(line, delimiter) + 1;
        struct str_cut cut = str_cut(line, delimiter);
        size_t tail = line.len;
        while (tail > 0 && line.data[tail - 1] != delimiter) {
            tail--;
        }
        bool first = cut.found && is_email(cut.head);
        bool last = cut.found && is_email(str_slice(line, tail, line.len));
        bool second = cut.found && is_email(str_cut(cut.tail, delimiter).head);
        spread->lines++;
        spread->first += first;
        spread->last += last;
        spread->second += second;
        spread->by_count[columns < COUNTS_MAX ? columns : 0]++;
        if (spread->lines == 1 && !first && !last && !second) {
            if (lines.seen > 1 || delimiter != ':' || !is_header(line, delimiter)) { /* CSV knows the others */
                return false; /* another header, or no such list */
            }
            *spread = (struct spread){.has_header = true};
        }
    }
    return spread->lines > 0;
}

static bool most(size_t count, size_t lines)
{
    return count * 10 >= lines * 9;
}

/* Do most lines, split so, hold a hash in this column? */
static bool holds_hashes(const struct layout *layout, struct str head, size_t column)
{
    struct head_lines lines = head_lines_of(head);
    struct str line, cells[COLUMNS_MAX];
    size_t hashes = 0;
    while (head_lines_next(&lines, &line)) {
        hashes += split(layout, line, cells) && is_hash(cells[column]);
    }
    return hashes * 2 > lines.seen;
}

static void name_columns(struct layout *layout, struct str head)
{
    bool has_hash = false;
    for (size_t i = 0; i < layout->columns; i++) {
        bool is_hashed = i != layout->email && !has_hash && holds_hashes(layout, head, i);
        layout->names[i] = i == layout->email ? "email" : is_hashed ? "hash" : NULL;
        has_hash = has_hash || is_hashed;
    }
    for (size_t i = 0; i < layout->columns; i++) {
        if (layout->names[i] == NULL && has_hash && i + 1 == layout->columns) {
            layout->names[i] = "salt";
        } else if (layout->names[i] == NULL && !has_hash && i == layout->free) {
            layout->names[i] = "password";
        } else if (layout->names[i] == NULL) {
            layout->names[i] = i == 0 || layout->email == 0 ? "user" : "other";
        }
    }
}

/* The count of columns four of five lines have; without one the delimiter is within passwords, and there are as few columns as there can be:
 * two, or three if hardly a line has two. 0: as many as no such list has. */
static size_t columns_of(const struct spread *spread)
{
    for (size_t i = 2; i < COUNTS_MAX; i++) {
        if (spread->by_count[i] * 5 >= spread->lines * 4) {
            return i <= COLUMNS_MAX ? i : 0;
        }
    }
    return 2;
}

static bool learn_with(struct str head, char delimiter, struct layout *layout)
{
    struct spread spread;
    if (!spread_of(head, delimiter, &spread)) {
        return false;
    }
    size_t columns = columns_of(&spread);
    bool is_even = columns > 2 && spread.by_count[columns] == spread.lines;
    if (columns == 0 || (is_even && delimiter != ':')) {
        return false; /* CSV reads it, and gives no name to what nothing is known of */
    }
    bool has_three = columns > 2 || spread.by_count[2] * 10 < spread.lines;
    *layout = (struct layout){
        .delimiter = delimiter, .columns = columns, .free = columns - 1, .has_header = spread.has_header};
    if (most(spread.last, spread.lines) && !most(spread.first, spread.lines)) {
        layout->columns = columns == 2 && has_three ? 3 : columns;
        layout->email = layout->columns - 1;
        layout->free = layout->columns - 2;
    } else if (most(spread.second, spread.lines) && !most(spread.first, spread.lines) && has_three) {
        layout->columns = columns == 2 ? 3 : columns;
        layout->email = 1;
        layout->free = layout->columns - 1;
    } else if (!most(spread.first, spread.lines)) {
        return false;
    }
    name_columns(layout, head);
    return true;
}

static bool learn(struct str head, struct layout *layout)
{
    static const char delimiters[] = ":;|";
    if (memchr(head.data, '"', head.len) != NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof delimiters - 1; i++) {
        if (learn_with(head, delimiters[i], layout)) {
            return true;
        }
    }
    return false;
}

static int combo_probe(struct str head)
{
    struct layout layout;
    return head.len > 0 && learn(str_slice(head, 0, TABLE_HEAD_BYTES), &layout) ? SURE : 0;
}

/* ---- Reading ---- */

struct combo {
    struct table_lines lines;
    struct layout layout;
};

static int take_line(void *self, struct str line, struct err *err)
{
    struct combo *combo = self;
    struct table_report *report = combo->lines.report;
    if (str_trim(line).len == 0) {
        report->blank++;
        return 0;
    }
    if (combo->layout.has_header) {
        combo->layout.has_header = false;
        report->has_header = true;
        return 0;
    }
    if (!split(&combo->layout, line, table_lines_cells(&combo->lines))) {
        report->rejected[TABLE_WRONG_CELLS]++;
        return 0;
    }
    return table_lines_row(&combo->lines, err);
}

static int combo_read(struct window *window, struct str name, const struct table_sink *sink,
                      struct table_report *report, struct err *err)
{
    struct combo combo = {.lines = {.window = window, .sink = sink, .report = report, .line = take_line}};
    struct str columns[COLUMNS_MAX];
    if (window->to == window->from || !learn(str_slice(window_str(window), 0, TABLE_HEAD_BYTES), &combo.layout)) {
        return err_set(err, ERR_FORMAT, "no combo list");
    }
    for (size_t i = 0; i < combo.layout.columns; i++) {
        columns[i] = str_of(combo.layout.names[i]);
    }
    combo.lines.self = &combo;
    combo.lines.columns = combo.layout.columns;
    combo.lines.is_wanted = true;
    report->delimiter = combo.layout.delimiter;
    struct table_shape shape = {name, columns, combo.layout.columns, true};
    TRY(sink->table(sink->self, 0, &shape, &combo.lines.is_wanted, err));
    return table_lines_read(&combo.lines, err);
}

const struct table_format table_combo_format = {"combo list", combo_probe, combo_read};
