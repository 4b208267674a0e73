/* audit, the neutral's side. First run: asks 1 (asker), 2 and 3 (keeper). With the keeper's opening 3: ask 3 (asker). With all four openings:
 * everything is checked, and `audits` is what count builds on. Every run checks all it is given from the beginning. */
#include <stdio.h>
#include <stdlib.h>

#include "private/audit.h"
#include "private/keys.h"
#include "private/sorter.h"

#include "base/banned.h"

/* ---- asking ---- */

struct asked {
    struct opened type[SUITE_TYPES_MAX]; /* points alone; borrowed */
};

static int ask(struct step *step, const struct neutral *neutral, uint8_t to, uint8_t audit, const struct asked *about,
               struct err *err)
{
    struct wire_ask body = {
        .run = step->files.offer->id, .audit = audit, .opened = step->files.offer->offer.opened, .to = to};
    OWN(own_buf) struct buf bytes = {0}, whole = {0};
    struct sha256 id;
    char name[24];
    memcpy(body.asker_coin, neutral->secret[WIRE_ASKER]->coin, 32);
    memcpy(body.keeper_coin, neutral->secret[WIRE_KEEPER]->coin, 32);
    body.types = about != NULL ? step->files.commit[WIRE_ASKER]->commit.types : 0;
    for (size_t i = 0; i < body.types; i++) {
        body.count[i] = (uint32_t)about->type[i].count;
        body.points[i] = about->type[i].points;
    }
    wire_put_ask(&bytes, &body);
    TRY(wire_finish(&whole, WIRE_ASK, &bytes, neutral->key, &id, err));
    (void)snprintf(name, sizeof name, "ask.%s.%u", wire_role_name(to), audit);
    TRY(place_put(&step->place, name, buf_str(&whole), err));
    return step_made(step, name, to == WIRE_ASKER ? "the asker" : "the keeper", err);
}

/* ---- checking ---- */

struct checks {
    struct openings leaves[3], points[3]; /* by role */
    struct asked offered, answered;       /* v and u of the drawn keys */
    struct audited audited;
};

static void own_checks(struct checks *checks)
{
    for (size_t role = WIRE_ASKER; role <= WIRE_KEEPER; role++) {
        own_openings(&checks->leaves[role]);
        own_openings(&checks->points[role]);
    }
}

/* Every one of the values stands in the list; visit is told of all. */
static int all_stand_in(struct step *step, const uint8_t *values, size_t count, size_t width,
                        const struct list_place *list, const struct sha256 *root, uint64_t *ret_found, struct err *err)
{
    OWN(own_sorter) struct sorter *sorter = sorter_new(step->place.dir, width, width, 0, err);
    if (sorter == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        TRY(sorter_put(sorter, values + i * width, err));
    }
    TRY(sorter_sort(sorter, err));
    struct step_find find = {.few = sorter, .width = width};
    TRY(step_find_in(&find, list, root, err));
    *ret_found = find.found;
    return 0;
}

/* The keeper's u = b*v must be among the answers. */
static int check_answers(struct step *step, struct checks *checks, size_t t, struct err *err)
{
    const struct opened *u = &checks->points[WIRE_KEEPER].type[t];
    struct list_place list = files_list(&step->files, step->files.answer, t, NULL, GROUP_BYTES);
    uint64_t found;
    TRY(all_stand_in(step, u->points->bytes, u->count, GROUP_BYTES, &list, &step->files.answer->answer.list[t].root,
                     &found, err));
    checks->answered.type[t] = (struct opened){.count = u->count, .points = u->points};
    return found == u->count
               ? 0
               : err_set(
                     err, ERR_TAMPERED,
                     "%s: the keeper answered falsely: right answers to %llu of %zu drawn keys are missing (type %zu)",
                     files_name(step->files.answer), (unsigned long long)(u->count - found), u->count, t + 1);
}

struct mark {
    const uint8_t *tags;
    size_t count;
    bool *is_there;
};

