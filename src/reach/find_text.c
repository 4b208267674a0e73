/* What can lie in any text: URLs with a login in them, and the keys and tokens of clouds and services, which are told by how
 * they are made. A key is named by kind; its value is kept nowhere. */
#include "reach/find.h"

#include "base/banned.h"

enum { URLS_MAX = 2000, URL_MAX_BYTES = 1024, KEYS_MAX = 500 };

struct where {
    uint32_t line;
    size_t counted; /* line ends before here are in it */
};

static uint32_t line_at(struct where *where, struct str bytes, size_t at)
{
    while (where->counted < at) {
        const char *end = memchr(bytes.data + where->counted, '\n', at - where->counted);
        if (end == NULL) {
            where->counted = at;
            break;
        }
        where->counted = (size_t)(end - bytes.data) + 1;
        where->line++;
    }
    return where->line;
}

/* Does the line before `at` begin as a comment? */
static bool in_comment(struct str bytes, size_t at)
{
    size_t from = at;
    while (from > 0 && bytes.data[from - 1] != '\n' && at - from < 400) {
        from--;
    }
    struct str before = str_trim(str_slice(bytes, from, at));
    static const char *const marks[] = {"#", "//", "*", "/*", "--", ";", "<!--", "%", "rem "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (str_starts(before, str_of(marks[i]))) {
            return true;
        }
    }
    return str_find(before, STR(" // "), 0) != SIZE_MAX || str_find(before, STR(" # "), 0) != SIZE_MAX;
}

static bool is_url_byte(char byte)
{
    return (unsigned char)byte > ' ' && byte != '"' && byte != '\'' && byte != '`' && byte != '<' && byte != '>' &&
           byte != '\\' && byte != 0x7f;
}

static bool is_scheme_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '+' || byte == '-' || byte == '_';
}

/* A literal password: no piece of a template stands for it. */
static bool is_literal(const struct val *value)
{
    return val_is_text(value) && value->text.len != 0 && strcspn(value->text.data, "$") >= value->text.len &&
           str_find(value->text, STR("{"), 0) == SIZE_MAX && str_find(value->text, STR("%s"), 0) == SIZE_MAX &&
           str_find(value->text, STR("("), 0) == SIZE_MAX;
}

/* "[user:pass@]host", "<user>", "{user}": how such a URL is explained. An IPv6 address has brackets and colons. */
static bool is_template(const struct val *value)
{
    bool is_address = value->text.len > 2 && value->text.data[0] == '[' && value->text.data[value->text.len - 1] == ']';
    for (size_t i = 0; value->kind == VAL_TEXT && !is_address && i < value->text.len; i++) {
        if (memchr("[]{}<>|$", value->text.data[i], 8) != NULL) {
            return true;
        }
    }
    return false;
}

/* 'tcp://host?auth=' . $password: only a piece of it stands here. */
static bool goes_on(struct str bytes, size_t at)
{
    if (at >= bytes.len || (bytes.data[at] != '\'' && bytes.data[at] != '"')) {
        return false;
    }
    struct str rest = str_trim(str_slice(bytes, at + 1, at + 16));
    return str_starts(rest, STR(".")) || str_starts(rest, STR("+"));
}

/* is_query: the login stands behind the "?", where only Redis has it. */
static int url_at(struct find *find, const struct find_file *file, size_t colon, bool is_query, struct where *where,
                  struct arena *arena, struct err *err)
{
    struct str bytes = file->bytes;
    size_t from = colon, to = colon + 3;
    while (from > 0 && colon - from < 24 && is_scheme_byte(bytes.data[from - 1])) {
        from--;
    }
    while (to < bytes.len && to - from < URL_MAX_BYTES && is_url_byte(bytes.data[to])) {
        to++;
    }
    struct str url = str_slice(bytes, from, to);
    while (url.len != 0 && strchr(",;.)]}", url.data[url.len - 1]) != NULL) {
        url.len--;
    }
    struct str scheme = str_slice(bytes, from, colon);
    size_t comma = is_query ? str_find(url, STR(","), 0) : SIZE_MAX; /* tcp://a?auth=x,tcp://b?auth=y */
    url = comma != SIZE_MAX ? str_slice(url, 0, comma) : url;
    bool is_login = is_query || (url.len != 0 && memchr(url.data, '@', url.len) != NULL);
    bool is_known = find_service_of_scheme(scheme) != NULL || (is_query && find_is_session_scheme(scheme));
    if (!is_login || !is_known || (is_query && goes_on(bytes, to)) || in_comment(bytes, from)) {
        return 0;
    }
    struct val value = val_text(file->path, line_at(where, bytes, from), arena_str(arena, url, NULL));
    struct cred cred = {.confidence = FIND_MEDIUM, .path = file->path, .line = value.line};
    bool is_url = dsn_url(arena, &value, &cred);
    bool has_place = cred.host.kind == VAL_TEXT || (is_query && cred.socket.kind == VAL_TEXT);
    bool is_ours = !is_query || (cred.service != NULL && strcmp(cred.service, "redis") == 0);
    if (!is_url || !is_ours ||
        !is_literal(&(struct val){.kind = VAL_TEXT, .text = arena_str(arena, cred.password.text, NULL)}) ||
        !has_place || is_template(&cred.account) || is_template(&cred.host)) {
        return 0;
    }
    cred.why = find_step(arena, NULL, "url", (struct str){NULL, 0}, value.line, "a URL with a login in it");
    return find_add(find, file, &cred, err);
}

