/* Lines through the rules, and what is said of it: a finding for each rule that matched; coverage for each that was not
 * tried or could not match in such logs. A match is what the rule's author thinks of such a line, not a proof. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/keep.h"
#include "trace/sigma.h"
#include "trace/tell.h"

#include "base/banned.h"

int sigma_tally_init(struct sigma_tally *tally, const struct sigma *sigma, struct err *err)
{
    *tally = (struct sigma_tally){.sigma = sigma};
    tally->index = calloc(sigma->count + 1, sizeof *tally->index);
    tally->bits = calloc(sigma->count / 64 + 1, sizeof *tally->bits);
    if (tally->index == NULL || tally->bits == NULL) {
        sigma_tally_free(tally);
        return err_set(err, ERR_LIMIT, "no memory for %zu rules", sigma->count);
    }
    return 0;
}

void sigma_tally_free(struct sigma_tally *tally)
{
    free(tally->index);
    free(tally->bits);
    free(tally->rows);
    buf_free(&tally->room);
    *tally = (struct sigma_tally){0};
}

static struct sigma_hits *row_of(struct sigma_tally *tally, size_t rule, struct err *err)
{
    if (tally->index[rule] > 0) {
        return &tally->rows[tally->index[rule] - 1];
    }
    if (tally->count == tally->cap) {
        size_t cap = tally->cap == 0 ? 8 : tally->cap * 2;
        struct sigma_hits *grown = reallocarray(tally->rows, cap, sizeof *grown);
        if (grown == NULL) {
            err_set(err, ERR_LIMIT, "no memory for what %zu rules found", cap);
            return NULL;
        }
        tally->rows = grown;
        tally->cap = cap;
    }
    struct sigma_hits *row = &tally->rows[tally->count++];
    tally->index[rule] = (uint16_t)tally->count;
    memset(row, 0, sizeof *row);
    row->rule = rule;
    row->first.second = row->last.second = INT64_MIN;
    return row;
}

static void add_client(struct sigma_hits *row, struct client_key key)
{
    for (size_t i = 0; i < row->client_count && i < SIGMA_CLIENTS; i++) {
        if (client_key_eq(row->clients[i], key)) {
            return;
        }
    }
    if (row->client_count < SIGMA_CLIENTS) {
        row->clients[row->client_count] = key;
    }
    row->client_count += row->client_count <= SIGMA_CLIENTS;
}

static void add_times(struct sigma_hits *row, const struct hit *first, const struct hit *last)
{
    if (!hit_is(&row->first) || hit_before(first, &row->first)) {
        row->first = *first;
    }
    if (!hit_is(&row->last) || hit_before(&row->last, last)) {
        row->last = *last;
    }
}

static void put_text(char *out, size_t room, struct str text)
{
    size_t n = text.len < room - 1 ? text.len : room - 1;
    if (n > 0) {
        memcpy(out, text.data, n);
    }
    out[n] = '\0';
}

static void take_match(struct sigma_hits *row, const struct log_line *line, enum log_kind kind, struct str client,
                       const struct hit *hit)
{
    row->count++;
    row->answered += kind == LOG_WEB && line->status >= 200 && line->status <= 399;
    add_client(row, client_key_of(client));
    add_times(row, hit, hit);
    if (row->example_count < SIGMA_EXAMPLES) {
        struct sigma_example *example = &row->examples[row->example_count++];
        struct str text = log_field(line, kind == LOG_WEB ? line->target : line->statement);
        example->hit = *hit;
        put_text(example->client, sizeof example->client, client);
        put_text(example->method, sizeof example->method, log_field(line, line->method));
        put_text(example->text, sizeof example->text, text);
        example->is_cut = text.len >= sizeof example->text;
    }
}

static void find_in_scratch(const struct words *words, const struct log_line *line, struct str field, uint64_t *bits)
{
    bool is_own = field.data >= line->text && field.data < line->text + line->len;
    if (field.len > 0 && !is_own) {
        words_find(words, field, bits);
    }
}

/* Rules of which a literal stands in the line, or in what it says when decoded. */
static void find_rules(const struct words *words, const struct sigma_view *view, uint64_t *bits)
{
    const struct log_line *line = view->line;
    words_find(words, (struct str){line->text, line->len < LOG_LINE_MAX ? line->len : LOG_LINE_MAX}, bits);
    find_in_scratch(words, line, log_field(line, line->client), bits);
    find_in_scratch(words, line, log_field(line, line->user), bits);
    find_in_scratch(words, line, log_field(line, line->target), bits);
    if (view->kind == LOG_WEB) {
        find_in_scratch(words, line, view->client, bits);
        find_in_scratch(words, line, log_field(line, line->vhost), bits);
        find_in_scratch(words, line, log_field(line, line->referer), bits);
        find_in_scratch(words, line, log_field(line, line->agent), bits);
        find_in_scratch(words, line, view->decoded, bits);
        find_in_scratch(words, line, view->twice, bits);
        find_in_scratch(words, line, view->url, bits);
        find_in_scratch(words, line, view->url_decoded, bits);
    }
}

