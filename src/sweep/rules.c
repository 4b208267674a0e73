/* libyara, held at arm's length. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include <yara.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "sweep/gate.h"
#include "sweep/rules.h"

#include "base/banned.h"

enum { RULES_FILE_MAX = 4 << 20, SCAN_SECONDS = 20, RULE_FILES_MAX = 256 };

struct rules {
    YR_RULES *compiled;
    size_t count;
};

struct rules_scanner {
    YR_SCANNER *scanner;
    /* of the scan that is under way */
    struct found *found;
    struct str bytes;
    unsigned scripts;
};

/* Where the compiler tells what is wrong with a rule. */
struct complaint {
    struct err *err;
    const char *file;
};

static void on_compile(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *self)
{
    (void)file;
    (void)rule;
    struct complaint *complaint = self;
    if (level == YARA_ERROR_LEVEL_ERROR) {
        err_set(complaint->err, ERR_FORMAT, "%s:%d: %s", complaint->file, line, message);
    }
}

static int is_rule_file(const struct dirent *entry)
{
    return str_ends(str_of(entry->d_name), STR(".yar"));
}

static int by_bytes(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int add_file(YR_COMPILER *compiler, const char *directory, const char *name, struct err *err)
{
    OWN(own_buf) struct buf path = {.max = 4096};
    OWN(own_buf) struct buf text = {.max = RULES_FILE_MAX + 1};
    buf_printf(&path, "%s/%s", directory, name);
    TRY(buf_check(&path, err));
    TRY(file_read(path.data, RULES_FILE_MAX, &text, err));
    buf_putc(&text, '\n');
    TRY(buf_check(&text, err));
    struct complaint complaint = {err, path.data};
    yr_compiler_set_callback(compiler, on_compile, &complaint);
    yr_compiler_set_include_callback(compiler, NULL, NULL, NULL);
    int errors = yr_compiler_add_string(compiler, text.data, name);
    yr_compiler_set_callback(compiler, NULL, NULL);
    return errors == 0 ? 0 : -1;
}

static int add_directory(YR_COMPILER *compiler, const char *directory, struct err *err)
{
    struct dirent **names = NULL;
    int count = scandir(directory, &names, is_rule_file, by_bytes);
    if (count < 0) {
        return err_set(err, ERR_IO, "%s: %s", directory, strerror(errno));
    }
    int failed = count == 0 || count > RULE_FILES_MAX
                     ? err_set(err, ERR_FORMAT, "%s: %d files of rules (*.yar)", directory, count)
                     : 0;
    for (int i = 0; i < count; i++) {
        if (failed == 0) {
            failed = add_file(compiler, directory, names[i]->d_name, err);
        }
        free(names[i]);
    }
    free(names);
    return failed;
}

static int compile(struct rules *rules, const char *directory, struct err *err)
{
    YR_COMPILER *compiler = NULL;
    if (yr_compiler_create(&compiler) != ERROR_SUCCESS) {
        return err_set(err, ERR_LIMIT, "out of memory for rules");
    }
    int failed = add_directory(compiler, directory, err);
    if (failed == 0 && yr_compiler_get_rules(compiler, &rules->compiled) != ERROR_SUCCESS) {
        failed = err_set(err, ERR_LIMIT, "%s: the rules can't be compiled", directory);
    }
    yr_compiler_destroy(compiler);
    return failed;
}

struct rules *rules_load(const char *directory, struct err *err)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL || yr_initialize() != ERROR_SUCCESS) {
        free(rules);
        err_set(err, ERR_LIMIT, "out of memory for rules");
        return NULL;
    }
    if (compile(rules, directory, err) != 0) {
        rules_free(rules);
        return NULL;
    }
    YR_RULE *rule;
    yr_rules_foreach(rules->compiled, rule)
    {
        rules->count++;
    }
    return rules;
}

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

static struct str meta_of(YR_RULE *rule, const char *name)
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

static unsigned language_bit(struct str language)
{
    return str_eq(language, STR("PHP"))    ? SCRIPT_PHP
           : str_eq(language, STR("ASP"))  ? SCRIPT_ASP
           : str_eq(language, STR("ASPX")) ? SCRIPT_ASPX
           : str_eq(language, STR("JSP"))  ? SCRIPT_JSP
                                           : ~0U;
}

/* Where a string matched first. libyara doesn't align its matches, so the bytes are copied out. */
static size_t first_match(const YR_SCAN_CONTEXT *context, const YR_STRING *string)
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
static size_t earliest(const YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
    size_t first = SIZE_MAX;
    YR_STRING *string;
    yr_rule_strings_foreach(rule, string)
    {
        size_t offset = first_match(context, string);
        first = offset < first ? offset : first;
    }
    return first == SIZE_MAX ? 0 : first;
}

static void take_match(struct rules_scanner *self, YR_SCAN_CONTEXT *context, YR_RULE *rule)
{
    struct str confidence = meta_of(rule, "confidence"), name = meta_of(rule, "name"), what = meta_of(rule, "what");
    enum found_class class = found_class_of(meta_of(rule, "class"));
    if (class == FOUND_NOTHING || (self->scripts & language_bit(meta_of(rule, "language"))) == 0) {
        return;
    }
    uint64_t line = line_of(self->bytes, earliest(context, rule));
    found_raise(self->found, class, confidence.len == 0 ? FOUND_MEDIUM : found_confidence_of(confidence), line);
    found_reasonf(self->found, "rule", line, "%.*s (rule %s)", STR_FMT(what), rule->identifier);
    if (name.len != 0 && name.len < FOUND_NAME_BYTES && self->found->name[0] == '\0') {
        memcpy(self->found->name, name.data, name.len);
        self->found->name[name.len] = '\0';
    }
}

static int on_match(YR_SCAN_CONTEXT *context, int message, void *data, void *self)
{
    if (message == CALLBACK_MSG_RULE_MATCHING) {
        take_match(self, context, data);
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
    yr_scanner_set_callback(scanner->scanner, on_match, scanner);
    yr_scanner_set_timeout(scanner->scanner, SCAN_SECONDS);
    /* no handlers for bus errors around each scan: the bytes are read into memory, not mapped */
    yr_scanner_set_flags(scanner->scanner, SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_NO_TRYCATCH);
    return scanner;
}

void rules_scanner_free(struct rules_scanner *scanner)
{
    if (scanner != NULL) {
        yr_scanner_destroy(scanner->scanner);
        free(scanner);
    }
}

bool rules_scan(struct rules_scanner *scanner, struct str bytes, unsigned scripts, struct found *found)
{
    scanner->found = found;
    scanner->bytes = bytes;
    scanner->scripts = scripts;
    return yr_scanner_scan_mem(scanner->scanner, (const uint8_t *)bytes.data, bytes.len) == ERROR_SUCCESS;
}
