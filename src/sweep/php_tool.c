/* What isn't a shell but does an intruder's work: letters, statements to databases, connections, files of the machine,
 * programs of other languages that are dropped. */
#include "base/str.h"
#include "sweep/php_run.h"

#include "base/banned.h"

/* ---- letters ---- */

/* Fields of the request by whose names people give away an account or a card: $_POST["cvv"]. */
static bool asks_secrets(struct str source)
{
    static const char *const names[] = {"pass",     "pwd",    "cvv", "cvc",    "ccnum", "cardnum",
                                        "card_num", "cc_num", "ssn", "atmpin", "mmn"};
    enum { NAME_BYTES = 24 };
    for (size_t at = str_find(source, STR("_POST["), 0); at != SIZE_MAX; at = str_find(source, STR("_POST["), at + 6)) {
        struct str near = str_slice(source, at + 6, at + 6 + NAME_BYTES), name = str_cut(near, ']').head;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (str_find_nocase(name, str_of(names[i]), 0) != SIZE_MAX) {
                return true;
            }
        }
    }
    return false;
}

/* A page that takes what visitors type and sends them on to the site that they meant to log in to. */
bool php_is_trap(struct php_scope *scope)
{
    struct str source = scope->run->analyst->tokens.source;
    if ((scope->run->facts->gate & (GATE_ANY_INCLUDE | GATE_PART | GATE_DATABASE)) != 0 ||
        !php_heap_read(scope->run->heap, source)) {
        return false;
    }
    bool sends_on = str_find_nocase(source, STR("location: http"), 0) != SIZE_MAX ||
                    str_find_nocase(source, STR("location:http"), 0) != SIZE_MAX;
    return sends_on || asks_secrets(source);
}

/* mail(to, subject, text, headers): a parcel with an empty text carries the letter in its headers. */
void php_mail(struct php_scope *scope, uint32_t at, struct str name, const struct php_arguments *arguments)
{
    enum { PIECES_MIN = 6 };
    const struct php_value *to = php_argument(arguments, 0), *text = php_argument(arguments, 2),
                           *headers = php_argument(arguments, 3);
    bool is_hidden = to->type == PV_TEXT && (to->decoders != 0 || to->pieces >= PIECES_MIN) &&
                     str_find(to->text, STR("@"), 0) != SIZE_MAX;
    if (is_hidden && (to->decoders != 0 || (to->taint & TA_BUILT) != 0)) {
        struct php_fact *fact = php_fact(scope, PF_SKIM, at, name, to);
        if (fact != NULL) {
            fact->decoded = to->text;
        }
    }
    bool is_empty = text->type == PV_TEXT && text->text.len == 0;
    if (php_is_raw_value(php_argument(arguments, 0)) &&
        (php_is_input_value(text) || (is_empty && php_is_input_value(headers)))) {
        struct php_fact *fact = php_fact(scope, PF_MAIL, at, name, php_argument(arguments, 0));
        if (fact != NULL) {
            fact->is_affixed =
                is_empty || !php_is_raw_value(text); /* a letter of the application's, with a name in it */
        }
    } else if ((php_taint_of(to) & (TA_FILE | TA_NET)) != 0 && (php_taint_of(text) & (TA_FILE | TA_NET)) != 0) {
        struct php_fact *fact =
            php_fact(scope, PF_MAIL, at, name, to); /* letter and addresses lie in files beside it */
        if (fact != NULL) {
            fact->is_affixed = true;
        }
    } else if (php_argument(arguments, 0)->type == PV_TEXT && php_is_input_value(text) &&
               php_heap_read(scope->run->heap, scope->run->analyst->tokens.source) &&
               asks_secrets(scope->run->analyst->tokens.source)) {
        (void)php_fact(scope, PF_COLLECT, at, name, text);
    }
}

/* ---- databases ---- */

/* A connection that the visitor names, or whose account is the visitor's. */
void php_connect(struct php_scope *scope, const struct php_arguments *arguments)
{
    for (unsigned i = 0; i < arguments->count && i < 4; i++) {
        scope->run->has_visitors_database =
            scope->run->has_visitors_database || php_is_input_value(&arguments->list[i]);
    }
}

static bool drops_code(struct php_scope *scope, uint32_t at, struct str statement)
{
    bool is_file = str_find_nocase(statement, STR("into outfile"), 0) != SIZE_MAX ||
                   str_find_nocase(statement, STR("into dumpfile"), 0) != SIZE_MAX;
    return is_file && str_find(statement, STR("<?"), 0) != SIZE_MAX && php_is_shell_text(scope, at, statement);
}