static bool has_login_in_query(struct str url)
{
    static const char *const words[] = {"?auth", "&auth", "?password=", "&password="};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_find(url, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

int read_urls(struct find *find, const struct find_file *file, struct arena *arena, struct err *err)
{
    struct where where = {.line = 1};
    unsigned left = URLS_MAX;
    for (size_t at = 0; left > 0; at += 3) {
        at = str_find(file->bytes, STR("://"), at);
        if (at == SIZE_MAX) {
            return 0;
        }
        size_t end = at + 3;
        while (end < file->bytes.len && end - at < URL_MAX_BYTES && is_url_byte(file->bytes.data[end]) &&
               file->bytes.data[end] != '@') {
            end++;
        }
        bool is_login = end < file->bytes.len && file->bytes.data[end] == '@';
        bool is_query = !is_login && has_login_in_query(str_slice(file->bytes, at + 3, end));
        if (is_login || is_query) {
            left--;
            TRY(url_at(find, file, at, is_query, &where, arena, err));
        } else {
            at = end - 3; /* no URL that begins before here has a login either */
        }
    }
    return 0;
}

/* ---- keys and tokens ---- */

enum set { SET_UPPER = 1, SET_LOWER = 2, SET_DIGIT = 4, SET_DASH = 8, SET_UNDER = 16, SET_BASE64 = 32 };
enum { SET_WORD = SET_UPPER | SET_LOWER | SET_DIGIT };

struct key {
    struct str mark;
    const char *service, *opens, *name;
    unsigned set;
    uint16_t least, most; /* bytes behind the mark */
};

static const struct key keys[] = {
    {STR_INIT("AKIA"), "aws", "cloud", "access key of AWS", SET_UPPER | SET_DIGIT, 16, 16},
    {STR_INIT("AIza"), "gcp", "api", "API key of Google", SET_WORD | SET_DASH | SET_UNDER, 35, 35},
    {STR_INIT("AccountKey="), "azure", "cloud", "key of an Azure storage account", SET_BASE64, 64, 90},
    {STR_INIT("sk_live_"), "stripe", "api", "secret key of Stripe", SET_WORD, 16, 240},
    {STR_INIT("rk_live_"), "stripe", "api", "restricted key of Stripe", SET_WORD, 16, 240},
    {STR_INIT("xoxb-"), "slack", "api", "bot token of Slack", SET_WORD | SET_DASH, 20, 120},
    {STR_INIT("xoxp-"), "slack", "api", "user token of Slack", SET_WORD | SET_DASH, 20, 120},
    {STR_INIT("xapp-"), "slack", "api", "app token of Slack", SET_WORD | SET_DASH, 20, 160},
    {STR_INIT("hooks.slack.com/services/T"), "slack", "api", "webhook of Slack", SET_WORD | SET_BASE64, 30, 80},
    {STR_INIT("ghp_"), "github", "api", "personal token of GitHub", SET_WORD, 36, 40},
    {STR_INIT("gho_"), "github", "api", "OAuth token of GitHub", SET_WORD, 36, 40},
    {STR_INIT("ghs_"), "github", "api", "server token of GitHub", SET_WORD, 36, 40},
    {STR_INIT("github_pat_"), "github", "api", "personal token of GitHub", SET_WORD | SET_UNDER, 60, 100},
    {STR_INIT("glpat-"), "gitlab", "api", "personal token of GitLab", SET_WORD | SET_DASH | SET_UNDER, 20, 60},
    {STR_INIT("SG."), "sendgrid", "mail", "key of SendGrid", SET_WORD | SET_DASH | SET_UNDER | SET_BASE64, 60, 70},
    {STR_INIT("shpat_"), "shopify", "api", "access token of Shopify", SET_WORD, 32, 32},
};

static bool is_in(char byte, unsigned set)
{
    return ((set & SET_UPPER) != 0 && byte >= 'A' && byte <= 'Z') ||
           ((set & SET_LOWER) != 0 && byte >= 'a' && byte <= 'z') ||
           ((set & SET_DIGIT) != 0 && byte >= '0' && byte <= '9') || ((set & SET_DASH) != 0 && byte == '-') ||
           ((set & SET_UNDER) != 0 && byte == '_') ||
           ((set & SET_BASE64) != 0 &&
            (is_in(byte, SET_WORD) || byte == '+' || byte == '/' || byte == '=' || byte == '.'));
}

/* How it looks to draw at random: an example such as AKIAXXXXXXXXXXXXXXXX or sk_live_000... has few different bytes. */
static bool is_random(struct str text)
{
    bool seen[256] = {false};
    size_t different = 0;
    for (size_t i = 0; i < text.len; i++) {
        different += !seen[(unsigned char)text.data[i]];
        seen[(unsigned char)text.data[i]] = true;
    }
    return different >= (text.len < 20 ? 7 : 10) && str_find_nocase(text, STR("EXAMPLE"), 0) == SIZE_MAX &&
           str_find_nocase(text, STR("xxxx"), 0) == SIZE_MAX && str_find(text, STR("1234567890"), 0) == SIZE_MAX;
}

static int add_key(struct find *find, const struct find_file *file, const char *service, const char *opens,
                   const char *name, struct str secret, uint32_t line, struct err *err)
{
    OWN(own_arena) struct arena arena;
    arena_init(&arena, 1 << 16);
    struct cred cred = {.service = service,
                        .opens = opens,
                        .is_key = true,
                        .print = str_hash(secret),
                        .path = file->path,
                        .line = line,
                        .confidence = FIND_HIGH,
                        .why = find_step(&arena, NULL, "key", (struct str){NULL, 0}, line, "%s", name)};
    return find_add(find, file, &cred, err);
}

static int read_key(struct find *find, const struct find_file *file, const struct key *key, struct err *err)
{
    struct where where = {.line = 1};
    unsigned left = KEYS_MAX;
    for (size_t at = str_find(file->bytes, key->mark, 0); at != SIZE_MAX && left > 0;
         at = str_find(file->bytes, key->mark, at + 1), left--) {
        size_t from = at + key->mark.len, to = from;
        while (to < file->bytes.len && to - from <= key->most && is_in(file->bytes.data[to], key->set)) {
            to++;
        }
        bool is_inside = at > 0 && is_in(file->bytes.data[at - 1], SET_WORD | SET_UNDER) && key->mark.data[0] != 'h';
        struct str secret = str_slice(file->bytes, from, to);
        if (!is_inside && secret.len >= key->least && secret.len <= key->most && is_random(secret)) {
            TRY(add_key(find, file, key->service, key->opens, key->name, secret, line_at(&where, file->bytes, at),
                        err));
        }
    }
    return 0;
}

static bool is_sign(char byte)
{
    return byte == '+' || byte == '/' || byte == '=';
}

/* -----BEGIN .. PRIVATE KEY----- with something in it that looks like one; an encrypted one opens nothing by itself. */
static int read_pem(struct find *find, const struct find_file *file, struct err *err)
{
    struct where where = {.line = 1};
    unsigned left = KEYS_MAX;
    for (size_t at = str_find(file->bytes, STR("PRIVATE KEY-----"), 0); at != SIZE_MAX && left > 0;
         at = str_find(file->bytes, STR("PRIVATE KEY-----"), at + 1), left--) {
        struct str before = str_slice(file->bytes, at > 40 ? at - 40 : 0, at);
        size_t begin = str_find(before, STR("-----BEGIN "), 0);
        struct str body = str_slice(file->bytes, at + 16, at + 16 + 200);
        if (begin == SIZE_MAX || str_find(str_slice(before, begin, before.len), STR("ENCRYPTED"), 0) != SIZE_MAX) {
            continue;
        }
        size_t begins = 0, letters = 0;
        while (begins < body.len && begins < 8 && strchr("\r\n\\nr\"' ", body.data[begins]) != NULL) {
            begins++; /* the line's end, also as JSON and PHP write it */
        }
        while (begins + letters < body.len &&
               (is_in(body.data[begins + letters], SET_WORD) || is_sign(body.data[begins + letters]))) {
            letters++;
        }
        if (letters < 40 || !is_random(str_slice(body, begins, begins + letters))) {
            continue; /* code that puts one together, or a text about one; or one that is locked */
        }
        bool is_cloud = str_find(file->bytes, STR("\"service_account\""), 0) != SIZE_MAX;
        bool is_ssh = str_find(before, STR("OPENSSH"), 0) != SIZE_MAX;
        TRY(add_key(find, file,
                    is_cloud ? "gcp"
                    : is_ssh ? "ssh"
                             : "key",
                    is_cloud ? "cloud"
                    : is_ssh ? "shell"
                             : "api",
                    is_cloud ? "key of a service account of Google Cloud"
                    : is_ssh ? "private key of SSH"
                             : "private key",
                    body, line_at(&where, file->bytes, at), err));
    }
    return 0;
}

int read_keys(struct find *find, const struct find_file *file, struct err *err)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        TRY(read_key(find, file, &keys[i], err));
    }
    return read_pem(find, file, err);
}
