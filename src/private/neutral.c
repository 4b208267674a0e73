/* What the neutral does before anything else: whoever cheated up to here is named, and nothing was counted. */
#include <sodium.h>
#include <stdlib.h>

#include "base/file.h"
#include "private/neutral.h"
#include "private/sorter.h"

#include "base/banned.h"

void own_neutral(struct neutral *neutral)
{
    for (size_t i = 0; i < SUITE_TYPES_MAX; i++) {
        free(neutral->asker[i].positions);
        free(neutral->asker[i].points);
        free(neutral->keeper[i].positions);
        free(neutral->keeper[i].points);
    }
    sodium_free(neutral->secret[WIRE_ASKER]);
    sodium_free(neutral->secret[WIRE_KEEPER]);
    sodium_free(neutral->key);
    *neutral = (struct neutral){0};
}

/* The keys of whoever counts: the neutral's of --sign, or in direct mode the asker's own. */
static int take_keys(struct step *step, struct neutral *neutral, uint8_t box_seed[static 32], struct err *err)
{
    struct key_pair pair;
    bool is_direct = step->files.offer->offer.mode == WIRE_DIRECT;
    neutral->key = sodium_malloc(sizeof *neutral->key);
    if (neutral->key == NULL) {
        return err_no_memory(err);
    }
    if (is_direct) {
        TRY(step_role(step, WIRE_ASKER, err));
        *neutral->key = *step->place.key;
        memcpy(box_seed, step->place.secrets->box_seed, 32);
    } else {
        TRY(step_key(step, &pair, err));
        TRY(sign_from_seed(neutral->key, pair.sign, err));
        memcpy(box_seed, pair.box, 32);
        sodium_memzero(&pair, sizeof pair);
    }
    if (memcmp(neutral->key->public_key, step->files.offer->offer.neutral, SIGN_KEY_BYTES) != 0) {
        err_set(err, ERR_USAGE, "%s: the offer names another neutral than this key's",
                is_direct ? step->place.path : step->options->key_file);
        return err_remedy(err, "--sign takes the secret key whose public half the asker gave to assay private offer");
    }
    return 0;
}

/* Of the asker, and of the keeper if up_to says so. */
static int unseal_up_to(uint8_t up_to, struct step *step, struct neutral *neutral, struct err *err)
{
    uint8_t box_seed[32];
    int failed = take_keys(step, neutral, box_seed, err);
    for (uint8_t role = WIRE_ASKER; failed == 0 && role <= up_to; role++) {
        neutral->secret[role] = sodium_malloc(sizeof *neutral->secret[role]);
        failed = neutral->secret[role] == NULL ? err_no_memory(err)
                                               : step_unseal(&step->files, role, box_seed, neutral->secret[role], err);
    }
    sodium_memzero(box_seed, sizeof box_seed);
    return failed;
}

static int unseal(struct step *step, struct neutral *neutral, struct err *err)
{
    TRY(unseal_up_to(WIRE_KEEPER, step, neutral, err));
    memcpy(neutral->seed, step->files.offer->id.bytes, 32);
    memcpy(neutral->seed + 32, neutral->secret[WIRE_ASKER]->coin, 32);
    memcpy(neutral->seed + 64, neutral->secret[WIRE_KEEPER]->coin, 32);
    return 0;
}

/* ---- audit 0, and where the drawn keys lie ---- */

struct locate {
    struct drawn *drawn;
    size_t *order; /* drawn[order[i]] ascends by rank */
    size_t next;
    uint64_t rank; /* of the next key */
};

/* A record of the offer that is no trap is a key. */
static int locate(void *self, uint64_t position, const uint8_t *record, bool is_trap, struct err *err)
{
    struct locate *at = self;
    (void)err;
    if (is_trap) {
        return 0;
    }
    if (at->next < at->drawn->count && at->drawn->positions[at->order[at->next]] == at->rank) {
        size_t which = at->order[at->next++];
        at->drawn->positions[which] = position;
        memcpy(at->drawn->points[which].bytes, record, GROUP_BYTES);
    }
    at->rank++;
    return 0;
}

static int by_rank(const void *left, const void *right, void *ranks)
{
    uint64_t a = ((const uint64_t *)ranks)[*(const size_t *)left],
             b = ((const uint64_t *)ranks)[*(const size_t *)right];
    return a < b ? -1 : a > b;
}

static int draw(struct drawn *drawn, uint64_t n, uint32_t want, const struct neutral *neutral, uint8_t audit,
                uint8_t type, struct err *err)
{
    drawn->count = want < n ? want : (size_t)n;
    drawn->positions = calloc(drawn->count + 1, sizeof *drawn->positions);
    drawn->points = calloc(drawn->count + 1, sizeof *drawn->points);
    if (drawn->positions == NULL || drawn->points == NULL) {
        return err_no_memory(err);
    }
    return suite_draw(drawn->positions, drawn->count, n, neutral->seed, audit, type, err);
}

