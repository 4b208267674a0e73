/* What programs that steal saved passwords leave behind, as it is traded: an account a line,
 *
 *   https://shop.example/login:ann@mail.example:secret      address, login, password, with : ; or | between
 *   ann@mail.example:secret:https://shop.example/login      or the address last
 *
 * or in blocks, which end at a line of signs, at a blank line behind a password, or where a key comes again:
 *
 *   URL: https://shop.example/login      keys of several makers: Host, Origin; User, Login; Pass; Soft, Browser
 *   Username: ann@mail.example
 *   Password: secret
 *   ===============
 *
 * Columns: url, login, password, and of blocks application. A password may hold the delimiter: it is what is left. Their exports with a
 * header are CSV's. The rows come from the machines of the people, not from the site: what that means for match is in docs/match-inputs.md. */
#include "base/buf.h"
#include "base/str.h"
#include "formats/table_lines.h"

#include "base/banned.h"

enum { SURE = 75, SCHEME_BYTES_MAX = 16, PORT_DIGITS_MAX = 5, KEY_BYTES_MAX = 16, RULE_LEAST = 3 };

enum column { URL, LOGIN, PASSWORD, APPLICATION, COLUMNS };
static const char *const names[COLUMNS] = {"url", "login", "password", "application"};

struct layout {
    bool is_blocks, is_url_last;
    char delimiter; /* of lines */
};

/* ---- Lines ---- */

/* Where the scheme of the last (else the first) address begins; *ret_behind: behind its "://". SIZE_MAX without one. */
static size_t find_address(struct str line, bool is_last, size_t *ret_behind)
{
    size_t found = SIZE_MAX;
    for (size_t at = str_find(line, STR("://"), 0); at != SIZE_MAX; at = str_find(line, STR("://"), at + 3)) {
        size_t from = at;
        while (from > 0 && at - from < SCHEME_BYTES_MAX && str_is_letter(line.data[from - 1])) {
            from--;
        }
        if (at - from >= 2) {
            found = from;
            *ret_behind = at + 3;
        }
        if (found != SIZE_MAX && !is_last) {
            break;
        }
    }
    return found;
}

static size_t find_delimiter(struct str line, char delimiter, size_t from)
{
    const char *at = from < line.len ? memchr(line.data + from, delimiter, line.len - from) : NULL;
    return at == NULL ? SIZE_MAX : (size_t)(at - line.data);
}

/* Is what stands behind the colon at `at` a port: figures with a path behind, or with a login and a password still to come? */
static bool is_port(struct str line, size_t at)
{
    size_t end = at + 1;
    while (end < line.len && end - at <= PORT_DIGITS_MAX && str_is_digit(line.data[end])) {
        end++;
    }
    if (end == at + 1 || end == line.len) {
        return false;
    }
    return line.data[end] == '/' || (line.data[end] == ':' && find_delimiter(line, ':', end + 1) != SIZE_MAX);
}

static bool put_account(struct str url, struct str rest, char delimiter, struct str *cells)
{
    struct str_cut cut = str_cut(rest, delimiter);
    cells[URL] = url;
    cells[LOGIN] = cut.head;
    cells[PASSWORD] = cut.tail;
    return cut.found && url.len > 0 && cut.head.len + cut.tail.len > 0;
}

/* "shop.example/login", as some lists have it. */
static bool is_bare_address(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == '@') {
            return false;
        }
    }
    return memchr(text.data, '.', text.len) != NULL;
}

/* The line as columns. *ret_has_scheme: its address is one beyond doubt. */
static bool split(const struct layout *layout, struct str line, struct str *cells, bool *ret_has_scheme)
{
    size_t behind = 0;
    size_t from = find_address(line, layout->is_url_last, &behind);
    *ret_has_scheme = from != SIZE_MAX;
    if (layout->is_url_last) {
        return from != SIZE_MAX && from > 0 && line.data[from - 1] == layout->delimiter &&
               put_account(str_slice(line, from, line.len), str_slice(line, 0, from - 1), layout->delimiter, cells);
    }
    *ret_has_scheme = from == 0;
    size_t host = from == 0 ? behind : 0;
    bool is_literal = host < line.len && line.data[host] == '['; /* an IPv6 address has colons */
    host = is_literal ? find_delimiter(line, ']', host) : host;
    size_t at = find_delimiter(line, layout->delimiter, host);
    if (at != SIZE_MAX && layout->delimiter == ':' && is_port(line, at)) {
        at = find_delimiter(line, ':', at + 1);
    }
    if (at == SIZE_MAX || (from != 0 && !is_bare_address(str_slice(line, 0, at)))) {
        return false;
    }
    return put_account(str_slice(line, 0, at), str_slice(line, at + 1, line.len), layout->delimiter, cells);
}

