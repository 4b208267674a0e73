/* One PHP file as an entry: run in a few worlds, then what it left in constants, variables and classes is judged like any other
 * settings. What includes name is read from the tree; a call that nobody could follow is kept for later, when the files that
 * include or call it are known. */
#include <stdlib.h>

#include "base/own.h"
#include "reach/find_php.h"

#include "base/banned.h"

enum {
    FILES_MAX = 400000,
    SITES_MAX = 500,
    ROUNDS = 3,
    RETRIES_MAX = 96, /* files looked at again in one round */
    ENV_FILES_MAX = 8,
    AUTOLOADS_MAX = 24,
    HARVEST_DEPTH = 8,
    STEPS_MAX = 300000000,      /* about fifteen seconds of one core */
    STEPS_OF_RETRIES = 10000000 /* for one tree */
};

/* A call that connects, in the file it stands in. */
struct site {
    char *rel;
    uint32_t line;
    char *function, *class; /* it stands in; NULL: none */
    bool is_followed;
};

struct php_follow {
    struct php_words *words;
    char **files; /* PHP, in the order of the walk */
    size_t file_count, file_cap;
    uint32_t *classes; /* by the name of the class a file may be named after: index + 1; 2 * file_cap slots */
    struct site sites[SITES_MAX];
    size_t site_count;
    uint64_t steps_left; /* of all files together */
};

struct php_follow *php_follow_new(struct err *err)
{
    struct php_follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL) {
        err_no_memory(err);
        return NULL;
    }
    follow->steps_left = STEPS_MAX;
    follow->words = php_words_new(err);
    if (follow->words == NULL) {
        php_follow_free(follow);
        return NULL;
    }
    return follow;
}

void php_follow_forget(struct php_follow *follow)
{
    for (size_t i = 0; i < follow->file_count; i++) {
        free(follow->files[i]);
    }
    for (size_t i = 0; i < follow->site_count; i++) {
        free(follow->sites[i].rel);
        free(follow->sites[i].function);
        free(follow->sites[i].class);
    }
    if (follow->classes != NULL) {
        memset(follow->classes, 0, follow->file_cap * 2 * sizeof *follow->classes);
    }
    follow->file_count = 0;
    follow->site_count = 0;
}

void php_follow_free(struct php_follow *follow)
{
    if (follow != NULL) {
        php_follow_forget(follow);
        php_words_free(follow->words);
        free(follow->files);
        free(follow->classes);
        free(follow);
    }
}

/* Store.php, class.store.php, class-store.php, Store.class.php: "Store" in any case. */
static struct str class_of_file(struct str rel)
{
    static const char *const ends[] = {".class.php", ".inc.php", ".php", ".inc"};
    const char *slash = rel.len != 0 ? memrchr(rel.data, '/', rel.len) : NULL;
    struct str name = slash != NULL ? str_slice(rel, (size_t)(slash - rel.data) + 1, rel.len) : rel;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_ends_nocase(name, str_of(ends[i]))) {
            name = str_slice(name, 0, name.len - strlen(ends[i]));
            break;
        }
    }
    bool is_prefixed = str_starts(name, STR("class.")) || str_starts(name, STR("class-"));
    return is_prefixed ? str_slice(name, 6, name.len) : name;
}

static size_t class_slot(struct str name, size_t slots)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        hash = (hash ^ (byte >= 'A' && byte <= 'Z' ? byte + 32U : byte)) * UINT64_C(1099511628211);
    }
    return (size_t)(hash % slots);
}

static const char *file_of_class(const struct php_follow *follow, struct str class)
{
    size_t slots = follow->file_cap * 2;
    for (size_t slot = slots != 0 ? class_slot(class, slots) : 0; slots != 0 && follow->classes[slot] != 0;
         slot = (slot + 1) % slots) {
        const char *file = follow->files[follow->classes[slot] - 1];
        if (str_eq_nocase(class_of_file(str_of(file)), class)) {
            return file;
        }
    }
    return NULL;
}

/* The first file of a name is the one that is found. */
static void index_file(struct php_follow *follow, size_t file)
{
    struct str class = class_of_file(str_of(follow->files[file]));
    size_t slots = follow->file_cap * 2;
    if (file_of_class(follow, class) != NULL) {
        return;
    }
    size_t slot = class_slot(class, slots);
    while (follow->classes[slot] != 0) {
        slot = (slot + 1) % slots;
    }
    follow->classes[slot] = (uint32_t)file + 1;
}

