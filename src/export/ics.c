/* iCalendar (RFC 5545): one event for every clock that has an end. Nothing in it depends on when it is made: DTSTAMP is when the
 * entry was recorded, UID a digest over the case's key and the clock's own names, so a calendar that reads a later file again moves its
 * events instead of doubling them. */
#include "assay/case.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/own.h"
#include "base/str.h"
#include "export/inside.h"

#include "base/banned.h"

enum { LINE_BYTES = 75, UID_BYTES = 16 };

/* Section 3.1: lines end with CRLF and are folded so that none is longer than 75 octets; never within a character. */
static void put_line(struct buf *out, struct str line)
{
    size_t room = LINE_BYTES;
    while (line.len > room) {
        size_t cut = room;
        while (cut > 0 && ((unsigned char)line.data[cut] & 0xc0) == 0x80) {
            cut--;
        }
        cut = cut == 0 ? room : cut; /* no UTF-8, which no entry holds */
        buf_put(out, str_slice(line, 0, cut));
        buf_puts(out, "\r\n ");
        line = str_slice(line, cut, line.len);
        room = LINE_BYTES - 1; /* the space counts */
    }
    buf_put(out, line);
    buf_puts(out, "\r\n");
}

/* Section 3.3.11: backslash, semicolon, comma and line ends are escaped; other controls have no place in text. */
static void put_escaped(struct buf *line, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '\\' || c == ';' || c == ',') {
            buf_putc(line, '\\');
            buf_putc(line, (char)c);
        } else if (c == '\n') {
            buf_puts(line, "\\n");
        } else if (c >= 0x20 && c != 0x7f) {
            buf_putc(line, (char)c);
        }
    }
}

static int put_text(struct buf *out, const char *name, struct str text, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    buf_puts(&line, name);
    put_escaped(&line, text);
    TRY(buf_check(&line, err));
    put_line(out, buf_str(&line));
    return 0;
}

/* "20260331T090000Z", or "20260331" of a bare day. */
static void put_time(struct buf *line, const char *text)
{
    char plain[TIME_TEXT];
    bool is_day = strlen(text) == 10;
    int64_t instant = time_parse(str_of(text));
    time_rfc3339(plain, instant == TIME_NONE ? 0 : instant - instant % NS_PER_S);
    for (size_t i = 0; plain[i] != '\0' && (!is_day || i < 10); i++) {
        if (plain[i] != '-' && plain[i] != ':') {
            buf_putc(line, plain[i]);
        }
    }
}

static int put_stamp(struct buf *out, const char *name, const char *text, struct err *err)
{
    OWN(own_buf) struct buf line = {0};
    buf_printf(&line, "%s%s:", name, strlen(text) == 10 ? ";VALUE=DATE" : "");
    put_time(&line, text);
    TRY(buf_check(&line, err));
    put_line(out, buf_str(&line));
    return 0;
}

/* The same clock of the same case has the same UID, whatever it is called meanwhile. */
static int put_uid(const struct export *from, struct buf *out, const json_t *row, struct err *err)
{
    OWN(own_buf) struct buf named = {0};
    char hex[SHA256_HEX + 1], line[128];
    static const char *const keys[] = {"kind", "id", "party", "start"};
    buf_puts(&named, from->scope);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        buf_printf(&named, "\n%s", json_text(row, keys[i], ""));
    }
    TRY(buf_check(&named, err));
    struct sha256 digest = sha256_of(buf_str(&named));
    hex_encode(hex, digest.bytes, UID_BYTES);
    (void)snprintf(line, sizeof line, "UID:%s@assay.invalid", hex);
    put_line(out, str_of(line));
    return 0;
}

static const char *party_name(const struct export *from, const char *id)
{
    return json_text(json_find(json_object_get(from->model, "parties"), "id", id), "name", id);
}

static void summary_of(const struct export *from, const json_t *row, struct buf *out)
{
    const char *kind = json_text(row, "kind", ""), *who = party_name(from, json_text(row, "party", ""));
    const char *by = party_name(from, json_text(row, "by", ""));
    if (strcmp(kind, "notice") == 0) {
        buf_printf(out, "%s: answer the notice %s of %s", who, json_text(row, "id", ""), by);
    } else if (strcmp(kind, "reply") == 0) {
        buf_printf(out, "%s: reply to what was asked, %s", who, json_text(row, "id", ""));
    } else {
        buf_printf(out, "%s: %s", who, json_text(row, "what", ""));
    }
}

