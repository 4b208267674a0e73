/* Logs of sign-ins, gathered: what was tried from each address, and what succeeded. Attempts are numbers; what was done is kept one
 * by one, each sort up to its share. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/keep.h"
#include "trace/logins_inside.h"

#include "base/banned.h"

enum { PART_ACTS = 4096, SORTS_KEPT = 6, SEGMENTS_MAX = 32 };

static void logins_free(void *pointer)
{
    struct logins *logins = pointer;
    if (logins != NULL) {
        if (logins->has_paths) {
            paths_free(&logins->paths);
        }
        peers_free(&logins->addresses);
        free(logins->acts);
        free(logins);
    }
}

static struct logins *logins_new(const struct run *run, struct err *err)
{
    struct logins *logins = calloc(1, sizeof *logins);
    if (logins == NULL) {
        err_set(err, ERR_LIMIT, "no memory for a log of sign-ins");
        return NULL;
    }
    logins->run = run;
    peers_init(&logins->addresses, sizeof(struct login_address), LOGIN_ADDRESSES);
    return logins;
}

static void *logins_start(const struct run *run, uint32_t source, struct err *err)
{
    struct str normal[SEEDS_MAX];
    struct logins *logins = logins_new(run, err);
    (void)source;
    if (logins == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < run->seed_count; i++) {
        normal[i] = run->seeds[i].path;
    }
    if (paths_init(&logins->paths, normal, run->seed_count, err) != 0) {
        logins_free(logins);
        return NULL;
    }
    logins->has_paths = true;
    return logins;
}

static uint64_t times_of(const struct log_line *line)
{
    return line->rows == LOG_NO_BYTES || line->rows == 0 ? 1 : line->rows;
}

static bool is_failed(const struct log_line *line)
{
    return line->status == LOGIN_FAILED || line->status == LOGIN_UNKNOWN;
}

/* ---- addresses ---- */

static struct login_address *row_of(struct logins *logins, struct client_key key, bool is_in, struct err *err)
{
    logins->addresses.max = LOGIN_ADDRESSES + (is_in ? (size_t)LOGIN_ADDRESSES_IN : 0);
    return peers_get(&logins->addresses, key, err);
}

static void count_attempt(struct login_address *row, const struct log_line *line, const struct hit *hit)
{
    if (is_failed(line)) {
        row->first_failed = row->failed == 0 || hit->second < row->first_failed ? hit->second : row->first_failed;
        row->last_failed = row->failed == 0 || hit->second > row->last_failed ? hit->second : row->last_failed;
        row->failed += times_of(line);
        row->unknown += line->status == LOGIN_UNKNOWN ? times_of(line) : 0;
    }
    row->accepted += line->status == LOGIN_ACCEPTED;
    if (line->status == LOGIN_SENT) {
        row->sent++;
        row->sent_bytes += line->bytes == LOG_NO_BYTES ? 0 : line->bytes;
    } else if (line->status == LOGIN_RECEIVED) {
        row->received++;
        row->received_bytes += line->bytes_in == LOG_NO_BYTES ? 0 : line->bytes_in;
    }
}

static int note_address(struct logins *logins, const struct log_line *line, const struct hit *hit,
                        struct client_key key, uint64_t *ret_failed, struct err *err)
{
    struct err why = {0};
    struct login_address *row = row_of(logins, key, line->status == LOGIN_ACCEPTED, &why);
    *ret_failed = 0;
    if (row == NULL) {
        if (why.kind != ERR_NONE) {
            *err = why;
            return -1;
        }
        return 0;
    }
    bool is_new = row->address[0] == '\0';
    if (is_new || hit_before(hit, &row->first)) {
        row->first = *hit;
        keep_cut(row->address, sizeof row->address, log_field(line, line->client));
    }
    row->last = is_new || hit->second > row->last ? hit->second : row->last;
    *ret_failed = row->failed;
    count_attempt(row, line, hit);
    return 0;
}

/* ---- acts ---- */

static bool is_kept(uint8_t what)
{
    return what == LOGIN_ACCEPTED || what == LOGIN_COMMAND || what == LOGIN_NEW_USER || what == LOGIN_CHANGED ||
           what == LOGIN_SENT || what == LOGIN_RECEIVED;
}

static int keep_act(struct logins *logins, const struct login_act *act, size_t max, struct err *err)
{
    if (logins->kept[act->what] >= max / SORTS_KEPT) {
        logins->dropped[act->what]++;
        return 0;
    }
    if (logins->act_count == logins->act_cap) {
        size_t cap = logins->act_cap == 0 ? 64 : logins->act_cap * 2;
        struct login_act *grown = reallocarray(logins->acts, cap, sizeof *grown);
        if (grown == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for %zu sign-ins", cap);
        }
        logins->acts = grown;
        logins->act_cap = cap;
    }
    logins->kept[act->what]++;
    logins->acts[logins->act_count++] = *act;
    return 0;
}

static int seed_of_file(const struct logins *logins, struct str file)
{
    int seed = NO_PATH;
    size_t segments = 0;
    for (size_t at = 0; at < file.len && seed == NO_PATH && segments < SEGMENTS_MAX; at++) {
        if (file.data[at] == '/') {
            seed = path_match(&logins->paths, str_slice(file, at, file.len));
            segments++;
        }
    }
    return seed;
}