int sigma_take(struct sigma_tally *tally, const struct log_line *line, enum log_kind kind, unsigned has,
               struct str client, const struct hit *hit, struct err *err)
{
    const struct sigma *sigma = tally->sigma;
    size_t words = sigma->count / 64 + 1;
    struct sigma_view view = {.room = tally->room};
    memcpy(tally->bits, words_always(sigma->words), words * sizeof *tally->bits);
    sigma_view_of(&view, line, kind, has, client);
    tally->room = view.room;
    tally->has_hosts |= kind == LOG_WEB && (line->vhost.len > 0 || (view.target.len > 0 && view.target.data[0] != '/'));
    find_rules(sigma->words, &view, tally->bits);
    for (size_t w = 0; w < words; w++) {
        for (uint64_t left = tally->bits[w]; left != 0; left &= left - 1) {
            size_t rule = w * 64 + (size_t)__builtin_ctzll(left);
            bool is_meant = (sigma->rules[rule]->category == SIGMA_DATABASE) == (kind == LOG_DATABASE);
            if (!is_meant || !sigma_matches(sigma->rules[rule], &view)) {
                continue;
            }
            struct sigma_hits *row = row_of(tally, rule, err);
            if (row == NULL) {
                return -1;
            }
            take_match(row, line, kind, client, hit);
        }
    }
    return 0;
}

int sigma_merge(struct sigma_tally *into, const struct sigma_tally *from, uint64_t lines_before, struct err *err)
{
    into->has_hosts |= from->has_hosts;
    for (size_t i = 0; i < from->count; i++) {
        const struct sigma_hits *row = &from->rows[i];
        struct sigma_hits *kept = row_of(into, row->rule, err);
        if (kept == NULL) {
            return -1;
        }
        struct hit first = row->first, last = row->last;
        first.line += lines_before;
        last.line += lines_before;
        kept->count += row->count;
        kept->answered += row->answered;
        add_times(kept, &first, &last);
        for (size_t c = 0; c < row->client_count && c < SIGMA_CLIENTS; c++) {
            add_client(kept, row->clients[c]);
        }
        kept->client_count = row->client_count > SIGMA_CLIENTS ? SIGMA_CLIENTS + 1 : kept->client_count;
        for (size_t e = 0; e < row->example_count && kept->example_count < SIGMA_EXAMPLES; e++) {
            kept->examples[kept->example_count] = row->examples[e];
            kept->examples[kept->example_count++].hit.line += lines_before;
        }
    }
    return 0;
}

KEEP_KNOWS(struct sigma_tally, 96);
void sigma_keep(struct keep *keep, struct sigma_tally *tally)
{
    KEEP(keep, tally->has_hosts);
    for (size_t i = 0, count = keep_count(keep, tally->count, tally->sigma->count); i < count && keep_is_well(keep);
         i++) {
        struct err why = {0};
        struct sigma_hits hits;
        if (!keep_reads(keep)) {
            KEEP(keep, tally->rows[i]);
            continue;
        }
        KEEP(keep, hits);
        struct sigma_hits *row = hits.rule < tally->sigma->count ? row_of(tally, hits.rule, &why) : NULL;
        if (row == NULL) {
            err_set(&why, why.kind != ERR_NONE ? why.kind : ERR_FORMAT, "a state names a rule that is not there");
            keep_fail(keep, &why);
            return;
        }
        *row = hits;
    }
}

/* ---- saying it ---- */

static json_t *examples_of(const struct telling *telling, const struct sigma_hits *row, struct record *record)
{
    json_t *examples = json_array();
    for (size_t i = 0; i < row->example_count; i++) {
        const struct sigma_example *example = &row->examples[i];
        struct record one = record_new();
        record_time(&one, "time", example->hit.second);
        record_text_or_null(&one, "address", str_of(example->client));
        record_text_or_null(&one, "method", str_of(example->method));
        record_text(&one, "request", str_of(example->text));
        record_count(&one, "status", example->hit.status);
        record_sent(&one, "bytes", telling->run, &example->hit, example->hit.bytes);
        record_hit(&one, telling->run, &example->hit);
        record->is_failed |= one.is_failed || json_array_append_new(examples, one.body) != 0;
    }
    return examples;
}