static int mark(void *self, uint64_t position, const uint8_t *record, bool is_found, struct err *err)
{
    struct mark *mark = self;
    (void)position;
    (void)err;
    for (size_t i = 0; is_found && i < mark->count; i++) {
        mark->is_there[i] = mark->is_there[i] || memcmp(mark->tags + i * SUITE_TAG_BYTES, record, SUITE_TAG_BYTES) == 0;
    }
    return 0;
}

/* Which of the tags stand in a side's list. */
static int find_tags(struct step *step, const struct neutral *neutral, uint8_t role, size_t t, struct mark *marks,
                     struct err *err)
{
    const struct wire_tags_secret *secret = neutral->secret[role];
    struct list_place list = files_list(&step->files, step->files.tags[role], t, secret->body_key, SUITE_TAG_BYTES);
    OWN(own_sorter) struct sorter *sorter = sorter_new(step->place.dir, SUITE_TAG_BYTES, SUITE_TAG_BYTES, 0, err);
    if (sorter == NULL) {
        return -1;
    }
    for (size_t i = 0; i < marks->count; i++) {
        TRY(sorter_put(sorter, marks->tags + i * SUITE_TAG_BYTES, err));
    }
    TRY(sorter_sort(sorter, err));
    struct step_find find = {.few = sorter, .width = SUITE_TAG_BYTES, .self = marks, .visit = mark};
    return step_find_in(&find, &list, &secret->list[t].root, err);
}

/* tag(w) must be among the asker's tags; among the keeper's it says that the key is there. */
static int check_present(struct step *step, const struct neutral *neutral, struct checks *checks, size_t t,
                         bool *is_present, struct err *err)
{
    const struct opened *w = &checks->points[WIRE_ASKER].type[t];
    OWN(own_mem) uint8_t *tags = calloc(w->count + 1, SUITE_TAG_BYTES);
    OWN(own_mem) bool *in_askers = calloc(w->count + 1, sizeof *in_askers);
    if (tags == NULL || in_askers == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < w->count; i++) {
        suite_tag(tags + i * SUITE_TAG_BYTES, &w->points[i]);
    }
    struct mark of_asker = {tags, w->count, in_askers}, of_keeper = {tags, w->count, is_present};
    TRY(find_tags(step, neutral, WIRE_ASKER, t, &of_asker, err));
    TRY(find_tags(step, neutral, WIRE_KEEPER, t, &of_keeper, err));
    uint32_t missing = 0;
    for (size_t i = 0; i < w->count; i++) {
        missing += !in_askers[i];
        checks->audited.type[t].present += is_present[i];
    }
    checks->audited.type[t].audit[2].opened = (uint32_t)w->count;
    return missing == 0
               ? 0
               : err_set(err, ERR_TAMPERED,
                         "%s: the asker left out or altered tags: those of %u of %zu drawn keys are missing (type %zu)",
                         files_name(step->files.tags[WIRE_ASKER]), missing, w->count, t + 1);
}

/* ---- the sources ---- */

struct flags {
    bool *type[SUITE_TYPES_MAX];
};

static void own_flags(struct flags *flags)
{
    for (size_t i = 0; i < SUITE_TYPES_MAX; i++) {
        free(flags->type[i]);
    }
}

static int new_flags(struct flags *flags, const struct opened *opened, size_t types, struct err *err)
{
    for (size_t t = 0; t < types; t++) {
        flags->type[t] = calloc(opened[t].count + 1, sizeof *flags->type[t]);
        if (flags->type[t] == NULL) {
            return err_no_memory(err);
        }
    }
    return 0;
}

/* Is the source that was looked into the one whose digest was committed? */
static int check_source(struct step *step, uint8_t role, const struct sha256 *digest, struct err *err)
{
    bool is_it = sha256_eq(digest, &step->files.commit[role]->commit.source);
    return step_say(step, role == WIRE_ASKER ? "asker_source" : "keeper_source",
                    json_string(is_it ? "what was committed from: its digest is the one committed to"
                                      : "not what was committed from, by its digest: another copy, or another source"),
                    err);
}

