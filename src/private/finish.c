/* finish: the asker checks the traps and takes its own secret out of the answers; both check a result. */
#include <stdio.h>

#include "base/file.h"
#include "base/str.h"
#include "private/sorter.h"
#include "private/tags.h"

#include "base/banned.h"

/* Whoever accuses goes on: its tags hold the trap seed, and the neutral, who looks at every trap itself, names the keeper, or finds nothing
 * amiss. */
static int accuse(struct step *step, struct err *err)
{
    if (step->files.offer->offer.mode == WIRE_DIRECT) {
        return err_set(err, ERR_USAGE, "--accuse: in direct mode there is no neutral to show it to");
    }
    return step_say(step, "traps", json_string("some are missing: the tags show the neutral which"), err);
}

static int check_traps(struct step *step, size_t type, struct err *err)
{
    const struct files *files = &step->files;
    const struct wire_type *asker = &files->commit[WIRE_ASKER]->commit.type[type];
    const struct group_point *of_keeper = &files->commit[WIRE_KEEPER]->commit.type[type].public_point;
    OWN(own_sorter) struct sorter *sorter = sorter_new(step->place.dir, GROUP_BYTES, GROUP_BYTES, 0, err);
    if (sorter == NULL) {
        return -1;
    }
    TRY(step_traps(step->place.dir, step->place.secrets->trap_seed, (uint8_t)type, asker->m, of_keeper, sorter, err));
    struct step_find find = {.few = sorter, .width = GROUP_BYTES};
    struct list_place list = files_list(files, files->answer, type, NULL, GROUP_BYTES);
    TRY(step_find_in(&find, &list, &files->answer->answer.list[type].root, err));
    if (find.missing == 0) {
        return 0;
    }
    if (step->options->is_accusing) {
        return accuse(step, err);
    }
    err_set(err, ERR_TAMPERED, "%s: the keeper answered falsely: %llu of %llu traps are missing (type %zu)",
            files_name(files->answer), (unsigned long long)find.missing, (unsigned long long)asker->m, type + 1);
    return err_remedy(err, "do not go on; --accuse makes the tags all the same, for the neutral to see it and say so");
}

static int own_tags(struct step *step, size_t type, const struct list_place *to, struct sha256 *ret_root,
                    struct err *err)
{
    const struct files *files = &step->files;
    OWN(own_sorter) struct sorter *sorter = sorter_new(step->place.dir, SUITE_TAG_BYTES, SUITE_TAG_BYTES, 0, err);
    OWN(own_list_out) struct list_out out = {0};
    struct group_scalar inverse;
    struct list_place list = files_list(files, files->answer, type, NULL, GROUP_BYTES);
    suite_invert(&inverse, &step->place.secrets->scalar[type]);
    struct step_pass pass = {
        .list = &list, .root = &files->answer->answer.list[type].root, .scalar = &inverse, .is_tags = true};
    int failed = sorter == NULL ? -1 : step_multiply(step, &pass, sorter, err);
    sign_wipe_bytes(&inverse, sizeof inverse);
    if (failed != 0 || sorter_sort(sorter, err) != 0) {
        return -1;
    }
    TRY(list_begin(&out, to, err));
    for (;;) {
        const uint8_t *record;
        TRY(sorter_next(sorter, &record, err));
        if (record == NULL) {
            return list_end(&out, ret_root, err);
        }
        TRY(list_put(&out, record, err));
    }
}

static int write_fix(struct step *step, const struct sha256 *roots, struct err *err)
{
    struct wire_fix fix = {.run = step->files.offer->id,
                           .answer = step->files.answer->id,
                           .types = step->files.commit[WIRE_ASKER]->commit.types};
    OWN(own_buf) struct buf body = {0}, whole = {0};
    struct sha256 id;
    memcpy(fix.root, roots, fix.types * sizeof *roots);
    wire_put_fix(&body, &fix);
    TRY(wire_finish(&whole, WIRE_FIX, &body, step->place.key, &id, err));
    TRY(place_put(&step->place, "fix", buf_str(&whole), err));
    return step_made(step, "fix", "the keeper", err);
}

