/* The survey's notes of where: the first place of each class, steps backwards in time, changes of zone, torn lines.
 *
 * Nearly every batch has nothing of that, so it is walked once, over the first bytes of each line's record, and only
 * where something is odd a second time with care. */
#include "trace/watch.h"

#include <stdlib.h>

#include "base/str.h"
#include "trace/keep.h"

#include "base/banned.h"

enum { LONG_USER = 15 }; /* bytes of a user name behind which the beginning of a cut line may stand */

int watched_new(struct run *run, struct err *err)
{
    struct watched *watched = calloc(1, sizeof *watched);
    if (watched == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu logs", run->sources.count);
    }
    run->watched = watched;
    watched->sources = calloc(run->sources.count + 1, sizeof *watched->sources);
    if (watched->sources == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for %zu logs", run->sources.count);
    }
    watched->source_count = run->sources.count;
    for (size_t i = 0; i < run->sources.count; i++) {
        watched->sources[i].newest = INT64_MIN;
    }
    watched->sampled = duplicate_mask(run->sources.raw_bytes) + 1;
    return 0;
}

void watched_free(struct watched *watched)
{
    for (size_t i = 0; watched != NULL && i < watched->source_count; i++) {
        free(watched->sources[i].sample);
        free(watched->sources[i].sessions);
    }
    if (watched != NULL) {
        duplicate_free(watched);
        free(watched->sources);
        free(watched->stretches);
        free(watched->referers);
        free(watched->complaints);
        free(watched);
    }
}

void watch_start(struct watch *watch, const struct run *run, uint32_t source, const struct paths *paths)
{
    *watch = (struct watch){.run = run,
                            .source = &run->sources.all[source],
                            .source_at = source,
                            .stretch = {.source = source},
                            .mask = duplicate_mask(run->sources.raw_bytes),
                            .opened = INT64_MIN,
                            .previous = INT64_MIN,
                            .opened_zone = LOG_NO_ZONE,
                            .zone = LOG_NO_ZONE};
    const struct log_reader *reader = &watch->source->reader;
    watch->kind = reader->format->kind;
    bool has_referers = watch->kind == LOG_WEB && (reader->has & LOG_HAS_AGENT) != 0;
    watch->paths = has_referers && paths->count > 0 ? paths : NULL;
    if (watch->paths != NULL) {
        referer_start(watch);
    }
}

void watch_free(struct watch *watch)
{
    free(watch->stretches);
    free(watch->anchors);
    free(watch->carry);
    free(watch->referers);
    free(watch->complaints);
    free(watch->sessions);
    free(watch->sample);
    *watch = (struct watch){0};
}

/* ---- odd lines ---- */

/* "[14/Mar/" of another line inside this one: two writers, or a line end that is lost. */
static bool is_torn(struct str text)
{
    size_t stamps = 0;
    for (size_t at = 0; stamps < 2 && (at = str_find(text, STR("["), at)) != SIZE_MAX; at++) {
        const char *t = text.data + at;
        stamps += text.len - at > 8 && t[1] >= '0' && t[1] <= '3' && t[3] == '/' && t[7] == '/';
    }
    return stamps == 2;
}

static void keep_sample(struct watch *watch, const struct log_line *line)
{
    if (line->class_id <= LOG_CUT_OFF || line->class_id == LOG_TOO_LONG || line->len >= SAMPLE_BYTES / 4) {
        return;
    }
    if (watch->sample == NULL) {
        watch->sample = malloc(SAMPLE_BYTES);
    }
    if (watch->sample != NULL && watch->sample_len + line->len + 1 <= SAMPLE_BYTES) {
        memcpy(watch->sample + watch->sample_len, line->text, line->len);
        watch->sample_len += line->len;
        watch->sample[watch->sample_len++] = '\n';
    }
}

static void note_place(struct place *place, const struct watch *watch, uint64_t line, uint64_t offset)
{
    if (place->line == 0) {
        *place = (struct place){.line = line, .offset = offset, .source = watch->source_at};
    }
}

static void note_odd(struct watch *watch, const struct log_line *line, uint64_t number, uint64_t offset)
{
    note_place(&watch->first[line->class_id], watch, number, offset);
    if (line->skipped > 0) {
        note_place(&watch->first[LOG_NUL], watch, number, offset - line->skipped);
    }
    if (line->class_id != LOG_TOO_LONG && line->len > 0 && is_torn((struct str){line->text, line->len})) {
        note_place(&watch->torn, watch, number, offset);
        watch->torn_lines++;
    }
    keep_sample(watch, line);
}

/* ---- time ---- */

