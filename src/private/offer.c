/* offer: the terms, and the asker's masked list with the traps in it. */
#include "base/file.h"
#include "base/str.h"
#include "base/time.h"
#include "private/peer.h"
#include "private/records.h"
#include "private/step.h"

#include "base/banned.h"

enum { DAYS_30 = 30 * 86400 };

static int fill(struct step *step, struct wire_offer *offer, struct err *err)
{
    const struct assay_private_options *options = step->options;
    struct key_pair neutral;
    if ((options->neutral != NULL) == options->is_direct) {
        err_set(err, ERR_USAGE, "who counts?");
        return err_remedy(err,
                          "--neutral FILE.pub names a neutral; --direct does without one: the asker counts, unaudited");
    }
    *offer = (struct wire_offer){
        .asker = step->files.commit[WIRE_ASKER]->id,
        .keeper = step->files.commit[WIRE_KEEPER]->id,
        .mode = options->neutral != NULL ? WIRE_NEUTRAL : WIRE_DIRECT,
        .min_count = options->min_count,
        .min_keys = options->min_keys,
        .opened = options->neutral != NULL ? options->opened : 0,
        .run_number = options->run_number,
        .deadline = (uint64_t)(options->deadline != 0 ? options->deadline : time_now() / NS_PER_S + DAYS_30)};
    if (options->previous != NULL && !hex_decode(offer->previous.bytes, SHA256_BYTES, str_of(options->previous))) {
        return err_set(err, ERR_USAGE, "--after is not the id of a result: 64 hex digits");
    }
    if (options->neutral != NULL) {
        TRY(key_pair_read(&neutral, options->neutral, false, err));
        memcpy(offer->neutral, neutral.sign, 32);
        memcpy(offer->neutral_box, neutral.box, 32);
        return 0;
    }
    memcpy(offer->neutral, step->place.key->public_key, 32);
    suite_box_public(offer->neutral_box, step->place.secrets->box_seed);
    return 0;
}

/* The terms that were signed before, if there are any: a step that was killed is done again with them. */
static int signed_before(struct step *step, struct wire_offer *offer, struct err *err)
{
    OWN(own_buf) struct buf bytes = {0};
    struct wire_file file;
    if (!place_has(&step->place, "spent")) {
        return 0;
    }
    TRY(file_read_at(step->place.dir, "spent", WIRE_BODY_MAX + 128, &bytes, err));
    if (wire_parse(&file, buf_str(&bytes), err) == 0 && file.kind == WIRE_OFFER && step->options->deadline == 0) {
        offer->deadline = file.offer.deadline; /* counted from now, unless it was given */
    }
    wire_close(&file);
    return 0;
}

static int put_lists(struct step *step, int fd, uint64_t at, struct err *err)
{
    const struct wire_commit *commit = &step->files.commit[WIRE_ASKER]->commit;
    for (size_t i = 0; i < commit->types; i++) {
        struct list_place list = {
            .fd = fd, .path = "offer.part", .at = at, .n = commit->type[i].n + commit->type[i].m, .width = GROUP_BYTES};
        TRY(records_send(&step->place, WIRE_ASKER, i, &list, &commit->type[i].records, err));
        at += wire_list_bytes(list.n, GROUP_BYTES);
    }
    return 0;
}

static int check_floor(const struct step *step, const struct wire_offer *offer, struct err *err)
{
    const struct wire_commit *commit = &step->files.commit[WIRE_ASKER]->commit;
    if (offer->deadline < (uint64_t)(time_now() / NS_PER_S) && !place_has(&step->place, "spent")) {
        return err_set(err, ERR_USAGE, "--until: over already, by this machine's clock");
    }
    if (offer->min_keys < WIRE_KEYS_FLOOR) {
        return err_set(err, ERR_USAGE, "--min-keys %u: below 20 a count tells about persons, and is refused",
                       offer->min_keys);
    }
    if ((uint64_t)offer->opened * commit->types > WIRE_ASKED_MAX) {
        return err_set(err, ERR_USAGE, "--open %u rows of %u types; together 30000 are the most", offer->opened,
                       commit->types);
    }
    for (size_t i = 0; i < commit->types; i++) {
        if (commit->type[i].n < offer->min_keys) {
            err_set(err, ERR_USAGE, "%llu keys, where the floor is %u", (unsigned long long)commit->type[i].n,
                    offer->min_keys);
            return err_remedy(err,
                              "a count over few keys tells about persons; --min-keys N, not below 20, if the keeper "
                              "agrees to it");
        }
    }
    return 0;
}

static int make(struct step *step, struct err *err)
{
    struct wire_offer offer;
    OWN(own_buf) struct buf body = {0}, header = {0};
    struct sha256 id;
    bool is_first;
    TRY(files_check(&step->files, NEED_BOTH, err));
    TRY(peer_check(step, step->files.commit[WIRE_KEEPER], err));
    TRY(fill(step, &offer, err));
    TRY(signed_before(step, &offer, err));
    TRY(check_floor(step, &offer, err));
    TRY(step_keep(step, "theirs", step->files.commit[WIRE_KEEPER], err));
    wire_put_offer(&body, &offer);
    TRY(wire_finish(&header, WIRE_OFFER, &body, step->place.key, &id, err));
    TRY(step_unspent(step, &id, err));
    TRY(place_spend(&step->place, buf_str(&header), &is_first, err));
    TRY(step_write(step, "offer", buf_str(&header), put_lists, err));
    TRY(step_say_id(step, "run", &id, err));
    return step_made(step, "offer", "the keeper", err);
}

int step_offer(struct step *step, struct err *err)
{
    TRY(place_open(&step->place, step->options->state, false, err));
    TRY(step_role(step, WIRE_ASKER, err));
    TRY(files_open(&step->files, step->options->files, &step->place, err));
    if (step->files.offer == NULL) {
        return make(step, err);
    }
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER, err));
    TRY(step_unspent(step, &step->files.offer->id, err));
    TRY(step_say(step, "again", json_true(), err));
    TRY(step_say_id(step, "run", &step->files.offer->id, err));
    return step_made(step, "offer", "the keeper", err);
}
