/* Access logs in a format that was given: a server's own format string, or its configuration's.
 *
 * A given format wins over a guess. Where several of those given read the same file (a configuration defines a dozen), the one that
 * reads most of its first lines is taken; two that read as many must say the same of each, or a person is asked. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "formats/log_config.h"
#include "formats/log_formats.h"

#include "base/banned.h"

static const struct log_format log_apache_given = {
    .name = "LogFormat",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .parse = program_parse,
    .blind = program_blind,
};
static const struct log_format log_nginx_given = {
    .name = "log_format",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .parse = program_parse,
    .blind = program_blind,
};
static const struct log_format log_fpm_given = {
    .name = "access.format",
    .cannot_show = "request bodies (what a POST carried), response bodies",
    .kind = LOG_WEB,
    .parse = program_parse,
    .blind = program_blind,
};

/* One given format that reads the file. */
struct candidate {
    const struct log_format *format;
    struct program *program;
    struct buf name;
    struct program_claim claim;
};

static void drop(struct candidate *candidate)
{
    free(candidate->program);
    buf_free(&candidate->name);
    *candidate = (struct candidate){0};
}

/* A bare string is Apache's, nginx's or PHP-FPM's, by what it is made of: "$" is nginx's; %R with none of Apache's ways to name a
 * client or a final status is PHP-FPM's. */
static enum config_kind kind_of(struct str text)
{
    static const char *const apache[] = {"%h", "%a", "%>s", "%{c}a", "i\"", "%U"};
    static const char *const nginx[] = {"$remote_addr", "$request", "$status", "$time_", "$msec"};
    bool is_nginx = memchr(text.data, '%', text.len) == NULL;
    for (size_t i = 0; i < sizeof nginx / sizeof *nginx; i++) {
        is_nginx |= str_find(text, str_of(nginx[i]), 0) != SIZE_MAX;
    }
    if (is_nginx) {
        return CONFIG_NGINX;
    }
    bool is_fpm = str_find(text, STR("%R"), 0) != SIZE_MAX;
    for (size_t i = 0; i < sizeof apache / sizeof *apache && is_fpm; i++) {
        is_fpm = str_find(text, str_of(apache[i]), 0) == SIZE_MAX;
    }
    return is_fpm ? CONFIG_FPM : CONFIG_APACHE;
}

/* Compiles one; false if it is no format of an access log (a log_line_prefix, a log of agents alone). */
static bool compile(const struct log_spec *spec, const char *given, struct candidate *ret_candidate)
{
    OWN(own_buf) struct buf room = {.max = 1 << 20};
    struct config_format format;
    struct candidate made = {.program = malloc(sizeof *made.program)};
    const struct web_calendar calendar = {.written = spec->written, .zone_minutes = spec->zone_minutes};
    bool is_good = made.program != NULL && config_format(str_of(given), &room, &format);
    enum config_kind kind = !is_good ? CONFIG_BARE : format.kind == CONFIG_BARE ? kind_of(format.text) : format.kind;
    if (is_good && kind == CONFIG_NGINX) {
        made.format = &log_nginx_given;
        is_good = format_nginx(made.program, format.text, format.escape);
    } else if (is_good && kind == CONFIG_FPM) {
        made.format = &log_fpm_given;
        is_good = format_fpm(made.program, format.text);
    } else if (is_good) {
        made.format = &log_apache_given;
        is_good = format_apache(made.program, format.text);
    }
    is_good = is_good && program_end(made.program, &calendar);
    if (is_good) {
        buf_put(&made.name, str_slice(format.name, 0, 120));
        *ret_candidate = made;
    } else {
        drop(&made);
    }
    return is_good;
}

bool log_is_given(const struct log_reader *reader)
{
    return reader->format == &log_apache_given || reader->format == &log_nginx_given ||
           reader->format == &log_fpm_given;
}

bool log_is_web_format(const char *given)
{
    const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = TIME_NONE, .where = ""};
    struct candidate candidate = {0};
    bool is_one = compile(&spec, given, &candidate);
    drop(&candidate);
    return is_one;
}

/* ---- two that read the same file ---- */

