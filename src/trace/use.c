/* What one client did through one path, and what all clients together show of a path: the smallest answer
 * it ever gives is its carrier (the page around the data), and is taken off before bytes are called taken. */
#include <stdlib.h>

#include "base/str.h"
#include "trace/inside.h"
#include "trace/keep.h"

#include "base/banned.h"

bool hit_before(const struct hit *a, const struct hit *b)
{
    if (a->second != b->second) {
        return a->second < b->second;
    }
    if (a->nano != b->nano) {
        return a->nano < b->nano;
    }
    return a->source != b->source ? a->source < b->source : a->offset < b->offset;
}

enum method method_of(struct str text)
{
    static const struct {
        struct str name;
        enum method method;
    } known[] = {
        {{"GET", 3}, METHOD_GET}, {{"POST", 4}, METHOD_POST}, {{"HEAD", 4}, METHOD_HEAD}, {{"PUT", 3}, METHOD_PUT}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_eq(text, known[i].name)) {
            return known[i].method;
        }
    }
    return METHOD_OTHER;
}

bool method_uploads(struct str text)
{
    return str_eq(text, STR("POST")) || str_eq(text, STR("PUT")) || str_eq(text, STR("PATCH")) ||
           str_eq(text, STR("MOVE")) || str_eq(text, STR("COPY"));
}

/* Requests that put a file where their path says: no use of what lies there. */
static bool method_plants(struct str text)
{
    return method_uploads(text) && !str_eq(text, STR("POST"));
}

static bool is_ok(uint16_t status)
{
    return status >= 200 && status <= 299;
}

/* Could the answer's size say something about the carrier? Not without a body, nor cut to a range. */
static bool is_sized(const struct log_line *line, enum method method, unsigned look)
{
    return is_ok(line->status) && line->status != 204 && line->status != 205 && line->status != 206 &&
           line->bytes != LOG_NO_BYTES && (method == METHOD_GET || method == METHOD_POST) && (look & QUERY_ASSET) == 0;
}

void uses_free(struct uses *uses)
{
    free(uses->rows);
    free(uses->index);
    *uses = (struct uses){0};
}

static size_t use_slot(const struct uses *uses, uint16_t seed, struct client_key key)
{
    uint64_t mixed = (key.lo ^ key.hi * UINT64_C(0xff51afd7ed558ccd) ^ seed) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(mixed >> 32) & (uses->index_cap - 1);
    while (uses->index[slot] != 0) {
        const struct use *use = &uses->rows[uses->index[slot] - 1];
        if (use->seed == seed && client_key_eq(use->key, key)) {
            break;
        }
        slot = (slot + 1) & (uses->index_cap - 1);
    }
    return slot;
}

static int uses_grow(struct uses *uses, struct err *err)
{
    size_t cap = uses->cap == 0 ? 16 : uses->cap * 2;
    struct use *rows = reallocarray(uses->rows, cap, sizeof *rows);
    if (rows != NULL) {
        uses->rows = rows;
    }
    uint32_t *index = calloc(cap * 2, sizeof *index);
    if (rows == NULL || index == NULL) {
        free(index);
        return err_set(err, ERR_LIMIT, "no memory for %zu clients of paths", cap);
    }
    free(uses->index);
    uses->index = index;
    uses->index_cap = cap * 2;
    uses->cap = cap;
    for (size_t i = 0; i < uses->count; i++) {
        uses->index[use_slot(uses, uses->rows[i].seed, uses->rows[i].key)] = (uint32_t)(i + 1);
    }
    return 0;
}

static void keep_text(char *out, size_t room, struct str text)
{
    size_t n = text.len < room - 1 ? text.len : room - 1;
    if (n > 0) {
        memcpy(out, text.data, n);
    }
    memset(out + n, 0, room - n);
}

const struct use *uses_find(const struct uses *uses, uint16_t seed, struct client_key key)
{
    size_t slot = uses->index_cap == 0 ? 0 : use_slot(uses, seed, key);
    return uses->index_cap == 0 || uses->index[slot] == 0 ? NULL : &uses->rows[uses->index[slot] - 1];
}