static void put_sentence(struct buf *out, const char *label, const char *text)
{
    if (text != NULL && *text != '\0') {
        buf_printf(out, "%s%s\n", label, text);
    }
}

static void description_of(const struct export *from, const json_t *row, struct buf *out)
{
    const json_t *source = json_object_get(row, "source");
    put_sentence(out, "Case: ", json_text(from->kase, "name", ""));
    put_sentence(out, "From: ", json_text(row, "from", ""));
    put_sentence(out, "Within: ", json_text(row, "within", ""));
    put_sentence(out, "As written: ", json_text(row, "due_said", ""));
    put_sentence(out, "Counted: ", json_text(row, "counted", ""));
    put_sentence(out, "Zone: ", json_text(row, "zone", ""));
    if (strcmp(json_text(row, "kind", ""), "duty") == 0) {
        put_sentence(out, "Start as told by: ", party_name(from, json_text(row, "by", "")));
        put_sentence(out, "Source: ", json_text(source, "text", ""));
        put_sentence(out, "Note: ", json_text(row, "note", ""));
        buf_puts(out, "Whether this duty applies: confirm with counsel.");
    }
    if (json_text(row, "answered", NULL) != NULL) {
        buf_printf(out, "%sAnswered: %s %s", strcmp(json_text(row, "kind", ""), "duty") == 0 ? "\n" : "",
                   json_text(row, "answered", ""), json_text(row, "answer", ""));
    }
}

/* A reminder a day before, while nobody has answered. */
static void put_alarm(struct buf *out, const json_t *row)
{
    if (json_text(row, "answered", NULL) == NULL) {
        put_line(out, STR("BEGIN:VALARM"));
        put_line(out, STR("ACTION:DISPLAY"));
        put_line(out, STR("DESCRIPTION:A deadline of the case is near"));
        put_line(out, STR("TRIGGER:-P1D"));
        put_line(out, STR("END:VALARM"));
    }
}

static int put_event(const struct export *from, struct buf *out, const json_t *row, struct err *err)
{
    OWN(own_buf) struct buf summary = {0};
    OWN(own_buf) struct buf description = {0};
    const char *due = json_text(row, "due", "");
    summary_of(from, row, &summary);
    description_of(from, row, &description);
    TRY(buf_check(&summary, err));
    TRY(buf_check(&description, err));
    put_line(out, STR("BEGIN:VEVENT"));
    TRY(put_uid(from, out, row, err));
    TRY(put_stamp(out, "DTSTAMP", json_text(row, "recorded", json_text(from->kase, "time", "")), err));
    TRY(put_stamp(out, "DTSTART", due, err));
    TRY(put_text(out, "SUMMARY:", buf_str(&summary), err));
    TRY(put_text(out, "DESCRIPTION:", buf_str(&description), err));
    put_line(out, STR("TRANSP:TRANSPARENT"));
    put_alarm(out, row);
    put_line(out, STR("END:VEVENT"));
    return 0;
}

int export_ics(const struct export *from, struct buf *out, struct err *err)
{
    OWN(own_json) json_t *clocks = assay_case_clocks(from->model, from->options->duties, 0, err);
    if (clocks == NULL) {
        return -1;
    }
    const json_t *rows = json_object_get(clocks, "rows");
    put_line(out, STR("BEGIN:VCALENDAR"));
    put_line(out, STR("VERSION:2.0"));
    put_line(out, STR("PRODID:-//Assay//Assay " ASSAY_VERSION "//EN"));
    TRY(put_text(out, "X-WR-CALNAME:", str_of(json_text(from->kase, "name", "")), err));
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (time_parse(str_of(json_text(row, "due", ""))) != TIME_NONE) {
            TRY(put_event(from, out, row, err));
        }
    }
    put_line(out, STR("END:VCALENDAR"));
    return 0;
}
