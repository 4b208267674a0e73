/* PHP's settings, from .user.ini, php.ini, or behind php_value, php_flag and their admin kin in .htaccess. */
#include "base/str.h"
#include "sweep/config.h"
#include "sweep/place.h"

#include "base/banned.h"

/* The value of a setting that the line gives; false if it is another's line. */
static bool value_of(struct str line, const char *setting, struct str *ret_value)
{
    size_t at = str_find_nocase(line, str_of(setting), 0);
    size_t end = at + strlen(setting);
    if (at == SIZE_MAX || (at != 0 && line.data[at - 1] != ' ' && line.data[at - 1] != '\t') ||
        (end < line.len && line.data[end] != ' ' && line.data[end] != '\t' && line.data[end] != '=')) {
        return false;
    }
    struct str rest = str_trim(str_slice(line, end, line.len));
    if (rest.len != 0 && rest.data[0] == '=') {
        rest = str_slice(rest, 1, rest.len);
    }
    *ret_value = config_word(&rest);
    return true;
}

static bool is_on(struct str value)
{
    return str_eq_nocase(value, STR("on")) || str_eq(value, STR("1")) || str_eq_nocase(value, STR("true")) ||
           str_eq_nocase(value, STR("yes"));
}

/* auto_prepend_file and auto_append_file: code that runs before or after every script. */
static void look_prepend(struct config_line line, struct str file, struct found *found)
{
    if (file.len == 0 || str_eq_nocase(file, STR("none"))) {
        return;
    }
    bool is_remote = config_has(file, "://") || config_has(file, "data:");
    bool is_script = !is_remote && (str_ends_nocase(file, STR(".php")) || str_ends_nocase(file, STR(".inc")));
    bool is_plain = is_script && !place_is_loose(file);
    found_raise(found, is_plain ? FOUND_HINT : FOUND_CONFIG_SHELL, FOUND_MEDIUM, line.number);
    found_reasonf(found, "effect", line.number, "%.*s runs as PHP around every script below this directory%s",
                  STR_FMT(file), is_remote ? ", fetched anew each time" : "");
}

/* A library that PHP loads into itself: native code. */
static void look_extension(struct config_line line, struct str file, struct found *found)
{
    if (memchr(file.data, '/', file.len) == NULL || file.len == 0) {
        return; /* a name: from the server's own directory of extensions */
    }
    bool is_odd = place_is_loose(file) || config_has(file, "/tmp/") || config_has(file, "/dev/shm/") ||
                  !(str_ends_nocase(file, STR(".so")) || str_ends_nocase(file, STR(".dll")));
    found_raise(found, is_odd ? FOUND_CONFIG_SHELL : FOUND_HINT, FOUND_MEDIUM, line.number);
    found_reasonf(found, "effect", line.number, "PHP loads %.*s into itself as native code, if it reads this file",
                  STR_FMT(file));
}

struct loosening {
    const char *setting;
    const char *what;
    enum found_class class;
    bool (*applies)(struct str value);
};

static bool is_none(struct str value)
{
    return str_eq_nocase(value, STR("none")) || str_eq_nocase(value, STR("off"));
}

static bool is_script_name(struct str value)
{
    return str_ends_nocase(value, STR(".php")) || str_ends_nocase(value, STR(".phtml"));
}

static bool is_utf7(struct str value)
{
    return str_eq_nocase(value, STR("utf-7")) || str_eq_nocase(value, STR("utf7"));
}

static bool is_empty(struct str value)
{
    return value.len == 0;
}

static const struct loosening loosenings[] = {
    {"allow_url_include", "scripts may be included from other machines", FOUND_HINT, is_on},
    {"disable_functions", "no function is forbidden: the word is none of PHP's, but of those who lift its limits",
     FOUND_CONFIG_SHELL, is_none},
    {"disable_functions", "no function is forbidden any more", FOUND_HINT, is_empty},
    {"suhosin.executor.func.blacklist", "the hardening of PHP is lifted", FOUND_CONFIG_SHELL, is_none},
    {"suhosin.executor.disable_eval", "the hardening of PHP is lifted", FOUND_HINT, is_none},
    {"open_basedir", "the limit to a directory is lifted", FOUND_HINT, is_none},
    {"error_log", "what a visitor makes PHP complain of is written to a file that runs", FOUND_CONFIG_SHELL,
     is_script_name},
    {"zend.script_encoding", "scripts are read as UTF-7, which hides their code from readers", FOUND_CONFIG_SHELL,
     is_utf7},
    {"input_encoding", "input is read as UTF-7, which hides code from readers", FOUND_HINT, is_utf7},
};

void config_php_line(struct config_line line, bool is_loose, struct found *found)
{
    struct str value;
    if (value_of(line.text, "auto_prepend_file", &value) || value_of(line.text, "auto_append_file", &value)) {
        look_prepend(line, value, found);
    }
    if (value_of(line.text, "extension", &value) || value_of(line.text, "zend_extension", &value)) {
        look_extension(line, value, found);
    }
    if (is_loose && value_of(line.text, "engine", &value) && is_on(value)) {
        found_raise(found, FOUND_CONFIG_SHELL, FOUND_LOW, line.number);
        found_reasonf(found, "effect", line.number, "PHP is switched on in a directory of uploads, pictures or caches");
    }
    for (size_t i = 0; i < sizeof loosenings / sizeof *loosenings; i++) {
        const struct loosening *row = &loosenings[i];
        if (value_of(line.text, row->setting, &value) && row->applies(value)) {
            found_raise(found, row->class, FOUND_LOW, line.number);
            found_reasonf(found, "effect", line.number, "%s (%s)", row->what, row->setting);
        }
    }
}