static bool files_grow(struct php_follow *follow)
{
    size_t cap = follow->file_cap == 0 ? 256 : follow->file_cap * 2;
    char **files = reallocarray(follow->files, cap, sizeof *files);
    if (files == NULL) {
        return false;
    }
    follow->files = files;
    uint32_t *classes = calloc(cap * 2, sizeof *classes);
    if (classes == NULL) {
        return false;
    }
    free(follow->classes);
    follow->classes = classes;
    follow->file_cap = cap;
    for (size_t i = 0; i < follow->file_count; i++) {
        index_file(follow, i);
    }
    return true;
}

void php_follow_file(struct php_follow *follow, struct str rel, struct str bytes)
{
    bool is_php = str_ends_nocase(rel, STR(".php")) || str_ends_nocase(rel, STR(".inc")) ||
                  str_ends_nocase(rel, STR(".phtml")) || str_starts(bytes, STR("<?php"));
    if (!is_php || follow->file_count >= FILES_MAX) {
        return;
    }
    if (follow->file_count == follow->file_cap && !files_grow(follow)) {
        return;
    }
    char *copy = str_dup(rel);
    if (copy != NULL) {
        follow->files[follow->file_count++] = copy;
        index_file(follow, follow->file_count - 1);
    }
}

/* ---- calls ---- */

void php_site(struct php_at *at, uint32_t token, bool is_followed)
{
    struct php_follow *follow = find_follow(at->run->find);
    uint32_t line = php_line(&at->source->tokens, token);
    for (size_t i = 0; i < follow->site_count; i++) {
        struct site *site = &follow->sites[i];
        if (site->line == line && str_eq(str_of(site->rel), at->source->rel)) {
            site->is_followed = site->is_followed || is_followed;
            return;
        }
    }
    if (follow->site_count == SITES_MAX) {
        return;
    }
    const struct php_function *function = at->scope->function;
    const struct php_class *class = function != NULL ? function->class : at->scope->class;
    struct site *site = &follow->sites[follow->site_count];
    *site = (struct site){.rel = str_dup(at->source->rel),
                          .line = line,
                          .function = function != NULL ? str_dup(function->name) : NULL,
                          .class = class != NULL ? str_dup(class->name) : NULL,
                          .is_followed = is_followed};
    follow->site_count += site->rel != NULL;
}

/* ---- files ---- */

/* a/b/../c without its dots; false if it leaves the tree. */
static bool normal(struct arena *arena, struct str path, struct str *ret_rel)
{
    char *out = arena_take(arena, path.len + 2, NULL);
    size_t len = 0;
    if (out == NULL) {
        return false;
    }
    for (struct str_cut cut = str_cut(path, '/');; cut = str_cut(cut.tail, '/')) {
        if (str_eq(cut.head, STR(".."))) {
            if (len == 0) {
                return false;
            }
            while (len != 0 && out[len - 1] != '/') {
                len--;
            }
            len -= len != 0;
        } else if (cut.head.len != 0 && !str_eq(cut.head, STR("."))) {
            if (len != 0) {
                out[len++] = '/';
            }
            memcpy(out + len, cut.head.data, cut.head.len);
            len += cut.head.len;
        }
        if (!cut.found) {
            break;
        }
    }
    out[len] = '\0';
    *ret_rel = (struct str){out, len};
    return len != 0;
}

static struct str folder_of(struct str rel)
{
    const char *slash = rel.len != 0 ? memrchr(rel.data, '/', rel.len) : NULL;
    return slash != NULL ? str_slice(rel, 0, (size_t)(slash - rel.data)) : STR("");
}

static bool try_in(struct php_run *run, struct str folder, struct str path, struct str *ret_rel)
{
    OWN(own_buf) struct buf joined = {.max = 1 << 14};
    buf_put(&joined, folder);
    buf_putc(&joined, '/');
    buf_put(&joined, path);
    return !joined.failed && normal(run->arena, buf_str(&joined), ret_rel) && find_is_file(run->find, *ret_rel);
}

/* Below a base that is not known, or relative to a directory that is not: the file's own, then each above it. */
static bool try_above(struct php_run *run, struct str rel, struct str path, struct str *ret_rel)
{
    for (unsigned n = 0; n < 24; n++) {
        bool is_top = memchr(rel.data != NULL ? rel.data : "", '/', rel.len) == NULL;
        rel = folder_of(rel);
        if (try_in(run, rel, path, ret_rel)) {
            return true;
        }
        if (is_top) {
            break;
        }
    }
    return false;
}

