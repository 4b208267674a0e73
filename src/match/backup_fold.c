/* What states of a table at known times say of a row: where it is, in which version, and so from when until when the sample
 * can have been taken (docs/statistics.md, B.1). All of it rests on one fact: a value that the source makes, once gone, does
 * not come back. */
#include "match/backup.h"
#include "match/dates.h"

#include "base/banned.h"

/* ---- One state ---- */

/* Hashes and tokens are made anew with every change; times of creation and numbers of rows never change. */
static bool is_made_anew(const struct evidence_input *in, const struct aligned *column)
{
    return column->class == COLUMN_SECRET &&
           in->sample->set->columns[in->sample->pairs[column->pair].sample].class == NORMAL_SECRET;
}

/* Agreement of a row with its linked row, by kinds of columns. */
struct agreement {
    unsigned fixed_same, fixed_other, anew_same, anew_other;
};

static struct agreement compare_row(const struct evidence_input *in, const struct evidence *out,
                                    const struct view *view, size_t row)
{
    struct agreement same = {0};
    for (size_t i = 0; links_hits(&view->linkage->links, row) == 1 && i < out->column_count; i++) {
        int p = view->pair[i];
        if (!out->columns[i].is_counted || p < 0 || !columns_comparable(view->linkage, row, (size_t)p)) {
            continue;
        }
        bool equal = columns_agree(view->linkage, row, (size_t)p, out->offset_s);
        bool anew = is_made_anew(in, &out->columns[i]);
        same.fixed_same += !anew && equal;
        same.fixed_other += !anew && !equal;
        same.anew_same += anew && equal;
        same.anew_other += anew && !equal;
    }
    return same;
}

static bool is_seen(const struct view *view, int column, uint32_t value)
{
    const struct ref_column *there = &view->table->columns[column];
    return there->seen != NULL && there->seen[view->set] != NULL &&
           (there->seen[view->set][value / 64] >> (value % 64) & 1U) != 0;
}

/* Is none of the row's values there by which it would be known, a source-made one among those looked for? */
static bool is_absent(const struct evidence_input *in, const struct evidence *out, const struct view *view, size_t row)
{
    bool looked = false;
    for (size_t i = 0; i < out->column_count; i++) {
        const struct aligned *column = &out->columns[i];
        const struct link_pair *pair = &in->sample->pairs[column->pair];
        bool links = in->sample->via_pair[LINK_EMAIL] == (int)column->pair ||
                     in->sample->via_pair[LINK_PHONE] == (int)column->pair;
        bool shifted = pair->is_time && dates_is_shifted(out);
        uint32_t value = set_cell(in->sample->set, row, pair->sample);
        if (view->column[i] < 0 || value == 0 || shifted || (!links && !column->is_counted)) {
            continue;
        }
        if (is_seen(view, view->column[i], value)) {
            return false;
        }
        looked = looked || column->is_counted;
    }
    return looked;
}

static enum row_presence presence_of(const struct evidence_input *in, const struct evidence *out,
                                     const struct view *view, size_t row, int updated)
{
    const struct links *links = &view->linkage->links;
    uint8_t hits = links_hits(links, row);
    int64_t changed = links_updated(links, row);
    if (hits != 1 || links_via(links, row) == LINK_OTHER) {
        return hits == 0 && is_absent(in, out, view, row) ? PRESENCE_ABSENT : PRESENCE_UNCLEAR;
    }
    struct agreement same = compare_row(in, out, view, row);
    if (same.fixed_same == 0 && same.anew_same == 0) {
        return same.fixed_other > 0 ? PRESENCE_AGAINST : same.anew_other > 0 ? PRESENCE_APART : PRESENCE_UNCLEAR;
    }
    int64_t shown;
    if (changed != LINK_NO_TIME && count_shown(in, out, row, updated, &shown)) {
        return changed > shown       ? PRESENCE_NEWER
               : changed < shown     ? PRESENCE_OLDER
               : same.anew_other > 0 ? PRESENCE_OTHER
                                     : PRESENCE_SAME;
    }
    return same.anew_other > 0 ? PRESENCE_OTHER : same.anew_same > 0 ? PRESENCE_SAME : PRESENCE_THERE;
}