/* ---- Blocks ---- */

/* The column that a line "Key: value" is of, COLUMNS if of none. */
static enum column key_of(struct str line, struct str *ret_value)
{
    static const struct {
        const char *word;
        enum column column;
    } keys[] = {{"url", URL},
                {"host", URL},
                {"hostname", URL},
                {"origin", URL},
                {"website", URL},
                {"site", URL},
                {"link", URL},
                {"username", LOGIN},
                {"user", LOGIN},
                {"login", LOGIN},
                {"user login", LOGIN},
                {"email", LOGIN},
                {"password", PASSWORD},
                {"pass", PASSWORD},
                {"user password", PASSWORD},
                {"soft", APPLICATION},
                {"software", APPLICATION},
                {"application", APPLICATION},
                {"app", APPLICATION},
                {"browser", APPLICATION},
                {"storage", APPLICATION}};
    struct str_cut cut = str_cut(line, ':');
    struct str key = str_trim(cut.head);
    *ret_value = str_trim(cut.tail);
    for (size_t i = 0; cut.found && key.len <= KEY_BYTES_MAX && i < sizeof keys / sizeof *keys; i++) {
        if (str_eq_nocase(key, str_of(keys[i].word))) {
            return keys[i].column;
        }
    }
    return COLUMNS;
}

/* "=======": three signs or more, all alike. */
static bool is_rule(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != text.data[0] || str_is_letter(text.data[i]) || str_is_digit(text.data[i])) {
            return false;
        }
    }
    return text.len >= RULE_LEAST;
}

/* ---- Learning ---- */

/* Addresses, logins and passwords by their keys, in half of the lines or more. */
static bool are_blocks(struct str head)
{
    struct head_lines lines = head_lines_of(head);
    struct str line, value;
    size_t counts[COLUMNS + 1] = {0};
    size_t rules = 0;
    while (head_lines_next(&lines, &line)) {
        rules += is_rule(line);
        counts[key_of(line, &value)]++;
    }
    size_t known = lines.seen - counts[COLUMNS];
    return counts[URL] > 0 && counts[LOGIN] > 0 && counts[PASSWORD] > 0 && known * 2 >= lines.seen - rules;
}

/* Nine lines of ten are accounts, and half of them have an address beyond doubt. */
static bool are_lines(const struct layout *layout, struct str head)
{
    struct head_lines lines = head_lines_of(head);
    struct str line, cells[COLUMNS];
    size_t good = 0, sure = 0;
    while (head_lines_next(&lines, &line)) {
        bool has_scheme;
        bool is_good = split(layout, line, cells, &has_scheme);
        good += is_good;
        sure += is_good && has_scheme;
    }
    return lines.seen > 0 && good * 10 >= lines.seen * 9 && sure * 2 >= lines.seen;
}

static bool learn(struct str head, struct layout *layout)
{
    static const struct layout known[] = {{false, false, ':'}, {false, false, '|'}, {false, false, ';'},
                                          {false, true, ':'},  {false, true, '|'},  {false, true, ';'}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (are_lines(&known[i], head)) {
            *layout = known[i];
            return true;
        }
    }
    *layout = (struct layout){.is_blocks = true};
    return are_blocks(head);
}

static int stealer_probe(struct str head)
{
    struct layout layout;
    return head.len > 0 && learn(str_slice(head, 0, TABLE_HEAD_BYTES), &layout) ? SURE : 0;
}

/* ---- Reading ---- */

struct stealer {
    struct table_lines lines;
    struct layout layout;
    struct str block[COLUMNS]; /* of the block that is being read; data NULL: not there yet */
    struct buf kept[COLUMNS];  /* its cells, if the lines before have moved */
};