bool php_resolve(struct php_run *run, const struct php_at *from, struct str path, struct str *ret_rel)
{
    struct str root = find_root(run->find);
    const char *hole = path.len != 0 ? memrchr(path.data, FIND_HOLE, path.len) : NULL;
    if (path.len == 0 || path.len > FIND_TEXT_MAX_BYTES || memchr(path.data, '\0', path.len) != NULL) {
        return false;
    }
    if (hole != NULL) {
        struct str rest = str_slice(path, (size_t)(hole - path.data) + 1, path.len);
        return rest.len > 4 && try_above(run, from->source->rel, rest, ret_rel);
    }
    if (str_starts(path, root) && path.len > root.len && path.data[root.len] == '/') {
        return try_in(run, STR(""), str_slice(path, root.len, path.len), ret_rel);
    }
    if (path.data[0] == '/') {
        return false; /* elsewhere on the machine it ran on */
    }
    return try_in(run, folder_of(run->file->rel), path, ret_rel) || try_above(run, from->source->rel, path, ret_rel);
}

static struct php_source *declare(struct php_run *run, struct str rel, struct str bytes)
{
    struct php_source *source = ARENA_NEW(run->arena, struct php_source, 1, NULL);
    if (source == NULL) {
        return NULL;
    }
    *source = (struct php_source){.next = run->sources,
                                  .rel = rel,
                                  .path = find_shown(run->find, run->arena, rel),
                                  .bytes = bytes,
                                  .words = find_words(bytes)};
    run->sources = source;
    run->source_count++;
    run->source_bytes += bytes.len;
    php_lex(&source->tokens, run->words, bytes, false);
    php_declare(run, source);
    return source;
}

struct php_source *php_load(struct php_run *run, struct str rel, bool *ret_is_new)
{
    struct str bytes;
    *ret_is_new = false;
    for (struct php_source *source = run->sources; source != NULL; source = source->next) {
        if (str_eq(source->rel, rel)) {
            return source;
        }
    }
    bool is_full = run->source_count >= PHP_SOURCES_MAX || run->source_bytes >= PHP_SOURCE_BYTES;
    if (is_full || !find_open(run->find, rel, run->arena, &bytes)) {
        return NULL;
    }
    *ret_is_new = true;
    return declare(run, rel, bytes);
}

/* A file that is being run, or was: *_once and plain alike run once, so that no two files can call each other for ever; settings
 * that are returned are asked for again and again, so those run again. */
struct php_source *php_source_at(struct php_run *run, const struct php_at *from, const struct val *path,
                                 bool *ret_is_new)
{
    struct str rel;
    if (path->kind != VAL_TEXT || !php_resolve(run, from, path->text, &rel) || str_eq(rel, from->source->rel)) {
        return NULL;
    }
    struct php_source *source = php_load(run, rel, ret_is_new);
    bool is_short = source != NULL && source->tokens.count < 4000; /* settings; a program is not run twice */
    return source != NULL && (*ret_is_new || is_short) ? source : NULL;
}

bool php_autoload(struct php_run *run, struct str name, bool is_class)
{
    const struct php_follow *follow = find_follow(run->find);
    bool is_new = false;
    if (run->autoloads >= AUTOLOADS_MAX || name.len < 2) {
        return false;
    }
    for (size_t i = 0; i < follow->site_count; i++) {
        const struct site *site = &follow->sites[i];
        bool is_it = (site->class != NULL && str_eq_nocase(str_of(site->class), name)) ||
                     (site->class == NULL && site->function != NULL && str_eq_nocase(str_of(site->function), name));
        if (is_it && !str_eq(str_of(site->rel), run->file->rel)) {
            run->autoloads++;
            return php_load(run, str_of(site->rel), &is_new) != NULL && is_new;
        }
    }
    const char *file = is_class ? file_of_class(follow, name) : NULL;
    if (file == NULL || str_eq(str_of(file), run->file->rel)) {
        return false;
    }
    run->autoloads++;
    return php_load(run, str_of(file), &is_new) != NULL && is_new;
}

/* ---- the environment ---- */

