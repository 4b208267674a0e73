/* Apache's .htaccess.
 *   AddType|AddHandler|AddOutputFilter HANDLER .ending ...    SetHandler|ForceType HANDLER    RewriteRule ... [H=HANDLER]
 *   Options +ExecCGI     Action HANDLER /script     php_value|php_flag SETTING VALUE     ErrorDocument 404 %{file:...} */
#include "base/str.h"
#include "sweep/config.h"
#include "sweep/place.h"

#include "base/banned.h"

static const char *const php_endings[] = {"php",    "php3",  "php4", "php5", "php7", "php8", "phtml",
                                          "pht",    "phps",  "inc",  "htm",  "html", "fcgi", "cgi",
                                          "module", "shtml", "xml",  "tpl",  "ctp",  "phar"};
static const char *const cgi_endings[] = {"cgi", "pl", "py", "rb", "sh", "fcgi", "fpl", "php", "exe"};
static const char *const ssi_endings[] = {"shtml", "shtm", "stm", "html", "htm", "php"};

enum { ENDINGS_TOLD = 8 }; /* of one line */

enum handler { HANDLER_NONE, HANDLER_PHP, HANDLER_CGI, HANDLER_SSI, HANDLER_LUA };

static const char *const handler_words[] = {"", "as PHP", "as programs (CGI)", "through server-side includes",
                                            "as Lua"};