/* Linked by agreement in a source-made column. */
static bool agrees(enum row_presence presence)
{
    return presence == PRESENCE_THERE || presence == PRESENCE_SAME || presence == PRESENCE_OLDER ||
           presence == PRESENCE_NEWER || presence == PRESENCE_OTHER;
}

void backup_look(const struct evidence_input *in, const struct evidence *out, const struct view *view,
                 struct state *state, struct row_bounds *bounds)
{
    int updated = count_updated_pair(in, out);
    for (size_t r = 0; r < in->sample->set->row_count; r++) {
        enum row_presence presence = presence_of(in, out, view, r, updated);
        const struct links *links = &view->linkage->links;
        state->rows[r] = (uint8_t)presence;
        state->count[presence]++;
        if (!agrees(presence)) {
            continue;
        }
        bounds->counts[r] = true;
        bounds->created[r] = dating_later(bounds->created[r], links_created(links, r));
        if (presence == PRESENCE_NEWER) {
            bounds->until[r] = dating_sooner(bounds->until[r], links_updated(links, r));
        }
    }
}

/* ---- All states ---- */

/* Over the states in which the row is there (or: is there as the sample shows it): the last and the first time of it. */
struct span {
    int64_t latest, earliest;
};

static bool is_usable(const struct state *state)
{
    return state->rows != NULL && state->why == NULL;
}

static struct span span_of(const struct backups *backups, size_t row, bool same_only)
{
    struct span span = {LINK_NO_TIME, INT64_MAX};
    for (size_t i = 0; i < backups->state_count; i++) {
        const struct state *state = &backups->states[i];
        enum row_presence presence = is_usable(state) ? state->rows[row] : PRESENCE_UNCLEAR;
        bool is_in = same_only ? presence == PRESENCE_SAME : agrees(presence);
        if (is_in) {
            span.latest = dating_later(span.latest, state->from);
            span.earliest = dating_sooner(span.earliest, state->until);
        }
    }
    return span;
}

static bool is_before(const struct state *state, const struct span *span)
{
    return state->until != INT64_MAX && span->latest >= state->until && span->latest > state->from;
}

static bool is_after(const struct state *state, const struct span *span)
{
    return state->from != LINK_NO_TIME && span->earliest <= state->from && span->earliest < state->until;
}

/* A state without the row (or with another version of it) lies before all that have it, or behind them. Between them it says
 * that something came back: nothing follows from it. */
static void bound_by(const struct state *state, const struct span *span, struct row_bounds *bounds, size_t row)
{
    bool before = is_before(state, span);
    bool after = is_after(state, span);
    if (before && !after) {
        bounds->from[row] = dating_later(bounds->from[row], state->from);
    } else if (after && !before) {
        bounds->until[row] = dating_sooner(bounds->until[row], state->until);
    }
}

static void count_missing(struct backups *backups, size_t rows)
{
    for (size_t r = 0; r < rows; r++) {
        struct span span = span_of(backups, r, false);
        for (size_t i = 0; i < backups->state_count; i++) {
            struct state *state = &backups->states[i];
            if (!is_usable(state) || state->rows[r] != PRESENCE_ABSENT || !is_before(state, &span)) {
                continue;
            }
            int64_t created = backups->bounds.created[r];
            bool must_be_there = created != LINK_NO_TIME && created < state->from;
            state->missing += must_be_there || is_after(state, &span);
        }
    }
    for (size_t i = 0; i < backups->state_count; i++) {
        backups->states[i].is_whole = backups->states[i].is_whole && backups->states[i].missing == 0;
    }
}