/* A keeper gives one answer. Two would let it compare what the asker makes of them. */
static int keep_answer(struct step *step, struct err *err)
{
    OWN(own_buf) struct buf before = {0};
    struct str id = {(const char *)step->files.answer->id.bytes, SHA256_BYTES};
    if (!place_has(&step->place, "answered")) {
        return place_put(&step->place, "answered", id, err);
    }
    TRY(file_read_at(step->place.dir, "answered", SHA256_BYTES, &before, err));
    if (str_eq(buf_str(&before), id)) {
        return 0;
    }
    err_set(err, ERR_TAMPERED, "%s: the keeper signed another answer before", files_name(step->files.answer));
    return err_remedy(err, "two signed answers to one offer prove a breach of the rules: keep both, and do not go on");
}

static int unmask(struct step *step, struct err *err)
{
    struct sha256 roots[SUITE_TYPES_MAX];
    bool is_direct = step->files.offer->offer.mode == WIRE_DIRECT;
    TRY(step_say(step, "traps", json_string("all answered rightly"), err));
    for (size_t i = 0; i < step->place.secrets->types; i++) {
        TRY(check_traps(step, i, err));
    }
    TRY(step_say_id(step, "run", &step->files.offer->id, err));
    TRY(tags_write(step, own_tags, roots, err));
    return is_direct ? write_fix(step, roots, err) : step_made(step, "tags", "the neutral", err);
}

/* ---- a result ---- */

static const char *says_audits(const struct wire_result *result)
{
    uint32_t opened = UINT32_MAX;
    for (size_t i = 0; i < result->types; i++) {
        for (size_t a = 0; a < WIRE_AUDITS; a++) {
            opened = result->type[i].audit[a].opened < opened ? result->type[i].audit[a].opened : opened;
        }
    }
    return opened == 0 ? "not all were made" : "made";
}

static json_t *says_audit(const struct wire_audit *audit)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "opened", (json_int_t)audit->opened, "failed", (json_int_t)audit->failed,
                     "searched", (json_int_t)audit->searched, "odd", (json_int_t)audit->odd);
}

json_t *result_says(const struct files *files)
{
    const struct wire_result *result = &files->result->result;
    json_t *types = json_array();
    for (size_t i = 0; i < result->types; i++) {
        const struct wire_type *asker = &files->commit[WIRE_ASKER]->commit.type[i];
        const struct wire_type *keeper = &files->commit[WIRE_KEEPER]->commit.type[i];
        bool is_fewer = result->type[i].count == WIRE_FEWER;
        json_t *type = json_pack(
            "{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:I}", "fields", step_fields(asker->kinds),
            "count", (json_int_t)(is_fewer ? files->offer->offer.min_count : result->type[i].count), "asker_keys",
            (json_int_t)asker->n, "asker_rows", (json_int_t)asker->rows, "keeper_keys", (json_int_t)keeper->n,
            "keeper_rows", (json_int_t)keeper->rows, "traps", (json_int_t)asker->m, "fewer_than", is_fewer, "audit_1",
            says_audit(&result->type[i].audit[0]), "audit_2", says_audit(&result->type[i].audit[1]), "audit_3",
            says_audit(&result->type[i].audit[2]), "present", (json_int_t)result->type[i].present);
        (void)json_array_append_new(types, type);
    }
    return types;
}

