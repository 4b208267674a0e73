/* The order of the work. Everything lives in one arena with a cap, and ends with it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "read/inside.h"

#include "base/banned.h"

#define ARENA_MAX ((size_t)512 << 20)

static bool is_page(struct str bytes)
{
    struct str head = str_slice(bytes, 0, 4096);
    static const struct str signs[] = {STR_INIT("<!doctype html"), STR_INIT("<html"),    STR_INIT("<body"),
                                       STR_INIT("<head"),          STR_INIT("<article"), STR_INIT("<p>"),
                                       STR_INIT("<div"),           STR_INIT("<p ")};
    bool is_marked = str_find(str_slice(bytes, 0, 256), STR("<"), 0) != SIZE_MAX;
    for (size_t i = 0; is_marked && i < sizeof signs / sizeof *signs; i++) {
        if (str_find_nocase(head, signs[i], 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static int take_text(struct reader *reader, struct str bytes, struct str charset, bool is_html)
{
    struct str text;
    struct prose *prose = &reader->prose;
    struct str named = charset.len == 0 && is_html ? prose_html_charset(bytes) : charset;
    TRY(prose_utf8(prose, bytes, named, &text, reader->err));
    return is_html ? prose_html(prose, text, reader->err) : prose_text(prose, text, reader->err);
}

static int take_mail(struct reader *reader, struct str bytes)
{
    struct mail *mail = &reader->mail;
    reader->document = DOCUMENT_MAIL;
    TRY(mail_read(mail, reader->arena, bytes, reader->err));
    reader->prose.about.title = mail->subject;
    for (size_t i = 0; i < mail->count; i++) {
        const struct mail_part *part = &mail->parts[i];
        size_t first = reader->prose.count;
        if (part->unread != NULL) {
            continue;
        }
        reader->prose.part = part->number;
        TRY(take_text(reader, part->bytes, part->charset, str_eq(part->type, STR("text/html"))));
        for (size_t b = first; b < reader->prose.count; b++) {
            reader->prose.blocks[b].line += part->line - 1;
        }
    }
    reader->is_cut |= mail->is_cut;
    return 0;
}

static int take(struct reader *reader, struct str bytes)
{
    reader->bytes = bytes.len;
    if (mail_is(bytes)) {
        return take_mail(reader, bytes);
    }
    reader->document = is_page(bytes) ? DOCUMENT_HTML : DOCUMENT_TEXT;
    TRY(take_text(reader, bytes, STR(""), reader->document == DOCUMENT_HTML));
    for (size_t i = 0; reader->prose.about.title.len == 0 && i < reader->prose.count; i++) {
        bool is_heading = reader->prose.blocks[i].role == PROSE_HEADING;
        reader->prose.about.title = is_heading ? reader->prose.blocks[i].text : STR("");
    }
    return 0;
}

/* The article itself is a statement of its publication. */
static int put_report(struct reader *reader)
{
    if (reader->publication == NULL || reader->statements.count == 0) {
        return 0;
    }
    struct statement *slot = MORE(reader, reader->statements, PROPOSALS_MAX);
    if (slot == NULL) {
        return reader->is_cut ? 0 : -1;
    }
    const struct sentence *first = reader->statements.all[0].in;
    struct str title = reader->prose.about.title;
    *slot = (struct statement){.speaker = reader->publication,
                               .act = ACT_REPORTS,
                               .time = reader->own.when,
                               .time_by = "document",
                               .text = title.len != 0 ? title : first->text,
                               .in = first,
                               .verb = SIZE_MAX,
                               .is_of_document = true};
    for (size_t i = 0; i + 1 < reader->statements.count; i++) {
        slot->claims |= reader->statements.all[i].claims;
    }
    reader->publication->is_told = true;
    return 0;
}

static int examine(struct reader *reader, struct str bytes)
{
    TRY(take(reader, bytes));
    TRY(sentences_cut(reader));
    TRY(names_find(reader));
    TRY(voice_find(reader));
    parties_settle(reader);
    reader->protagonist = protagonist_of(reader);
    TRY(dates_find(reader));
    TRY(deadlines_find(reader));
    TRY(ransoms_find(reader));
    TRY(marks_find(reader));
    TRY(statements_find(reader));
    TRY(put_report(reader));
    parties_settle(reader);
    reader->is_cut |= reader->prose.is_cut;
    return 0;
}

static int load(const struct assay_read_options *options, struct buf *bytes, struct err *err)
{
    if (options->fd < 0) {
        return file_read(options->path, READ_BYTES_MAX, bytes, err);
    }
    if (lseek(options->fd, 0, SEEK_SET) != 0 || file_read_fd(options->fd, READ_BYTES_MAX, bytes, err) != 0) {
        return err_where(err, "%s", options->path);
    }
    return 0;
}

int assay_read(const struct assay_read_options *options, const struct assay_sink *sink, struct err *err)
{
    OWN(own_arena) struct arena arena;
    OWN(own_buf) struct buf bytes = {0};
    arena_init(&arena, ARENA_MAX);
    struct reader reader = {.options = options, .arena = &arena, .err = err, .zone_by = "UTC", .published_by = ""};
    reader.lexicon = lexicon_load(&arena, options->lexicons, err);
    if (reader.lexicon == NULL) {
        return -1;
    }
    TRY(load(options, &bytes, err));
    prose_init(&reader.prose, &arena);
    int failed = examine(&reader, buf_str(&bytes));
    failed = failed != 0 ? failed : reader_tell(&reader, sink);
    own_prose(&reader.prose);
    return failed;
}
