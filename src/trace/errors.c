/* Error logs, gathered: complaints that name a followed path, that are about uploads, or that repeat what a program wrote;
 * who was complained of; which scripts PHP ran where files are uploaded to; and the facts of errors.h. Whoever turns out to be
 * a suspect is known only later: so every client has a row. All of it is bounded, and what did not fit is counted. */
#include "trace/errors.h"

#include <stdlib.h>

#include "base/str.h"
#include "trace/errors_inside.h"
#include "trace/keep.h"

#include "base/banned.h"

enum { PART_COMPLAINTS = 1024, PART_SIGHTINGS = 16384, SEGMENTS_MAX = 32 };

static void errors_free(void *pointer)
{
    struct errors *errors = pointer;
    if (errors != NULL) {
        if (errors->has_paths) {
            paths_free(&errors->paths);
        }
        peers_free(&errors->clients);
        peers_free(&errors->scripts);
        free(errors->complaints);
        free(errors->sightings);
        free(errors);
    }
}

static struct errors *errors_new(const struct run *run, struct err *err)
{
    struct errors *errors = calloc(1, sizeof *errors);
    if (errors == NULL) {
        err_set(err, ERR_LIMIT, "no memory for an error log");
        return NULL;
    }
    errors->run = run;
    peers_init(&errors->clients, sizeof(struct error_client), ERROR_CLIENTS);
    peers_init(&errors->scripts, sizeof(struct error_script), ERROR_SCRIPTS);
    return errors;
}

static void *errors_start(const struct run *run, uint32_t source, struct err *err)
{
    struct str normal[SEEDS_MAX];
    struct errors *errors = errors_new(run, err);
    if (errors == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < run->seed_count; i++) {
        normal[i] = run->seeds[i].path;
    }
    if (paths_init(&errors->paths, normal, run->seed_count, err) != 0) {
        errors_free(errors);
        return NULL;
    }
    errors->has_paths = true;
    errors->is_slow = run->sources.all[source].reader.format == &log_fpm_slow;
    return errors;
}

/* ---- sightings ---- */

static uint64_t sighting_hash(const struct error_sighting *sighting)
{
    const uint64_t parts[] = {sighting->client.hi, sighting->client.lo, (uint64_t)sighting->hit.second,
                              sighting->path_hash, sighting->hit.offset};
    return str_hash((struct str){(const char *)parts, sizeof parts});
}

static bool is_sampled(const struct errors *errors, const struct error_sighting *sighting)
{
    return (sighting_hash(sighting) & ((UINT64_C(1) << errors->sampling) - 1)) == 0;
}

/* Half of them, by the next bit of each one's hash. */
static void thin_out(struct errors *errors)
{
    size_t kept = 0;
    errors->sampling++;
    for (size_t i = 0; i < errors->sighting_count; i++) {
        if (is_sampled(errors, &errors->sightings[i])) {
            errors->sightings[kept++] = errors->sightings[i];
        }
    }
    errors->sightings_dropped += errors->sighting_count - kept;
    errors->sighting_count = kept;
}

static int add_sighting(struct errors *errors, const struct error_sighting *sighting, size_t max, struct err *err)
{
    while (errors->sighting_count >= max && errors->sampling < 40) {
        thin_out(errors);
    }
    if (!is_sampled(errors, sighting)) {
        errors->sightings_dropped++;
        return 0;
    }
    if (errors->sighting_count == errors->sighting_cap) {
        size_t cap = errors->sighting_cap == 0 ? 256 : errors->sighting_cap * 2;
        struct error_sighting *grown = reallocarray(errors->sightings, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu lines of an error log", cap);
        }
        errors->sightings = grown;
        errors->sighting_cap = cap;
    }
    errors->sightings[errors->sighting_count++] = *sighting;
    return 0;
}

void errors_sightings(const struct run *run, struct error_sightings *ret_sightings)
{
    const struct errors *errors = run->kinds[LOG_ERRORS];
    *ret_sightings = (struct error_sightings){0};
    if (errors != NULL) {
        *ret_sightings = (struct error_sightings){errors->sightings, errors->sighting_count, errors->sightings_dropped};
    }
}

/* ---- what a line is about ---- */

/* "GET /x HTTP/1.1" */
static void cut_request(struct str request, struct str *ret_method, struct str *ret_target)
{
    struct str_cut cut = str_cut(request, ' ');
    *ret_method = cut.head;
    *ret_target = cut.found ? str_cut(cut.tail, ' ').head : (struct str){0};
}