static void bound_row(const struct evidence_input *in, const struct evidence *out, struct backups *backups, size_t row,
                      int updated)
{
    struct span there = span_of(backups, row, false);
    struct span same = span_of(backups, row, true);
    for (size_t i = 0; i < backups->state_count; i++) {
        const struct state *state = &backups->states[i];
        enum row_presence presence = is_usable(state) ? state->rows[row] : PRESENCE_UNCLEAR;
        int64_t shown;
        if (presence == PRESENCE_ABSENT && state->is_whole) {
            bound_by(state, &there, &backups->bounds, row);
        } else if (presence == PRESENCE_OTHER || presence == PRESENCE_APART) {
            bound_by(state, &same, &backups->bounds, row);
        } else if (presence == PRESENCE_NEWER) {
            backups->bounds.until[row] = dating_sooner(backups->bounds.until[row], state->until);
        } else if (presence == PRESENCE_OLDER && count_shown(in, out, row, updated, &shown) && shown >= state->from) {
            backups->bounds.from[row] = dating_later(backups->bounds.from[row], state->from);
        }
    }
}

/* ---- Versions ---- */

static bool is_in_a_backup(const struct backups *backups, size_t row, bool same_only)
{
    for (size_t i = 1; i < backups->state_count; i++) {
        enum row_presence presence = backups->states[i].rows == NULL ? PRESENCE_UNCLEAR : backups->states[i].rows[row];
        if (same_only ? presence == PRESENCE_SAME : agrees(presence)) {
            return true;
        }
    }
    return false;
}

static bool is_as_made(const struct link *link)
{
    return link->created != LINK_NO_TIME && link->updated != LINK_NO_TIME && link->updated <= link->created;
}

/* today, link: the row against the reference's row. A value that never changes and differs is in no version; one that is made anew
 * may be of a version that no state shows, unless the row was never changed. */
static enum row_version version_of(const struct backups *backups, size_t row, const struct agreement *today,
                                   const struct link *link)
{
    enum row_presence presence = backups->states[0].rows[row];
    bool was_there = is_in_a_backup(backups, row, false);
    bool was_same = is_in_a_backup(backups, row, true);
    if (agrees(presence) && today->fixed_other > 0) {
        return VERSION_CONTRADICTING;
    }
    switch (presence) {
    case PRESENCE_THERE:
    case PRESENCE_SAME:
        return VERSION_CURRENT;
    case PRESENCE_NEWER:
        return VERSION_OLDER;
    case PRESENCE_OLDER:
        return VERSION_NEWER;
    case PRESENCE_OTHER:
    case PRESENCE_APART:
        return was_same ? VERSION_OLDER : is_as_made(link) ? VERSION_CONTRADICTING : VERSION_UNKNOWN;
    case PRESENCE_AGAINST:
        return was_there ? VERSION_OLDER : VERSION_CONTRADICTING;
    case PRESENCE_ABSENT:
    case PRESENCE_UNCLEAR:
    case PRESENCES:
        break;
    }
    return was_there ? VERSION_OLDER : VERSION_UNKNOWN;
}

void backup_fold(const struct evidence_input *in, const struct evidence *out, const struct view *reference,
                 struct backups *backups)
{
    size_t rows = in->sample->set->row_count;
    int updated = count_updated_pair(in, out);
    count_missing(backups, rows);
    for (size_t r = 0; r < rows; r++) {
        bound_row(in, out, backups, r, updated);
        struct agreement today = compare_row(in, out, reference, r);
        const struct link link = links_get(&in->sample->links, r);
        enum row_version version = version_of(backups, r, &today, &link);
        enum row_presence now = backups->states[0].rows[r];
        backups->versions[version]++;
        backups->changed_since +=
            now == PRESENCE_NEWER || (version == VERSION_OLDER && now != PRESENCE_ABSENT && now != PRESENCE_UNCLEAR);
        backups->deleted_since += version == VERSION_OLDER && now == PRESENCE_ABSENT;
        backups->marked_deleted += agrees(now) && link.deleted != LINK_NO_TIME;
    }
}