static int search_leaves(struct step *step, struct checks *checks, uint8_t role, size_t types, struct err *err)
{
    const struct assay_private_options *options = step->options;
    const char *const *sources = role == WIRE_ASKER ? options->sources : options->keeper_sources;
    const char *const *keys = role == WIRE_ASKER ? options->keys : options->keeper_keys;
    const struct openings *leaves = &checks->leaves[role];
    OWN(own_flags) struct flags is_there = {0};
    for (size_t t = 0; t < types; t++) {
        checks->audited.type[t].audit[role - 1].opened = (uint32_t)leaves->type[t].count;
    }
    if (sources == NULL || sources[0] == NULL) {
        return 0;
    }
    struct sha256 digest;
    struct openings_source source = {sources, keys, options->table, leaves->source_salt, &digest};
    TRY(new_flags(&is_there, leaves->type, types, err));
    TRY(openings_search(&source, types, leaves->type, is_there.type, err));
    TRY(check_source(step, role, &digest, err));
    for (size_t t = 0; t < types; t++) {
        struct wire_audit *audit = &checks->audited.type[t].audit[role - 1];
        audit->searched = audit->opened;
        for (size_t i = 0; i < leaves->type[t].count; i++) {
            audit->odd += !is_there.type[t][i];
        }
    }
    return 0;
}

/* Absent keys that the keeper's source does hold were dropped. */
static int search_dropped(struct step *step, struct checks *checks, const struct flags *is_present, size_t types,
                          struct err *err)
{
    const struct assay_private_options *options = step->options;
    const struct opened *opened = checks->leaves[WIRE_ASKER].type;
    OWN(own_flags) struct flags is_there = {0};
    if (options->keeper_sources == NULL || options->keeper_sources[0] == NULL) {
        return 0;
    }
    TRY(new_flags(&is_there, opened, types, err));
    struct openings_source source = {options->keeper_sources, options->keeper_keys, options->table, NULL, NULL};
    TRY(openings_search(&source, types, opened, is_there.type, err));
    for (size_t t = 0; t < types; t++) {
        struct wire_audit *audit = &checks->audited.type[t].audit[2];
        for (size_t i = 0; i < opened[t].count; i++) {
            audit->searched += !is_present->type[t][i];
            audit->odd += !is_present->type[t][i] && is_there.type[t][i];
        }
    }
    return 0;
}

static int keep_audits(struct step *step, struct checks *checks, size_t types, struct err *err)
{
    json_t *says = json_array();
    checks->audited.run = step->files.offer->id;
    for (size_t t = 0; t < types; t++) {
        const struct wire_audit *a = checks->audited.type[t].audit;
        (void)json_array_append_new(
            says, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "asker_opened", (json_int_t)a[0].opened,
                            "asker_searched", (json_int_t)a[0].searched, "asker_not_in_source", (json_int_t)a[0].odd,
                            "keeper_opened", (json_int_t)a[1].opened, "keeper_searched", (json_int_t)a[1].searched,
                            "keeper_not_in_source", (json_int_t)a[1].odd, "followed", (json_int_t)a[2].opened,
                            "absent_searched", (json_int_t)a[2].searched, "dropped", (json_int_t)a[2].odd));
    }
    TRY(step_say(step, "types", says, err));
    TRY(step_say(step, "audits", json_string("passed"), err));
    return place_put(&step->place, "audits", (struct str){(const char *)&checks->audited, sizeof checks->audited}, err);
}

/* ---- steering ---- */

static int check_opened(struct step *step, const struct neutral *neutral, struct checks *checks, struct err *err)
{
    const struct files *files = &step->files;
    size_t types = files->commit[WIRE_ASKER]->commit.types;
    for (uint8_t role = WIRE_ASKER; role != WIRE_KEEPER + 1; role++) {
        if (files->open[role][role] != NULL) {
            TRY(openings_leaves(step, neutral, files->open[role][role], &checks->leaves[role], err));
        }
    }
    if (files->open[WIRE_KEEPER][3] == NULL) {
        return 0;
    }
    TRY(openings_points(step, neutral, files->open[WIRE_KEEPER][3], checks->offered.type, &checks->points[WIRE_KEEPER],
                        err));
    for (size_t t = 0; t < types; t++) {
        TRY(check_answers(step, checks, t, err));
    }
    if (files->open[WIRE_ASKER][3] == NULL) {
        return ask(step, neutral, WIRE_ASKER, 3, &checks->answered, err);
    }
    return openings_points(step, neutral, files->open[WIRE_ASKER][3], checks->answered.type,
                           &checks->points[WIRE_ASKER], err);
}

