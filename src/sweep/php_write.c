/* Files: what is written, kept, read and fetched, and whose the path and the content are. */
#include "base/str.h"
#include "sweep/config.h"
#include "sweep/gate.h"
#include "sweep/php_run.h"

#include "base/banned.h"

static bool is_script_path(const struct php_value *path)
{
    return (path->type == PV_TEXT && gate_is_script_name(path->text)) ||
           (path->suffix.len != 0 && gate_is_script_name(path->suffix)) || (path->taint & TA_SCRIPT_PATH) != 0 ||
           (path->taint & (TA_SELF | TA_AFFIX)) == TA_SELF;
}

static bool sets_handler(struct str text)
{
    static const char *const marks[] = {"x-httpd-php", "SetHandler", "AddHandler", "auto_prepend_file",
                                        "AddType text/plain .php"};
    static const char *const ends[] = {"-ExecCGI", "engine off", "SetHandler none", "SetHandler default-handler"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) { /* so that nothing runs */
        if (str_find_nocase(text, str_of(ends[i]), 0) != SIZE_MAX) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_find_nocase(text, str_of(marks[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* What a handler for .php itself sets is only which PHP runs. */
static bool is_handler_file(struct str path, struct str text)
{
    struct found found = {.class = FOUND_NOTHING};
    config_look(path, text, &found);
    bool is_known = found.class != FOUND_NOTHING;
    found_clear(&found);
    return (is_known || str_find_nocase(text, STR("AddType text/plain .php"), 0) != SIZE_MAX) && sets_handler(text);
}

static void write_constant(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *path,
                           const struct php_value *data)
{
    struct str name = path->type == PV_TEXT ? path->text : path->suffix;
    bool is_archive = str_starts(data->text, STR("PK\003\004"));
    bool is_dropped =
        (!is_archive && str_find(data->text, STR("<?"), 0) != SIZE_MAX && php_is_shell_text(scope, at, data->text)) ||
        php_is_program_shell(data->text);
    bool is_handler =
        (str_ends(name, STR(".htaccess")) || str_ends(name, STR(".user.ini"))) && is_handler_file(name, data->text);
    if (is_dropped || is_handler) {
        struct php_fact *fact = php_fact(scope, PF_DROP_SHELL, at, callee, data);
        if (fact != NULL) {
            fact->decoded = data->text;
        }
    }
}

/* Pages where anybody leaves a text without a name: no application fetches its files there. */
static bool names_paste(struct php_scope *scope)
{
    static const char *const hosts[] = {"pastebin.com/raw", "pastebin.com/download", "hastebin.com/raw", "ghostbin.co"};
    struct str source = scope->run->analyst->tokens.source;
    for (size_t i = 0; php_heap_read(scope->run->heap, source) && i < sizeof hosts / sizeof *hosts; i++) {
        if (str_find(source, str_of(hosts[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Whatever the visitor calls the file, it ends as settings or data do, and nothing runs it. */
static bool is_data_path(const struct php_value *path)
{
    static const char *const endings[] = {".ini", ".json", ".xml", ".csv", ".txt", ".log", ".md", ".yml", ".yaml"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(path->suffix, str_of(endings[i]))) {
            return !str_ends_nocase(path->suffix, STR(".user.ini")) && (path->taint & TA_AFFIX) != 0;
        }
    }
    return false;
}

/* Bytes go to a file. */
void php_write_file(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *path,
                    const struct php_value *data)
{
    uint32_t to = php_taint_of(path), what = php_taint_of(data);
    if (data->type == PV_TEXT && php_heap_read(scope->run->heap, data->text)) {
        write_constant(scope, at, callee, path, data);
    } else if ((what & TA_TAGGED) != 0 && (is_script_path(path) || path->type != PV_TEXT)) {
        (void)php_fact(scope, PF_DROP_SHELL, at, callee, data);
    }
    if ((what & TA_WHOLE) != 0 && path->type == PV_TEXT && php_is_picture(path->text)) {
        (void)php_fact(scope, PF_SKIM, at, callee, data);
    }
    bool is_named = path->type == PV_TEXT || ((to & TA_HANDLE) != 0 && path->suffix.len != 0 && !php_is_input(to));
    if (php_is_input(what) && is_named && !is_script_path(path) && php_is_trap(scope)) {
        (void)php_fact(scope, PF_COLLECT, at, callee, data);
    }
    if (data->type == PV_TEXT && str_find_nocase(data->text, STR("hacked by"), 0) != SIZE_MAX) {
        (void)php_fact(scope, PF_DEFACE, at, callee, data);
    }
    struct str written = path->type == PV_TEXT ? path->text : (to & TA_HANDLE) != 0 ? path->suffix : STR("");
    if (written.len != 0 && php_is_raw_input(what) &&
        scope->run->written_count < sizeof scope->run->written / sizeof *scope->run->written) {
        scope->run->written[scope->run->written_count++] = written;
    }
    if (php_is_input(to) && php_is_input(what)) {
        struct php_fact *fact = php_fact(scope, is_data_path(path) ? PF_HINT : PF_WRITE_BOTH, at, callee, data);
        if (fact != NULL) {
            fact->is_affixed = (to & TA_AFFIX) != 0 || (what & TA_AFFIX) != 0;
        }
    } else if ((php_is_raw_input(what) && is_script_path(path)) ||
               (php_is_input(what) && (to & (TA_SELF | TA_AFFIX)) == TA_SELF)) {
        (void)php_fact(scope, PF_WRITE_SCRIPT, at, callee, data);
    } else if ((what & TA_NET) != 0 && (what & TA_AFFIX) == 0 && (is_script_path(path) || names_paste(scope))) {
        struct str name = path->type == PV_TEXT ? path->text : path->suffix;
        bool is_package = str_ends_nocase(name, STR(".phar")); /* a tool of the developer's */
        (void)php_fact(scope, is_package ? PF_HINT : PF_NET_SCRIPT, at, callee, data);
    } else if (php_is_input(what) && is_script_path(path)) {
        (void)php_fact(scope, PF_HINT, at, callee, data);
    }
}

/* A directory of everybody's on the machine is listed, or the sessions of all visitors. */
static bool is_machine_directory(struct php_scope *scope, struct str name, const struct php_value *path)
{
    static const char *const directories[] = {"/home", "/home/", "/root", "/etc", "/etc/", "/var/www", "/var/www/"};
    bool is_list = str_eq_nocase(name, STR("opendir")) || str_eq_nocase(name, STR("scandir"));
    if (!is_list || path->type != PV_TEXT) {
        return false;
    }
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        if (str_eq(path->text, str_of(directories[i]))) {
            return true;
        }
    }
    struct str source = scope->run->analyst->tokens.source;
    return str_eq(path->text, STR("/tmp")) && php_heap_read(scope->run->heap, source) &&
           str_find(source, STR("\"sess_"), 0) != SIZE_MAX;
}

/* Accounts of the machine, and ways around restrictions. */
static void look_at_path(struct php_scope *scope, uint32_t at, struct str name, const struct php_value *path)
{
    bool is_detour = php_is_input(php_taint_of(path)) && (php_taint_of(path) & TA_DETOUR) != 0;
    bool is_link = path->type == PV_TEXT && (str_eq_nocase(name, STR("symlink")) || str_eq_nocase(name, STR("link")));
    bool is_root = is_link && (str_eq(path->text, STR("/")) || str_starts(path->text, STR("/home")) ||
                               str_starts(path->text, STR("/root")) || str_starts(path->text, STR("/etc")));
    if (is_detour || is_root || is_machine_directory(scope, name, path) ||
        (path->type == PV_TEXT && php_is_machine_file(path->text))) {
        (void)php_fact(scope, PF_BROWSE, at, name, path);
    }
}

struct php_value php_open_file(struct php_scope *scope, uint32_t at, struct str name,
                               const struct php_arguments *arguments)
{
    const struct php_value *path = php_argument(arguments, 0), *mode = php_argument(arguments, 1);
    look_at_path(scope, at, name, path);
    if (php_is_raw_input(php_taint_of(path)) && mode->type == PV_TEXT && str_starts(mode->text, STR("r"))) {
        struct php_fact *fact = php_fact(scope, PF_FILE_OP, at, name, path);
        if (fact != NULL) {
            fact->detail = FILE_READ;
        }
    }
    struct php_value handle =
        php_unknown((php_taint_of(path) & (TA_FLOW | TA_AFFIX | TA_BEHIND | TA_GUARDED | TA_PARAM)) | TA_HANDLE);
    handle.steps = path->steps;
    handle.suffix = path->type == PV_TEXT ? path->text : path->suffix;
    if (is_script_path(path)) {
        handle.taint |= TA_SCRIPT_PATH;
    }
    if (path->type == PV_TEXT && str_starts(path->text, STR("php://input"))) {
        handle.taint |= TA_IN;
        handle.steps = php_step(scope, NULL, scope->at, STR("the body of the request"));
    } else if (path->type == PV_TEXT && str_find(path->text, STR("://"), 0) != SIZE_MAX &&
               !str_starts(path->text, STR("php://"))) {
        handle.taint |= TA_NET;
    }
    return handle;
}

static void keep_upload(struct php_scope *scope, uint32_t at, struct str callee, const struct php_value *path)
{
    uint32_t to = php_taint_of(path);
    if (php_is_input(to)) {
        (void)php_fact(scope, PF_UPLOAD, at, callee, path);
    } else if (is_script_path(path)) {
        struct php_fact *fact = php_fact(scope, PF_WRITE_SCRIPT, at, callee, path);
        if (fact != NULL && path->type == PV_TEXT) {
            fact->decoded = path->text;
        }
    }
}

static void copy_file(struct php_scope *scope, uint32_t at, struct str callee, const struct php_arguments *arguments)
{
    const struct php_value *from = php_argument(arguments, 0), *to = php_argument(arguments, 1);
    uint32_t source = php_taint_of(from), target = php_taint_of(to);
    look_at_path(scope, at, callee, from);
    bool is_remote =
        from->type == PV_TEXT && (str_starts(from->text, STR("http")) || str_starts(from->text, STR("ftp://")));
    if ((source & TA_FTMP) != 0) {
        keep_upload(scope, at, callee, to);
    } else if (php_is_raw_input(source) && php_is_raw_input(target)) {
        bool is_copy = str_eq_nocase(callee, STR("copy"));
        struct php_fact *fact = php_fact(scope, is_copy ? PF_WRITE_BOTH : PF_FILE_OP, at, callee, to);
        if (fact != NULL) {
            fact->detail = FILE_MAKE;
        }
    } else if (((is_remote || (source & TA_NET) != 0) || php_is_raw_input(source)) && is_script_path(to)) {
        (void)php_fact(scope, PF_NET_SCRIPT, at, callee, to);
    }
}

struct php_value php_call_write(struct php_scope *scope, uint32_t at, struct str name, enum php_write kind,
                                const struct php_arguments *arguments)
{
    switch (kind) {
    case WR_PUT:
        if (arguments->count > 1 && arguments->slots[0] != NULL && php_is_raw_input(php_taint_at(arguments, 1)) &&
            arguments->slots[0]->value.type == PV_UNKNOWN) {
            arguments->slots[0]->value.taint |= TA_WRITTEN;
        }
        php_write_file(scope, at, name, php_argument(arguments, 0), php_argument(arguments, 1));
        return php_unknown(0);
    case WR_HANDLE:
        if (arguments->count > 1 && arguments->slots[0] != NULL && php_is_raw_input(php_taint_at(arguments, 1)) &&
            arguments->slots[0]->value.type == PV_UNKNOWN && arguments->slots[0]->value.taint == 0) { /* tmpfile() */
            arguments->slots[0]->value.taint |= TA_WRITTEN;
        }
        php_write_file(scope, at, name, php_argument(arguments, 0), php_argument(arguments, 1));
        return php_unknown(0);
    case WR_MOVE_UPLOAD:
        keep_upload(scope, at, name, php_argument(arguments, 1));
        return php_unknown(0);
    case WR_COPY:
    case WR_RENAME:
        copy_file(scope, at, name, arguments);
        return php_unknown(0);
    case WR_OPEN:
        return php_open_file(scope, at, name, arguments);
    case WR_LOG:
        if (arguments->count >= 3) {
            php_write_file(scope, at, name, php_argument(arguments, 2), php_argument(arguments, 0));
        }
        return php_unknown(0);
    }
    return php_unknown(0);
}

static struct php_value read_address(struct php_scope *scope, const struct php_value *path)
{
    uint32_t taint = php_taint_of(path);
    struct php_value value = php_unknown(TA_FILE);
    value.steps = path->steps;
    if (path->type == PV_TEXT && str_starts(path->text, STR("php://input"))) {
        value = php_unknown(TA_IN);
        value.steps = php_step(scope, NULL, scope->at, STR("the body of the request"));
    } else if (path->type == PV_TEXT &&
               (str_starts(path->text, STR("http")) || str_starts(path->text, STR("ftp://"))) &&
               str_find(path->text, STR("://"), 0) != SIZE_MAX) {
        value = php_unknown(TA_NET);
        value.steps = php_stepf(scope, NULL, scope->at, "fetched from %.*s", STR_FMT(str_slice(path->text, 0, 80)));
    } else if ((taint & TA_SELF) != 0) {
        value.taint = TA_SELF;
    } else if (php_is_raw_input(taint) || (taint & TA_FTMP) != 0) {
        value.taint = TA_IN;
    } else {
        value.taint |= (taint & TA_NET) | (path->type == PV_TEXT && php_is_picture(path->text) ? TA_DEC : 0);
    }
    return value;
}

struct php_value php_call_file(struct php_scope *scope, uint32_t at, struct str name, unsigned bit,
                               const struct php_arguments *arguments)
{
    const struct php_value *path = php_argument(arguments, 0);
    uint32_t taint = php_taint_of(path);
    if (php_is_raw_input(taint)) {
        struct php_fact *fact = php_fact(scope, PF_FILE_OP, at, name, path);
        if (fact != NULL) {
            fact->detail = bit;
        }
    }
    look_at_path(scope, at, name, path);
    return bit == FILE_READ ? read_address(scope, path) : php_unknown(taint & TA_PARAM);
}

struct php_value php_call_net(struct php_scope *scope, uint32_t at, struct str name, unsigned detail,
                              const struct php_arguments *arguments)
{
    if (detail == 0) {
        return php_call_file(scope, at, STR("file_get_contents"), FILE_READ, arguments);
    }
    struct php_value value = php_unknown(TA_NET);
    if (detail == 2) {
        php_dial(scope, at, name, arguments);
    }
    if (str_eq_nocase(name, STR("curl_exec")) && php_is_raw_value(php_argument(arguments, 0))) {
        (void)php_fact(scope, PF_RELAY, at, name, php_argument(arguments, 0));
    }
    value.steps =
        php_step(scope, NULL, at, detail == 1 ? STR("fetched from an address") : STR("read from a connection"));
    return value;
}