static bool says(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_find(text, str_of(words[i]), 0) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* PHP's main.c, rfc1867.c; nginx's ngx_http_core_module.c; Apache's core and mod_request. */
static bool is_about_upload(struct str text)
{
    static const char *const words[] = {"upload_max_filesize",
                                        "Maximum number of allowable file uploads",
                                        "move_uploaded_file",
                                        "POST Content-Length of",
                                        "File Upload Mime headers",
                                        "client intended to send too large body",
                                        "Missing boundary in multipart",
                                        "Unable to create temporary file",
                                        "upload_tmp_dir",
                                        "Request body no files data length",
                                        "MULTIPART_UNMATCHED_BOUNDARY"};
    return says(text, words, sizeof words / sizeof *words);
}

static bool is_php_running(const struct errors *errors, const struct log_line *line, struct str text)
{
    static const char *const words[] = {"PHP Warning:",         "PHP Notice:",     "PHP Fatal error:",
                                        "PHP Parse error:",     "PHP Deprecated:", "PHP Recoverable fatal error:",
                                        "PHP Strict Standards:"};
    static const char *const levels[] = {"Warning",     "Notice",     "Fatal error",
                                         "Parse error", "Deprecated", "Recoverable fatal error"};
    struct str level = log_field(line, line->level);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (str_eq(level, str_of(levels[i]))) {
            return true;
        }
    }
    return errors->is_slow || says(text, words, sizeof words / sizeof *words);
}

/* What shells and fetchers write when a web server's script runs them, in the lines below a complaint. */
static struct str program_output(const struct log_line *line)
{
    static const char *const starts[] = {
        "sh: ",  "bash: ", "/bin/sh: ",   "--20",      "curl: (", "  % Total", "Connecting to ", "ls: cannot",
        "cat: ", "tar: ",  "mysqldump: ", "pg_dump: ", "wget: ",  "chmod: ",   "python",         "perl: "};
    struct str_cut cut = str_cut((struct str){line->text, line->len}, '\n');
    for (size_t lines = 0; cut.found && lines < 64; lines++) {
        cut = str_cut(cut.tail, '\n');
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
            if (str_starts(cut.head, str_of(starts[i]))) {
                return cut.head;
            }
        }
    }
    return (struct str){0};
}

/* The followed path that a file's path ends with: "/var/www/html/uploads/a.php" is "/uploads/a.php" to a visitor. */
static int seed_of_file(const struct errors *errors, struct str file)
{
    int seed = NO_PATH;
    size_t segments = 0;
    for (size_t at = 0; at < file.len && seed == NO_PATH && segments < SEGMENTS_MAX; at++) {
        if (file.data[at] == '/') {
            seed = path_match(&errors->paths, str_slice(file, at, file.len));
            segments++;
        }
    }
    return seed;
}

/* ---- rows ---- */

static int keep_complaint(struct errors *errors, const struct complaint *complaint, size_t max, struct err *err)
{
    enum complaint_sort sort = complaint->sort;
    if (errors->kept[sort] >= max / COMPLAINT_SORTS) {
        errors->dropped[sort]++;
        return 0;
    }
    if (errors->complaint_count == errors->complaint_cap) {
        size_t cap = errors->complaint_cap == 0 ? 16 : errors->complaint_cap * 2;
        struct complaint *grown = reallocarray(errors->complaints, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu complaints", cap);
        }
        errors->complaints = grown;
        errors->complaint_cap = cap;
    }
    errors->kept[sort]++;
    errors->complaints[errors->complaint_count++] = *complaint;
    return 0;
}

static int note_complaint(struct errors *errors, const struct log_line *line, struct complaint *complaint,
                          struct str text, struct err *err)
{
    keep_cut(complaint->address, sizeof complaint->address, log_field(line, line->client));
    keep_cut(complaint->level, sizeof complaint->level, log_field(line, line->level));
    keep_cut(complaint->request, sizeof complaint->request, log_field(line, line->request));
    keep_cut(complaint->file, sizeof complaint->file, log_field(line, line->file));
    keep_cut(complaint->text, sizeof complaint->text, text);
    return keep_complaint(errors, complaint, PART_COMPLAINTS, err);
}

