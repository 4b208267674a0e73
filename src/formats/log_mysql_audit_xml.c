/* Audit logs of MySQL Enterprise and Percona Server in XML, in both ways of writing a record.
 *
 *   <AUDIT_RECORD                                       <AUDIT_RECORD>
 *     NAME="Query"                                       <TIMESTAMP>2020-03-14T21:47:09 UTC</TIMESTAMP>
 *     RECORD="4_2020-03-14T21:40:00"                     <NAME>Query</NAME>
 *     TIMESTAMP="2020-03-14T21:47:09 UTC"                <CONNECTION_ID>12</CONNECTION_ID>
 *     CONNECTION_ID="12"                                 <STATUS>0</STATUS>
 *     STATUS="0"                                         <USER>shop[shop] @ db1 [203.0.113.7]</USER>
 *     SQLTEXT="SELECT &quot;a&quot;"                     <SQLTEXT>SELECT 1</SQLTEXT>
 *   />                                                   </AUDIT_RECORD>
 *
 * Values have <, >, & and quotes as entities, so that nobody can end a record by what he sends. No XML is read beyond that: no
 * declarations, no entities of a document's own.
 *
 * Sources: MySQL 8.0 Reference Manual, "Audit Log File Formats"; Percona Server for MySQL 5.7, "Audit log plugin". */
#include <stdlib.h>

#include "base/str.h"
#include "formats/mysql_audit.h"
#include "formats/mysql_head.h"

#include "base/banned.h"

enum { RECORD_MAX = 512 << 10 };

static const struct str frames[] = {STR_INIT("<?xml"), STR_INIT("<AUDIT>"), STR_INIT("</AUDIT>")};

static bool is_frame(struct str line)
{
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        if (str_starts(line, frames[i])) {
            return true;
        }
    }
    return false;
}

static bool xml_starts(const void *setup, struct str line)
{
    (void)setup;
    struct str text = str_trim(line);
    return line.len == 0 || str_starts(text, STR("<AUDIT_RECORD")) || is_frame(text);
}

/* A record goes on until the line that closes it, or the next begins; anything else is a line. */
static size_t xml_cut(struct str text, bool is_last)
{
    struct str rest = text;
    bool is_record = str_starts(str_trim(db_first_line(text)), STR("<AUDIT_RECORD"));
    while (rest.len > 0) {
        size_t at = text.len - rest.len;
        const char *end = memchr(rest.data, '\n', rest.len);
        size_t behind = end != NULL ? (size_t)(end - text.data) + 1 : text.len;
        if (at > 0 && behind > RECORD_MAX) {
            return at;
        }
        if (end == NULL) {
            return is_last ? text.len : 0;
        }
        struct str line = db_next_line(&rest), words = str_trim(line);
        if (at > 0 && xml_starts(NULL, line)) {
            return at;
        }
        if (!is_record || str_ends(words, STR("/>")) || str_ends(words, STR("</AUDIT_RECORD>"))) {
            return text.len - rest.len;
        }
    }
    return is_last ? text.len : 0;
}

/* The value of NAME, as `NAME="value"` or `<NAME>value</NAME>`, whichever way the record is written; still with entities. */
static struct str value_of(struct str record, struct str name)
{
    bool has_elements = str_starts(str_trim(record), STR("<AUDIT_RECORD>"));
    for (size_t at = str_find(record, name, 0); at != SIZE_MAX; at = str_find(record, name, at + 1)) {
        char before = at > 0 ? record.data[at - 1] : '\0';
        struct str rest = str_slice(record, at + name.len, record.len);
        if (has_elements && before == '<' && db_take(&rest, STR(">"))) {
            return str_cut(rest, '<').head;
        }
        if (!has_elements && (before == ' ' || before == '\n' || before == '\t') && db_take(&rest, STR("=\""))) {
            return str_cut(rest, '"').head;
        }
    }
    return (struct str){record.data, 0};
}

static size_t put_code(char out[static 4], uint64_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | (code >> 18 & 7));
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* "quot", "#10": what it stands for; 0 bytes if it is none. */
static size_t entity(struct str name, char out[static 4])
{
    static const struct {
        struct str name;
        char byte;
    } known[] = {{STR_INIT("lt"), '<'},
                 {STR_INIT("gt"), '>'},
                 {STR_INIT("amp"), '&'},
                 {STR_INIT("quot"), '"'},
                 {STR_INIT("apos"), '\''}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_eq(name, known[i].name)) {
            out[0] = known[i].byte;
            return 1;
        }
    }
    uint64_t code;
    return db_take(&name, STR("#")) && str_u64(name, &code) && code <= 0x10ffff ? put_code(out, code) : 0;
}

