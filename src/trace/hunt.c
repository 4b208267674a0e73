/* Signs added up. Three tables, each bounded: what a client's odd requests were, what it asked for that is not there, and how
 * it fared at logins. A job fills tables of its own; they are merged in job order, so threads change nothing. */
#include "trace/hunt.h"

#include <math.h>
#include <stdlib.h>

#include "base/str.h"
#include "trace/keep.h"

#include "base/banned.h"

enum { GOOD_SLACK = 64 }; /* bytes by which answers to the same wrong password differ */

/* ---- tables ---- */

void hunt_init(struct hunt *hunt)
{
    *hunt = (struct hunt){
        .sightings = {.row_bytes = sizeof(struct sighting), .most = SIGHTINGS_MAX},
        .missers = {.row_bytes = sizeof(struct misser), .most = MISSERS_MAX},
        .guessers = {.row_bytes = sizeof(struct guesser), .most = GUESSERS_MAX},
    };
}

static void table_clear(struct hunt_table *table)
{
    free(table->rows);
    free(table->index);
    table->rows = NULL;
    table->index = NULL;
    table->count = table->cap = 0;
}

void hunt_clear(struct hunt *hunt)
{
    table_clear(&hunt->sightings);
    table_clear(&hunt->missers);
    table_clear(&hunt->guessers);
    free(hunt->plain);
    hunt->plain = NULL;
}

void *hunt_row(const struct hunt_table *table, size_t at)
{
    return table->rows + at * table->row_bytes;
}

static bool key_eq(const struct row_key *a, const struct row_key *b)
{
    return client_key_eq(a->client, b->client) && a->what == b->what;
}

