/* Rules that a person brings (--rules): what they ask about a file, and what their matches say.
 *
 * Such a rule knows nothing of our classes. If its meta names one of ours, that is what a match is; otherwise it is of class
 * "rule": somebody's rule matched, and what that means is for its author to say. */
#include <ctype.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/rules_run.h"

#include "base/banned.h"

enum { STRINGS_SHOWN = 4, STRING_BYTES = 60, SCORE_HIGH = 75, SCORE_MEDIUM = 60 };

static const char *const names[] = {"filename", "filepath", "extension", "filetype", "owner"};

int rules_declare(YR_COMPILER *compiler)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (yr_compiler_define_string_variable(compiler, names[i], "") != ERROR_SUCCESS) {
            return -1;
        }
    }
    return 0;
}

/* The first word of what the file is, in capitals: "JPEG", "ZIP", "PHP". */
static void put_type(struct buf *out, const struct rules_about *about)
{
    const char *type = about->language != NULL ? about->language : about->magic != NULL ? about->magic : "";
    for (; *type != '\0' && *type != ' '; type++) {
        buf_putc(out, (char)toupper((unsigned char)*type));
    }
}

/* The values of `names`, in their order. */
static void put_values(struct buf values[static sizeof names / sizeof *names], const struct rules_about *about)
{
    const char *slash = about->path.len != 0 ? memrchr(about->path.data, '/', about->path.len) : NULL;
    size_t at = slash != NULL ? (size_t)(slash - about->path.data) + 1 : 0;
    struct str name = str_slice(about->path, at, about->path.len);
    const char *dot = name.len != 0 ? memrchr(name.data, '.', name.len) : NULL;
    buf_put(&values[0], name);
    buf_printf(&values[1], "/%.*s", STR_FMT(about->path));
    buf_put(&values[2], dot != NULL ? str_slice(name, (size_t)(dot - name.data), name.len) : STR(""));
    put_type(&values[3], about);
    if (about->uid == 0) {
        buf_puts(&values[4], "root");
    } else {
        buf_printf(&values[4], "%u", about->uid);
    }
}

bool rules_scan_given(struct rules_scanner *scanner, const struct rules_about *about, struct str bytes,
                      struct found *found)
{
    struct buf values[sizeof names / sizeof *names] = {0};
    bool is_ready = true;
    put_values(values, about);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        is_ready = is_ready && !values[i].failed &&
                   yr_scanner_define_string_variable(scanner->scanner, names[i],
                                                     values[i].data != NULL ? values[i].data : "") == ERROR_SUCCESS;
        buf_free(&values[i]);
    }
    return is_ready && rules_scan(scanner, bytes, ~0U, found);
}

/* "rule X of FILE: what its author says, by AUTHOR, see REFERENCE" */
static void tell_rule(struct found *found, YR_RULE *rule, uint64_t line)
{
    OWN(own_buf) struct buf text = {.max = 4096};
    struct str says = rules_meta(rule, "description");
    struct str author = rules_meta(rule, "author"), reference = rules_meta(rule, "reference");
    buf_printf(&text, "%s of %s", rule->identifier, rule->ns != NULL ? rule->ns->name : "?");
    if (says.len != 0) {
        buf_printf(&text, ": %.*s", STR_FMT(says));
    }
    if (author.len != 0) {
        buf_printf(&text, "; by %.*s", STR_FMT(author));
    }
    if (reference.len != 0) {
        buf_printf(&text, "; see %.*s", STR_FMT(reference));
    }
    found_reason(found, "rule", line, buf_str(&text), (struct str){NULL, 0});
}

static void tell_strings(struct rules_scanner *self, const YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
    unsigned shown = 0;
    YR_STRING *string;
    yr_rule_strings_foreach(rule, string)
    {
        size_t offset = rules_first_match(context, string);
        if (offset == SIZE_MAX || shown++ >= STRINGS_SHOWN) {
            continue;
        }
        struct str matched = str_slice(self->bytes, offset, offset + STRING_BYTES);
        OWN(own_buf) struct buf text = {.max = 1024};
        buf_printf(&text, "%s at byte %zu: ", string->identifier, offset);
        buf_put(&text, str_cut(matched, '\n').head);
        found_reason(self->found, "rule", line_of(self->bytes, offset), buf_str(&text), (struct str){NULL, 0});
    }
}

/* Its meta's own word, or the score that many collections of rules give. */
static enum found_confidence confidence_of(YR_RULE *rule)
{
    struct str word = rules_meta(rule, "confidence");
    uint64_t score = rules_meta_number(rule, "score");
    if (word.len != 0) {
        return found_confidence_of(word);
    }
    return score >= SCORE_HIGH ? FOUND_HIGH : score != 0 && score < SCORE_MEDIUM ? FOUND_LOW : FOUND_MEDIUM;
}

void rules_take_given(struct rules_scanner *self, YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
    enum found_class class = found_class_of(rules_meta(rule, "class"));
    uint64_t line = line_of(self->bytes, rules_earliest(context, rule));
    found_raise(self->found, class != FOUND_NOTHING ? class : FOUND_RULE, confidence_of(rule), line);
    tell_rule(self->found, rule, line);
    tell_strings(self, context, rule);
}