static int note_act(struct logins *logins, const struct log_line *line, const struct hit *hit, struct client_key key,
                    uint64_t failed, struct err *err)
{
    bool is_transfer = line->status == LOGIN_SENT || line->status == LOGIN_RECEIVED;
    struct login_act act = {
        .hit = *hit, .key = key, .failed_before = failed, .what = (uint8_t)line->status, .seed = NO_PATH};
    struct str way = log_field(line, is_transfer ? line->file : line->way);
    if (is_transfer) {
        act.bytes = line->status == LOGIN_SENT ? line->bytes : line->bytes_in;
        act.seed = seed_of_file(logins, way);
    }
    keep_cut(act.address, sizeof act.address, log_field(line, line->client));
    keep_cut(act.user, sizeof act.user, log_field(line, line->user));
    keep_cut(act.program, sizeof act.program, log_field(line, line->level));
    keep_cut(act.way, sizeof act.way, way.len > 0 ? way : log_field(line, line->message));
    return keep_act(logins, &act, PART_ACTS, err);
}

static int logins_take(void *part, const struct log_line *line, const struct hit *hit, struct err *err)
{
    struct logins *logins = part;
    struct str client = log_field(line, line->client);
    struct client_key key = client_key_of(client);
    uint64_t failed = 0;
    logins->lines++;
    logins->accepted += line->status == LOGIN_ACCEPTED;
    logins->failed += is_failed(line) ? times_of(line) : 0;
    if (client.len > 0) {
        TRY(note_address(logins, line, hit, key, &failed, err));
    }
    return is_kept((uint8_t)line->status) ? note_act(logins, line, hit, key, failed, err) : 0;
}

/* ---- merging, in job order: failures of earlier parts came before ---- */

static int merge_address(struct logins *into, const struct login_address *row, uint64_t lines_before, struct err *err)
{
    struct err why = {0};
    struct login_address *kept = row_of(into, row->key, row->accepted > 0, &why);
    if (kept == NULL && why.kind != ERR_NONE) {
        *err = why;
        return -1;
    }
    if (kept == NULL) {
        return 0;
    }
    struct login_address was = *kept;
    bool is_new = was.address[0] == '\0';
    if (is_new || hit_before(&row->first, &was.first)) {
        *kept = *row;
        kept->first.line += lines_before;
    }
    if (!is_new) {
        kept->first_failed = was.failed == 0                        ? row->first_failed
                             : row->failed == 0                     ? was.first_failed
                             : row->first_failed < was.first_failed ? row->first_failed
                                                                    : was.first_failed;
        kept->last_failed = was.failed == 0                      ? row->last_failed
                            : row->failed == 0                   ? was.last_failed
                            : row->last_failed > was.last_failed ? row->last_failed
                                                                 : was.last_failed;
        kept->last = row->last > was.last ? row->last : was.last;
        kept->accepted = was.accepted + row->accepted;
        kept->failed = was.failed + row->failed;
        kept->unknown = was.unknown + row->unknown;
        kept->sent = was.sent + row->sent;
        kept->received = was.received + row->received;
        kept->sent_bytes = was.sent_bytes + row->sent_bytes;
        kept->received_bytes = was.received_bytes + row->received_bytes;
    }
    return 0;
}

static int merge_all(struct logins *into, struct logins *from, uint64_t lines_before, struct err *err)
{
    for (size_t i = 0; i < from->act_count; i++) {
        struct login_act *act = &from->acts[i];
        const struct login_address *before = act->address[0] != '\0' ? peers_find(&into->addresses, act->key) : NULL;
        act->failed_before += before == NULL ? 0 : before->failed;
        act->hit.line += lines_before;
        TRY(keep_act(into, act, LOGIN_ACTS, err));
    }
    for (size_t i = 0; i < from->addresses.count; i++) {
        TRY(merge_address(into, peers_row(&from->addresses, i), lines_before, err));
    }
    for (size_t what = 0; what <= LOGIN_RECEIVED; what++) {
        into->dropped[what] += from->dropped[what];
    }
    into->addresses.dropped += from->addresses.dropped;
    into->lines += from->lines;
    into->accepted += from->accepted;
    into->failed += from->failed;
    return 0;
}

static int logins_merge(struct run *run, void *part, uint64_t lines_before, struct err *err)
{
    struct logins *into = run->kinds[LOG_LOGINS];
    if (into == NULL) {
        into = logins_new(run, err);
        run->kinds[LOG_LOGINS] = into;
    }
    int rc = into == NULL ? -1 : merge_all(into, part, lines_before, err);
    logins_free(part);
    return rc;
}

KEEP_KNOWS(struct logins, 840);
static void logins_keep(struct keep *keep, struct run *run)
{
    struct err why = {0};
    struct logins *logins = run->kinds[LOG_LOGINS];
    bool is_there = logins != NULL;
    KEEP(keep, is_there);
    if (!is_there) {
        return;
    }
    if (keep_reads(keep) && (logins = run->kinds[LOG_LOGINS] = logins_new(run, &why)) == NULL) {
        keep_fail(keep, &why);
        return;
    }
    peers_keep(keep, &logins->addresses, LOGIN_ADDRESSES + LOGIN_ADDRESSES_IN);
    keep_rows(keep, &logins->acts, &logins->act_count, sizeof *logins->acts, LOGIN_ACTS);
    logins->act_cap = keep_reads(keep) ? logins->act_count : logins->act_cap;
    KEEP(keep, logins->kept);
    KEEP(keep, logins->dropped);
    KEEP(keep, logins->lines);
    KEEP(keep, logins->accepted);
    KEEP(keep, logins->failed);
}

const struct kind_work logins_work = {.start = logins_start,
                                      .take = logins_take,
                                      .merge = logins_merge,
                                      .drop = logins_free,
                                      .free = logins_free,
                                      .keep = logins_keep,
                                      .events = logins_events,
                                      .tell = logins_tell};
