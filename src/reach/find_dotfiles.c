/* Files that hold nothing but logins, each in a form of its own: .pgpass, .netrc, git's, .htpasswd. */
#include "reach/find.h"

#include "base/banned.h"

enum { FIELDS = 5, TOKENS_MAX = 20000 };

/* The next field of .pgpass: up to a colon, backslash escapes. */
static struct str pgpass_field(struct arena *arena, struct str *rest, bool is_last)
{
    OWN(own_buf) struct buf out = {.max = FIND_TEXT_MAX_BYTES};
    size_t i = 0;
    for (; i < rest->len && (is_last || rest->data[i] != ':'); i++) {
        i += rest->data[i] == '\\' && i + 1 < rest->len;
        buf_putc(&out, rest->data[i]);
    }
    *rest = str_slice(*rest, i + 1, rest->len);
    return out.failed ? STR("") : arena_str(arena, buf_str(&out), NULL);
}

static struct val literal(const struct find_file *file, uint32_t line, struct str text)
{
    bool is_any = text.len == 0 || str_eq(text, STR("*"));
    return is_any ? (struct val){0} : val_text(file->path, line, text);
}

/* host:port:database:account:password (PostgreSQL, "The Password File") */
int read_pgpass(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
                struct err *err)
{
    uint32_t line = 1;
    struct str_cut cut = str_cut(file->bytes, '\n');
    for (;; cut = str_cut(cut.tail, '\n'), line++) {
        struct str text = str_trim(cut.head), fields[FIELDS] = {{NULL, 0}};
        for (size_t i = 0; i < FIELDS && text.len != 0; i++) {
            fields[i] = pgpass_field(arena, &text, i + 1 == FIELDS);
        }
        text = str_trim(cut.head);
        if (text.len != 0 && text.data[0] != '#' && fields[3].len != 0 && fields[4].len != 0) {
            struct cred cred = {.service = reader->service,
                                .product = reader->product,
                                .host = literal(file, line, fields[0]),
                                .port = literal(file, line, fields[1]),
                                .database = literal(file, line, fields[2]),
                                .account = literal(file, line, fields[3]),
                                .password = val_text(file->path, line, fields[4]),
                                .confidence = FIND_HIGH};
            TRY(find_add(find, file, &cred, err));
        }
        if (!cut.found) {
            return 0;
        }
    }
}

static struct str next_token(struct str *rest, uint32_t *line)
{
    size_t from = 0;
    while (from < rest->len && (unsigned char)rest->data[from] <= ' ') {
        *line += rest->data[from++] == '\n';
    }
    size_t to = from;
    while (to < rest->len && (unsigned char)rest->data[to] > ' ') {
        to++;
    }
    struct str token = str_slice(*rest, from, to);
    *rest = str_slice(*rest, to, rest->len);
    return token;
}

/* machine H login A password S */
int read_netrc(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
               struct err *err)
{
    struct str rest = file->bytes, token;
    struct cred cred = {0};
    uint32_t line = 1;
    (void)arena;
    for (unsigned n = 0; n < TOKENS_MAX && (token = next_token(&rest, &line)).len != 0; n++) {
        bool is_machine = str_eq(token, STR("machine"));
        if (is_machine || str_eq(token, STR("default"))) {
            cred = (struct cred){.opens = "api", .product = reader->product, .confidence = FIND_HIGH};
        }
        bool is_account = str_eq(token, STR("login")), is_password = str_eq(token, STR("password"));
        if (!is_machine && !is_account && !is_password) {
            continue;
        }
        struct val value = literal(file, line, next_token(&rest, &line));
        *(is_machine ? &cred.host : is_account ? &cred.account : &cred.password) = value;
        if (cred.account.kind == VAL_TEXT && cred.password.kind == VAL_TEXT) {
            TRY(find_add(find, file, &cred, err));
            cred.password = (struct val){0};
        }
    }
    return 0;
}

/* https://account:token@host in .git-credentials and .git/config: named by kind, since what they hold is a token mostly. */
int read_git(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
             struct err *err)
{
    uint32_t line = 1;
    (void)arena;
    struct str_cut cut = str_cut(file->bytes, '\n');
    for (;; cut = str_cut(cut.tail, '\n'), line++) {
        size_t at = str_find(cut.head, STR("https://"), 0);
        struct str login = at != SIZE_MAX ? str_slice(cut.head, at + 8, cut.head.len) : STR("");
        login = str_cut(login, '/').head;
        const char *sign = login.len != 0 ? memrchr(login.data, '@', login.len) : NULL;
        if (sign != NULL) {
            size_t end = (size_t)(sign - login.data);
            struct str_cut names = str_cut(str_slice(login, 0, end), ':');
            struct str secret = names.found ? names.tail : names.head;
            struct cred cred = {.service = "git",
                                .opens = "files",
                                .product = reader->product,
                                .host = literal(file, line, str_trim(str_slice(login, end + 1, login.len))),
                                .account = names.found ? literal(file, line, names.head) : (struct val){0},
                                .is_key = true,
                                .print = str_hash(secret),
                                .path = file->path,
                                .line = line,
                                .confidence = FIND_HIGH};
            if (secret.len >= 4) {
                TRY(find_add(find, file, &cred, err));
            }
        }
        if (!cut.found) {
            return 0;
        }
    }
}

static const char *hash_scheme(struct str hash)
{
    return str_starts(hash, STR("$apr1$"))                                  ? "Apache's MD5"
           : str_starts(hash, STR("$2y$")) || str_starts(hash, STR("$2a$")) ? "bcrypt"
           : str_starts(hash, STR("{SHA}"))                                 ? "SHA-1, unsalted"
           : str_starts(hash, STR("$5$")) || str_starts(hash, STR("$6$"))   ? "crypt, SHA-2"
           : str_starts(hash, STR("$1$"))                                   ? "crypt, MD5"
           : hash.len == 13                                                 ? "crypt, DES"
                                                                            : NULL;
}

/* account:hash; one finding for the file: hashes open nothing before they are guessed. */
int read_htpasswd(struct find *find, const struct find_file *file, const struct find_reader *reader,
                  struct arena *arena, struct err *err)
{
    unsigned count = 0;
    const char *scheme = NULL;
    uint32_t line = 1, first = 1;
    for (struct str_cut cut = str_cut(file->bytes, '\n');; cut = str_cut(cut.tail, '\n'), line++) {
        struct str_cut pair = str_cut(str_trim(cut.head), ':');
        const char *seen = pair.found && pair.head.len != 0 ? hash_scheme(str_cut(pair.tail, ':').head) : NULL;
        if (seen != NULL) {
            first = count == 0 ? line : first;
            scheme = scheme != NULL ? scheme : seen;
            count++;
        }
        if (!cut.found) {
            break;
        }
    }
    if (count == 0) {
        return 0;
    }
    struct cred cred = {.service = "http",
                        .opens = "api",
                        .product = reader->product,
                        .is_key = true,
                        .print = str_hash(file->bytes),
                        .path = file->path,
                        .line = first,
                        .confidence = FIND_HIGH};
    cred.why = find_step(arena, NULL, "hash", (struct str){NULL, 0}, first, "%u password %s (%s): to be guessed first",
                         count, count == 1 ? "hash" : "hashes", scheme);
    return find_add(find, file, &cred, err);
}