struct use *uses_get(struct uses *uses, uint16_t seed, struct client_key key, struct str address, struct err *err)
{
    if (uses->count == uses->cap && uses_grow(uses, err) != 0) {
        return NULL;
    }
    size_t slot = use_slot(uses, seed, key);
    if (uses->index[slot] != 0) {
        return &uses->rows[uses->index[slot] - 1];
    }
    if (uses->count == USES_MAX) {
        return NULL;
    }
    struct use *use = &uses->rows[uses->count++];
    uses->index[slot] = (uint32_t)uses->count;
    const struct hit none = {.second = INT64_MIN};
    *use = (struct use){
        .seed = seed, .key = key, .first = none, .last = none, .first_ok = none, .last_ok = none, .largest = none};
    keep_text(use->address, sizeof use->address, address);
    return use;
}

static void count_status(struct use *use, uint16_t status, uint64_t count)
{
    for (size_t i = 0; i < STATUSES_KEPT; i++) {
        bool is_last = i == STATUSES_KEPT - 1;
        if (use->status_counts[i] == 0 || use->statuses[i] == status || is_last) {
            use->statuses[i] = is_last ? 0 : status;
            use->status_counts[i] += count;
            return;
        }
    }
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

static void keep_largest(struct hit *kept, const struct hit *hit)
{
    if (hit_is(hit) &&
        (!hit_is(kept) || hit->bytes > kept->bytes || (hit->bytes == kept->bytes && hit_before(hit, kept)))) {
        *kept = *hit;
    }
}

static void take_exports(struct use *use, const struct log_line *line, enum method method, unsigned look)
{
    use->adminer += (look & QUERY_ADMINER) != 0;
    if (method != METHOD_POST || !is_ok(line->status) || line->bytes == LOG_NO_BYTES) {
        return;
    }
    if ((look & (QUERY_DUMP | QUERY_EXPORT)) != 0) {
        use->dumps++;
        use->dump_bytes += line->bytes;
    } else if ((look & QUERY_SELECT) != 0) {
        use->selects++;
        use->select_bytes += line->bytes;
    }
}

static void take_size(struct use *use, uint64_t bytes)
{
    if (use->sized == 0) {
        use->first_size = bytes;
    } else if (use->last_size == bytes) {
        use->repeats++;
        use->repeat_bytes += bytes;
    }
    use->last_size = bytes;
    use->sized++;
    use->sized_bytes += bytes;
}

static void merge_sizes(struct use *into, const struct use *from)
{
    if (from->sized == 0) {
        return;
    }
    if (into->sized == 0) {
        into->first_size = from->first_size;
    } else if (into->last_size == from->first_size) {
        into->repeats++;
        into->repeat_bytes += from->first_size;
    }
    into->last_size = from->last_size;
    into->repeats += from->repeats;
    into->repeat_bytes += from->repeat_bytes;
    into->sized += from->sized;
    into->sized_bytes += from->sized_bytes;
}

KEEP_KNOWS(struct uses, 48);
void uses_keep(struct keep *keep, struct uses *uses)
{
    size_t count = keep_count(keep, uses->count, USES_MAX);
    KEEP(keep, uses->dropped);
    for (size_t i = 0; i < count && keep_is_well(keep); i++) {
        struct err why = {0};
        struct use use;
        if (!keep_reads(keep)) {
            KEEP(keep, uses->rows[i]);
            continue;
        }
        KEEP(keep, use);
        struct use *row =
            uses_get(uses, use.seed, use.key, (struct str){use.address, strnlen(use.address, ADDRESS_BYTES - 1)}, &why);
        if (row != NULL) {
            *row = use;
        } else {
            keep_fail(keep, &why);
        }
    }
}

void use_take(struct use *use, const struct log_line *line, const struct hit *hit)
{
    struct str text = log_field(line, line->method), user = log_field(line, line->user);
    enum method method = method_of(text);
    unsigned look = target_look(log_field(line, line->target));
    bool is_answered = line->status >= 200 && line->status <= 399;
    use->requests++;
    use->methods[method]++;
    use->answered += is_answered;
    use->named += is_answered && user.len > 0;
    if (user.len > 0 && use->user[0] == '\0') {
        keep_text(use->user, sizeof use->user, user);
    }
    count_status(use, line->status, 1);
    use->body_bytes += hit->bytes;
    keep_first(&use->first, hit);
    keep_last(&use->last, hit);
    if (is_ok(line->status) && !method_plants(text)) {
        use->ok++;
        keep_first(&use->first_ok, hit);
        keep_last(&use->last_ok, hit);
        keep_largest(&use->largest, hit);
    }
    if (is_sized(line, method, look)) {
        take_size(use, line->bytes);
    }
    take_exports(use, line, method, look);
}

static struct hit moved(const struct hit *hit, uint64_t lines)
{
    struct hit there = *hit;
    there.line += lines;
    return there;
}

static void use_merge(struct use *into, const struct use *from, uint64_t lines_before)
{
    into->requests += from->requests;
    into->answered += from->answered;
    into->named += from->named;
    into->ok += from->ok;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        into->methods[i] += from->methods[i];
    }
    for (size_t i = 0; i < STATUSES_KEPT; i++) {
        if (from->status_counts[i] > 0) {
            count_status(into, from->statuses[i], from->status_counts[i]);
        }
    }
    struct hit first = moved(&from->first, lines_before), last = moved(&from->last, lines_before);
    struct hit first_ok = moved(&from->first_ok, lines_before), last_ok = moved(&from->last_ok, lines_before);
    struct hit largest = moved(&from->largest, lines_before);
    keep_first(&into->first, &first);
    keep_last(&into->last, &last);
    keep_first(&into->first_ok, &first_ok);
    keep_last(&into->last_ok, &last_ok);
    keep_largest(&into->largest, &largest);
    into->claimed += from->claimed;
    if (into->peer[0] == '\0') {
        memcpy(into->peer, from->peer, sizeof into->peer);
    }
    if (into->user[0] == '\0') {
        memcpy(into->user, from->user, sizeof into->user);
    }
    into->body_bytes += from->body_bytes;
    merge_sizes(into, from);
    into->dumps += from->dumps;
    into->dump_bytes += from->dump_bytes;
    into->adminer += from->adminer;
    into->selects += from->selects;
    into->select_bytes += from->select_bytes;
}