static int note_client(struct errors *errors, const struct log_line *line, const struct hit *hit, struct client_key key,
                       bool is_upload, struct err *err)
{
    struct err why = {0};
    struct error_client *client = peers_get(&errors->clients, key, &why);
    if (client == NULL) {
        if (why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        return 0;
    }
    if (client->count == 0 || hit_before(hit, &client->first)) {
        client->first = *hit;
        keep_cut(client->address, sizeof client->address, log_field(line, line->client));
        keep_cut(client->request, sizeof client->request, log_field(line, line->request));
        keep_cut(client->text, sizeof client->text, log_field(line, line->message));
    }
    client->last = client->count == 0 || hit->second > client->last ? hit->second : client->last;
    client->count++;
    client->uploads += is_upload;
    return 0;
}

static int note_script(struct errors *errors, const struct log_line *line, const struct hit *hit, struct err *err)
{
    char normal[PATH_BYTES];
    size_t len = path_normal(normal, log_field(line, line->file));
    struct str path = {normal, len};
    struct str hint = len > 0 && path_is_script(path) ? path_writable_hint(path) : (struct str){0};
    struct err why = {0};
    if (hint.len == 0) {
        return 0;
    }
    struct error_script *script = peers_get(&errors->scripts, (struct client_key){1, str_hash(path)}, &why);
    if (script == NULL) {
        if (why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        return 0;
    }
    if (script->count == 0 || hit_before(hit, &script->first)) {
        script->first = *hit;
        keep_cut(script->path, sizeof script->path, path);
        keep_cut(script->hint, sizeof script->hint, hint);
        keep_cut(script->text, sizeof script->text, log_field(line, line->message));
    }
    script->last = script->count == 0 || hit->second > script->last ? hit->second : script->last;
    script->count++;
    return 0;
}

static int note_sighting(struct errors *errors, const struct log_line *line, const struct hit *hit,
                         struct client_key key, struct str method, struct str target, struct err *err)
{
    static const char *const early[] = {"SSL",
                                        "AH02",
                                        "peer closed connection",
                                        "TLS",
                                        "client sent plain HTTP",
                                        "request failed: error reading the headers",
                                        "client prematurely closed",
                                        "client timed out"};
    char normal[PATH_BYTES];
    size_t len = target.len > 0 ? path_normal(normal, target) : 0;
    const struct error_sighting sighting = {
        .client = key,
        .hit = *hit,
        .path_hash = len > 0 ? str_hash((struct str){normal, len}) : 0,
        .method = (uint8_t)(target.len > 0 ? method_of(method) : METHOD_COUNT),
        .is_before_http = target.len == 0 && says(log_field(line, line->message), early, sizeof early / sizeof *early)};
    return add_sighting(errors, &sighting, PART_SIGHTINGS, err);
}

static int errors_take(void *part, const struct log_line *line, const struct hit *hit, struct err *err)
{
    struct errors *errors = part;
    struct str method, target, text = log_field(line, line->message);
    struct str client = log_field(line, line->client), file = log_field(line, line->file),
               output = program_output(line);
    struct client_key key = client_key_of(client);
    bool is_upload = is_about_upload(text), is_php = file.len > 0 && is_php_running(errors, line, text);
    cut_request(log_field(line, line->request), &method, &target);
    int asked = target.len > 0 ? path_match(&errors->paths, target) : NO_PATH;
    int named = errors->paths.count > 0 && file.len > 0 ? seed_of_file(errors, file) : NO_PATH;
    struct complaint complaint = {
        .hit = *hit, .key = key, .seed = named != NO_PATH ? named : asked, .is_by_request = named == NO_PATH};
    errors->lines++;
    if (complaint.seed != NO_PATH) {
        complaint.sort = is_php && named != NO_PATH ? COMPLAINT_RAN : COMPLAINT_NAMED;
        TRY(note_complaint(errors, line, &complaint, text, err));
    } else if (is_upload) {
        complaint.sort = COMPLAINT_UPLOAD;
        TRY(note_complaint(errors, line, &complaint, text, err));
    }
    if (output.len > 0) {
        complaint.sort = COMPLAINT_OUTPUT;
        TRY(note_complaint(errors, line, &complaint, output, err));
    }
    if (is_php && named == NO_PATH) {
        TRY(note_script(errors, line, hit, err));
    }
    if (client.len == 0) {
        return 0;
    }
    TRY(note_client(errors, line, hit, key, is_upload, err));
    return note_sighting(errors, line, hit, key, method, target, err);
}

/* ---- merging, in job order ---- */

static int merge_clients(struct errors *into, const struct errors *from, uint64_t lines_before, struct err *err)
{
    for (size_t i = 0; i < from->clients.count; i++) {
        const struct error_client *row = peers_row(&from->clients, i);
        struct err why = {0};
        struct error_client *kept = peers_get(&into->clients, row->key, &why);
        if (kept == NULL && why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        if (kept == NULL) {
            into->clients.dropped += row->count - 1;
            continue;
        }
        uint64_t count = kept->count, uploads = kept->uploads;
        int64_t last = count == 0 || row->last > kept->last ? row->last : kept->last;
        if (count == 0 || hit_before(&row->first, &kept->first)) {
            *kept = *row;
            kept->first.line += lines_before;
        }
        kept->last = last;
        kept->count = count + row->count;
        kept->uploads = uploads + row->uploads;
    }
    into->clients.dropped += from->clients.dropped;
    return 0;
}

static int merge_scripts(struct errors *into, const struct errors *from, uint64_t lines_before, struct err *err)
{
    for (size_t i = 0; i < from->scripts.count; i++) {
        const struct error_script *row = peers_row(&from->scripts, i);
        struct err why = {0};
        struct error_script *kept = peers_get(&into->scripts, row->key, &why);
        if (kept == NULL && why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        if (kept == NULL) {
            into->scripts.dropped += row->count - 1;
            continue;
        }
        uint64_t count = kept->count;
        int64_t last = count == 0 || row->last > kept->last ? row->last : kept->last;
        if (count == 0 || hit_before(&row->first, &kept->first)) {
            *kept = *row;
            kept->first.line += lines_before;
        }
        kept->last = last;
        kept->count = count + row->count;
    }
    into->scripts.dropped += from->scripts.dropped;
    return 0;
}

static int merge_all(struct errors *into, struct errors *from, uint64_t lines_before, struct err *err)
{
    TRY(merge_clients(into, from, lines_before, err));
    TRY(merge_scripts(into, from, lines_before, err));
    for (size_t i = 0; i < from->complaint_count; i++) {
        from->complaints[i].hit.line += lines_before;
        TRY(keep_complaint(into, &from->complaints[i], ERROR_COMPLAINTS, err));
    }
    for (size_t sort = 0; sort < COMPLAINT_SORTS; sort++) {
        into->dropped[sort] += from->dropped[sort];
    }
    while (into->sampling < from->sampling) {
        thin_out(into);
    }
    for (size_t i = 0; i < from->sighting_count; i++) {
        from->sightings[i].hit.line += lines_before;
        TRY(add_sighting(into, &from->sightings[i], ERROR_SIGHTINGS, err));
    }
    into->sightings_dropped += from->sightings_dropped;
    into->lines += from->lines;
    return 0;
}

static int errors_merge(struct run *run, void *part, uint64_t lines_before, struct err *err)
{
    struct errors *into = run->kinds[LOG_ERRORS];
    if (into == NULL) {
        into = errors_new(run, err);
        run->kinds[LOG_ERRORS] = into;
    }
    int rc = into == NULL ? -1 : merge_all(into, part, lines_before, err);
    errors_free(part);
    return rc;
}

KEEP_KNOWS(struct errors, 816);
static void errors_keep(struct keep *keep, struct run *run)
{
    struct err why = {0};
    struct errors *errors = run->kinds[LOG_ERRORS];
    bool is_there = errors != NULL;
    KEEP(keep, is_there);
    if (!is_there) {
        return;
    }
    if (keep_reads(keep) && (errors = run->kinds[LOG_ERRORS] = errors_new(run, &why)) == NULL) {
        keep_fail(keep, &why);
        return;
    }
    peers_keep(keep, &errors->clients, ERROR_CLIENTS);
    peers_keep(keep, &errors->scripts, ERROR_SCRIPTS);
    keep_rows(keep, &errors->complaints, &errors->complaint_count, sizeof *errors->complaints, ERROR_COMPLAINTS);
    errors->complaint_cap = keep_reads(keep) ? errors->complaint_count : errors->complaint_cap;
    KEEP(keep, errors->kept);
    KEEP(keep, errors->dropped);
    keep_rows(keep, &errors->sightings, &errors->sighting_count, sizeof *errors->sightings, ERROR_SIGHTINGS);
    errors->sighting_cap = keep_reads(keep) ? errors->sighting_count : errors->sighting_cap;
    KEEP(keep, errors->sightings_dropped);
    KEEP(keep, errors->sampling);
    KEEP(keep, errors->lines);
}

const struct kind_work errors_work = {.start = errors_start,
                                      .take = errors_take,
                                      .merge = errors_merge,
                                      .drop = errors_free,
                                      .free = errors_free,
                                      .keep = errors_keep,
                                      .events = errors_events,
                                      .tell = errors_tell};