static size_t slot_of(const struct hunt_table *table, const struct row_key *key)
{
    uint64_t mixed =
        (key->client.lo ^ key->client.hi * UINT64_C(0xff51afd7ed558ccd) ^ key->what * UINT64_C(0xc4ceb9fe1a85ec53));
    size_t slot = (size_t)(mixed * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (table->cap * 2 - 1);
    while (table->index[slot] != 0 && !key_eq(hunt_row(table, table->index[slot] - 1), key)) {
        slot = (slot + 1) & (table->cap * 2 - 1);
    }
    return slot;
}

static int table_grow(struct hunt_table *table, struct err *err)
{
    size_t cap = table->cap == 0 ? 16 : table->cap * 2;
    char *rows = reallocarray(table->rows, cap, table->row_bytes);
    if (rows != NULL) {
        table->rows = rows;
    }
    uint32_t *index = calloc(cap * 2, sizeof *index);
    if (rows == NULL || index == NULL) {
        free(index);
        return err_set(err, ERR_LIMIT, "no memory for what %zu clients did", cap);
    }
    free(table->index);
    table->index = index;
    table->cap = cap;
    for (size_t i = 0; i < table->count; i++) {
        table->index[slot_of(table, hunt_row(table, i))] = (uint32_t)(i + 1);
    }
    return 0;
}

/* The row, zero but for its key when it is new (*ret_is_new). NULL with err, or without when the table is full. */
static void *row_get(struct hunt_table *table, const struct row_key *key, bool *ret_is_new, struct err *err)
{
    if (table->count == table->cap && table_grow(table, err) != 0) {
        return NULL;
    }
    size_t slot = slot_of(table, key);
    *ret_is_new = table->index[slot] == 0;
    if (!*ret_is_new) {
        return hunt_row(table, table->index[slot] - 1);
    }
    if (table->count == table->most) {
        return NULL;
    }
    void *row = hunt_row(table, table->count++);
    memset(row, 0, table->row_bytes);
    memcpy(row, key, sizeof *key);
    table->index[slot] = (uint32_t)table->count;
    return row;
}

/* ---- small parts ---- */

static void put(char *out, size_t room, struct str text)
{
    size_t n = text.len < room - 1 ? text.len : room - 1;
    if (n > 0) {
        memcpy(out, text.data, n);
    }
    out[n] = '\0';
}

static void keep_first(struct hit *kept, const struct hit *hit)
{
    if (hit_is(hit) && (!hit_is(kept) || hit_before(hit, kept))) {
        *kept = *hit;
    }
}

static void keep_last(struct hit *kept, const struct hit *hit)
{
    if (hit_is(hit) && (!hit_is(kept) || hit_before(kept, hit))) {
        *kept = *hit;
    }
}

static struct hit moved(const struct hit *hit, uint64_t lines)
{
    struct hit there = *hit;
    there.line += lines;
    return there;
}

static void count_minute(int64_t *minute, uint32_t *in_minute, uint32_t *most, int64_t second)
{
    *in_minute = *minute == second / 60 ? *in_minute + 1 : 1;
    *minute = second / 60;
    *most = *in_minute > *most ? *in_minute : *most;
}

static void put_example(struct hunt_example *example, const struct log_line *line, const struct hit *hit,
                        const char *decoded)
{
    example->hit = *hit;
    put(example->method, sizeof example->method, log_field(line, line->method));
    put(example->text, sizeof example->text, log_field(line, line->target));
    put(example->decoded, sizeof example->decoded, str_of(decoded));
}

/* ---- one line ---- */

static struct sighting_path *path_get(struct sighting *row, struct str path)
{
    struct str cut = str_slice(path, 0, HUNT_TEXT - 1);
    for (size_t i = 0; i < row->path_count && i < SIGHTING_PATHS; i++) {
        if (str_eq(str_of(row->paths[i].path), cut)) {
            return &row->paths[i];
        }
    }
    if (row->path_count >= SIGHTING_PATHS) {
        row->path_count = SIGHTING_PATHS + 1;
        return NULL;
    }
    struct sighting_path *kept = &row->paths[row->path_count++];
    memset(kept, 0, sizeof *kept);
    put(kept->path, sizeof kept->path, cut);
    kept->least_ok = UINT64_MAX;
    kept->is_script = path_is_script(path);
    return kept;
}

/* Paths that answered take the room of those that did not. */
static struct sighting_path *path_of(struct sighting *row, struct str path, bool is_ok)
{
    struct sighting_path *kept = path_get(row, path);
    for (size_t i = 0; kept == NULL && is_ok && i < SIGHTING_PATHS; i++) {
        if (row->paths[i].ok == 0) {
            kept = &row->paths[i];
            memset(kept, 0, sizeof *kept);
            put(kept->path, sizeof kept->path, str_slice(path, 0, HUNT_TEXT - 1));
            kept->least_ok = UINT64_MAX;
            kept->is_script = path_is_script(path);
        }
    }
    return kept;
}

static void take_path(struct sighting *row, const struct log_line *line, const struct hit *hit)
{
    char normal[PATH_BYTES];
    size_t len = path_normal(normal, log_field(line, line->target));
    bool is_ok = line->status >= 200 && line->status <= 299;
    struct sighting_path *path = path_of(row, (struct str){normal, len}, is_ok);
    if (path == NULL) {
        return;
    }
    path->requests++;
    path->is_ok_after_500 |= is_ok && path->had_500;
    path->had_500 |= line->status >= 500 && line->status <= 599;
    if (is_ok) {
        path->ok++;
        path->least_ok = hit->bytes < path->least_ok ? hit->bytes : path->least_ok;
        path->most_ok = hit->bytes > path->most_ok ? hit->bytes : path->most_ok;
    }
}

static int take_sign(struct hunt *hunt, enum sign sign, const struct signs *signs, const struct source *source,
                     const struct log_line *line, struct str client, const struct hit *hit, struct err *err)
{
    const struct row_key key = {client_key_of(client), sign};
    struct err why = {0};
    bool is_new;
    struct sighting *row = row_get(&hunt->sightings, &key, &is_new, &why);
    if (row == NULL) {
        hunt->sightings.dropped++;
        return why.kind == ERR_NONE ? 0 : err_set(err, why.kind, "%s", why.text);
    }
    if (is_new) {
        put(row->address, sizeof row->address, client);
        row->why = signs->why[sign];
        row->scanner = scanner_name(log_field(line, line->agent));
        row->first.second = row->last.second = row->first_ok.second = INT64_MIN;
    }
    bool is_ok = line->status >= 200 && line->status <= 299;
    row->requests++;
    row->ok += is_ok;
    row->denied += line->status >= 400 && line->status <= 499;
    row->failed += line->status >= 500;
    row->posts += method_of(log_field(line, line->method)) == METHOD_POST;
    keep_first(&row->first, hit);
    keep_last(&row->last, hit);
    if (is_ok) {
        keep_first(&row->first_ok, hit);
    }
    if ((source->reader.has & LOG_HAS_DURATION) != 0 && line->duration_us > row->longest_us) {
        row->longest_us = line->duration_us;
    }
    take_path(row, line, hit);
    if (row->example_count < SIGHTING_EXAMPLES) {
        put_example(&row->examples[row->example_count++], line, hit, sign == SIGN_COMMAND ? signs->decoded : "");
    }
    return 0;
}

static int take_missed(struct hunt *hunt, const struct signs *signs, const struct log_line *line, struct str client,
                       const struct hit *hit, struct err *err)
{
    const struct row_key key = {client_key_of(client), 0};
    struct err why = {0};
    bool is_new;
    struct misser *row = row_get(&hunt->missers, &key, &is_new, &why);
    if (row == NULL) {
        hunt->missers.dropped++;
        return why.kind == ERR_NONE ? 0 : err_set(err, why.kind, "%s", why.text);
    }
    if (is_new) {
        put(row->address, sizeof row->address, client);
        row->first.second = row->last.second = row->example.hit.second = INT64_MIN;
    }
    if (row->scanner == NULL) {
        row->scanner = scanner_name(log_field(line, line->agent));
    }
    struct str path = str_cut(log_field(line, line->target), '?').head;
    uint64_t bit = str_hash(path) % MISSED_BITS;
    row->seen[bit / 64] |= UINT64_C(1) << bit % 64;
    row->missed++;
    row->probes += signs->is_probe;
    keep_first(&row->first, hit);
    keep_last(&row->last, hit);
    count_minute(&row->minute, &row->in_minute, &row->most_a_minute, hit->second);
    if (!hit_is(&row->example.hit) || (signs->is_probe && row->probes == 1)) {
        put_example(&row->example, line, hit, "");
    }
    return 0;
}

static bool is_usual(const struct guesser *row, uint16_t status, uint64_t bytes)
{
    uint64_t apart = bytes > row->usual_bytes ? bytes - row->usual_bytes : row->usual_bytes - bytes;
    return row->posts > 0 && status == row->usual_status && apart <= GOOD_SLACK + row->usual_bytes / 10;
}

static void take_guess(struct guesser *row, const struct log_line *line, const struct hit *hit)
{
    bool is_same = is_usual(row, line->status, hit->bytes);
    bool is_answer = line->status < 500 && line->status != 429 && line->status != 403 && line->status != 503;
    if (!is_same && row->longest_same >= GUESSES_LEAST && is_answer && !hit_is(&row->changed)) {
        row->changed = *hit;
    }
    row->same = is_same ? row->same + 1 : 1;
    if (!is_same) {
        row->usual_status = line->status;
        row->usual_bytes = hit->bytes;
    }
    row->longest_same = row->same > row->longest_same ? row->same : row->longest_same;
    row->posts++;
    row->agents |= UINT64_C(1) << str_hash(log_field(line, line->agent)) % 64;
    row->refused += line->status == 401 || line->status == 403;
    row->moved += line->status >= 300 && line->status <= 399;
    keep_first(&row->first, hit);
    keep_last(&row->last, hit);
    count_minute(&row->minute, &row->in_minute, &row->most_a_minute, hit->second);
}

enum login { LOGIN_FORM, LOGIN_BASIC, LOGIN_BASIC_PASSED };

/* A form that is posted, or HTTP's own sign-in, whose answers of another kind only go on with a row that is there. */
static int take_login(struct hunt *hunt, const struct log_line *line, struct str client, const struct hit *hit,
                      enum login login, struct err *err)
{
    char normal[PATH_BYTES];
    size_t len = path_normal(normal, log_field(line, line->target));
    uint64_t path = str_hash((struct str){normal, len}) << 1;
    const struct row_key key = {client_key_of(client), path | (login != LOGIN_FORM)};
    struct err why = {0};
    bool is_new;
    if (login == LOGIN_BASIC_PASSED && hunt->guessers.index[slot_of(&hunt->guessers, &key)] == 0) {
        return 0;
    }
    struct guesser *row = row_get(&hunt->guessers, &key, &is_new, &why);
    if (row == NULL) {
        hunt->guessers.dropped++;
        return why.kind == ERR_NONE ? 0 : err_set(err, why.kind, "%s", why.text);
    }
    if (is_new) {
        put(row->address, sizeof row->address, client);
        put(row->path, sizeof row->path, (struct str){normal, len});
        row->first.second = row->last.second = row->changed.second = INT64_MIN;
    }
    take_guess(row, line, hit);
    return 0;
}

/* Most requests are for what was asked for a moment ago, and had no sign. Texts are compared whole: a hash could be aimed at. */
static struct plain *plain_slot(struct hunt *hunt, struct str target)
{
    if (hunt->plain == NULL) {
        hunt->plain = calloc(PLAIN_SLOTS, sizeof *hunt->plain);
    }
    return hunt->plain == NULL || target.len > sizeof hunt->plain->text ? NULL
                                                                        : &hunt->plain[str_hash(target) % PLAIN_SLOTS];
}

static bool is_plain_header(struct str text)
{
    return text.len == 0 || (memchr(text.data, '{', text.len) == NULL);
}

/* False: the request has no sign at all. */
static bool has_signs(struct hunt *hunt, const struct log_line *line, struct signs *signs)
{
    struct str target = log_field(line, line->target);
    struct plain *plain = plain_slot(hunt, target);
    bool is_known = plain != NULL && plain->len == target.len && memcmp(plain->text, target.data, target.len) == 0;
    if (is_known && is_plain_header(log_field(line, line->agent)) && is_plain_header(log_field(line, line->referer))) {
        memset(signs, 0, sizeof *signs);
        return false;
    }
    signs_of(signs, line);
    bool has_any = signs->is_probe || signs->is_login;
    for (unsigned sign = 0; sign < SIGN_COUNT; sign++) {
        has_any |= signs->why[sign] != NULL;
    }
    if (!has_any && plain != NULL) {
        plain->len = (uint16_t)target.len;
        memcpy(plain->text, target.data, target.len);
    }
    return has_any;
}

int hunt_take(struct hunt *hunt, const struct source *source, const struct log_line *line, struct str client,
              const struct hit *hit, struct err *err)
{
    struct signs signs;
    if (line->target.len == 0) {
        return 0;
    }
    bool is_ok = line->status >= 200 && line->status <= 299;
    bool has_any = has_signs(hunt, line, &signs);
    for (unsigned sign = 0; has_any && sign < SIGN_COUNT; sign++) {
        bool needs_answer = sign == SIGN_EXPOSED || sign == SIGN_DB_TOOL;
        if (signs.why[sign] != NULL && (is_ok || !needs_answer)) {
            TRY(take_sign(hunt, (enum sign)sign, &signs, source, line, client, hit, err));
        }
    }
    if (line->status == 400 || line->status == 403 || line->status == 404 || line->status == 405 ||
        line->status == 501) {
        TRY(take_missed(hunt, &signs, line, client, hit, err));
    }
    bool is_basic = line->status == 401; /* HTTP's own sign-in: any path, any method */
    bool is_let_in = hunt->has_basic && line->status >= 200 && line->status <= 399;
    hunt->has_basic |= is_basic;
    bool is_form = signs.is_login && method_of(log_field(line, line->method)) == METHOD_POST;
    if (is_form || is_basic || is_let_in) {
        enum login login = is_form ? LOGIN_FORM : is_basic ? LOGIN_BASIC : LOGIN_BASIC_PASSED;
        return take_login(hunt, line, client, hit, login, err);
    }
    return 0;
}

/* ---- merging ---- */

static void merge_sighting(struct sighting *into, const struct sighting *from, uint64_t lines)
{
    struct hit first = moved(&from->first, lines), last = moved(&from->last, lines),
               first_ok = moved(&from->first_ok, lines);
    into->requests += from->requests;
    into->ok += from->ok;
    into->denied += from->denied;
    into->failed += from->failed;
    into->posts += from->posts;
    into->longest_us = from->longest_us > into->longest_us ? from->longest_us : into->longest_us;
    keep_first(&into->first, &first);
    keep_last(&into->last, &last);
    keep_first(&into->first_ok, &first_ok);
    for (size_t i = 0; i < from->path_count && i < SIGHTING_PATHS; i++) {
        const struct sighting_path *path = &from->paths[i];
        struct sighting_path *kept = path_of(into, str_of(path->path), path->ok > 0);
        if (kept != NULL) {
            kept->is_ok_after_500 |= path->is_ok_after_500 || (kept->had_500 && path->ok > 0);
            kept->had_500 |= path->had_500;
            kept->requests += path->requests;
            kept->ok += path->ok;
            kept->least_ok = path->least_ok < kept->least_ok ? path->least_ok : kept->least_ok;
            kept->most_ok = path->most_ok > kept->most_ok ? path->most_ok : kept->most_ok;
        }
    }
    into->path_count = from->path_count > SIGHTING_PATHS ? SIGHTING_PATHS + 1 : into->path_count;
    for (size_t i = 0; i < from->example_count && into->example_count < SIGHTING_EXAMPLES; i++) {
        into->examples[into->example_count] = from->examples[i];
        into->examples[into->example_count++].hit.line += lines;
    }
}

static void merge_misser(struct misser *into, const struct misser *from, uint64_t lines)
{
    struct hit first = moved(&from->first, lines), last = moved(&from->last, lines);
    for (size_t i = 0; i < MISSED_BITS / 64; i++) {
        into->seen[i] |= from->seen[i];
    }
    if (!hit_is(&into->example.hit) || (into->probes == 0 && from->probes > 0)) {
        into->example = from->example;
        into->example.hit.line += lines;
    }
    into->missed += from->missed;
    into->probes += from->probes;
    into->scanner = into->scanner == NULL ? from->scanner : into->scanner;
    into->most_a_minute = from->most_a_minute > into->most_a_minute ? from->most_a_minute : into->most_a_minute;
    keep_first(&into->first, &first);
    keep_last(&into->last, &last);
}

/* A row of like answers may lie over the end of a job. */
static void merge_guesser(struct guesser *into, const struct guesser *from, uint64_t lines)
{
    struct hit first = moved(&from->first, lines), last = moved(&from->last, lines),
               changed = moved(&from->changed, lines);
    bool goes_on = from->longest_same == from->posts && is_usual(into, from->usual_status, from->usual_bytes);
    if (!goes_on && into->longest_same >= GUESSES_LEAST && from->usual_status < 500 && from->usual_status != 429 &&
        from->usual_status != 403 && from->posts == from->same && !hit_is(&into->changed)) {
        into->changed = first;
    }
    into->same = goes_on ? into->same + from->same : from->same;
    into->longest_same = from->longest_same > into->longest_same ? from->longest_same : into->longest_same;
    into->longest_same = into->same > into->longest_same ? into->same : into->longest_same;
    into->usual_status = from->usual_status;
    into->usual_bytes = from->usual_bytes;
    into->posts += from->posts;
    into->agents |= from->agents;
    into->refused += from->refused;
    into->moved += from->moved;
    into->most_a_minute = from->most_a_minute > into->most_a_minute ? from->most_a_minute : into->most_a_minute;
    keep_first(&into->first, &first);
    keep_last(&into->last, &last);
    if (!hit_is(&into->changed)) {
        into->changed = changed;
    }
}

static void start_sighting(struct sighting *row, const struct sighting *from)
{
    memcpy(row->address, from->address, sizeof row->address);
    row->why = from->why;
    row->scanner = from->scanner;
    row->first.second = row->last.second = row->first_ok.second = INT64_MIN;
}

static void start_misser(struct misser *row, const struct misser *from)
{
    memcpy(row->address, from->address, sizeof row->address);
    row->first.second = row->last.second = row->example.hit.second = INT64_MIN;
}

static void start_guesser(struct guesser *row, const struct guesser *from)
{
    memcpy(row->address, from->address, sizeof row->address);
    memcpy(row->path, from->path, sizeof row->path);
    row->first.second = row->last.second = row->changed.second = INT64_MIN;
}

/* Rows that find no room count as dropped with all their requests. */
#define MERGE(table, type, start, merge, requests)                               \
    do {                                                                         \
        into->table.dropped += from->table.dropped;                              \
        for (size_t i = 0; i < from->table.count; i++) {                         \
            const struct type *row = hunt_row(&from->table, i);                  \
            struct err why = {0};                                                \
            bool is_new;                                                         \
            struct type *kept = row_get(&into->table, &row->key, &is_new, &why); \
            if (kept == NULL && why.kind != ERR_NONE) {                          \
                return err_set(err, why.kind, "%s", why.text);                   \
            }                                                                    \
            if (kept == NULL) {                                                  \
                into->table.dropped += row->requests;                            \
                continue;                                                        \
            }                                                                    \
            if (is_new) {                                                        \
                start(kept, row);                                                \
            }                                                                    \
            merge(kept, row, lines_before);                                      \
        }                                                                        \
    } while (0)

int hunt_merge(struct hunt *into, const struct hunt *from, uint64_t lines_before, struct err *err)
{
    MERGE(sightings, sighting, start_sighting, merge_sighting, requests);
    MERGE(missers, misser, start_misser, merge_misser, missed);
    MERGE(guessers, guesser, start_guesser, merge_guesser, posts);
    return 0;
}

/* ---- keeping ---- */

static void keep_no_texts(struct keep *keep, void *row, struct arena *arena)
{
    (void)keep, (void)row, (void)arena;
}

static void keep_sighting_texts(struct keep *keep, void *row, struct arena *arena)
{
    struct sighting *sighting = row;
    keep_string(keep, &sighting->why, HUNT_TEXT, arena);
    keep_string(keep, &sighting->scanner, HUNT_TEXT, arena);
}

static void keep_misser_texts(struct keep *keep, void *row, struct arena *arena)
{
    struct misser *misser = row;
    keep_string(keep, &misser->scanner, HUNT_TEXT, arena);
}

KEEP_KNOWS(struct hunt_table, 56);
KEEP_KNOWS(struct sighting, 3416);
KEEP_KNOWS(struct misser, 784);
/* Pointers of a row are set anew by texts. */
static void keep_table(struct keep *keep, struct hunt_table *table, struct arena *arena,
                       void (*texts)(struct keep *, void *, struct arena *))
{
    size_t count = keep_count(keep, table->count, table->most);
    KEEP(keep, table->dropped);
    for (size_t i = 0; i < count && keep_is_well(keep); i++) {
        struct err why = {0};
        struct row_key key = {{0, 0}, 0};
        bool is_new = true;
        void *row = keep_reads(keep) ? NULL : hunt_row(table, i);
        if (row != NULL) {
            memcpy(&key, row, sizeof key);
        }
        KEEP(keep, key);
        if (row == NULL && ((row = row_get(table, &key, &is_new, &why)) == NULL || !is_new)) {
            err_set(&why, why.kind != ERR_NONE ? why.kind : ERR_FORMAT, "a state has no room for what clients did");
            keep_fail(keep, &why);
            return;
        }
        keep_bytes(keep, (char *)row + sizeof key, table->row_bytes - sizeof key);
        texts(keep, row, arena);
    }
}

KEEP_KNOWS(struct hunt, 184);
void hunt_keep(struct keep *keep, struct hunt *hunt, struct arena *arena)
{
    KEEP(keep, hunt->has_basic);
    keep_table(keep, &hunt->sightings, arena, keep_sighting_texts);
    keep_table(keep, &hunt->missers, arena, keep_misser_texts);
    keep_table(keep, &hunt->guessers, arena, keep_no_texts);
}

/* Linear counting (Whang and others, 1990): of m bits z are still 0, about m ln(m/z) were set. */
uint64_t misser_paths(const struct misser *misser)
{
    uint64_t set = 0;
    for (size_t i = 0; i < MISSED_BITS / 64; i++) {
        set += (uint64_t)__builtin_popcountll(misser->seen[i]);
    }
    double left = set >= MISSED_BITS - 1 ? 1 : (double)(MISSED_BITS - set);
    return (uint64_t)(MISSED_BITS * log(MISSED_BITS / left) + 0.5);
}