static bool says_the_same(const struct log_line *a, const struct log_line *b)
{
    return a->class_id == b->class_id &&
           (!log_is_parsed(a) ||
            (a->second == b->second && a->status == b->status && a->bytes == b->bytes && a->bytes_in == b->bytes_in &&
             str_eq(log_field(a, a->client), log_field(b, b->client)) &&
             str_eq(log_field(a, a->method), log_field(b, b->method)) &&
             str_eq(log_field(a, a->target), log_field(b, b->target))));
}

/* Do both say the same of the lines of head, and have their lines the same? Only some of the lines are looked at. */
static bool mean_the_same(const struct candidate *a, const struct candidate *b, struct str head)
{
    OWN(own_mem) struct log_batch *x = calloc(1, sizeof *x);
    OWN(own_mem) struct log_batch *y = calloc(1, sizeof *y);
    bool is_same = x != NULL && y != NULL && a->program->has == b->program->has;
    struct log_state state = {0};
    if (is_same) {
        size_t took = program_parse(a->program, &state, head, true, x);
        is_same = took == program_parse(b->program, &state, head, true, y) && x->count == y->count;
    }
    for (size_t i = 0; is_same && i < x->count; i++) {
        is_same = says_the_same(&x->lines[i], &y->lines[i]);
    }
    if (x != NULL) {
        log_batch_clear(x);
    }
    if (y != NULL) {
        log_batch_clear(y);
    }
    return is_same;
}

static bool is_claim(const struct program_claim *claim)
{
    return claim->parsed > 0 && claim->parsed * 2 >= claim->tried;
}

static int64_t first_of(const struct candidate *candidate, struct str head)
{
    OWN(own_mem) struct log_batch *batch = calloc(1, sizeof *batch);
    struct log_state state = {0};
    int64_t first = INT64_MAX;
    size_t done = 0, took = 1;
    while (batch != NULL && first == INT64_MAX && done < head.len && took > 0) {
        took = program_parse(candidate->program, &state, str_slice(head, done, head.len), true, batch);
        done += took;
        for (size_t i = 0; i < batch->count && first == INT64_MAX; i++) {
            first = log_is_parsed(&batch->lines[i]) ? batch->lines[i].second : first;
        }
    }
    if (batch != NULL) {
        log_batch_clear(batch);
    }
    return first;
}

struct choosing {
    struct candidate best, rival; /* rival: reads as much, and says something else */
};

static void consider(struct choosing *choosing, struct candidate *candidate, struct str head)
{
    size_t best = choosing->best.claim.parsed;
    if (candidate->claim.parsed > best) {
        drop(&choosing->best);
        drop(&choosing->rival);
        choosing->best = *candidate;
        *candidate = (struct candidate){0};
    } else if (candidate->claim.parsed == best && choosing->rival.program == NULL &&
               !mean_the_same(&choosing->best, candidate, head)) {
        choosing->rival = *candidate;
        *candidate = (struct candidate){0};
    }
    drop(candidate);
}

int log_configured_open(const struct log_spec *spec, struct str head, struct log_reader *ret_reader, int64_t *ret_first,
                        struct err *err)
{
    struct choosing choosing = {0};
    for (size_t i = 0; i < spec->format_count; i++) {
        struct candidate candidate = {0};
        if (!compile(spec, spec->formats[i], &candidate)) {
            continue;
        }
        candidate.claim = program_claim(candidate.program, head);
        if (is_claim(&candidate.claim)) {
            consider(&choosing, &candidate, head);
        }
        drop(&candidate);
    }
    struct candidate *best = &choosing.best;
    int claimed = best->program != NULL;
    if (choosing.rival.program != NULL) {
        claimed = err_set(err, ERR_FORMAT, "%s: reads as the given format '%.*s' and as '%.*s', which differ",
                          spec->where, STR_FMT(buf_str(&best->name)), STR_FMT(buf_str(&choosing.rival.name)));
        err_remedy(err, "give the one that this log was written with: --log-format");
    } else if (claimed > 0) {
        *ret_first = first_of(best, head);
        *ret_reader = (struct log_reader){.format = best->format, .setup = best->program, .has = best->program->has};
        best->program = NULL;
    }
    drop(&choosing.best);
    drop(&choosing.rival);
    return claimed;
}
