/* count: equal tags of two lists, after everything that can be checked was. */
#include "base/file.h"
#include "base/stat.h"
#include "private/neutral.h"

#include "base/banned.h"

/* ---- counting ---- */

static int open_tags(const struct step *step, const struct neutral *neutral, uint8_t role, size_t type,
                     struct list_in *in, struct err *err)
{
    const struct wire_tags_secret *secret = neutral->secret[role];
    struct list_place list = files_list(&step->files, step->files.tags[role], type, secret->body_key, SUITE_TAG_BYTES);
    return list_open(in, &list, &secret->list[type].root, err);
}

static int count_type(struct step *step, const struct neutral *neutral, size_t type, uint64_t *ret_count,
                      struct err *err)
{
    OWN(own_list_in) struct list_in askers = {0}, keepers = {0};
    const uint8_t *a, *b;
    *ret_count = 0;
    TRY(open_tags(step, neutral, WIRE_ASKER, type, &askers, err));
    TRY(open_tags(step, neutral, WIRE_KEEPER, type, &keepers, err));
    TRY(list_record(&askers, &a, err));
    TRY(list_record(&keepers, &b, err));
    while (a != NULL || b != NULL) { /* both to their ends: every chunk is checked */
        int order = a == NULL ? 1 : b == NULL ? -1 : memcmp(a, b, SUITE_TAG_BYTES);
        *ret_count += order == 0;
        if (order <= 0) {
            TRY(list_record(&askers, &a, err));
        }
        if (order >= 0) {
            TRY(list_record(&keepers, &b, err));
        }
    }
    return 0;
}

/* ---- the audits ---- */

static int take_audits(struct step *step, struct audited *ret_audited, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    *ret_audited = (struct audited){0};
    if (step->options->without_audits || step->files.offer->offer.mode == WIRE_DIRECT) {
        return 0;
    }
    if (!place_has(&step->place, "audits")) {
        err_set(err, ERR_USAGE, "%s: the audits were not made, and the count comes after them", step->place.path);
        return err_remedy(err,
                          "assay private audit asks both parties and checks what they open; --without-audits if both "
                          "agreed to do without, and the result will say so");
    }
    TRY(file_read_at(step->place.dir, "audits", sizeof *ret_audited, &bytes, err));
    if (bytes.len != sizeof *ret_audited) {
        return err_set(err, ERR_TAMPERED, "%s/audits: damaged", step->place.path);
    }
    memcpy(ret_audited, bytes.data, bytes.len);
    return sha256_eq(&ret_audited->run, &step->files.offer->id)
               ? 0
               : err_set(err, ERR_USAGE, "%s: holds the audits of another run", step->place.path);
}

/* Opened keys are a random sample: their share that is present must agree with the count, but for chance (p < 0.001). */
static int check_share(const struct step *step, size_t type, uint64_t count, uint32_t opened, uint32_t present,
                       struct err *err)
{
    uint64_t n = step->files.commit[WIRE_ASKER]->commit.type[type].n, lo, hi;
    if (opened == 0) {
        return 0;
    }
    stat_hypergeometric(present, opened, n, 0.999, &lo, &hi);
    if (count >= lo && count <= hi) {
        return 0;
    }
    err_set(
        err, ERR_TAMPERED,
        "type %zu: %llu of %llu are counted, but %u of %u opened keys are present: the tags are not those of the answer",
        type + 1, (unsigned long long)count, (unsigned long long)n, present, opened);
    return err_remedy(err, "the run is void: the asker added or left out tags");
}

static int write_result(struct step *step, const struct neutral *neutral, struct wire_result *result, struct err *err)
{
    OWN(own_buf) struct buf body = {0}, whole = {0};
    struct sha256 id;
    wire_put_result(&body, result);
    TRY(wire_finish(&whole, WIRE_RESULT, &body, neutral->key, &id, err));
    TRY(place_put(&step->place, "result", buf_str(&whole), err));
    return step_made(step, "result", "both parties at once", err);
}

static int count_all(struct step *step, const struct neutral *neutral, const struct audited *audited,
                     struct wire_result *result, struct err *err)
{
    const struct files *files = &step->files;
    for (size_t i = 0; i < result->types; i++) {
        uint64_t count;
        TRY(count_type(step, neutral, i, &count, err));
        TRY(check_share(step, i, count, audited->type[i].audit[2].opened, audited->type[i].present, err));
        result->type[i].count = count < files->offer->offer.min_count ? WIRE_FEWER : count;
        result->type[i].root = neutral->secret[WIRE_ASKER]->list[i].root;
        memcpy(result->type[i].audit, audited->type[i].audit, sizeof result->type[i].audit);
        result->type[i].present = audited->type[i].present;
    }
    return 0;
}

static int make(struct step *step, struct err *err)
{
    const struct files *files = &step->files;
    OWN(own_neutral) struct neutral neutral = {0};
    struct audited audited;
    TRY(take_audits(step, &audited, err));
    TRY(neutral_open(step, &neutral, 0, err));
    TRY(neutral_bind(step, false, err));
    const struct wire_file *of_asker = files->offer->offer.mode == WIRE_DIRECT ? files->fix : files->tags[WIRE_ASKER];
    struct wire_result result = {.run = files->offer->id,
                                 .answer = files->answer->id,
                                 .asker_tags = of_asker->id,
                                 .keeper_tags = files->tags[WIRE_KEEPER]->id,
                                 .types = files->commit[WIRE_ASKER]->commit.types};
    memcpy(result.asker_coin, neutral.secret[WIRE_ASKER]->coin, SUITE_SECRET_BYTES);
    memcpy(result.keeper_coin, neutral.secret[WIRE_KEEPER]->coin, SUITE_SECRET_BYTES);
    TRY(count_all(step, &neutral, &audited, &result, err));
    return write_result(step, &neutral, &result, err);
}

/* The result as everybody will read it. */
static int tell(struct step *step, struct err *err)
{
    char path[4096];
    struct wire_file *file = &step->files.all[step->files.count];
    if (step->files.result == NULL) {
        place_name(&step->place, "result", path, sizeof path);
        TRY(wire_open(file, path, err));
        step->files.count++;
        step->files.result = file;
    }
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER | NEED_ANSWER | NEED_RESULT, err));
    return result_tell(step, err);
}

int step_count(struct step *step, struct err *err)
{
    TRY(place_open(&step->place, step->options->state, true, err));
    TRY(files_open(&step->files, step->options->files, &step->place, err));
    TRY(step_alive(step, err));
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER, err));
    TRY(step_deadline(step, false, err));
    if (step->files.count >= FILES_MAX) {
        return err_set(err, ERR_USAGE, "more files than a run has");
    }
    if (!place_has(&step->place, "result")) {
        TRY(make(step, err));
    } else {
        TRY(step_say(step, "again", json_true(), err));
        TRY(step_made(step, "result", "both parties at once", err));
    }
    return tell(step, err);
}