static int check_offered(struct step *step, struct neutral *neutral, uint8_t type, struct err *err)
{
    const struct files *files = &step->files;
    const struct wire_type *asker = &files->commit[WIRE_ASKER]->commit.type[type];
    struct drawn *drawn = &neutral->asker[type];
    OWN(own_sorter) struct sorter *traps = sorter_new(step->place.dir, GROUP_BYTES, GROUP_BYTES, 0, err);
    OWN(own_mem) size_t *order = calloc(drawn->count + 1, sizeof *order);
    if (traps == NULL || order == NULL) {
        return err_no_memory(err);
    }
    for (size_t i = 0; i < drawn->count; i++) {
        order[i] = i;
    }
    qsort_r(order, drawn->count, sizeof *order, by_rank, drawn->positions);
    struct locate at = {.drawn = drawn, .order = order};
    TRY(step_traps(step->place.dir, neutral->secret[WIRE_ASKER]->proof, type, asker->m, NULL, traps, err));
    struct step_find find = {.few = traps, .width = GROUP_BYTES, .self = &at, .visit = locate};
    struct list_place list = files_list(files, files->offer, type, NULL, GROUP_BYTES);
    TRY(step_find_in(&find, &list, &asker->records, err));
    if (find.missing == 0) {
        return 0;
    }
    return err_set(err, ERR_TAMPERED,
                   "%s: the asker hides keys among its traps: %llu of %llu traps are not where it said (type %u)",
                   files_name(files->offer), (unsigned long long)find.missing, (unsigned long long)asker->m, type + 1U);
}

static int check_answered(struct step *step, struct neutral *neutral, uint8_t type, struct err *err)
{
    const struct files *files = &step->files;
    uint64_t m = files->commit[WIRE_ASKER]->commit.type[type].m;
    OWN(own_sorter) struct sorter *traps = sorter_new(step->place.dir, GROUP_BYTES, GROUP_BYTES, 0, err);
    if (traps == NULL) {
        return -1;
    }
    TRY(step_traps(step->place.dir, neutral->secret[WIRE_ASKER]->proof, type, m,
                   &files->commit[WIRE_KEEPER]->commit.type[type].public_point, traps, err));
    struct step_find find = {.few = traps, .width = GROUP_BYTES};
    struct list_place list = files_list(files, files->answer, type, NULL, GROUP_BYTES);
    TRY(step_find_in(&find, &list, &files->answer->answer.list[type].root, err));
    return find.missing == 0
               ? 0
               : err_set(err, ERR_TAMPERED, "%s: the keeper answered falsely: %llu of %llu traps are missing (type %u)",
                         files_name(files->answer), (unsigned long long)find.missing, (unsigned long long)m, type + 1U);
}

static int check_fixed(const struct files *files, const struct neutral *neutral, size_t type, struct err *err)
{
    return files->offer->offer.mode != WIRE_DIRECT ||
                   sha256_eq(&files->fix->fix.root[type], &neutral->secret[WIRE_ASKER]->list[type].root)
               ? 0
               : err_set(err, ERR_TAMPERED, "%s: other tags than those fixed before the keeper's were seen",
                         files_name(files->fix));
}

int neutral_open(struct step *step, struct neutral *neutral, uint32_t want, struct err *err)
{
    const struct files *files = &step->files;
    *neutral = (struct neutral){0};
    TRY(files_check(files, NEED_BOTH | NEED_OFFER | NEED_ANSWER | NEED_ASKER_TAGS | NEED_KEEPER_TAGS, err));
    if (files->offer->offer.mode == WIRE_DIRECT) {
        TRY(files_check(files, NEED_BOTH | NEED_OFFER | NEED_ANSWER | NEED_FIX, err));
    }
    TRY(unseal(step, neutral, err));
    for (uint8_t i = 0; i < files->commit[WIRE_ASKER]->commit.types; i++) {
        TRY(draw(&neutral->asker[i], files->commit[WIRE_ASKER]->commit.type[i].n, want, neutral, 1, i, err));
        TRY(draw(&neutral->keeper[i], files->commit[WIRE_KEEPER]->commit.type[i].n, want, neutral, 2, i, err));
        TRY(check_offered(step, neutral, i, err));
        TRY(check_answered(step, neutral, i, err));
        TRY(check_fixed(files, neutral, i, err));
    }
    return 0;
}

int neutral_traps(struct step *step, struct err *err)
{
    OWN(own_neutral) struct neutral neutral = {0};
    TRY(files_check(&step->files, NEED_BOTH | NEED_OFFER | NEED_ANSWER | NEED_ASKER_TAGS, err));
    TRY(unseal_up_to(WIRE_ASKER, step, &neutral, err));
    for (uint8_t i = 0; i < step->files.commit[WIRE_ASKER]->commit.types; i++) {
        TRY(check_offered(step, &neutral, i, err));
        TRY(check_answered(step, &neutral, i, err));
    }
    return 0;
}

int neutral_bind(struct step *step, bool is_draw, struct err *err)
{
    const struct files *files = &step->files;
    const struct wire_file *bound[] = {files->offer, files->answer, files->tags[WIRE_ASKER], files->tags[WIRE_KEEPER]};
    OWN(own_buf) struct buf ids = {0}, before = {0};
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++) {
        wire_put_bytes(&ids, bound[i]->id.bytes, SHA256_BYTES);
    }
    TRY(buf_check(&ids, err));
    if (!place_has(&step->place, "drawn")) {
        return is_draw ? place_put(&step->place, "drawn", buf_str(&ids), err) : 0;
    }
    TRY(file_read_at(step->place.dir, "drawn", ids.len, &before, err));
    for (size_t i = 0; i < sizeof bound / sizeof *bound; i++) {
        size_t at = i * SHA256_BYTES;
        if (before.len != ids.len || memcmp(before.data + at, ids.data + at, SHA256_BYTES) != 0) {
            err_set(err, ERR_TAMPERED, "%s: not the file that the rows were drawn over", files_name(bound[i]));
            return err_remedy(err,
                              "its sender knows the draw by now, and could have changed what was not drawn: go on with "
                              "the first one, and keep both");
        }
    }
    return 0;
}
