/* answer: every point of the offer through the keeper's secret, sorted, so that nobody knows which was which. */
#include <stdio.h>

#include "private/peer.h"
#include "private/records.h"
#include "private/sorter.h"
#include "private/tags.h"

#include "base/banned.h"

/* One type: offer -> sorted answers, written at list. */
static int answer_type(struct step *step, size_t type, const struct list_place *list, struct sha256 *ret_root,
                       struct err *err)
{
    const struct files *files = &step->files;
    OWN(own_sorter) struct sorter *sorter = sorter_new(step->place.dir, GROUP_BYTES, GROUP_BYTES, 0, err);
    OWN(own_list_out) struct list_out out = {0};
    struct list_place offered = files_list(files, files->offer, type, NULL, GROUP_BYTES);
    struct step_pass pass = {.list = &offered,
                             .root = &files->commit[WIRE_ASKER]->commit.type[type].records,
                             .scalar = &step->place.secrets->scalar[type]};
    if (sorter == NULL) {
        return -1;
    }
    TRY(step_multiply(step, &pass, sorter, err));
    TRY(sorter_sort(sorter, err));
    TRY(list_begin(&out, list, err));
    for (;;) {
        const uint8_t *record;
        TRY(sorter_next(sorter, &record, err));
        if (record == NULL) {
            return list_end(&out, ret_root, err);
        }
        TRY(list_put(&out, record, err));
    }
}

static int write_answer(struct step *step, struct err *err)
{
    struct wire_answer answer = {.run = step->files.offer->id, .types = step->place.secrets->types};
    OWN(own_buf) struct buf body = {0}, header = {0};
    struct sha256 id;
    uint64_t at = WIRE_FRAME_BYTES + SHA256_BYTES + 1 + (uint64_t)answer.types * (8 + SHA256_BYTES) + SIGN_BYTES;
    OWN(own_fd) int fd = place_begin(&step->place, "answer", err);
    for (size_t i = 0; fd >= 0 && i < answer.types; i++) {
        struct list_place list = {
            .fd = fd, .path = "answer.part", .at = at, .n = files_sent(&step->files, i), .width = GROUP_BYTES};
        answer.list[i].n = list.n;
        TRY(answer_type(step, i, &list, &answer.list[i].root, err));
        at += wire_list_bytes(list.n, GROUP_BYTES);
    }
    if (fd < 0) {
        return -1;
    }
    wire_put_answer(&body, &answer);
    TRY(wire_finish(&header, WIRE_ANSWER, &body, step->place.key, &id, err));
    TRY(list_write_at(fd, "answer.part", header.data, header.len, 0, err));
    return place_finish(&step->place, "answer", fd, err);
}

/* An asker who names the neutral's signing key beside a box of its own would be sent the keeper's tags: both keys are compared with those
 * that the keeper has from the neutral itself. */
static int check_neutral(struct step *step, struct err *err)
{
    const struct wire_offer *offer = &step->files.offer->offer;
    struct key_pair neutral;
    if (step->options->neutral == NULL) {
        return step_say(step, "neutral",
                        json_string("as the offer names it: not compared with the neutral's own FILE.pub (--neutral)"),
                        err);
    }
    TRY(key_pair_read(&neutral, step->options->neutral, false, err));
    if (memcmp(neutral.sign, offer->neutral, sizeof neutral.sign) == 0 &&
        memcmp(neutral.box, offer->neutral_box, sizeof neutral.box) == 0) {
        return step_say(step, "neutral", json_string("its keys are those of --neutral"), err);
    }
    err_set(err, ERR_TAMPERED, "%s: names other keys of the neutral than %s", files_name(step->files.offer),
            step->options->neutral);
    return err_remedy(err, "who has the keys that it names would read the tags: nothing is answered");
}

/* The offer's terms are the keeper's too. */
static int agree(struct step *step, struct err *err)
{
    const struct wire_file *offer = step->files.offer;
    if (offer->offer.run_number != step->options->run_number) {
        err_set(err, ERR_USAGE, "%s: calls itself run %u; by our log this is run %u", files_name(offer),
                offer->offer.run_number, step->options->run_number);
        return err_remedy(err, "every further run tells more; --run N if you agree that it is number N");
    }
    if (offer->offer.mode == WIRE_DIRECT && !step->options->is_direct) {
        err_set(err, ERR_USAGE,
                "%s: asks for direct mode: the asker counts, learns the number first, and nothing is audited",
                files_name(offer));
        return err_remedy(err, "--direct if you agree to it; better: name a neutral");
    }
    return offer->offer.mode == WIRE_NEUTRAL ? check_neutral(step, err) : 0;
}

static int spend(struct step *step, struct err *err)
{
    const struct wire_file *offer = step->files.offer;
    OWN(own_buf) struct buf header = {0};
    bool is_first;
    buf_put(&header, buf_str(&offer->head));
    wire_put_bytes(&header, offer->signature, SIGN_BYTES);
    TRY(buf_check(&header, err));
    return place_spend(&step->place, buf_str(&header), &is_first, err);
}

/* What was made before is opened as everybody else's files are. */
static int reopen(struct step *step, struct err *err)
{
    own_files(&step->files);
    TRY(files_open(&step->files, step->options->files, &step->place, err));
    return files_check(&step->files, NEED_BOTH | NEED_OFFER | NEED_ANSWER, err);
}

static int give_tags(struct step *step, struct err *err)
{
    if (step->files.offer->offer.mode == WIRE_DIRECT) {
        if (step->files.fix == NULL) {
            return step_say(step, "waits_for", json_string("the asker's fix, before the tags may leave"), err);
        }
        TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER | NEED_ANSWER | NEED_FIX, err));
        /* before the tags leave: who has seen them could sign another fix, of tags copied out of them */
        TRY(step_keep(step, "fix", step->files.fix, err));
    }
    return tags_write_keeper(step, err);
}

int step_answer(struct step *step, struct err *err)
{
    TRY(place_open(&step->place, step->options->state, false, err));
    TRY(step_role(step, WIRE_KEEPER, err));
    TRY(files_open(&step->files, step->options->files, &step->place, err));
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER, err));
    TRY(peer_check(step, step->files.commit[WIRE_ASKER], err));
    TRY(agree(step, err));
    /* what was answered in time may be sent again */
    TRY(step_deadline(step, !place_has(&step->place, "spent") && !step->options->is_late, err));
    TRY(step_unspent(step, &step->files.offer->id, err));
    TRY(spend(step, err));
    TRY(step_keep(step, "theirs", step->files.commit[WIRE_ASKER], err));
    if (!place_has(&step->place, "answer")) {
        TRY(write_answer(step, err));
    }
    TRY(reopen(step, err));
    TRY(step_say_id(step, "run", &step->files.offer->id, err));
    TRY(step_made(step, "answer", "the asker", err));
    return give_tags(step, err);
}
