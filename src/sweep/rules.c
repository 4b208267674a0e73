/* libyara, held at arm's length. */
#include <stdlib.h>

#include "base/str.h"
#include "sweep/gate.h"
#include "sweep/rules_run.h"

#include "base/banned.h"

enum { SCAN_SECONDS = 20 };

void rules_free(struct rules *rules)
{
    if (rules == NULL) {
        return;
    }
    if (rules->compiled != NULL) {
        yr_rules_destroy(rules->compiled);
    }
    yr_finalize();
    free(rules);
}

void own_rules(struct rules **rules)
{
    rules_free(*rules);
}

size_t rules_count(const struct rules *rules)
{
    return rules->count;
}

struct str rules_meta(YR_RULE *rule, const char *name)
{
    YR_META *meta;
    yr_rule_metas_foreach(rule, meta)
    {
        if (meta->type == META_TYPE_STRING && strcmp(meta->identifier, name) == 0) {
            return str_of(meta->string);
        }
    }
    return STR("");
}

uint64_t rules_meta_number(YR_RULE *rule, const char *name)
{
    YR_META *meta;
    yr_rule_metas_foreach(rule, meta)
    {
        bool is_number = meta->type == META_TYPE_INTEGER || meta->type == META_TYPE_BOOLEAN;
        if (is_number && strcmp(meta->identifier, name) == 0 && meta->integer > 0) {
            return (uint64_t)meta->integer;
        }
    }
    return 0;
}

static unsigned language_bit(struct str language)
{
    return str_eq(language, STR("PHP"))    ? SCRIPT_PHP
           : str_eq(language, STR("ASP"))  ? SCRIPT_ASP
           : str_eq(language, STR("ASPX")) ? SCRIPT_ASPX
           : str_eq(language, STR("JSP"))  ? SCRIPT_JSP
                                           : ~0U;
}

unsigned rules_languages(YR_RULE *rule)
{
    return language_bit(rules_meta(rule, "language"));
}

/* Where a string matched first. libyara doesn't align its matches, so the bytes are copied out. */
size_t rules_first_match(const YR_SCAN_CONTEXT *context, const YR_STRING *string)
{
    const char *head = (const char *)context->matches[string->idx].head;
    YR_MATCH match;
    if (head == NULL) {
        return SIZE_MAX;
    }
    memcpy(&match, head, sizeof match);
    return (size_t)(match.base + match.offset);
}

/* The earliest match of any string of the rule; the beginning of the file if it has none. */
size_t rules_earliest(const YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
    size_t first = SIZE_MAX;
    YR_STRING *string;
    yr_rule_strings_foreach(rule, string)
    {
        size_t offset = rules_first_match(context, string);
        first = offset < first ? offset : first;
    }
    return first == SIZE_MAX ? 0 : first;
}

static void take_match(struct rules_scanner *self, YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
    struct str confidence = rules_meta(rule, "confidence"), name = rules_meta(rule, "name"),
               what = rules_meta(rule, "what");
    enum found_class class = found_class_of(rules_meta(rule, "class"));
    if (class == FOUND_NOTHING || (self->scripts & language_bit(rules_meta(rule, "language"))) == 0) {
        return;
    }
    uint64_t line = line_of(self->bytes, rules_earliest(context, rule));
    found_raise(self->found, class, confidence.len == 0 ? FOUND_MEDIUM : found_confidence_of(confidence), line);
    found_reasonf(self->found, "rule", line, "%.*s (rule %s)", STR_FMT(what), rule->identifier);
    if (name.len != 0 && name.len < FOUND_NAME_BYTES && self->found->name[0] == '\0') {
        memcpy(self->found->name, name.data, name.len);
        self->found->name[name.len] = '\0';
    }
}

static int on_match(YR_SCAN_CONTEXT *context, int message, void *data, void *self)
{
    struct rules_scanner *scanner = self;
    if (message == CALLBACK_MSG_RULE_MATCHING && scanner->is_given) {
        rules_take_given(scanner, context, data);
    } else if (message == CALLBACK_MSG_RULE_MATCHING) {
        take_match(scanner, context, data);
    }
    return CALLBACK_CONTINUE;
}

struct rules_scanner *rules_scanner_new(struct rules *rules, struct err *err)
{
    struct rules_scanner *scanner = calloc(1, sizeof *scanner);
    if (scanner == NULL || yr_scanner_create(rules->compiled, &scanner->scanner) != ERROR_SUCCESS) {
        free(scanner);
        err_set(err, ERR_LIMIT, "out of memory for rules");
        return NULL;
    }
    scanner->rules = rules;
    scanner->is_given = rules->is_given;
    yr_scanner_set_callback(scanner->scanner, on_match, scanner);
    yr_scanner_set_timeout(scanner->scanner, SCAN_SECONDS);
    /* one match of a string is enough where its rule asks for no more: a page of 200,000 calls has as many; no handlers
     * for bus errors around each scan: the bytes are read into memory, not mapped */
    yr_scanner_set_flags(scanner->scanner,
                         SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH);
    return scanner;
}

void rules_scanner_free(struct rules_scanner *scanner)
{
    if (scanner != NULL) {
        yr_scanner_destroy(scanner->scanner);
        free(scanner);
    }
}

bool rules_may_match(const struct rules_scanner *scanner, struct str bytes, unsigned scripts, bool has_sink)
{
    struct str head = str_slice(bytes, 0, RULES_HEAD_BYTES);
    for (unsigned i = 0; i < RULES_LANGUAGES; i++) {
        const struct rules_gate *gate = &scanner->rules->gates[i];
        if ((scripts & 1U << i) == 0) {
            continue;
        }
        bool is_open = gate->is_open || (gate->is_with_sink && has_sink);
        for (unsigned j = 0; !is_open && j < gate->count; j++) {
            is_open = str_find(head, gate->needs[j], 0) != SIZE_MAX;
        }
        if (is_open) {
            return true;
        }
    }
    return false;
}

bool rules_scan(struct rules_scanner *scanner, struct str bytes, unsigned scripts, struct found *found)
{
    scanner->found = found;
    scanner->bytes = bytes;
    scanner->scripts = scripts;
    return yr_scanner_scan_mem(scanner->scanner, (const uint8_t *)bytes.data, bytes.len) == ERROR_SUCCESS;
}
