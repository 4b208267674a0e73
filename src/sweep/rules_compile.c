/* Files of rules to compiled rules: ours, which include nothing, and those that a person gives, which may include what
 * lies below the directory that was given. */
#include <stdlib.h>

#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/walk.h"
#include "sweep/rules_run.h"

#include "base/banned.h"

enum { RULES_FILE_MAX = 8 << 20, RULE_FILES_MAX = 8192 };

/* One path of rules while it is compiled, and where the compiler tells what is wrong. */
struct compiling {
    YR_COMPILER *compiler;
    const char *given; /* the path, as a person wrote it */
    struct walk *walk;
    bool may_include;
    struct err *err;
    bool has_told;
    size_t files;
};

static void remedy(struct compiling *self, const char *message)
{
    if (strstr(message, "unknown module") != NULL) {
        err_remedy(self->err, "this system's libyara lacks that module; leave the file out");
    } else if (strstr(message, "include") != NULL) {
        err_remedy(self->err, "a rule may include only files below %s", self->given);
    } else if (self->may_include) {
        err_remedy(self->err, "correct the rule or leave its file out; nothing was examined");
    }
}

/* The first complaint is the cause; those behind it mostly follow from it. */
static void on_compile(int level, const char *file, int line, const YR_RULE *rule, const char *message, void *context)
{
    (void)rule;
    struct compiling *self = context;
    if (level != YARA_ERROR_LEVEL_ERROR || self->has_told) {
        return;
    }
    self->has_told = true;
    if (walk_is_file(self->walk)) {
        err_set(self->err, ERR_FORMAT, "%s:%d: %s", self->given, line, message);
    } else {
        err_set(self->err, ERR_FORMAT, "%s/%s:%d: %s", self->given, file != NULL ? file : "", line, message);
    }
    remedy(self, message);
}

/* libyara's way of asking for a file: beside the one that asks, and never outside of what was given. */
static const char *on_include(const char *name, const char *from, const char *space, void *context)
{
    (void)space;
    struct compiling *self = context;
    OWN(own_buf) struct buf path = {.max = 4096};
    struct buf text = {.max = RULES_FILE_MAX + 1};
    const char *slash = from != NULL ? strrchr(from, '/') : NULL;
    if (slash != NULL) {
        buf_put(&path, (struct str){from, (size_t)(slash - from) + 1});
    }
    buf_puts(&path, name);
    if (walk_is_file(self->walk) || path.failed) {
        return NULL;
    }
    OWN(own_fd) int fd = file_open_beneath(walk_root(self->walk), path.data, 0);
    if (fd < 0 || file_read_fd(fd, RULES_FILE_MAX, &text, NULL) != 0) {
        buf_free(&text);
        return NULL;
    }
    buf_putc(&text, '\n');
    return text.data;
}

static void on_included(const char *text, void *context)
{
    (void)context;
    free((void *)(uintptr_t)text); /* libyara hands back, as const, what on_include() allocated */
}

static int add_file(struct compiling *self, const char *name, struct err *err)
{
    OWN(own_buf) struct buf text = {.max = RULES_FILE_MAX + 1};
    if (file_read_at(walk_root(self->walk), name, RULES_FILE_MAX, &text, err) != 0) {
        return err_where(err, "%s", self->given);
    }
    buf_putc(&text, '\n');
    TRY(buf_check(&text, err));
    self->err = err;
    yr_compiler_set_callback(self->compiler, on_compile, self);
    yr_compiler_set_include_callback(self->compiler, self->may_include ? on_include : NULL, on_included, self);
    OWN(own_file) FILE *stream = fmemopen(text.data, text.len, "r"); /* of a string libyara would not keep the name */
    int errors = stream == NULL ? 1 : yr_compiler_add_file(self->compiler, stream, name, name);
    yr_compiler_set_callback(self->compiler, NULL, NULL);
    if (errors != 0 && !self->has_told) {
        err_set(err, ERR_FORMAT, "%s: %s: the rules can't be compiled", self->given, name);
    }
    return errors == 0 ? 0 : -1;
}