/* Statements of the file write files on the database's machine. */
static bool writes_files(const struct php_scope *scope)
{
    struct str source = scope->run->analyst->tokens.source;
    return php_heap_read(scope->run->heap, source) && (str_find_nocase(source, STR("into dumpfile"), 0) != SIZE_MAX ||
                                                       str_find_nocase(source, STR("into outfile"), 0) != SIZE_MAX);
}

/* Pages and accounts of well-known applications are changed: what is done with a stolen configuration. */
static bool names_tables(struct php_scope *scope)
{
    static const char *const changes[] = {"update template set", "phpbb_categories set", "smf_boards set",
                                          "mybb_templates set",  "update wp_users set",  "update jos_users set",
                                          "smf_members set",     "users set password",   "update mybb_",
                                          "update smf_",         "update phpbb_"};
    struct str source = scope->run->analyst->tokens.source;
    if ((scope->run->facts->gate & (GATE_ANY_INCLUDE | GATE_PART)) != 0 || !php_heap_read(scope->run->heap, source)) {
        return false;
    }
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (str_find_nocase(source, str_of(changes[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* Whole statements of the visitor's; php_analyse keeps the fact only where the connection is the visitor's too. */
void php_query(struct php_scope *scope, uint32_t at, struct str name, const struct php_value *statement)
{
    bool is_any_table = (php_taint_of(statement) & TA_TABLE) != 0 && php_is_input_value(statement);
    if (is_any_table || (php_is_input_value(statement) && scope->run->has_visitors_database && names_tables(scope))) {
        struct php_fact *fact = php_fact(scope, PF_SQL, at, name, statement);
        if (fact != NULL) {
            fact->detail = is_any_table;
        }
    } else if (php_is_raw_value(statement) || (php_is_input_value(statement) && writes_files(scope))) {
        (void)php_fact(scope, PF_SQL, at, name, statement);
    } else if (statement->type == PV_TEXT && php_heap_read(scope->run->heap, statement->text) &&
               drops_code(scope, at, statement->text)) {
        struct php_fact *fact = php_fact(scope, PF_DROP_SHELL, at, name, statement);
        if (fact != NULL) {
            fact->decoded = statement->text;
        }
    }
}

void php_database(struct php_scope *scope, uint32_t at, struct str name, enum php_database kind,
                  const struct php_arguments *arguments)
{
    if (kind == DB_CONNECT) {
        php_connect(scope, arguments);
        return;
    }
    unsigned index = kind == DB_FIRST ? 0 : kind == DB_SECOND || arguments->count == 0 ? 1 : arguments->count - 1;
    php_query(scope, at, name, php_argument(arguments, index));
}

/* ---- connections ---- */

/* fsockopen(host, port) and its like: where to is the visitor's. Floods go to udp://host. */
void php_dial(struct php_scope *scope, uint32_t at, struct str name, const struct php_arguments *arguments)
{
    const struct php_value *host = php_argument(arguments, 0), *port = php_argument(arguments, 1);
    bool is_flood = php_is_input_value(host) && (php_taint_of(host) & TA_DETOUR) != 0;
    scope->run->has_connection = scope->run->has_dialled = true;
    if ((php_is_raw_value(host) && php_is_input_value(port)) || is_flood) {
        struct php_fact *fact = php_fact(scope, PF_RELAY, at, name, host);
        if (fact != NULL) {
            fact->detail = is_flood;
        }
    }
}

/* A server of its own: with connections on the other side it is a relay, with raw sockets it reads the network. */
void php_listen(struct php_scope *scope, uint32_t at, struct str name, bool is_maker,
                const struct php_arguments *arguments)
{
    const struct php_value *type = php_argument(arguments, 1);
    if (is_maker && type->type == PV_TEXT && str_eq(type->text, STR("SOCK_RAW"))) {
        (void)php_fact(scope, PF_SNIFF, at, name, NULL);
    }
    scope->run->has_connection = scope->run->has_connection || !is_maker;
    if (!is_maker && php_is_raw_value(type)) {
        (void)php_fact(scope, PF_RELAY, at, name, type);
    }
    if (!is_maker && scope->run->listen_line == 0 && !scope->run->is_unasked) {
        scope->run->listen_line = php_scope_line(scope, at);
    }
}

/* A long text that a reader of the file cannot read: unpacked by two decoders, or put together a character at a time. */
static bool is_unpacked(struct php_heap *heap, const struct php_value *value)
{
    enum { LONG_BYTES = 400, HEAD_BYTES = 256 };
    const uint32_t made = TA_CHOP | TA_BUILT;
    if (value->type != PV_TEXT || value->text.len < LONG_BYTES || !php_heap_work(heap, 1) ||
        !(value->decoders >= 2 || (value->taint & made) == made)) {
        return false;
    }
    for (size_t i = 0; i < HEAD_BYTES; i++) {
        unsigned char byte = (unsigned char)value->text.data[i];
        if (byte < ' ' && !str_is_space((char)byte)) { /* a picture */
            return false;
        }
    }
    return true;
}

/* Pages that only search engines see: what is printed came from elsewhere, and the file looks for their names. */
void php_show(struct php_scope *scope, uint32_t at, const struct php_value *value)
{
    struct php_run *run = scope->run;
    if (is_unpacked(run->heap, value)) {
        struct php_fact *fact = php_fact(scope, PF_UNPACKED, at, STR("echo"), value);
        if (fact != NULL) {
            fact->decoded = value->text;
        }
    }
    if ((php_taint_of(value) & TA_NET) == 0) {
        return;
    }
    if (!run->has_asked_engines) {
        struct str source = run->analyst->tokens.source;
        run->has_asked_engines = true;
        run->names_engines = str_find_nocase(source, STR("googlebot"), 0) != SIZE_MAX ||
                             str_find_nocase(source, STR("google|bing"), 0) != SIZE_MAX;
    }
    if (run->names_engines) {
        (void)php_fact(scope, PF_CLOAK, at, STR("echo"), value);
    }
}

/* ---- the machine ---- */

static bool has_any(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find(text, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* WordPress, loaded from outside: an account with a name and a password that stand here and the administrator's role, or a
 * cookie of somebody's session without any question. */
static void become_administrator(struct php_scope *scope, struct str name, const struct php_arguments *arguments)
{
    enum { ACCOUNTS_ASKED = 16 };
    static const char *const questions[] = {"wp_authenticate", "wp_signon",  "wp_check_password", "check_admin_referer",
                                            "wp_verify_nonce", "check_ajax", "current_user_can"};
    static const char *const loaders[] = {"wp-load.php", "wp-blog-header.php", "wp-config.php"};
    struct str source = scope->run->analyst->tokens.source;
    bool is_account = str_eq_nocase(name, STR("wp_create_user")),
         is_cookie = str_eq_nocase(name, STR("wp_set_auth_cookie"));
    if ((!is_account && !is_cookie) || scope->run->accounts_asked++ > ACCOUNTS_ASKED ||
        has_any(source, questions, sizeof questions / sizeof *questions)) {
        return;
    }
    const struct php_value *user = php_argument(arguments, 0), *password = php_argument(arguments, 1);
    bool is_made = is_account && str_find(source, STR("administrator"), 0) != SIZE_MAX &&
                   (user->type == PV_TEXT || php_is_raw_value(user)) &&
                   (password->type == PV_TEXT || php_is_raw_value(password));
    bool is_taken =
        is_cookie && (user->type == PV_NUMBER || php_is_raw_value(user) || /* of one who stands here, or is named */
                      has_any(source, loaders, sizeof loaders / sizeof *loaders));
    if (is_made || is_taken) {
        (void)php_fact(scope, PF_ADMIN, scope->at, name, user);
    }
}

/* curl_setopt($c, CURLOPT_URL, x): the handle goes where x says. */
static void point(struct str name, const struct php_arguments *arguments)
{
    struct php_key key = {.is_text = true, .text = STR("CURLOPT_URL")};
    const struct php_value *option = php_argument(arguments, 1), *url = php_argument(arguments, 2);
    if (str_eq_nocase(name, STR("curl_setopt_array"))) {
        url = option->type == PV_ARRAY ? php_array_find(option->array, &key) : NULL;
    } else if (option->type != PV_TEXT || !str_eq(option->text, key.text)) {
        url = NULL;
    }
    if (url != NULL && arguments->slots[0] != NULL && arguments->slots[0]->value.type == PV_UNKNOWN) {
        arguments->slots[0]->value.taint |=
            php_taint_of(url) & (TA_FLOW | TA_AFFIX | TA_BEHIND | TA_GUARDED | TA_DETOUR);
        arguments->slots[0]->value.steps = url->steps;
    }
}

/* putenv("LD_PRELOAD=...") and imap_open("{x -oProxyCommand=...}"): ways to a command where functions for it are closed. */
void php_machine(struct php_scope *scope, struct str name, const struct php_arguments *arguments)
{
    const struct php_value *first = php_argument(arguments, 0);
    bool is_context = str_eq_nocase(name, STR("stream_context_create"));
    bool hands_on = (is_context || str_starts(name, STR("curl_setopt"))) &&
                    (php_taint_of_all(arguments) & TA_WHOLE) != 0 &&
                    php_heap_read(scope->run->heap, scope->run->analyst->tokens.source);
    if (hands_on && str_find(scope->run->analyst->tokens.source, STR("_notify-validate"), 0) == SIZE_MAX) {
        (void)php_fact(scope, PF_RELAY, scope->at, name, php_argument(arguments, is_context ? 0 : 2));
    }
    if (str_starts(name, STR("curl_setopt"))) {
        point(name, arguments);
    } else if (str_eq_nocase(name, STR("mcrypt_encrypt")) || str_eq_nocase(name, STR("openssl_encrypt"))) {
        uint32_t taint = php_taint_of_all(arguments);
        if (php_is_input(taint) && (taint & TA_FILE) != 0) {
            (void)php_fact(scope, PF_RANSOM, scope->at, name, first);
        }
    } else if (str_starts(name, STR("wp_"))) {
        become_administrator(scope, name, arguments);
    } else if (str_eq_nocase(name, STR("putenv")) && first->type == PV_TEXT &&
               str_starts(first->text, STR("LD_PRELOAD"))) {
        (void)php_fact(scope, PF_PRELOAD, scope->at, name, first);
    } else if (str_eq_nocase(name, STR("imap_open")) && php_is_input_value(first) &&
               php_heap_read(scope->run->heap, scope->run->analyst->tokens.source) &&
               str_find(scope->run->analyst->tokens.source, STR("ProxyCommand"), 0) != SIZE_MAX) {
        (void)php_fact(scope, PF_COMMAND_INPUT, scope->at, name, first);
    }
}

/* Accounts and settings of the machine that no application of the web reads. */
bool php_is_machine_file(struct str path)
{
    static const char *const files[] = {"/etc/passwd",      "/etc/shadow",     "/etc/valiases",
                                        "/etc/userdomains", "/etc/named.conf", "/etc/trueuserdomains"};
    path = str_starts(path, STR("file://")) ? str_slice(path, 7, path.len) : path;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (str_starts(path, str_of(files[i]))) {
            return true;
        }
    }
    return false;
}

/* Commands that ask who and where one is, open the machine or hide on it: nothing that an application of the web needs. */
bool php_is_machine_command(struct str command)
{
    static const char *const parts[] = {"/etc/passwd", "/etc/shadow", "LD_PRELOAD",  "crontab /",  "| crontab",
                                        "|crontab",    "ln -s / ",    "ln -s /home", "/etc/named", "useradd "};
    static const char *const wholes[] = {"id",       "whoami",   "uname -a", "pwd",   "w",
                                         "ipconfig", "ifconfig", "net user", "ps aux"};
    command = str_trim(command);
    if (has_any(command, parts, sizeof parts / sizeof *parts)) {
        return true;
    }
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        if (str_eq(command, str_of(wholes[i]))) {
            return true;
        }
    }
    return false;
}

/* ---- what is dropped ---- */

/* A program in another language that ties an interpreter to a connection, or runs what a request says. */
bool php_is_program_shell(struct str text)
{
    static const char *const interpreters[] = {"/bin/sh", "/bin/bash", "cmd.exe"};
    static const char *const connections[] = {"socket(", "Socket", "/dev/tcp/", "sockaddr"};
    static const char *const answers[] = {"Content-type: text", "Content-Type: text"};
    return (has_any(text, interpreters, sizeof interpreters / sizeof *interpreters) &&
            has_any(text, connections, sizeof connections / sizeof *connections)) ||
           (str_find(text, STR("QUERY_STRING"), 0) != SIZE_MAX &&
            has_any(text, answers, sizeof answers / sizeof *answers));
}

/* new COM("..."): objects of Windows that show or change the machine itself. */
bool php_is_machine_object(struct str name)
{
    static const char *const objects[] = {"IIS://", "Shell.Users", "WinNT://",
                                          "winmgmts:", "Scripting.FileSystemObject"};
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        if (str_starts(name, str_of(objects[i]))) {
            return true;
        }
    }
    return false;
}