static bool env_line(struct php_run *run, struct str bytes, struct str name, struct str path, struct val *ret_value)
{
    uint32_t line = 1;
    for (struct str_cut cut = str_cut(bytes, '\n');; cut = str_cut(cut.tail, '\n'), line++) {
        struct str text = str_trim(cut.head);
        text = str_starts(text, STR("export ")) ? str_trim(str_slice(text, 7, text.len)) : text;
        struct str_cut pair = str_cut(text, '=');
        if (pair.found && str_eq(str_trim(pair.head), name)) {
            struct str said = str_trim(pair.tail);
            bool is_quoted = said.len >= 2 && (said.data[0] == '"' || said.data[0] == '\'');
            size_t comment = is_quoted ? SIZE_MAX : str_find(said, STR(" #"), 0);
            said = is_quoted ? str_cut(str_slice(said, 1, said.len), said.data[0]).head
                             : str_trim(str_slice(said, 0, comment));
            if (said.len != 0 && memchr(said.data, '$', said.len) != NULL) {
                return false;
            }
            *ret_value = val_text(path, line, said);
            php_says(run, ret_value, "environment", "%.*s", STR_FMT(name));
            return true;
        }
        if (!cut.found) {
            return false;
        }
    }
}

bool php_dotenv(struct php_run *run, struct str rel, struct str name, struct val *ret_value)
{
    struct str found, bytes;
    if (!try_above(run, rel, STR(".env"), &found) || !find_open(run->find, found, run->arena, &bytes)) {
        return false;
    }
    return bytes.len <= (64 << 10) && env_line(run, bytes, name, find_shown(run->find, run->arena, found), ret_value);
}

/* ---- what is left behind ---- */

/* The arrays around the one at hand: $a['self'] = $a has no end. */
struct nest {
    const struct nest *above;
    const struct val_array *array;
    unsigned depth;
};

static void harvest(struct pairs *pairs, uint32_t group, const struct val_array *array, const struct nest *above);

static bool is_within(const struct nest *nest, const struct val_array *array)
{
    while (nest != NULL && nest->array != array) {
        nest = nest->above;
    }
    return nest != NULL;
}

static void harvest_one(struct pairs *pairs, uint32_t group, struct str name, const struct val *value,
                        const struct nest *above)
{
    unsigned depth = above != NULL ? above->depth : 0;
    const struct val_array *array = value->kind == VAL_ARRAY    ? value->array
                                    : value->kind == VAL_OBJECT ? &value->object->members
                                                                : NULL;
    if (array != NULL && (array->count == 0 || is_within(above, array))) {
        return;
    }
    if (value->kind == VAL_ARRAY && depth < HARVEST_DEPTH) {
        bool is_flat = str_eq(name, STR("parameters"));
        harvest(pairs, pairs_group(pairs, group, name, is_flat), array, above);
    } else if (value->kind == VAL_OBJECT && depth < HARVEST_DEPTH) {
        struct str class = value->object->name.len != 0 ? value->object->name : name;
        harvest(pairs, pairs_group(pairs, group, class, false), array, above);
    } else {
        pairs_add(pairs, group, name, value); /* an array: too deep, which pairs_judge tells */
    }
}

/* Laravel's {default: 'mysql', connections: {mysql: {..}, pgsql: {..}}}: the others are templates that share one environment. */
static const struct val *only_default(const struct val_array *array, const struct val_slot *slot)
{
    if (!str_eq(slot->key, STR("connections")) || slot->value.kind != VAL_ARRAY) {
        return NULL;
    }
    for (uint32_t i = 0; i < array->count; i++) {
        if (!str_eq(array->slots[i].key, STR("default")) || !val_is_text(&array->slots[i].value)) {
            continue;
        }
        for (uint32_t k = 0; k < slot->value.array->count; k++) {
            if (str_eq(slot->value.array->slots[k].key, array->slots[i].value.text)) {
                return &slot->value.array->slots[k].value;
            }
        }
    }
    return NULL;
}

static void harvest(struct pairs *pairs, uint32_t group, const struct val_array *array, const struct nest *above)
{
    const struct nest nest = {above, array, above != NULL ? above->depth + 1 : 1};
    for (uint32_t i = 0; i < array->count; i++) {
        const struct val_slot *slot = &array->slots[i];
        const struct val *chosen = only_default(array, slot);
        if (chosen != NULL) {
            uint32_t inner = pairs_group(pairs, group, slot->key, false);
            harvest_one(pairs, inner, STR("default"), chosen, &nest);
        } else {
            harvest_one(pairs, group, slot->key, &slot->value, &nest);
        }
    }
}

