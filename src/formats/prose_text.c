/* Plain text. Lines that were wrapped are joined; a line that ends well before the margin ends its block, so that addresses and signatures keep
 * their lines. */
#include "base/str.h"
#include "formats/prose.h"

#include "base/banned.h"

enum { WRAPPED_MIN = 45 /* bytes of a line that goes on in the next one */, HEADING_WORDS = 14 };

struct line {
    struct str text; /* without its quotation marks */
    unsigned depth;
};

static struct line line_of(struct str raw)
{
    struct line line = {str_trim(raw), 0};
    while (line.text.len != 0 && line.text.data[0] == '>') {
        line.text = str_trim(str_slice(line.text, 1, line.text.len));
        line.depth++;
    }
    return line;
}

/* What stands before a mail that is passed on whole; all behind it is quoted. */
static bool is_passed_on(struct str text)
{
    static const struct str words[] = {STR_INIT("forwarded message"), STR_INIT("original message"),
                                       STR_INIT("forwarded by"), STR_INIT("begin forwarded message")};
    bool is_rule =
        str_starts(text, STR("--")) || str_starts(text, STR("Begin forwarded")) || str_starts(text, STR("=="));
    for (size_t i = 0; is_rule && text.len < 100 && i < sizeof words / sizeof *words; i++) {
        if (str_find_nocase(text, words[i], 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* "To: ...", as letters begin. */
static bool is_label(struct str text)
{
    static const struct str keys[] = {
        STR_INIT("from"),    STR_INIT("to"),     STR_INIT("date"),      STR_INIT("subject"),     STR_INIT("re"),
        STR_INIT("ref"),     STR_INIT("cc"),     STR_INIT("by"),        STR_INIT("sent"),        STR_INIT("published"),
        STR_INIT("posted"),  STR_INIT("user"),   STR_INIT("author"),    STR_INIT("forum"),       STR_INIT("source"),
        STR_INIT("updated"), STR_INIT("thread"), STR_INIT("posted by"), STR_INIT("on behalf of")};
    struct str_cut cut = str_cut(text, ':');
    for (size_t i = 0; cut.found && i < sizeof keys / sizeof *keys; i++) {
        if (str_eq_nocase(str_trim(cut.head), keys[i])) {
            return true;
        }
    }
    return (str_starts(text, STR("On ")) && str_ends(text, STR(" wrote:"))) ||
           (str_starts(text, STR("By ")) && text.len < 100 && !str_ends(text, STR(".")));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "2.1 ", "10) ": bytes of the number that counts a paragraph, with the mark behind it; 0: none does. */
static size_t count_len(struct str text)
{
    size_t to = 0;
    while (to < text.len && to < 8 && (is_digit(text.data[to]) || (to != 0 && text.data[to] == '.'))) {
        to++;
    }
    bool is_parted = str_find(str_slice(text, 0, to), STR("."), 0) != SIZE_MAX;
    to += to < text.len && text.data[to] == ')' && to != 0;
    bool has_mark = is_parted || (to != 0 && text.data[to - 1] == ')');
    return has_mark && to < 6 && to < text.len && text.data[to] == ' ' ? to : 0;
}

/* "(a) ", "(iv) ", "b. ": bytes; 0: no such letter begins the line. */
static size_t letter_len(struct str text)
{
    size_t close = str_starts(text, STR("(")) ? str_find(str_slice(text, 0, 6), STR(") "), 0) : SIZE_MAX;
    bool is_bare = text.len > 3 && text.data[0] >= 'a' && text.data[0] <= 'h' && strchr(".)", text.data[1]) != NULL &&
                   text.data[2] == ' ';
    return close != SIZE_MAX && close > 1 ? close + 1 : is_bare ? 2 : 0;
}

/* "[2031-11-24 08:02] ", "[14.09.2030 22:10]": a message of a log. */
static bool is_stamp(struct str text)
{
    return text.len > 6 && text.data[0] == '[' && is_digit(text.data[1]) &&
           str_find(str_slice(text, 0, 32), STR("]"), 0) != SIZE_MAX;
}

static bool is_item(struct str text)
{
    return str_starts(text, STR("- ")) || str_starts(text, STR("* ")) || str_starts(text, STR("\xe2\x80\xa2")) ||
           count_len(text) != 0 || letter_len(text) != 0 || is_stamp(text);
}

/* "Tallis Evening News, 3 March 2032": a short line that ends with a year, and is no end of a sentence. */
static bool is_dated(struct str text)
{
    size_t len = text.len;
    bool is_year = len > 6 && len < WRAPPED_MIN && text.data[len - 5] == ' ';
    for (size_t i = len - 4; is_year && i < len; i++) {
        is_year = is_digit(text.data[i]);
    }
    return is_year && text.data[0] >= 'A' && text.data[0] <= 'Z';
}

/* "Ann Lee @annlee · 3 Sep 2030": the head of a post, whose parts are set off by dots; no line of running text. */
static bool is_post_head(struct str text)
{
    return text.len < 2 * WRAPPED_MIN && str_find(text, STR(" \xc2\xb7 "), 0) != SIZE_MAX &&
           strchr(".,;", text.data[text.len - 1]) == NULL;
}

/* "ENFORCEMENT NOTICE": a line that is all capitals stands by itself. */
static bool is_shouted(struct str text)
{
    size_t capitals = 0;
    for (size_t i = 0; i < text.len; i++) {
        capitals += text.data[i] >= 'A' && text.data[i] <= 'Z';
        if (text.data[i] >= 'a' && text.data[i] <= 'z') {
            return false;
        }
    }
    return capitals > 5 && strchr(",;-", text.data[text.len - 1]) == NULL;
}

static size_t words_in(struct str text)
{
    size_t words = 1;
    for (size_t i = 0; i < text.len; i++) {
        words += text.data[i] == ' ';
    }
    return words;
}

/* A short line by itself that ends without a mark. */
static bool is_heading(struct str text, bool is_first)
{
    char last = text.len != 0 ? text.data[text.len - 1] : '.';
    bool is_plain = str_find(text, STR(": "), 0) == SIZE_MAX && str_find(text, STR("@"), 0) == SIZE_MAX &&
                    str_find(text, STR("://"), 0) == SIZE_MAX;
    return (is_plain || is_first) && words_in(text) <= HEADING_WORDS && strchr(".,;:!?\"'", last) == NULL &&
           (unsigned char)last < 0x80;
}

struct reading {
    struct prose *prose;
    bool is_signature;
    bool was_blank; /* the line before */
    unsigned depth; /* of what was passed on */
};

static int put_line(struct reading *reading, struct line line, struct str next, uint32_t number, struct err *err)
{
    struct prose *prose = reading->prose;
    bool is_first = prose->open.len == 0;
    if (!is_first && (line.depth != prose->next.depth || is_item(line.text) || is_label(line.text))) {
        TRY(prose_end(prose, err));
        is_first = true;
    }
    struct line after = line_of(next);
    after.depth += reading->depth;
    bool is_alone = is_first && reading->was_blank && (after.text.len == 0 || after.depth != line.depth);
    if (is_first) {
        prose_begin(prose,
                    reading->is_signature                                  ? PROSE_SIGNATURE
                    : is_label(line.text)                                  ? PROSE_LABEL
                    : is_alone && is_heading(line.text, prose->count == 0) ? PROSE_HEADING
                                                                           : PROSE_BODY,
                    line.depth);
    }
    prose_put(prose, line.text, number);
    prose_put(prose, STR(" "), number);
    bool ends = after.text.len == 0 || after.depth != line.depth || line.text.len < WRAPPED_MIN ||
                is_shouted(line.text) || is_post_head(line.text) ||
                (is_first && prose->count == 0 && is_dated(after.text)) ||
                (prose->next.role == PROSE_LABEL && !str_starts(line.text, STR("On ")));
    return ends ? prose_end(prose, err) : 0;
}

int prose_text(struct prose *prose, struct str text, struct err *err)
{
    struct reading reading = {.prose = prose, .was_blank = true};
    uint32_t number = 1;
    for (struct str_cut cut = str_cut(text, '\n');; cut = str_cut(cut.tail, '\n'), number++) {
        struct line line = line_of(cut.head);
        line.depth += reading.depth;
        if (is_passed_on(line.text) && reading.depth < 8) {
            TRY(prose_end(prose, err));
            reading.depth++;
            reading.is_signature = false;
        } else if (str_eq(str_trim(cut.head), STR("--")) && line.depth == reading.depth) {
            TRY(prose_end(prose, err));
            reading.is_signature = true;
        } else if (line.text.len != 0) {
            TRY(put_line(&reading, line, str_cut(cut.tail, '\n').head, number, err));
        }
        reading.was_blank = line.text.len == 0;
        if (!cut.found) {
            return prose_end(prose, err);
        }
    }
}