static int conclude(struct step *step, const struct neutral *neutral, struct checks *checks, struct err *err)
{
    size_t types = step->files.commit[WIRE_ASKER]->commit.types;
    OWN(own_flags) struct flags is_present = {0};
    TRY(new_flags(&is_present, checks->leaves[WIRE_ASKER].type, types, err));
    for (size_t t = 0; t < types; t++) {
        TRY(check_present(step, neutral, checks, t, is_present.type[t], err));
    }
    TRY(search_leaves(step, checks, WIRE_ASKER, types, err));
    TRY(search_leaves(step, checks, WIRE_KEEPER, types, err));
    TRY(search_dropped(step, checks, &is_present, types, err));
    return keep_audits(step, checks, types, err);
}

static int ask_all(struct step *step, const struct neutral *neutral, const struct checks *checks, struct err *err)
{
    TRY(ask(step, neutral, WIRE_ASKER, 1, NULL, err));
    TRY(ask(step, neutral, WIRE_KEEPER, 2, NULL, err));
    return ask(step, neutral, WIRE_KEEPER, 3, &checks->offered, err);
}

int audit_neutral(struct step *step, struct err *err)
{
    OWN(own_neutral) struct neutral neutral = {0};
    OWN(own_checks) struct checks checks = {0};
    const struct files *files = &step->files;
    TRY(files_check(files, NEED_BOTH | NEED_OFFER, err));
    TRY(step_deadline(step, false, err));
    bool is_early = files->tags[WIRE_KEEPER] == NULL; /* traps can be looked at, whatever else was agreed to */
    if (files->offer->offer.mode == WIRE_DIRECT || (files->offer->offer.opened == 0 && !is_early)) {
        return err_set(err, ERR_USAGE, "%s: no audits were agreed to", files_name(files->offer));
    }
    if (is_early) {
        TRY(neutral_traps(step, err));
        return step_say(step, "waits_for", json_string("the keeper's tags; all traps were answered rightly"), err);
    }
    TRY(neutral_open(step, &neutral, files->offer->offer.opened, err));
    TRY(neutral_bind(step, true, err));
    size_t types = files->commit[WIRE_ASKER]->commit.types;
    for (size_t t = 0; t < types; t++) {
        checks.offered.type[t] = (struct opened){.count = neutral.asker[t].count, .points = neutral.asker[t].points};
    }
    bool has_any = files->open[WIRE_ASKER][1] != NULL || files->open[WIRE_KEEPER][2] != NULL ||
                   files->open[WIRE_KEEPER][3] != NULL || files->open[WIRE_ASKER][3] != NULL;
    if (!has_any) {
        return ask_all(step, &neutral, &checks, err);
    }
    TRY(check_opened(step, &neutral, &checks, err));
    bool has_all = files->open[WIRE_ASKER][1] != NULL && files->open[WIRE_KEEPER][2] != NULL &&
                   files->open[WIRE_KEEPER][3] != NULL && files->open[WIRE_ASKER][3] != NULL;
    return has_all
               ? conclude(step, &neutral, &checks, err)
               : step_say(step, "waits_for", json_string("the openings that are not here yet; give all of them"), err);
}

int step_audit(struct step *step, struct err *err)
{
    TRY(place_open(&step->place, step->options->state, step->options->key_file != NULL, err));
    TRY(step_alive(step, err));
    TRY(files_open(&step->files, step->options->files, &step->place, err));
    return step->place.secrets != NULL ? audit_open(step, err) : audit_neutral(step, err);
}