int result_tell(struct step *step, struct err *err)
{
    const struct files *files = &step->files;
    TRY(step_say(step, "types", result_says(files), err));
    TRY(step_say(
        step, "mode",
        json_string(files->offer->offer.mode == WIRE_DIRECT ? "direct, unaudited: the asker's statement" : "neutral"),
        err));
    TRY(step_say(step, "audits", json_string(says_audits(&files->result->result)), err));
    TRY(step_say(step, "run_number", json_integer(files->offer->offer.run_number), err));
    TRY(step_say_id(step, "asker_commit", &files->commit[WIRE_ASKER]->id, err));
    TRY(step_say_id(step, "keeper_commit", &files->commit[WIRE_KEEPER]->id, err));
    TRY(step_say_id(step, "run", &files->offer->id, err));
    return step_say_id(step, "result", &files->result->id, err);
}

/* The asker knows the root of its tags: a result that names another counted something else. */
static int check_root(struct step *step, struct err *err)
{
    const struct files *files = &step->files;
    if (step->place.secrets->role != WIRE_ASKER) {
        return 0;
    }
    if (files->tags[WIRE_ASKER] == NULL) {
        return step_say(step, "own_tags", json_string("not here: whether they were counted was not compared"), err);
    }
    for (size_t i = 0; i < files->result->result.types; i++) {
        struct sha256 root;
        TRY(tags_own_root(step, i, &root, err));
        if (!sha256_eq(&root, &files->result->result.type[i].root)) {
            err_set(err, ERR_TAMPERED, "%s: counted from other tags than those that were sent (type %zu)",
                    files_name(files->result), i + 1);
            return err_remedy(err,
                              "have a second neutral recount: the tags file and this result show whose fault it is");
        }
    }
    return 0;
}

/* One run has one result. */
static int keep_result(struct step *step, struct err *err)
{
    const struct wire_file *result = step->files.result;
    OWN(own_buf) struct buf before = {0};
    struct wire_file accepted;
    TRY(step_keep(step, "accepted", result, err));
    TRY(file_read_at(step->place.dir, "accepted", WIRE_BODY_MAX + 128, &before, err));
    int failed = wire_parse(&accepted, buf_str(&before), err);
    bool is_same = failed == 0 && sha256_eq(&accepted.id, &result->id);
    wire_close(&accepted);
    if (failed != 0 || is_same) {
        return failed == 0 ? 0 : err_where(err, "%s/accepted", step->place.path);
    }
    err_set(err, ERR_TAMPERED, "%s: another result of this run was accepted before", files_name(result));
    return err_remedy(err, "two signed results of one run prove a breach of the rules by whoever counted: keep both");
}

/* A party that kept its own tags knows whether these were counted. */
static int check_own(struct step *step, struct err *err)
{
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER | NEED_ANSWER | NEED_RESULT, err));
    for (uint8_t role = WIRE_ASKER; role != WIRE_KEEPER + 1; role++) {
        if (step->files.tags[role] != NULL) {
            TRY(files_check(&step->files, role == WIRE_ASKER ? NEED_ASKER_TAGS : NEED_KEEPER_TAGS, err));
        }
    }
    TRY(check_root(step, err));
    TRY(keep_result(step, err));
    TRY(step_deadline(step, false, err));
    return result_tell(step, err);
}

int step_finish(struct step *step, struct err *err)
{
    TRY(place_open(&step->place, step->options->state, false, err));
    TRY(step_any(step, err));
    TRY(files_open(&step->files, step->options->files, &step->place, err));
    if (step->files.result != NULL) {
        return check_own(step, err);
    }
    if (step->place.secrets->role == WIRE_KEEPER) {
        err_set(err, ERR_USAGE, "the keeper finishes with the result");
        return err_remedy(err, "give the result file that the neutral signed");
    }
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER | NEED_ANSWER, err));
    TRY(step_deadline(step, false, err));
    TRY(keep_answer(step, err)); /* of a repeated step, too: a second answer is never passed over */
    bool is_direct = step->files.offer->offer.mode == WIRE_DIRECT;
    if (place_has(&step->place, is_direct ? "fix" : "tags")) {
        TRY(step_say(step, "again", json_true(), err));
        return step_made(step, is_direct ? "fix" : "tags", is_direct ? "the keeper" : "the neutral", err);
    }
    return unmask(step, err);
}