/* The application a file of settings is of, told by what it sets. */
static const char *product_of(struct php_run *run, const struct find_reader *reader, const char **ret_service)
{
    static const struct {
        const char *constant, *variable, *class;
        const char *product;
        bool is_mysql;
    } marks[] = {
        {"DB_PASSWORD", "table_prefix", NULL, "WordPress", true},
        {"_DB_PASSWD_", NULL, NULL, "PrestaShop", true},
        {"DIR_APPLICATION", NULL, NULL, "OpenCart", true},
        {NULL, "databases", NULL, "Drupal", true},
        {NULL, "db_url", NULL, "Drupal", true},
        {NULL, "wgDBname", NULL, "MediaWiki", true},
        {NULL, "CFG", NULL, "Moodle", false},
        {NULL, "CONFIG", NULL, "Nextcloud", false},
        {NULL, NULL, "JConfig", "Joomla", true},
        {NULL, "active_group", NULL, "CodeIgniter", true},
    };
    *ret_service = reader->service;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        bool is_it = (marks[i].constant == NULL || php_slot(run, &run->constants, str_of(marks[i].constant), false)) &&
                     (marks[i].variable == NULL || php_slot(run, &run->globals, str_of(marks[i].variable), false)) &&
                     (marks[i].class == NULL || php_class_of(run, str_of(marks[i].class)) != NULL);
        if (is_it) {
            *ret_service = marks[i].is_mysql ? "mysql" : reader->service;
            return marks[i].product;
        }
    }
    struct str name = run->file->name;
    const struct val *cfg = php_slot(run, &run->globals, STR("cfg"), false);
    if (str_eq(name, STR("config.inc.php")) && cfg != NULL) {
        *ret_service = "mysql";
        return "phpMyAdmin";
    }
    if (str_eq(name, STR("config.inc.php"))) {
        return "Roundcube";
    }
    return reader->product;
}

/* Roundcube's $config['db_dsnw'], Drupal 6's $db_url: a name of a URL is found by find_pairs.c like any other. */
static int judge(struct php_run *run, const struct find_reader *reader, bool is_settings, struct err *err)
{
    struct pairs *pairs = pairs_new(run->arena, run->file);
    const char *service, *product = product_of(run, reader, &service);
    if (pairs == NULL) {
        find_cut_short(run->find);
        return 0;
    }
    if (is_settings) {
        harvest(pairs, 0, &run->constants, NULL);
        harvest(pairs, 0, &run->globals, NULL);
        if (run->result.kind == VAL_ARRAY || run->result.kind == VAL_OBJECT) {
            harvest_one(pairs, 0, STR("return"), &run->result, NULL);
        }
    } else {
        for (uint32_t i = 0; i < run->globals.count; i++) {
            const struct val_slot *slot = &run->globals.slots[i];
            if (slot->value.kind == VAL_OBJECT && slot->value.object->class == NULL) {
                harvest_one(pairs, 0, slot->key, &slot->value, NULL);
            }
        }
    }
    for (uint32_t i = 0; i < run->loose.count; i++) {
        harvest_one(pairs, 0, STR(""), &run->loose.slots[i].value, NULL);
    }
    return pairs_judge(run->find, pairs, product, service, err);
}

static bool is_settings_file(const struct php_run *run, const struct find_reader *reader)
{
    static const char *const words[] = {"config",  "setting", "database",   "db",  "conf",     "param",  "local",
                                        "connect", "secret",  "credential", "env", "constant", "define", "common"};
    bool is_settings = reader->product != NULL || reader->names[0] != '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        is_settings = is_settings || str_find_nocase(run->file->name, str_of(words[i]), 0) != SIZE_MAX;
    }
    return is_settings;
}

/* A program in one file (Adminer) needs far more than settings do: its functions call one another. */
static uint32_t steps_for(const struct php_source *entry, uint32_t left)
{
    uint64_t wanted = entry != NULL ? (uint64_t)entry->tokens.count * PHP_STEPS_A_TOKEN : 0;
    wanted = wanted > PHP_STEPS_MAX ? PHP_STEPS_MAX : wanted;
    wanted = wanted > left ? left : wanted;
    return wanted > PHP_STEPS_LEAST ? (uint32_t)wanted : (uint32_t)PHP_STEPS_LEAST;
}

