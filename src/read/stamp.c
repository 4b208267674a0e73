/* Pages that go on: "Resolved - Feb 20, 2030, 18:00 UTC" above each piece of a status page, "UPDATE 19 January: ..." in a post. What stands behind such
 * a line was said then, and not on the page's day. */
#include "base/str.h"
#include "read/voice.h"

#include "base/banned.h"

enum { SHORT_TOKENS = 14, NEAR_SENTENCES = 5 };

static bool begins_block(const struct sentence *s)
{
    return s->count != 0 && s->text.data == s->block->text.data && s->block->depth == 0 &&
           s->block->role != PROSE_NOISE;
}

static size_t skip_marks(const struct sentence *s, size_t at)
{
    while (at < s->count && (s->tokens[at].kind == TOKEN_MARK || str_eq(s->tokens[at].low, STR("on")))) {
        at++;
    }
    return at;
}

/* "Update", "Resolved" at the beginning of a block: tokens up to it; 0: none. */
static size_t word_to(const struct reader *reader, const struct sentence *s)
{
    size_t at = begins_block(s) ? skip_marks(s, 0) : s->count;
    return at < s->count && word_is(reader, s, at, "update") ? at + 1 : 0;
}

/* A day or instant at token `at` that ends the sentence, or stands before a mark; at TIME_NONE: none. */
static struct moment moment_at(const struct reader *reader, const struct sentence *s, size_t at)
{
    struct moment none = {.at = TIME_NONE, .until = TIME_NONE}, found = none;
    size_t count = at < s->count ? date_at(reader, s, at, &reader->own.when, false, &found) : 0;
    bool is_apart = count != 0 && (at + count >= s->count || s->tokens[at + count].kind == TOKEN_MARK);
    return is_apart && found.until == TIME_NONE ? found : none;
}

/* "Resolved - This incident has been resolved." above "Feb 20, 2030 - 18:00 UTC". */
static struct moment moment_below(const struct reader *reader, size_t index)
{
    struct moment found = {.at = TIME_NONE, .until = TIME_NONE};
    for (size_t i = index + 1; i < reader->sentences.count && i <= index + NEAR_SENTENCES; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        if (word_to(reader, s) != 0) {
            break;
        }
        size_t at = s->count != 0 && str_eq(s->tokens[0].low, STR("posted")) ? 1 : 0;
        found = begins_block(s) && s->count <= SHORT_TOKENS ? moment_at(reader, s, at) : found;
        if (found.at != TIME_NONE && !found.is_day) {
            return found;
        }
    }
    return (struct moment){.at = TIME_NONE, .until = TIME_NONE};
}

int stamps_find(struct reader *reader)
{
    for (size_t i = 0; reader->document != DOCUMENT_MAIL && i < reader->sentences.count; i++) {
        const struct sentence *s = &reader->sentences.all[i];
        size_t to = word_to(reader, s);
        if (to == 0) {
            continue;
        }
        struct moment when = moment_at(reader, s, skip_marks(s, to));
        when = when.at == TIME_NONE ? moment_below(reader, i) : when;
        struct section *section = when.at != TIME_NONE ? MORE(reader, reader->sections, PROPOSALS_MAX) : NULL;
        if (section == NULL && when.at != TIME_NONE) {
            return reader->is_cut ? 0 : -1;
        }
        if (section != NULL) {
            *section = (struct section){s->number, reader->own};
            section->voice.when = when;
        }
    }
    return 0;
}