/* A block with a login or a password is a row; one with an address alone is told as broken, one with nothing of these is none. */
static int end_block(void *self, struct err *err)
{
    struct stealer *stealer = self;
    struct str *block = stealer->block;
    bool has_account = block[LOGIN].data != NULL || block[PASSWORD].data != NULL;
    int result = 0;
    if (block[URL].data != NULL && has_account) {
        memcpy(table_lines_cells(&stealer->lines), block, sizeof stealer->block);
        result = table_lines_row(&stealer->lines, err);
    } else {
        stealer->lines.report->rejected[TABLE_BROKEN] += block[URL].data != NULL || has_account;
        stealer->lines.report->outside += block[URL].data == NULL && !has_account && block[APPLICATION].data != NULL;
    }
    memset(block, 0, sizeof stealer->block);
    return result;
}

static int take_block_line(void *self, struct str line, struct err *err)
{
    struct stealer *stealer = self;
    struct str value;
    struct str text = str_trim(line);
    if (text.len == 0) {
        stealer->lines.report->blank++;
        return stealer->block[PASSWORD].data != NULL ? end_block(stealer, err) : 0;
    }
    if (is_rule(text)) {
        return end_block(stealer, err);
    }
    enum column column = key_of(text, &value);
    if (column == COLUMNS) {
        stealer->lines.report->outside++;
        return 0;
    }
    if (stealer->block[column].data != NULL) {
        TRY(end_block(stealer, err));
    }
    stealer->block[column] = value;
    return 0;
}

/* The block that has begun is copied before its lines move. What was copied before stays where it is. */
static int keep_block(void *self, struct err *err)
{
    struct stealer *stealer = self;
    for (size_t i = 0; i < COLUMNS; i++) {
        struct str *cell = &stealer->block[i];
        struct buf *kept = &stealer->kept[i];
        if (cell->data == NULL || cell->data == kept->data) {
            continue;
        }
        buf_reset(kept);
        buf_put(kept, *cell);
        buf_putc(kept, '\0'); /* an empty cell is one, too */
        TRY(buf_check(kept, err));
        *cell = (struct str){kept->data, kept->len - 1};
    }
    return 0;
}

static int take_line(void *self, struct str line, struct err *err)
{
    struct stealer *stealer = self;
    bool has_scheme;
    if (str_trim(line).len == 0) {
        stealer->lines.report->blank++;
        return 0;
    }
    if (!split(&stealer->layout, line, table_lines_cells(&stealer->lines), &has_scheme)) {
        stealer->lines.report->rejected[TABLE_WRONG_CELLS]++;
        return 0;
    }
    return table_lines_row(&stealer->lines, err);
}

static int read_blocks(struct stealer *stealer, struct err *err)
{
    stealer->lines.line = take_block_line;
    stealer->lines.pause = keep_block;
    stealer->lines.end = end_block;
    int result = table_lines_read(&stealer->lines, err);
    for (size_t i = 0; i < COLUMNS; i++) {
        buf_free(&stealer->kept[i]);
    }
    return result;
}

static int stealer_read(struct window *window, struct str name, const struct table_sink *sink,
                        struct table_report *report, struct err *err)
{
    struct stealer stealer = {.lines = {.window = window, .sink = sink, .report = report, .line = take_line}};
    struct str columns[COLUMNS];
    if (window->to == window->from || !learn(str_slice(window_str(window), 0, TABLE_HEAD_BYTES), &stealer.layout)) {
        return err_set(err, ERR_FORMAT, "no stealer log");
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = str_of(names[i]);
    }
    stealer.lines.self = &stealer;
    stealer.lines.columns = stealer.layout.is_blocks ? COLUMNS : APPLICATION;
    stealer.lines.is_wanted = true;
    report->delimiter = stealer.layout.delimiter;
    struct table_shape shape = {name, columns, stealer.lines.columns, true};
    TRY(sink->table(sink->self, 0, &shape, &stealer.lines.is_wanted, err));
    return stealer.layout.is_blocks ? read_blocks(&stealer, err) : table_lines_read(&stealer.lines, err);
}

const struct table_format table_stealer_format = {"stealer log", stealer_probe, stealer_read};