/* Entities resolved, in buf, which never grows beyond text. */
static struct str resolved(struct str text, struct buf *into)
{
    size_t start = into->len;
    while (text.len > 0) {
        struct str_cut cut = str_cut(text, '&');
        buf_put(into, cut.head);
        if (!cut.found) {
            break;
        }
        struct str_cut name = str_cut(str_slice(cut.tail, 0, 12), ';');
        char bytes[4];
        size_t len = name.found ? entity(name.head, bytes) : 0;
        buf_put(into, len > 0 ? (struct str){bytes, len} : STR("&"));
        text = len > 0 ? str_slice(cut.tail, name.head.len + 1, cut.tail.len) : cut.tail;
    }
    return (struct str){into->failed ? "" : into->data + start, into->failed ? 0 : into->len - start};
}

static struct mysql_event event_of(struct str record)
{
    struct mysql_event event = {
        .name = value_of(record, STR("NAME")),
        .time = value_of(record, STR("TIMESTAMP")),
        .user = value_of(record, STR("USER")),
        .host = value_of(record, STR("HOST")),
        .address = value_of(record, STR("IP")),
        .database = value_of(record, STR("DB")),
    };
    (void)str_u64(value_of(record, STR("CONNECTION_ID")), &event.session);
    (void)str_u64(value_of(record, STR("STATUS")), &event.status);
    return event;
}

static enum log_class xml_read(const void *setup, void *state, struct log_line *line, struct buf *scratch)
{
    (void)state;
    const struct db_setup *known = setup;
    struct str record = {line->text, line->len};
    struct str text = str_trim(record);
    if (is_frame(text)) {
        return memchr(text.data, '\n', text.len) == NULL ? LOG_NOTE : LOG_NO_START;
    }
    if (!str_starts(text, STR("<AUDIT_RECORD"))) {
        return LOG_NOT_SO;
    }
    if (!str_ends(text, STR("/>")) && !str_ends(text, STR("</AUDIT_RECORD>"))) {
        return LOG_NOT_SO;
    }
    struct mysql_event event = event_of(record);
    OWN(own_buf) struct buf room = {.max = LOG_LINE_MAX};
    (void)buf_room(&room, record.len); /* once, so that nothing in it moves */
    struct str sql = resolved(value_of(record, STR("SQLTEXT")), &room);
    event.statement = sql;
    event.user = resolved(event.user, &room);
    event.database = resolved(event.database, &room);
    return mysql_event_line(line, &event, known->assumed, scratch);
}

static const struct log_shape xml_shape = {.read = xml_read, .cut = xml_cut};

static size_t xml_parse(const void *setup, struct log_state *state, struct str block, bool is_last,
                        struct log_batch *batch)
{
    return log_parse_lines(&xml_shape, setup, state, block, is_last, batch);
}

static bool is_record(const void *self, struct str line)
{
    (void)self;
    return str_starts(str_trim(line), STR("<AUDIT_RECORD"));
}

static bool xml_probe(const struct log_spec *spec, struct str head, void **ret_setup, unsigned *ret_has)
{
    struct str text = str_slice(head, 0, 4096);
    bool is_xml = str_find(text, STR("<AUDIT_RECORD"), 0) != SIZE_MAX && !mysql_comes_first(text, is_record, NULL);
    struct db_setup *setup = is_xml ? calloc(1, sizeof *setup) : NULL;
    if (setup == NULL) {
        return false;
    }
    *setup = (struct db_setup){0, spec->written};
    *ret_setup = setup;
    (void)ret_has;
    return true;
}

const struct log_format log_mysql_audit_xml = {
    .name = "MySQL audit log, XML",
    .cannot_show = "rows and bytes sent, events and accounts that the filter leaves out, and anything while it was off",
    .kind = LOG_DATABASE,
    .has = LOG_HAS_YEAR | LOG_HAS_ZONE | LOG_HAS_SESSION,
    .probe = xml_probe,
    .parse = xml_parse,
    .starts = xml_starts,
};
