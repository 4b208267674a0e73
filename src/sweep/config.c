/* Four dialects, one question: which files run as code that would not without this file? That PHP's own endings run as PHP is no
 * news; that .jpg does is. What products ship is silent or a hint: handlers of hosting panels, firewalls that are prepended,
 * directories of uploads where scripts are switched off. */
#include "sweep/config.h"
#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/examine.h"
#include "sweep/place.h"

#include "base/banned.h"

enum { STATEMENT_MAX_BYTES = 16 << 10 };

struct str config_word(struct str *rest)
{
    *rest = str_trim(*rest);
    size_t end = 0;
    char quote = rest->len != 0 && (rest->data[0] == '"' || rest->data[0] == '\'') ? rest->data[0] : '\0';
    if (quote != '\0') {
        *rest = str_slice(*rest, 1, rest->len);
    }
    while (end < rest->len &&
           (quote != '\0' ? rest->data[end] != quote : (rest->data[end] != ' ' && rest->data[end] != '\t'))) {
        end++;
    }
    struct str word = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end + (quote != '\0'), rest->len);
    return word;
}

bool config_has(struct str text, const char *word)
{
    return str_find_nocase(text, str_of(word), 0) != SIZE_MAX;
}

bool config_is_inert(struct str ending)
{
    static const char *const inert[] = {"jpg", "jpeg", "png",  "gif", "ico", "bmp", "webp", "svg",  "css",
                                        "js",  "txt",  "log",  "pdf", "zip", "rar", "gz",   "doc",  "docx",
                                        "xls", "csv",  "json", "mp3", "mp4", "ttf", "woff", "woff2"};
    ending = str_slice(ending, ending.len != 0 && ending.data[0] == '*' ? 1 : 0, ending.len);
    ending = str_slice(ending, ending.len != 0 && ending.data[0] == '.' ? 1 : 0, ending.len);
    for (size_t i = 0; i < sizeof inert / sizeof *inert; i++) {
        if (str_eq_nocase(ending, str_of(inert[i]))) {
            return true;
        }
    }
    return false;
}

/* Apache joins a line that ends with a backslash to the next one; so does who reads here. Memory only where it happens. */
static struct config_line next_statement(struct str *rest, uint64_t *number, struct buf *joined)
{
    buf_reset(joined);
    struct config_line line = {.number = *number};
    for (;;) {
        struct str_cut cut = str_cut(*rest, '\n');
        struct str part = cut.head;
        *rest = cut.tail;
        (*number)++;
        part = part.len != 0 && part.data[part.len - 1] == '\r' ? str_slice(part, 0, part.len - 1) : part;
        bool goes_on = cut.found && part.len != 0 && part.data[part.len - 1] == '\\' &&
                       joined->len + part.len < STATEMENT_MAX_BYTES;
        if (!goes_on && joined->len == 0) {
            line.text = str_trim(part);
            return line;
        }
        buf_put(joined, str_slice(part, 0, part.len - goes_on));
        if (!goes_on) {
            line.text = str_trim(buf_str(joined));
            return line;
        }
    }
}

static void look_lines(struct str path, struct str bytes, bool is_apache, struct found *found)
{
    OWN(own_buf) struct buf joined = {.max = STATEMENT_MAX_BYTES * 4};
    struct config_apache apache = config_apache_begin(path, bytes);
    bool is_loose = apache.is_loose && !str_eq_nocase(name_of(path), STR("php.ini")); /* which says all there is */
    uint64_t number = 1;
    while (bytes.len != 0) {
        struct config_line line = next_statement(&bytes, &number, &joined);
        if (line.text.len == 0 || line.text.data[0] == '#' || line.text.data[0] == ';') {
            continue;
        }
        if (is_apache) {
            config_apache_line(&apache, line, found);
        } else {
            config_php_line(line, is_loose, found);
        }
    }
}

/* Something is called or ended behind the tag, in its line or, where that ends with it, below. A comment that speaks of tags does neither. */
static bool is_code_behind(struct str bytes)
{
    enum { BEHIND_BYTES = 4096 };
    bytes = str_slice(bytes, 0, BEHIND_BYTES);
    struct str line = str_cut(bytes, '\n').head;
    struct str code = str_trim(line).len != 0 ? line : bytes;
    size_t end = str_find(code, STR("?>"), 0);
    code = str_slice(code, 0, end);
    return memchr(code.data, '(', code.len) != NULL || memchr(code.data, '`', code.len) != NULL ||
           memchr(code.data, ';', code.len) != NULL || config_has(code, "include") || config_has(code, "require");
}

/* Code in a comment runs as soon as the file itself is handed to an interpreter. */
static void look_code(struct str bytes, const char *open, const char *close, struct found *found)
{
    size_t at = str_find_nocase(bytes, str_of(open), 0);
    while (close == NULL && at != SIZE_MAX && !is_code_behind(str_slice(bytes, at + strlen(open), bytes.len))) {
        at = str_find_nocase(bytes, str_of(open), at + 1);
    }
    if (at != SIZE_MAX && (close == NULL || str_find(bytes, str_of(close), at) != SIZE_MAX)) {
        found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, line_of(bytes, at));
        found_reasonf(found, "effect", line_of(bytes, at),
                      "script code in a configuration file: it runs once the file itself is handed to an interpreter");
    }
}

void config_look(struct str path, struct str bytes, struct found *found)
{
    struct str name = name_of(path);
    bool was_found = found->class != FOUND_NOTHING;
    if (str_eq_nocase(name, STR("web.config"))) {
        config_iis_look(bytes, found);
        look_code(bytes, "<%", "%>", found);
    } else if (str_eq_nocase(name, STR("web.xml"))) {
        config_servlet_look(bytes, found);
    } else {
        bool is_apache = str_eq_nocase(name, STR(".htaccess"));
        look_lines(path, bytes, is_apache, found);
        look_code(bytes, "<?php", NULL, found);
        look_code(bytes, "<?=", NULL, found);
    }
    if (!was_found && found->class == FOUND_CONFIG_SHELL) {
        found_reasonf(found, "limit", 1, "no effect under another web server; which one runs can't be told from here");
    }
}