static int close_stretch(struct watch *watch, struct err *err)
{
    if (watch->stretch.lines > 0) {
        if (watch->stretch_count == watch->stretch_cap) {
            size_t cap = watch->stretch_cap == 0 ? 32 : watch->stretch_cap * 2;
            struct stretch *grown = reallocarray(watch->stretches, cap, sizeof *grown);
            if (grown == NULL) {
                return err_set(err, ERR_LIMIT, "no memory for %zu stretches of a log", cap);
            }
            watch->stretches = grown;
            watch->stretch_cap = cap;
        }
        if (watch->stretch_count < STRETCHES_MAX) {
            watch->stretches[watch->stretch_count++] = watch->stretch;
        }
    }
    watch->stretch = (struct stretch){.source = watch->source_at};
    return 0;
}

/* Lines of a batch with which windows begin. */
struct picks {
    uint16_t rows[LOG_BATCH + 1];
    size_t count;
};

/* What a line's time says beside the line before it. */
static void note_step(struct watch *watch, const struct log_line *line, uint64_t number, uint64_t offset)
{
    if (watch->previous == INT64_MIN) {
        watch->opened = line->second;
        watch->opened_zone = line->zone_minutes;
        watch->opening = (struct place){.line = number, .offset = offset, .source = watch->source_at};
    } else {
        bool is_zone = line->zone_minutes != watch->zone;
        if (is_zone) {
            note_place(&watch->zone_change, watch, number, offset);
            watch->zone_changes++;
        }
        if (line->second < watch->previous - ORDER_SLACK && watch->break_count++ < BREAKS_KEPT) {
            watch->breaks[watch->break_count - 1] = (struct order_break){.at = {number, offset, watch->source_at},
                                                                         .from = watch->previous,
                                                                         .to = line->second,
                                                                         .is_zone = is_zone};
        }
    }
    watch->previous = line->second;
    watch->zone = line->zone_minutes;
}

/* With care: every line by itself. */
static void walk_slowly(struct watch *watch, const struct log_batch *batch, struct picks *picks, uint64_t offset,
                        uint64_t number)
{
    picks->count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        offset += line->skipped;
        if (line->class_id != LOG_PARSED || line->skipped > 0 || line->user.len > LONG_USER) {
            note_odd(watch, line, number + line->row, offset);
        }
        if (log_is_parsed(line)) {
            watch->stretch.backwards += watch->previous != INT64_MIN && line->second < watch->previous &&
                                        line->second >= watch->previous - ORDER_SLACK;
            note_step(watch, line, number + line->row, offset);
            picks->rows[picks->count] = (uint16_t)i;
            picks->count += duplicate_picks(line, watch->mask);
        }
        offset += line->size;
    }
}

/* A batch of nothing but parsed lines. False: it needs care after all. */
static bool walk_quickly(struct watch *watch, const struct log_batch *batch, struct picks *picks)
{
    int64_t previous = watch->previous;
    int16_t zone = watch->zone;
    uint32_t backwards = 0;
    bool is_odd = previous == INT64_MIN;
    uint64_t mask = watch->mask;
    size_t picked = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        backwards += line->second < previous;
        is_odd |= line->second + ORDER_SLACK < previous || line->zone_minutes != zone || line->user.len > LONG_USER;
        previous = line->second;
        picks->rows[picked] = (uint16_t)i;
        picked += duplicate_picks(line, mask);
    }
    picks->count = picked;
    if (is_odd) {
        return false;
    }
    watch->previous = previous;
    watch->stretch.backwards += backwards;
    return true;
}

static int walk_times(struct watch *watch, const struct tally *tally, const struct log_batch *batch,
                      struct picks *picks, uint64_t offset, uint64_t number, struct err *err)
{
    bool is_plain =
        tally->count[LOG_PARSED] - watch->parsed_seen == batch->count && tally->bytes[LOG_NUL] == watch->nuls_seen;
    watch->parsed_seen = tally->count[LOG_PARSED];
    watch->nuls_seen = tally->bytes[LOG_NUL];
    if (!is_plain || !walk_quickly(watch, batch, picks)) {
        walk_slowly(watch, batch, picks, offset, number);
    }
    struct stretch *stretch = &watch->stretch;
    if (stretch->lines == 0) {
        stretch->first = batch->count > 0 && log_is_parsed(&batch->lines[0]) ? batch->lines[0].second : watch->previous;
        stretch->line = number;
    }
    stretch->lines += (uint32_t)batch->count;
    stretch->last = watch->previous;
    return stretch->lines >= STRETCH_LINES ? close_stretch(watch, err) : 0;
}

/* ---- connections ---- */