static bool is_one_of(struct str word, const char *const *endings, size_t count)
{
    word = str_slice(word, word.len > 0 && word.data[0] == '.' ? 1 : 0, word.len);
    for (size_t i = 0; i < count; i++) {
        if (str_eq_nocase(word, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}

#define IS_ONE_OF(word, endings) is_one_of((word), (endings), sizeof(endings) / sizeof *(endings))

static enum handler handler_of(struct str word)
{
    if (config_has(word, "php-source") || config_has(word, "phps")) {
        return HANDLER_NONE;
    }
    if (config_has(word, "x-httpd-php") || config_has(word, "php-script") || config_has(word, "php5-script") ||
        config_has(word, "php7-script") || (config_has(word, "proxy:") && config_has(word, "fcgi")) ||
        config_has(word, "x-httpd-ea-php") || config_has(word, "x-httpd-alt-php") ||
        config_has(word, "x-httpd-lsphp")) {
        return HANDLER_PHP;
    }
    return config_has(word, "cgi-script") || config_has(word, "x-httpd-cgi") || config_has(word, "fcgid-script")
               ? HANDLER_CGI
           : config_has(word, "server-parsed") || str_eq_nocase(word, STR("INCLUDES")) ? HANDLER_SSI
           : config_has(word, "lua-script")                                            ? HANDLER_LUA
                                                                                       : HANDLER_NONE;
}

/* That these endings go to this handler is what it is for. */
static bool is_usual(enum handler handler, struct str ending)
{
    switch (handler) {
    case HANDLER_PHP:
        return IS_ONE_OF(ending, php_endings);
    case HANDLER_CGI:
        return IS_ONE_OF(ending, cgi_endings);
    case HANDLER_SSI:
        return IS_ONE_OF(ending, ssi_endings);
    case HANDLER_LUA:
        return IS_ONE_OF(ending, ((const char *const[]){"lua"}));
    case HANDLER_NONE:
        break;
    }
    return true;
}

/* A handler for scripts is also how scripts are kept from running: "AddHandler cgi-script .php .pl" with "Options -ExecCGI". */
static enum found_class class_of(const struct config_apache *apache, enum handler handler)
{
    return handler == HANDLER_CGI && (apache->has_no_cgi || !apache->has_cgi) ? FOUND_HINT : FOUND_CONFIG_SHELL;
}

static void section_open(struct config_section *section, struct str line)
{
    static const char *const others[] = {"jpg",   "jpeg", "png", "gif", "ico", "txt", "htaccess", "css",
                                         "\\.js", "bmp",  "pdf", "zip", "log", "svg", "webp"};
    struct str rest = str_slice(line, 1, line.len);
    (void)config_word(&rest);
    section->is_open = true;
    section->pattern = str_trim(rest);
    section->is_for_php = config_has(section->pattern, "ph");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        section->is_for_php = section->is_for_php && !config_has(section->pattern, others[i]);
    }
}

static bool is_word(struct str word, const char *a, const char *b)
{
    return str_eq_nocase(word, str_of(a)) || str_eq_nocase(word, str_of(b));
}

/* SetHandler: of the section, or of everything. */
static void look_set(const struct config_apache *apache, enum handler handler, uint64_t number, struct found *found)
{
    const struct config_section *section = &apache->section;
    bool is_proper = section->is_open && (handler == HANDLER_PHP ? section->is_for_php : !section->is_for_php);
    if (handler != HANDLER_PHP && section->is_open) {
        is_proper = !config_has(section->pattern, "jpg") && !config_has(section->pattern, "png") &&
                    !config_has(section->pattern, "gif") && !config_has(section->pattern, "txt");
    }
    if (is_proper) {
        return;
    }
    found_raise(found, class_of(apache, handler), FOUND_MEDIUM, number);
    if (section->is_open && config_has(section->pattern, ".ht")) {
        found_reasonf(found, "effect", number, "this very file runs %s under Apache", handler_words[handler]);
    } else if (section->is_open) {
        found_reasonf(found, "effect", number, "files matching %.*s run %s under Apache", STR_FMT(section->pattern),
                      handler_words[handler]);
    } else {
        found_reasonf(found, "effect", number, "every file below this directory runs %s under Apache",
                      handler_words[handler]);
    }
}

static void look_handler(const struct config_apache *apache, struct config_line line, struct found *found)
{
    struct str rest = line.text;
    struct str verb = config_word(&rest), name = config_word(&rest);
    bool is_add = is_word(verb, "AddType", "AddHandler") || is_word(verb, "AddOutputFilter", "AddInputFilter");
    bool is_set = is_word(verb, "SetHandler", "ForceType") || is_word(verb, "SetOutputFilter", "DefaultType");
    enum handler handler = is_add || is_set ? handler_of(name) : HANDLER_NONE;
    if (handler == HANDLER_NONE) {
        return;
    }
    if (is_set) {
        look_set(apache, handler, line.number, found);
        return;
    }
    unsigned told = 0;
    for (struct str word = config_word(&rest); word.len != 0 && told < ENDINGS_TOLD; word = config_word(&rest)) {
        if (word.data[0] == '#') {
            return;
        }
        if (!is_usual(handler, word)) {
            told++;
            found_raise(found, class_of(apache, handler), FOUND_MEDIUM, line.number);
            found_reasonf(found, "effect", line.number, "files ending in %.*s below this directory run %s under Apache",
                          STR_FMT(word), handler_words[handler]);
        }
    }
}

/* RewriteRule PATTERN TARGET [FLAGS] */
static void look_rewrite(struct config_line line, struct found *found)
{
    struct str rest = line.text;
    (void)config_word(&rest);
    struct str pattern = config_word(&rest), target = config_word(&rest);
    size_t flag = str_find_nocase(rest, STR("H="), 0);
    flag = flag == SIZE_MAX ? str_find_nocase(rest, STR("T="), 0) : flag;
    if (flag != SIZE_MAX && handler_of(str_slice(rest, flag, rest.len)) == HANDLER_PHP && !config_has(pattern, "ph")) {
        found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, line.number);
        found_reasonf(found, "effect", line.number, "what matches %.*s runs as PHP under Apache", STR_FMT(pattern));
    }
    if (config_has(target, "php://") || config_has(target, "data:") || config_has(target, "expect://")) {
        found_raise(found, FOUND_CONFIG_SHELL, FOUND_MEDIUM, line.number);
        found_reasonf(found, "effect", line.number, "requests are handed to %.*s", STR_FMT(target));
    }
}

/* Action HANDLER /script: a program of the tree's own runs for each file of the handler. Hosting panels keep theirs apart. */
static void look_action(struct config_line line, struct found *found)
{
    struct str rest = line.text;
    (void)config_word(&rest);
    (void)config_word(&rest);
    struct str script = config_word(&rest);
    if (script.len == 0 || config_has(script, "/cgi-sys/") || config_has(script, "/cgi-bin/")) {
        return;
    }
    const char *dot = memrchr(script.data, '.', script.len);
    bool is_inert = dot != NULL && config_is_inert(str_slice(script, (size_t)(dot - script.data), script.len));
    found_raise(found, is_inert ? FOUND_CONFIG_SHELL : FOUND_HINT, FOUND_MEDIUM, line.number);
    found_reasonf(found, "effect", line.number, "%.*s runs for files of a kind of its own", STR_FMT(script));
}

struct config_apache config_apache_begin(struct str path, struct str bytes)
{
    return (struct config_apache){
        .is_loose = place_is_loose(path),
        .has_no_cgi = config_has(bytes, "-ExecCGI"),
        .has_cgi = config_has(bytes, "+ExecCGI") || config_has(bytes, "Options ExecCGI"),
    };
}

void config_apache_line(struct config_apache *apache, struct config_line line, struct found *found)
{
    struct str rest = line.text;
    struct str verb = config_word(&rest);
    if (config_has(line.text, "</Files")) {
        apache->section.is_open = false;
    } else if (str_eq_nocase(str_slice(line.text, 0, 6), STR("<Files"))) {
        section_open(&apache->section, line.text);
    } else if (str_eq_nocase(verb, STR("RewriteRule"))) {
        look_rewrite(line, found);
    } else if (str_eq_nocase(verb, STR("Action"))) {
        look_action(line, found);
    } else if (str_eq_nocase(str_slice(verb, 0, 4), STR("php_"))) {
        config_php_line((struct config_line){str_trim(rest), line.number}, apache->is_loose, found);
    } else if (config_has(line.text, "%{file:")) {
        found_raise(found, FOUND_CONFIG_SHELL, FOUND_LOW, line.number);
        found_reasonf(found, "effect", line.number, "Apache shows the content of a file of the machine");
    } else {
        look_handler(apache, line, found);
    }
}
