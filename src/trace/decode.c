/* Commands in queries. Each layer is taken off only if what lies under it is text (or a packing whose content is),
 * so a session key or a hash in base64 stays what it is. Layers, lengths and the number of parameters are bounded.
 *
 * Sources: RFC 4648 (base64, base64url, base16), RFC 1952 (gzip), RFC 3986 2.1 and the URL standard's
 * application/x-www-form-urlencoded; the shape ["id"] in base64 as in AIT-LDS v2's web shell (parameter wp_meta). */
#include "trace/decode.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "formats/stream.h"

#include "base/banned.h"

enum { LAYERS_MAX = 4, PARAMETERS_MAX = 64, SHORT_BYTES = 8, ARGUMENTS_MAX = 256 };

/* ---- letters ---- */

static int hex_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t decode_percent(char *out, struct str text, bool is_query)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *t = text.data + i;
        size_t left = text.len - i;
        size_t prefix = t[0] == '%' ? 1 : left >= 2 && t[0] == '\\' && t[1] == 'x' ? 2 : 0;
        if (prefix > 0 && left >= prefix + 2 && hex_of(t[prefix]) >= 0 && hex_of(t[prefix + 1]) >= 0) {
            out[len++] = (char)(hex_of(t[prefix]) << 4 | hex_of(t[prefix + 1]));
            i += prefix + 1;
        } else {
            out[len++] = is_query && t[0] == '+' ? ' ' : t[0];
        }
    }
    return len;
}

/* Text that a person could have typed: UTF-8, and no control bytes but white space. */
static bool is_text(struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f) {
            return false;
        }
    }
    return bytes.len > 0 && str_is_utf8(bytes);
}

/* ---- what reads like a command ---- */

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

static bool is_program(struct str word)
{
    static const char *const programs[] = {
        "id",        "whoami",    "uname",  "ls",         "cat",        "pwd",   "ps",      "netstat",     "ifconfig",
        "ip",        "wget",      "curl",   "nc",         "ncat",       "bash",  "sh",      "python",      "python3",
        "perl",      "php",       "find",   "grep",       "mysqldump",  "mysql", "psql",    "pg_dump",     "tar",
        "zip",       "gzip",      "chmod",  "chown",      "rm",         "cp",    "mv",      "echo",        "net",
        "ipconfig",  "dir",       "type",   "systeminfo", "powershell", "cmd",   "cmd.exe", "certutil",    "hostname",
        "w",         "who",       "env",    "crontab",    "base64",     "sudo",  "useradd", "ss",          "df",
        "mount",     "last",      "head",   "tail",       "touch",      "mkdir", "kill",    "nslookup",    "dig",
        "ping",      "tasklist",  "reg",    "wmic",       "socat",      "ssh",   "scp",     "lsb_release", "sqlite3",
        "mongodump", "redis-cli", "docker", "history",    "arp",        "route", "date",    "cd"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (str_eq(word, str_of(programs[i]))) {
            return true;
        }
    }
    return false;
}

/* The first word of a command without the folder it lies in, and how much of it was named. */
static bool begins_with_program(struct str text, size_t *ret_behind)
{
    text = str_trim(text);
    size_t at = 0;
    bool has_folder = text.len > 0 && text.data[0] == '/';
    while (at < text.len && (is_word_byte(text.data[at]) || text.data[at] == '/')) {
        at++;
    }
    size_t from = at;
    while (from > 0 && text.data[from - 1] != '/') {
        from--;
    }
    *ret_behind = at;
    bool is_alone = from == 0 || has_folder;
    return is_alone && at > from && is_program(str_slice(text, from, at));
}

/* Behind one of these, a shell begins a new command. */
static bool has_shell_syntax(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_subshell = c == '`' || (c == '$' && i + 1 < text.len && text.data[i + 1] == '(');
        size_t behind;
        if (c != ';' && c != '|' && c != '&' && !is_subshell) {
            continue;
        }
        struct str rest = str_slice(text, i + (c == '$' ? 2 : 1), text.len);
        if (begins_with_program(rest, &behind)) {
            struct str after = str_slice(str_trim(rest), behind, SIZE_MAX);
            bool is_ended = after.len == 0 || memchr(" \t\n;|&)`'\"<>%", after.data[0], 14) != NULL;
            if (is_ended) {
                return true;
            }
        }
    }
    return false;
}

bool text_is_command(struct str text)
{
    size_t behind;
    struct str trimmed = str_trim(text);
    if (begins_with_program(trimmed, &behind)) {
        struct str after = str_slice(trimmed, behind, trimmed.len);
        return after.len == 0 || memchr(" \t\n;|&<>", after.data[0], 8) != NULL;
    }
    return has_shell_syntax(text);
}