/* *left: steps that the file's worlds still have. */
static int run_world(struct find *find, const struct find_file *file, const struct find_reader *reader, unsigned world,
                     unsigned *ret_worlds, uint32_t *left, struct arena *arena, struct err *err)
{
    struct php_run *run = ARENA_NEW(arena, struct php_run, 1, err);
    struct php_scope *scope = ARENA_NEW(arena, struct php_scope, 1, err);
    if (run == NULL || scope == NULL) {
        return err_no_memory(err);
    }
    *run = (struct php_run){.find = find,
                            .file = file,
                            .arena = arena,
                            .words = find_follow(find)->words,
                            .world = world,
                            .worlds = 1,
                            .steps = PHP_STEPS_LEAST,
                            .err = err};
    scope->is_global = true;
    struct php_source *entry = declare(run, file->rel, file->bytes);
    uint32_t given = steps_for(entry, *left);
    run->steps = given;
    int failed = 0;
    if (entry != NULL) {
        struct php_at at = {.run = run, .source = entry, .scope = scope, .end = entry->tokens.count};
        php_run_statements(&at);
        run->result = at.result;
        php_run_rest(run);
        failed = run->has_failed ? -1 : judge(run, reader, is_settings_file(run, reader), err);
    }
    uint32_t taken = given - run->steps;
    *left -= taken < *left ? taken : *left;
    struct php_follow *follow = find_follow(find);
    follow->steps_left -= taken < follow->steps_left ? taken : follow->steps_left;
    bool is_full = arena->used_bytes + (1 << 16) > arena->cap_bytes;
    if (run->steps == 0 || is_full || (entry != NULL && entry->tokens.is_cut)) {
        find_cut_short(find);
    }
    for (struct php_source *source = run->sources; source != NULL; source = source->next) {
        php_tokens_free(&source->tokens);
    }
    *ret_worlds = run->worlds;
    return failed;
}

int read_php(struct find *find, const struct find_file *file, const struct find_reader *reader, struct arena *arena,
             struct err *err)
{
    unsigned worlds = 1;
    uint32_t left = PHP_STEPS_A_FILE;
    (void)arena;
    if (find_follow(find)->steps_left == 0) {
        find_cut_short(find);
        return 0;
    }
    for (unsigned world = 0; world < worlds && world < PHP_WORLDS; world++) {
        OWN(own_arena) struct arena own;
        unsigned wanted = 1;
        arena_init(&own, (size_t)160 << 20);
        TRY(run_world(find, file, reader, world, &wanted, &left, &own, err));
        worlds = wanted > worlds ? wanted : worlds;
    }
    return 0;
}

/* ---- calls that one file alone did not tell ---- */

static struct str base_name(const char *rel)
{
    const char *slash = strrchr(rel, '/');
    return str_of(slash != NULL ? slash + 1 : rel);
}

/* The words a round looks for: names of files, and of functions and classes that stand in them. */
enum { WORDS_MAX = 1200, WORD_SLOTS = 4096 };

struct wanted {
    struct str words[WORDS_MAX];
    uint16_t slots[WORD_SLOTS]; /* 0: none, else index + 1 */
    size_t count;
};

static void want(struct wanted *wanted, struct str word)
{
    size_t slot = str_hash(word) % WORD_SLOTS;
    if (wanted->count == WORDS_MAX || word.len < 3 || str_eq(word, STR("index.php"))) { /* named in every second link */
        return;
    }
    while (wanted->slots[slot] != 0) {
        if (str_eq(wanted->words[wanted->slots[slot] - 1], word)) {
            return;
        }
        slot = (slot + 1) % WORD_SLOTS;
    }
    wanted->words[wanted->count++] = word;
    wanted->slots[slot] = (uint16_t)wanted->count;
}

static bool is_wanted(const struct wanted *wanted, struct str word)
{
    for (size_t slot = str_hash(word) % WORD_SLOTS; wanted->slots[slot] != 0; slot = (slot + 1) % WORD_SLOTS) {
        if (str_eq(wanted->words[wanted->slots[slot] - 1], word)) {
            return true;
        }
    }
    return false;
}

static void want_all(struct wanted *wanted, const struct php_follow *follow, const char *const *targets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        want(wanted, base_name(targets[i]));
    }
    for (size_t i = 0; i < follow->site_count; i++) {
        const struct site *site = &follow->sites[i];
        const char *name = site->class != NULL ? site->class : site->function;
        if (!site->is_followed && name != NULL) {
            want(wanted, str_of(name));
        }
    }
}

