/* Three dialects, one question: which files run as code that would not without this file?
 *   Apache   AddType|AddHandler|SetHandler|ForceType ... php ..., php_value auto_prepend_file FILE
 *   PHP      auto_prepend_file = FILE
 *   IIS      <add ... path="*.jpg" ... modules="IsapiModule|FastCgiModule" ...>
 * That PHP's own endings run as PHP is no news; .jpg is. */
#include "sweep/config.h"
#include "base/str.h"

#include "base/banned.h"

static const char *const php_endings[] = {"php",    "php3",  "php4", "php5", "php7", "php8", "phtml",
                                          "pht",    "phps",  "inc",  "htm",  "html", "fcgi", "cgi",
                                          "module", "shtml", "xml",  "tpl",  "ctp",  "phar"};

static bool is_php_ending(struct str word)
{
    word = str_slice(word, word.len > 0 && word.data[0] == '.' ? 1 : 0, word.len);
    for (size_t i = 0; i < sizeof php_endings / sizeof *php_endings; i++) {
        if (str_eq_nocase(word, str_of(php_endings[i]))) {
            return true;
        }
    }
    return false;
}

static bool has(struct str line, const char *word)
{
    return str_find_nocase(line, str_of(word), 0) != SIZE_MAX;
}

/* The next word of *rest, without its quotes. */
static struct str next_word(struct str *rest)
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

/* Files and FilesMatch around a line. */
struct section {
    bool is_open, is_for_php; /* the pattern names PHP's endings only */
    struct str pattern;
};

/* <FilesMatch "\.(php|phtml)$"> and the like. */
static void section_open(struct section *section, struct str line)
{
    static const char *const others[] = {"jpg",   "jpeg", "png", "gif", "ico", "txt", "htaccess", "css",
                                         "\\.js", "bmp",  "pdf", "zip", "log", "svg", "webp"};
    struct str rest = str_slice(line, 1, line.len);
    (void)next_word(&rest);
    section->is_open = true;
    section->pattern = str_trim(rest);
    section->is_for_php = has(section->pattern, "ph");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        section->is_for_php = section->is_for_php && !has(section->pattern, others[i]);
    }
}

static bool is_php_handler(struct str word)
{
    return has(word, "x-httpd-php") || has(word, "php-script") || has(word, "php5-script") ||
           has(word, "php7-script") || (has(word, "proxy:") && has(word, "fcgi")) || has(word, "x-httpd-ea-php") ||
           has(word, "x-httpd-alt-php");
}

static bool is_harmless_handler(struct str word)
{
    return has(word, "php-source") || has(word, "phps");
}

static void look_handler(struct str line, uint64_t number, const struct section *section, struct found *found)
{
    struct str rest = line;
    struct str verb = next_word(&rest), handler = next_word(&rest);
    bool is_add = str_eq_nocase(verb, STR("AddType")) || str_eq_nocase(verb, STR("AddHandler"));
    bool is_set = str_eq_nocase(verb, STR("SetHandler")) || str_eq_nocase(verb, STR("ForceType"));
    if ((!is_add && !is_set) || !is_php_handler(handler) || is_harmless_handler(handler)) {
        return;
    }
    for (struct str word = next_word(&rest); is_add && word.len != 0; word = next_word(&rest)) {
        if (!is_php_ending(word) && word.data[0] != '#') {
            found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, number);
            found_reasonf(found, "effect", number, "files ending in %.*s below this directory run as PHP under Apache",
                          STR_FMT(word));
        }
    }
    if (is_set && section->is_open && !section->is_for_php) {
        found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, number);
        found_reasonf(found, "effect", number, "files matching %.*s run as PHP under Apache",
                      STR_FMT(section->pattern));
    } else if (is_set && !section->is_open) {
        found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, number);
        found_reasonf(found, "effect", number, "every file below this directory runs as PHP under Apache");
    }
}

/* auto_prepend_file and auto_append_file: code that runs before or after every script. */
static void look_prepend(struct str line, uint64_t number, struct found *found)
{
    size_t at = str_find_nocase(line, STR("auto_prepend_file"), 0);
    at = at == SIZE_MAX ? str_find_nocase(line, STR("auto_append_file"), 0) : at;
    if (at == SIZE_MAX) {
        return;
    }
    struct str rest = str_trim(str_slice(line, at, line.len));
    (void)next_word(&rest);
    rest = str_trim(rest);
    if (rest.len != 0 && rest.data[0] == '=') {
        rest = str_slice(rest, 1, rest.len);
    }
    struct str file = next_word(&rest);
    size_t equals = str_find(str_slice(line, at, line.len), STR("="), 0);
    if (file.len == 0 && equals != SIZE_MAX) { /* auto_prepend_file=x without spaces */
        rest = str_slice(line, at + equals + 1, line.len);
        file = next_word(&rest);
    }
    if (file.len == 0 || str_eq_nocase(file, STR("none"))) {
        return;
    }
    bool is_remote = has(file, "://") || has(file, "data:");
    bool is_plain = !is_remote && (str_ends_nocase(file, STR(".php")) || str_ends_nocase(file, STR(".inc")));
    found_raise(found, is_plain ? FOUND_HINT : FOUND_CONFIG_SHELL, FOUND_MEDIUM, number);
    found_reasonf(found, "effect", number, "%.*s runs as PHP around every script below this directory", STR_FMT(file));
}

static void look_apache(struct str line, uint64_t number, struct section *section, struct found *found)
{
    if (has(line, "</Files")) {
        section->is_open = false;
    } else if (str_eq_nocase(str_slice(line, 0, 6), STR("<Files"))) {
        section_open(section, line);
    }
    look_handler(line, number, section, found);
    look_prepend(line, number, found);
}

static void look_iis(struct str line, uint64_t number, struct found *found)
{
    static const char *const endings[] = {"*.jpg", "*.jpeg", "*.png", "*.gif", "*.txt", "*.config",
                                          "*.css", "*.js\"", "*.ico", "*.log", "*.html"};
    if (!has(line, "<add") || !(has(line, "IsapiModule") || has(line, "FastCgiModule") || has(line, "CgiModule"))) {
        return;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (has(line, endings[i])) {
            found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, number);
            found_reasonf(found, "effect", number, "files matching %s are handed to a program under IIS", endings[i]);
        }
    }
}

void config_look(struct str name, struct str bytes, struct found *found)
{
    struct section section = {.is_open = false};
    bool is_apache = str_eq_nocase(name, STR(".htaccess")), is_iis = str_eq_nocase(name, STR("web.config"));
    bool was_found = found->class != FOUND_NOTHING;
    uint64_t number = 1;
    for (struct str_cut cut = str_cut(bytes, '\n');; cut = str_cut(cut.tail, '\n'), number++) {
        struct str line = str_trim(cut.head);
        bool is_comment = line.len == 0 || line.data[0] == '#' || line.data[0] == ';';
        if (!is_comment && is_apache) {
            look_apache(line, number, &section, found);
        } else if (!is_comment && is_iis) {
            look_iis(line, number, found);
        } else if (!is_comment) {
            look_prepend(line, number, found);
        }
        if (!cut.found) {
            break;
        }
    }
    if (!was_found && found->class == FOUND_CONFIG_SHELL) {
        found_reasonf(found, "limit", 1, "no effect under another web server; which one runs can't be told from here");
    }
}
