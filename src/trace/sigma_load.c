/* A folder of rules. Every file ends as a rule that is tried, a rule for other logs, or a refusal with its reason. */
#include "base/buf.h"
#include "base/file.h"
#include "base/own.h"
#include "base/str.h"
#include "base/walk.h"
#include "base/yaml.h"
#include "trace/sigma.h"

#include "base/banned.h"

enum { REFUSED_MAX = 1024 };

struct loading {
    struct sigma *sigma;
    const struct assay_sink *sink;
    struct arena *keep;
    struct err *err;
};

/* One line for a person, and one in coverage. */
static int refuse(struct loading *loading, const char *file, const char *why)
{
    struct sigma *sigma = loading->sigma;
    char what[ERR_TEXT_BYTES + 96];
    snprintf(what, sizeof what, "%s (rule not tried; mend it or take it away)", why);
    assay_complain(loading->sink, str_of(file), str_of(what));
    if (sigma->refused_count == REFUSED_MAX) {
        sigma->unread++;
        return 0;
    }
    struct str name = arena_str(loading->keep, str_of(file), loading->err);
    struct str text = arena_str(loading->keep, str_of(why), loading->err);
    if (name.data == NULL || text.data == NULL) {
        return -1;
    }
    sigma->refused[sigma->refused_count++] = (struct sigma_refused){name.data, text.data};
    return 0;
}

static int take_rule(struct loading *loading, const char *path, struct str bytes)
{
    struct sigma *sigma = loading->sigma;
    struct sigma_rule *rule = NULL;
    struct err why = {0};
    sigma->digest = (sigma->digest ^ str_hash(bytes)) * UINT64_C(0x9e3779b97f4a7c15);
    if (sigma_read(bytes, loading->keep, &rule, &why) != 0) {
        return refuse(loading, path, why.text);
    }
    if (rule == NULL) {
        sigma->other_rules++;
        return 0;
    }
    if (sigma->count == SIGMA_RULES_MAX) {
        return refuse(loading, path, "one rule too many");
    }
    struct str name = arena_str(loading->keep, str_of(path), loading->err);
    rule->file = name.data;
    sigma->rules[sigma->count++] = rule;
    return name.data == NULL ? -1 : 0;
}

static int take_entry(struct loading *loading, const struct walk *walk, const struct walk_entry *entry)
{
    struct str name = str_of(entry->path);
    char path[4352];
    bool is_rule = str_ends_nocase(name, STR(".yml")) || str_ends_nocase(name, STR(".yaml"));
    snprintf(path, sizeof path, "%s/%s", loading->sigma->folder, entry->path);
    if (walk_is_file(walk)) {
        snprintf(path, sizeof path, "%s", loading->sigma->folder);
    }
    if (entry->kind == WALK_CLOSED_DIR || (is_rule && entry->kind == WALK_LOST)) {
        char why[128];
        return refuse(loading, path, strerror_r(entry->error, why, sizeof why));
    }
    if (!is_rule || entry->kind != WALK_FILE) {
        return is_rule && entry->kind != WALK_LINK ? refuse(loading, path, "not a file of this folder") : 0;
    }
    OWN(own_buf) struct buf bytes = {0};
    struct err why = {0};
    int fd = file_open_beneath(walk_root(walk), entry->path, 0);
    OWN(own_fd) int owned = fd;
    if (owned < 0) {
        return refuse(loading, path, "cannot be opened");
    }
    if (file_read_fd(owned, YAML_MAX_BYTES, &bytes, &why) != 0) {
        return refuse(loading, path, why.text);
    }
    return take_rule(loading, path, buf_str(&bytes));
}

static int take_folder(struct loading *loading)
{
    OWN(own_walk) struct walk *walk = walk_open(loading->sigma->folder, loading->err);
    if (walk == NULL) {
        return err_where(loading->err, "--sigma");
    }
    for (;;) {
        OWN(own_mem) struct walk_entry *entry = NULL;
        TRY(walk_next(walk, &entry, loading->err));
        if (entry == NULL) {
            return 0;
        }
        TRY(take_entry(loading, walk, entry));
    }
}

int sigma_load(const char *folder, const struct assay_sink *sink, struct arena *keep, struct sigma **ret_sigma,
               struct err *err)
{
    struct sigma *sigma = ARENA_NEW(keep, struct sigma, 1, err);
    if (sigma == NULL || (sigma->rules = ARENA_NEW(keep, struct sigma_rule *, SIGMA_RULES_MAX, err)) == NULL ||
        (sigma->refused = ARENA_NEW(keep, struct sigma_refused, REFUSED_MAX, err)) == NULL) {
        return -1;
    }
    sigma->folder = folder;
    struct loading loading = {.sigma = sigma, .sink = sink, .keep = keep, .err = err};
    TRY(take_folder(&loading));
    sigma->words = words_build(sigma->rules, sigma->count, keep, err);
    *ret_sigma = sigma;
    return sigma->words == NULL ? -1 : 0;
}