static bool is_word_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_' || byte == '.' || byte == '-' || (unsigned char)byte >= 0x80;
}

/* Does the file name one of them: a file anywhere, a function before its bracket, a class where it is used? */
static bool mentions(const struct wanted *wanted, struct str own, struct str bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t from = at;
        while (at < bytes.len && is_word_byte(bytes.data[at])) {
            at++;
        }
        at += at == from;
        if (at - from < 3 || at - from >= 80 || at == bytes.len) {
            continue;
        }
        const char *word = bytes.data + from, *after = bytes.data + at;
        char last = after[-1], before = from > 1 ? word[-2] : ' ';
        bool is_call = *after == '(' || (*after == ':' && at + 1 < bytes.len && after[1] == ':');
        bool is_new = before == 'w' || before == 's';             /* new X, extends X */
        bool is_file = last == 'p' || last == 'P' || last == 'c'; /* .php, .inc */
        bool is_declared = before == 'n' && *after == '(';        /* function x( */
        struct str name = {word, at - from};
        if ((is_call || is_new || is_file) && !is_declared && is_wanted(wanted, name) && !str_eq(name, own)) {
            return true;
        }
    }
    return false;
}

static size_t open_sites(const struct php_follow *follow, const char **targets, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < follow->site_count && count < room; i++) {
        bool is_there = follow->sites[i].is_followed;
        for (size_t k = 0; k < count && !is_there; k++) {
            is_there = strcmp(targets[k], follow->sites[i].rel) == 0;
        }
        if (!is_there) {
            targets[count++] = follow->sites[i].rel;
        }
    }
    return count;
}

static int try_again(struct find *find, const char *rel, struct str bytes, struct arena *arena, struct err *err)
{
    static const struct find_reader plain = {"", NULL, NULL, read_php};
    struct find_file file = {.rel = str_of(rel), .name = base_name(rel), .bytes = bytes};
    file.path = find_shown(find, arena, file.rel);
    find_describe(&file);
    return read_php(find, &file, &plain, arena, err);
}

/* One round over the PHP of the tree; a file is tried once, since the second time would tell the same. */
static int round_of(struct find *find, const char **targets, size_t *count, bool *is_tried, struct err *err)
{
    struct php_follow *follow = find_follow(find);
    const char *tried[RETRIES_MAX];
    size_t tried_count = 0;
    OWN(own_mem) struct wanted *wanted = calloc(1, sizeof *wanted);
    if (wanted == NULL) {
        return err_no_memory(err);
    }
    want_all(wanted, follow, targets, *count);
    uint64_t stop = follow->steps_left > STEPS_OF_RETRIES ? follow->steps_left - STEPS_OF_RETRIES : 0;
    for (size_t i = 0; i < follow->file_count && tried_count < RETRIES_MAX && follow->steps_left > stop; i++) {
        OWN(own_arena) struct arena arena;
        struct str bytes;
        arena_init(&arena, (size_t)32 << 20);
        if (is_tried[i] || !find_open(find, str_of(follow->files[i]), &arena, &bytes) ||
            !mentions(wanted, base_name(follow->files[i]), bytes)) {
            continue;
        }
        is_tried[i] = true;
        tried[tried_count++] = follow->files[i];
        TRY(try_again(find, follow->files[i], bytes, &arena, err));
    }
    memcpy(targets, tried, tried_count * sizeof *tried);
    *count = tried_count;
    return 0;
}

/* Rounds: first the files that name a file with an open call, then those that name these. */
int php_follow_rest(struct find *find, struct err *err)
{
    struct php_follow *follow = find_follow(find);
    const char *targets[RETRIES_MAX], *unused[RETRIES_MAX];
    size_t count = open_sites(follow, targets, RETRIES_MAX);
    OWN(own_mem) bool *is_tried = calloc(follow->file_count + 1, sizeof *is_tried);
    if (is_tried == NULL) {
        return err_no_memory(err);
    }
    for (unsigned round = 0; round < ROUNDS && count != 0 && open_sites(follow, unused, RETRIES_MAX) != 0; round++) {
        TRY(round_of(find, targets, &count, is_tried, err));
    }
    return 0;
}

size_t php_follow_open(const struct php_follow *follow, const char **rels, size_t room)
{
    return open_sites(follow, rels, room);
}