int uses_merge(struct uses *into, const struct uses *from, uint64_t lines_before, struct err *err)
{
    into->dropped += from->dropped;
    for (size_t i = 0; i < from->count; i++) {
        struct err why = {0};
        struct use *use = uses_get(into, from->rows[i].seed, from->rows[i].key, str_of(from->rows[i].address), &why);
        if (use != NULL) {
            use_merge(use, &from->rows[i], lines_before);
        } else if (why.kind == ERR_NONE) {
            into->dropped += from->rows[i].requests;
        } else {
            *err = why;
            return -1;
        }
    }
    return 0;
}

void carrier_take(struct carrier *carrier, const struct log_line *line, struct client_key key, const struct hit *hit)
{
    struct str text = log_field(line, line->method);
    unsigned look = target_look(log_field(line, line->target));
    carrier->requests++;
    carrier->asked_name += line->status == 401;
    if (is_sized(line, method_of(text), look) && line->bytes < carrier->min_ok) {
        carrier->min_ok = line->bytes;
    }
    if (is_ok(line->status) && !method_plants(text)) {
        carrier->ok++;
        if (!hit_is(&carrier->first_ok) || hit_before(hit, &carrier->first_ok)) {
            carrier->first_ok = *hit;
            carrier->first_key = key;
        }
    }
}

void carrier_merge(struct carrier *into, const struct carrier *from, uint64_t lines_before)
{
    into->min_ok = from->min_ok < into->min_ok ? from->min_ok : into->min_ok;
    into->asked_name += from->asked_name;
    into->requests += from->requests;
    into->ok += from->ok;
    struct hit first = moved(&from->first_ok, lines_before);
    if (hit_is(&first) && (!hit_is(&into->first_ok) || hit_before(&first, &into->first_ok))) {
        into->first_ok = first;
        into->first_key = from->first_key;
    }
}