/* Numbers of connections go up by one: one that never shows up is a connection whose lines are not there. */
static int note_sessions(struct watch *watch, const struct log_batch *batch, struct err *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct log_line *line = &batch->lines[i];
        if (!log_is_parsed(line) || line->session == 0) {
            continue;
        }
        if (watch->sessions == NULL) {
            watch->sessions = calloc(SESSION_BITS / 64, sizeof *watch->sessions);
            if (watch->sessions == NULL) {
                return err_set(err, ERR_LIMIT, "no memory for the connections of a database");
            }
            watch->session_base = line->session > SESSION_BITS / 8 ? line->session - SESSION_BITS / 8 : 0;
        }
        uint64_t bit = line->session - watch->session_base;
        if (bit < SESSION_BITS) { /* below the base it wraps to a large number */
            watch->sessions[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    }
    return 0;
}

int watch_batch(struct watch *watch, const struct tally *tally, const struct log_batch *batch, uint64_t offset,
                uint64_t line, struct err *err)
{
    struct picks picks;
    TRY(walk_times(watch, tally, batch, &picks, offset, line, err));
    if (picks.count > 0 || watch->carry_count > 0) {
        TRY(duplicate_batch(watch, batch, picks.rows, picks.count, offset, line, err));
    }
    if (watch->paths != NULL) {
        TRY(referer_batch(watch, batch, offset, line, err));
    }
    if (watch->kind == LOG_ERRORS) {
        TRY(complaint_batch(watch, batch, offset, line, err));
    }
    bool is_numbered = watch->kind == LOG_DATABASE && (watch->source->reader.has & LOG_HAS_SESSION) != 0;
    return is_numbered ? note_sessions(watch, batch, err) : 0;
}

/* ---- merging ---- */

static void merge_place(struct place *into, const struct place *from, uint64_t lines_before)
{
    if (into->line == 0 && from->line != 0) {
        *into = *from;
        into->line += lines_before;
    }
}

static void add_break(struct source_watch *into, const struct order_break *one, uint64_t lines_before)
{
    if (into->break_count < BREAKS_KEPT) {
        into->breaks[into->break_count] = *one;
        into->breaks[into->break_count].at.line += lines_before;
    }
}

static void merge_times(struct source_watch *into, const struct watch *from, uint64_t lines_before)
{
    if (from->previous == INT64_MIN) {
        return;
    }
    bool is_zone = into->newest != INT64_MIN && into->zone != from->opened_zone;
    if (is_zone) {
        merge_place(&into->zone_change, &from->opening, lines_before);
        into->zone_changes++;
    }
    if (into->newest != INT64_MIN && from->opened < into->newest - ORDER_SLACK) {
        const struct order_break one = {
            .at = from->opening, .from = into->newest, .to = from->opened, .is_zone = is_zone};
        add_break(into, &one, lines_before);
        into->break_count++;
    }
    for (size_t i = 0; i < from->break_count; i++) {
        if (i < BREAKS_KEPT) {
            add_break(into, &from->breaks[i], lines_before);
        }
        into->break_count++;
    }
    into->zone_changes += from->zone_changes;
    merge_place(&into->zone_change, &from->zone_change, lines_before);
    into->newest = from->previous;
    into->zone = from->zone;
    into->has_zone = from->zone != LOG_NO_ZONE;
}

static int merge_stretches(struct watched *into, const struct watch *from, uint64_t lines_before, struct err *err)
{
    for (size_t i = 0; i <= from->stretch_count; i++) {
        const struct stretch *stretch = i < from->stretch_count ? &from->stretches[i] : &from->stretch;
        if (stretch->lines == 0 || into->stretch_count == STRETCHES_MAX) {
            continue;
        }
        if (into->stretch_count == into->stretch_cap) {
            size_t cap = into->stretch_cap == 0 ? 64 : into->stretch_cap * 2;
            struct stretch *grown = reallocarray(into->stretches, cap, sizeof *grown);
            if (grown == NULL) {
                return err_set(err, ERR_LIMIT, "no memory for %zu stretches of a log", cap);
            }
            into->stretches = grown;
            into->stretch_cap = cap;
        }
        into->stretches[into->stretch_count] = *stretch;
        into->stretches[into->stretch_count++].line += lines_before;
    }
    return 0;
}

static int merge_sessions(struct watched *watched, struct source_watch *into, const struct watch *from, struct err *err)
{
    if (from->sessions == NULL || (into->sessions == NULL && watched->session_sources == SESSION_SOURCES)) {
        return 0;
    }
    if (into->sessions == NULL) {
        watched->session_sources++;
        into->sessions = calloc(SESSION_BITS / 64, sizeof *into->sessions);
        if (into->sessions == NULL) {
            return err_set(err, ERR_LIMIT, "no memory for the connections of a database");
        }
        into->session_base = from->session_base;
    }
    for (uint64_t i = 0; i < SESSION_BITS; i++) {
        uint64_t bit = i + from->session_base - into->session_base;
        if (from->sessions[i / 64] == 0) {
            i |= 63;
            continue;
        }
        if ((from->sessions[i / 64] >> i % 64 & 1) != 0 && bit < SESSION_BITS) {
            into->sessions[bit / 64] |= UINT64_C(1) << bit % 64;
        }
    }
    return 0;
}

static void merge_sample(struct source_watch *into, const struct watch *from)
{
    if (from->sample_len == 0 || into->sample_len > 0) {
        return;
    }
    into->sample = malloc(from->sample_len);
    if (into->sample != NULL) {
        memcpy(into->sample, from->sample, from->sample_len);
        into->sample_len = from->sample_len;
    }
}

int watch_merge(struct run *run, const struct watch *watch, uint64_t lines_before, struct err *err)
{
    struct source_watch *into = &run->watched->sources[watch->source_at];
    for (size_t c = 0; c < LOG_CLASS_COUNT; c++) {
        merge_place(&into->first[c], &watch->first[c], lines_before);
    }
    merge_place(&into->first[LOG_PARSED], &watch->opening, lines_before);
    merge_place(&into->torn, &watch->torn, lines_before);
    into->torn_lines += watch->torn_lines;
    merge_times(into, watch, lines_before);
    merge_sample(into, watch);
    TRY(merge_sessions(run->watched, into, watch, err));
    TRY(merge_stretches(run->watched, watch, lines_before, err));
    TRY(referer_merge(run->watched, watch, lines_before, err));
    TRY(complaint_merge(run->watched, watch, lines_before, err));
    return duplicate_merge(run->watched, watch, lines_before, err);
}

KEEP_KNOWS(struct source_watch, 752);
static void keep_source(struct keep *keep, struct source_watch *watch)
{
    struct source_watch row = *watch;
    char *sample = watch->sample;
    uint64_t *sessions = watch->sessions;
    size_t session_words = sessions != NULL ? SESSION_BITS / 64 : 0;
    row.sample = NULL;
    row.sessions = NULL;
    row.looks_like = NULL;
    KEEP(keep, row);
    *watch = row;
    watch->sample = sample;
    watch->sessions = sessions;
    keep_rows(keep, &watch->sample, &watch->sample_len, 1, SAMPLE_BYTES);
    keep_rows(keep, &watch->sessions, &session_words, sizeof *sessions, SESSION_BITS / 64);
    if (keep_reads(keep) && session_words != SESSION_BITS / 64) {
        free(watch->sessions);
        watch->sessions = NULL;
    }
}

KEEP_KNOWS(struct watched, 9088);
void watched_keep(struct keep *keep, struct watched *watched)
{
    for (size_t i = 0; i < watched->source_count; i++) {
        keep_source(keep, &watched->sources[i]);
    }
    KEEP(keep, watched->session_sources);
    keep_rows(keep, &watched->stretches, &watched->stretch_count, sizeof *watched->stretches, STRETCHES_MAX);
    watched->stretch_cap = keep_reads(keep) ? watched->stretch_count : watched->stretch_cap;
    duplicate_keep(keep, watched);
    keep_rows(keep, &watched->referers, &watched->referer_count, sizeof *watched->referers, REFERERS_MAX);
    watched->referer_cap = keep_reads(keep) ? watched->referer_count : watched->referer_cap;
    watched->origin_count = keep_count(keep, watched->origin_count, ORIGINS_MAX);
    KEEP(keep, watched->origins);
    keep_rows(keep, &watched->complaints, &watched->complaint_count, sizeof *watched->complaints, COMPLAINTS_MAX);
    watched->complaint_cap = keep_reads(keep) ? watched->complaint_count : watched->complaint_cap;
    KEEP(keep, watched->complaints_dropped);
}

/* Are the lines that could not be read of another format? Only said if one reads most of them. */
static const char *format_of_sample(const struct source *source, const struct source_watch *watch)
{
    struct log_reader reader = {0};
    int64_t first;
    const struct log_spec spec = {.zone_minutes = LOG_NO_ZONE, .written = source->mtime_ns, .where = source->path};
    if (watch->sample_len == 0 ||
        log_open(&spec, (struct str){watch->sample, watch->sample_len}, &reader, &first, NULL) != 0) {
        return NULL;
    }
    const char *name = reader.format == source->reader.format ? NULL : reader.format->name;
    log_close(&reader);
    return name;
}

void watched_close(struct run *run)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        struct source_watch *watch = &run->watched->sources[i];
        watch->looks_like = format_of_sample(&run->sources.all[i], watch);
    }
    duplicate_close(run->watched);
}