static bool is_rule_file(const struct compiling *self, const struct walk_entry *entry)
{
    struct str name = {entry->path, entry->len};
    return entry->kind == WALK_FILE && (walk_is_file(self->walk) || str_ends(name, STR(".yar")) ||
                                        (self->may_include && str_ends(name, STR(".yara"))));
}

static int add_path(YR_COMPILER *compiler, const char *path, bool may_include, struct err *err)
{
    OWN(own_walk) struct walk *walk = walk_open(path, err);
    if (walk == NULL) {
        return -1;
    }
    struct compiling self = {.compiler = compiler, .given = path, .walk = walk, .may_include = may_include};
    for (;;) {
        struct walk_entry *entry = NULL;
        TRY(walk_next(walk, &entry, err));
        if (entry == NULL) {
            break;
        }
        self.files += is_rule_file(&self, entry);
        int failed = self.files > RULE_FILES_MAX  ? err_set(err, ERR_LIMIT, "%s: too many files of rules", path)
                     : is_rule_file(&self, entry) ? add_file(&self, entry->path, err)
                                                  : 0;
        free(entry);
        if (failed != 0) {
            return -1;
        }
    }
    return self.files != 0 ? 0 : err_set(err, ERR_FORMAT, "%s: no file of rules (*.yar)", path);
}

/* Notes for one language what the rule needs; a rule that needs nothing, or too much to note, opens it to all files. */
static void add_needs(struct rules_gate *gate, YR_RULE *rule)
{
    struct str needs = rules_meta(rule, "needs");
    bool is_with_sink = rules_meta_number(rule, "needs_sink") != 0;
    gate->is_with_sink = gate->is_with_sink || is_with_sink;
    gate->is_open = gate->is_open || (needs.len == 0 && !is_with_sink);
    for (struct str_cut cut = str_cut(needs, '|'); needs.len != 0; cut = str_cut(cut.tail, '|')) {
        if (gate->count == RULES_NEEDS_MAX) {
            gate->is_open = true;
            return;
        }
        gate->needs[gate->count++] = cut.head;
        if (!cut.found) {
            return;
        }
    }
}

static void note_needs(struct rules *rules)
{
    YR_RULE *rule;
    yr_rules_foreach(rules->compiled, rule)
    {
        rules->count++;
        for (unsigned i = 0; i < RULES_LANGUAGES; i++) {
            if ((rules_languages(rule) & 1U << i) != 0) {
                add_needs(&rules->gates[i], rule);
            }
        }
    }
}

static struct rules *load(const char *const *paths, size_t count, bool is_given, struct err *err)
{
    struct rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL || yr_initialize() != ERROR_SUCCESS) {
        free(rules);
        err_set(err, ERR_LIMIT, "out of memory for rules");
        return NULL;
    }
    rules->is_given = is_given;
    YR_COMPILER *compiler = NULL;
    bool is_ready = yr_compiler_create(&compiler) == ERROR_SUCCESS && (!is_given || rules_declare(compiler) == 0);
    int failed = is_ready ? 0 : err_set(err, ERR_LIMIT, "out of memory for rules");
    for (size_t i = 0; failed == 0 && i < count; i++) {
        failed = add_path(compiler, paths[i], is_given, err);
    }
    if (failed == 0 && yr_compiler_get_rules(compiler, &rules->compiled) != ERROR_SUCCESS) {
        failed = err_set(err, ERR_LIMIT, "%s: the rules can't be compiled", paths[0]);
    }
    if (compiler != NULL) {
        yr_compiler_destroy(compiler);
    }
    if (failed != 0) {
        rules_free(rules);
        return NULL;
    }
    note_needs(rules);
    return rules;
}

struct rules *rules_load(const char *directory, struct err *err)
{
    return load(&directory, 1, false, err);
}

struct rules *rules_load_given(const char *const *paths, size_t count, struct err *err)
{
    return load(paths, count, true, err);
}