bool name_is_command(struct str name)
{
    static const char *const names[] = {"cmd",   "exec",   "command", "execute",    "c",        "run",
                                        "shell", "system", "cmdline", "passthru",   "e",        "ev",
                                        "eval",  "code",   "do_cmd",  "shell_exec", "cmd_exec", "x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq_nocase(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

/* ---- layers: each appends what lies under it to out, or says false ---- */

static int base64_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' || c == ' ' ? 62
           : c == '/' || c == '_'           ? 63
                                            : -1; /* " ": a "+" that a form would have escaped */
}

static bool take_base64(struct str text, struct buf *out)
{
    size_t len = text.len;
    while (len > 0 && text.len - len < 2 && text.data[len - 1] == '=') {
        len--;
    }
    bool is_padded = len < text.len;
    if (len < 4 - (text.len - len) || len % 4 == 1 || (is_padded && text.len % 4 != 0) ||
        (!is_padded && len < SHORT_BYTES)) {
        return false;
    }
    uint32_t word = 0;
    for (size_t i = 0; i < len; i++) {
        int value = base64_of(text.data[i]);
        if (value < 0) {
            return false;
        }
        word = word << 6 | (uint32_t)value;
        if (i % 4 > 0) {
            buf_putc(out, (char)(word >> (6 - 2 * (i % 4)) & 255));
        }
    }
    return true;
}

static bool take_hex(struct str text, struct buf *out)
{
    text = str_starts(text, STR("0x")) || str_starts(text, STR("0X")) ? str_slice(text, 2, text.len) : text;
    if (text.len % 2 != 0 || text.len < SHORT_BYTES) {
        return false;
    }
    for (size_t i = 0; i < text.len; i += 2) {
        if (hex_of(text.data[i]) < 0 || hex_of(text.data[i + 1]) < 0) {
            return false;
        }
        buf_putc(out, (char)(hex_of(text.data[i]) << 4 | hex_of(text.data[i + 1])));
    }
    return true;
}

static bool take_gzip(struct str text, struct buf *out)
{
    if (text.len < 18 || memcmp(text.data, "\x1f\x8b", 2) != 0) {
        return false;
    }
    OWN(own_stream) struct stream *stream = stream_open_bytes(text, NULL);
    size_t got = 1;
    while (stream != NULL && got > 0 && out->len < DECODE_BYTES) {
        char block[4096];
        if (stream_read(stream, block, sizeof block, &got, NULL) != 0) {
            return out->len > 0; /* damaged: what came out before is still what was sent */
        }
        buf_put(out, (struct str){block, got});
    }
    return out->len > 0;
}

/* ["ls","-la"]: the arguments of one command. */
static bool take_argv(struct str text, struct buf *out)
{
    text = str_trim(text);
    if (text.len < 4 || text.data[0] != '[' || text.data[text.len - 1] != ']') {
        return false;
    }
    OWN(own_json) json_t *list = json_read(text, NULL);
    size_t count = json_array_size(list);
    if (count == 0 || count > ARGUMENTS_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_string(item)) {
            return false;
        }
        buf_puts(out, i > 0 ? " " : "");
        buf_put(out, (struct str){json_string_value(item), json_string_length(item)});
    }
    return out->len > 0;
}

static const struct layer {
    const char *name;
    bool (*take)(struct str text, struct buf *out);

} layers[] = {{"json-argv", take_argv}, {"gzip", take_gzip}, {"hex", take_hex}, {"base64", take_base64}};

static void add_how(char *how, const char *name)
{
    size_t len = strlen(how);
    snprintf(how + len, DECODE_HOW - len, "%s%s", len > 0 ? "+" : "", name);
}

/* Takes one layer off value. False when there is none. */
static bool take_layer(struct buf *value, char *how)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        OWN(own_buf) struct buf under = {.max = 2 * DECODE_BYTES};
        if (!layers[i].take(buf_str(value), &under) || under.failed || under.len == 0) {
            continue;
        }
        struct str found = buf_str(&under);
        bool is_packed = found.len >= 18 && memcmp(found.data, "\x1f\x8b", 2) == 0;
        bool is_telling = found.len >= SHORT_BYTES || text_is_command(found) || found.data[0] == '[';
        if (!is_packed && (!is_text(found) || !is_telling)) {
            continue;
        }
        buf_reset(value);
        buf_put(value, found);
        add_how(how, layers[i].name);
        return !value->failed;
    }
    return false;
}

/* ---- a query ---- */

static bool decode_value(struct str name, struct str raw, struct arena *arena, struct decoded *out)
{
    raw = str_slice(raw, 0, DECODE_BYTES);
    OWN(own_buf) struct buf value = {.max = 2 * DECODE_BYTES};
    char *room = raw.len > 0 ? buf_room(&value, raw.len) : NULL;
    if (room == NULL) {
        return false;
    }
    value.len = decode_percent(room, raw, true);
    *out = (struct decoded){.parameter = name};
    for (int i = 0; i < LAYERS_MAX && take_layer(&value, out->how); i++) {
    }
    struct str text = buf_str(&value);
    out->is_command = text_is_command(text);
    bool is_plain = out->how[0] == '\0';
    bool is_escaped = name_is_command(name) && !str_eq(text, raw);
    if (!is_text(text) ||
        (is_plain && !is_escaped && !(out->is_command && name_is_command(name)) && !has_shell_syntax(text))) {
        return false;
    }
    if (is_plain) {
        add_how(out->how, "text");
    }
    out->is_cut = text.len > DECODE_TEXT;
    out->text = arena_str(arena, str_slice(text, 0, DECODE_TEXT), NULL);
    return out->text.data != NULL;
}

size_t decode_query(struct str query, struct arena *arena, struct decoded out[static DECODED_MAX])
{
    size_t count = 0;
    for (int i = 0; i < PARAMETERS_MAX && query.len > 0 && count < DECODED_MAX; i++) {
        struct str_cut pair = str_cut(query, '&');
        struct str_cut cut = str_cut(pair.head, '=');
        query = pair.tail;
        struct str value = cut.found ? cut.tail : pair.head; /* "?ls+-la": all of it is the value */
        struct str name = cut.found ? cut.head : (struct str){"", 0};
        count += decode_value(name, value, arena, &out[count]);
    }
    return count;
}