static int tell_hits(struct telling *telling, const struct sigma_tally *tally, const struct sigma_hits *row)
{
    const struct sigma_rule *rule = tally->sigma->rules[row->rule];
    struct record record = record_new();
    json_t *reasons = json_array(), *tags = json_array();
    bool is_severe = strcmp(rule->level, "high") == 0 || strcmp(rule->level, "critical") == 0;
    bool is_many = row->client_count > SIGMA_CLIENTS;
    for (size_t i = 0; i < rule->tag_count; i++) {
        (void)json_array_append_new(tags, assay_text(str_of(rule->tags[i]), 96));
    }
    record_set(&record, "class", json_string("sigma"));
    record_text(&record, "rule", str_of(rule->id));
    record_text(&record, "title", str_of(rule->title));
    record_text(&record, "level", str_of(rule->level));
    record_text_or_null(&record, "rule_status", str_of(rule->status));
    record_set(&record, "tags", tags);
    record_text(&record, "rule_file", str_of(rule->file));
    record_count(&record, "requests", row->count);
    record_count(&record, "answered", row->answered);
    record_time(&record, "first", row->first.second);
    record_time(&record, "last", row->last.second);
    record_count(&record, "clients", is_many ? SIGMA_CLIENTS : row->client_count);
    record_set(&record, "clients_are_more", json_boolean(is_many));
    record_hit(&record, telling->run, &row->first);
    record_set(&record, "examples", examples_of(telling, row, &record));
    record_set(&record, "confidence", json_string(is_severe && row->answered > 0 ? "medium" : "low"));
    record_reason(&record, reasons, "%llu lines match the rule \"%s\" (level %s), from %s%zu clients",
                  (unsigned long long)row->count, rule->title, rule->level[0] == '\0' ? "not given" : rule->level,
                  is_many ? "more than " : "", is_many ? (size_t)SIGMA_CLIENTS : row->client_count);
    if (rule->category != SIGMA_DATABASE) {
        record_reason(&record, reasons, "%llu of them were answered with 2xx or 3xx",
                      (unsigned long long)row->answered);
    }
    record_reason(
        &record, reasons,
        "a match says that such a line was written, not that an attack worked; the rule's author names what else "
        "looks so in its \"falsepositives\"");
    record_set(&record, "reasons", reasons);
    return record_emit(telling, ASSAY_FINDING, &record);
}

static int tell_not_tried(struct telling *telling, const char *source, json_t *class_text, uint64_t count)
{
    struct record record = record_new();
    record_text(&record, "source", str_of(source));
    record_set(&record, "class", class_text);
    record_count(&record, "count", count);
    record_count(&record, "bytes", 0);
    return record_emit(telling, ASSAY_COVERAGE, &record);
}

/* Rules that no line of these logs can match, because a field is not recorded. */
static int tell_blind(struct telling *telling, const struct sigma_rule *rule, bool has_hosts)
{
    const struct run *run = telling->run;
    const char *missing = NULL;
    bool is_meant = false;
    for (size_t i = 0; i < run->sources.count; i++) {
        const struct log_reader *reader = &run->sources.all[i].reader;
        enum log_kind kind = reader->format->kind;
        bool fits = rule->category == SIGMA_DATABASE ? kind == LOG_DATABASE : kind == LOG_WEB;
        is_meant |= fits;
        if (fits && sigma_can_match(rule, kind, reader->has | (has_hosts ? SIGMA_HAS_HOST : 0U), &missing)) {
            return 0;
        }
    }
    return tell_not_tried(telling, rule->file,
                          is_meant ? json_sprintf("rule not tried: these logs do not record %s", missing)
                                   : json_string("rule not tried: no log of its kind is here"),
                          1);
}

static int by_rule(const void *a, const void *b)
{
    const struct sigma_hits *x = a, *y = b;
    return x->rule < y->rule ? -1 : x->rule > y->rule;
}

int sigma_tell(struct telling *telling, const struct sigma_tally *tally)
{
    const struct sigma *sigma = tally->sigma;
    if (tally->count > 0) {
        qsort(tally->rows, tally->count, sizeof *tally->rows, by_rule);
    }
    for (size_t i = 0; i < tally->count; i++) {
        TRY(tell_hits(telling, tally, &tally->rows[i]));
    }
    for (size_t i = 0; i < sigma->refused_count; i++) {
        const struct sigma_refused *refused = &sigma->refused[i];
        TRY(tell_not_tried(telling, refused->file, json_sprintf("rule not tried: %s", refused->why), 1));
    }
    for (size_t i = 0; i < sigma->count; i++) {
        TRY(tell_blind(telling, sigma->rules[i], tally->has_hosts));
    }
    if (sigma->other_rules > 0) {
        TRY(tell_not_tried(telling, sigma->folder, json_string("rules for other logs"), sigma->other_rules));
    }
    if (sigma->unread > 0) {
        TRY(tell_not_tried(telling, sigma->folder, json_string("rule not tried: beyond those named"), sigma->unread));
    }
    return 0;
}
