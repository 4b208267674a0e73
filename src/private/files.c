/* Sorting received files out. */
#include <stdio.h>

#include "private/files.h"
#include "private/list.h"

#include "base/banned.h"

const char *files_name(const struct wire_file *file)
{
    return file->path != NULL ? file->path : wire_kind_name(file->kind);
}

static const struct wire_file **slot_of(struct files *files, const struct wire_file *file)
{
    switch (file->kind) {
    case WIRE_COMMIT:
        return &files->commit[file->commit.role];
    case WIRE_OFFER:
        return &files->offer;
    case WIRE_ANSWER:
        return &files->answer;
    case WIRE_TAGS:
        return &files->tags[file->tags.role];
    case WIRE_RESULT:
        return &files->result;
    case WIRE_ASK:
        return &files->ask[file->ask.to][file->ask.audit];
    case WIRE_OPEN:
        return &files->open[file->open.role][file->open.audit];
    case WIRE_FIX:
        return &files->fix;
    case WIRE_KINDS: /* no such file is parsed */
        break;
    }
    return &files->commit[0];
}

static int add(struct files *files, const char *path, struct err *err)
{
    if (files->count == FILES_MAX) {
        return err_set(err, ERR_USAGE, "%s: more files than a run has", path);
    }
    struct wire_file *file = &files->all[files->count];
    TRY(wire_open(file, path, err));
    files->count++;
    const struct wire_file **slot = slot_of(files, file);
    if (*slot != NULL && !sha256_eq(&(*slot)->id, &file->id)) {
        err_set(err, ERR_USAGE, "%s and %s are two different files of one kind (%s)", (*slot)->path, path,
                wire_kind_name(file->kind));
        return err_remedy(err, "give the files of one run");
    }
    if (*slot == NULL) {
        *slot = file;
    }
    return 0;
}

int files_open(struct files *files, const char *const *paths, const struct place *place, struct err *err)
{
    static const char *const own[] = {"commit", "theirs", "offer", "answer", "tags", "fix"};
    *files = (struct files){0};
    for (size_t i = 0; paths != NULL && paths[i] != NULL; i++) {
        TRY(add(files, paths[i], err));
    }
    for (size_t i = 0; place != NULL && i < sizeof own / sizeof *own; i++) {
        char path[4096];
        place_name(place, own[i], path, sizeof path);
        if (place_has(place, own[i])) {
            TRY(add(files, path, err));
        }
    }
    return 0;
}

void own_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        wire_close(&files->all[i]);
    }
    files->count = 0;
}

uint64_t files_sent(const struct files *files, size_t type)
{
    const struct wire_type *asker = &files->commit[WIRE_ASKER]->commit.type[type];
    return asker->n + asker->m;
}

/* Records of a type's list in a file. */
static uint64_t length_of(const struct files *files, const struct wire_file *file, size_t type)
{
    bool is_keepers = file->kind == WIRE_TAGS && file->tags.role == WIRE_KEEPER;
    return is_keepers ? files->commit[WIRE_KEEPER]->commit.type[type].n : files_sent(files, type);
}

struct list_place files_list(const struct files *files, const struct wire_file *file, size_t type,
                             const uint8_t *body_key, size_t width)
{
    struct list_place place = {.fd = file->fd,
                               .path = files_name(file),
                               .at = wire_lists_at(file),
                               .n = length_of(files, file, type),
                               .width = width,
                               .body_key = body_key,
                               .stream_at = wire_lists_at(file)};
    for (size_t i = 0; i < type; i++) {
        place.at += wire_list_bytes(length_of(files, file, i), width);
    }
    return place;
}

/* ---- what a step needs ---- */

static int check_there(const struct files *files, unsigned needs, struct err *err)
{
    const struct {
        const struct wire_file *file;
        const char *what;
    } rows[] = {{files->commit[WIRE_ASKER], "the asker's commitment"},
                {files->commit[WIRE_KEEPER], "the keeper's commitment"},
                {files->offer, "the offer"},
                {files->answer, "the answer"},
                {files->tags[WIRE_ASKER], "the asker's tags"},
                {files->tags[WIRE_KEEPER], "the keeper's tags"},
                {files->result, "the result"},
                {files->fix, "the asker's fix"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((needs >> i & 1U) != 0 && rows[i].file == NULL) {
            err_set(err, ERR_USAGE, "%s is missing", rows[i].what);
            return err_remedy(err, "give it as a further file; the order does not matter");
        }
    }
    return 0;
}

static int says(const struct wire_file *file, const char *what, struct err *err)
{
    return err_set(err, ERR_FORMAT, "%s: %s", files_name(file), what);
}

static int check_sizes(const struct wire_file *file, struct err *err)
{
    bool is_asker = file->commit.role == WIRE_ASKER;
    static const struct sha256 zeros;
    if (!is_asker && !sha256_eq(&file->commit.traps, &zeros)) {
        return says(file, "a keeper's commitment names traps", err);
    }
    for (size_t i = 0; i < file->commit.types; i++) {
        const struct wire_type *type = &file->commit.type[i];
        uint64_t rule = is_asker ? suite_traps(type->n) : 0;
        if (group_best()->check(&type->public_point, 1) != 1) {
            return says(file, "its public point is none", err);
        }
        if (type->m < rule || type->m > 2 * rule) {
            return err_set(err, ERR_FORMAT, "%s: %llu traps among %llu keys, where the rule wants %llu",
                           files_name(file), (unsigned long long)type->m, (unsigned long long)type->n,
                           (unsigned long long)rule);
        }
        if (type->n == 0) {
            return says(file, "an empty list", err);
        }
    }
    return 0;
}

static int check_commit(const struct wire_file *file, struct err *err)
{
    char whose[64];
    (void)snprintf(whose, sizeof whose, "the %s that it names", wire_role_name(file->commit.role));
    TRY(wire_check_signer(file, file->commit.party, whose, err));
    TRY(wire_check_length(file, 0, err));
    return check_sizes(file, err);
}

static int check_pair(const struct wire_file *asker, const struct wire_file *keeper, struct err *err)
{
    if (asker->commit.types != keeper->commit.types) {
        return err_set(err, ERR_FORMAT, "%s has %u types of keys, %s %u: both must commit to the same",
                       files_name(asker), asker->commit.types, files_name(keeper), keeper->commit.types);
    }
    for (size_t i = 0; i < asker->commit.types; i++) {
        if (memcmp(asker->commit.type[i].kinds, keeper->commit.type[i].kinds, SUITE_TYPES_MAX) != 0) {
            err_set(err, ERR_FORMAT, "%s and %s are made of different fields (type %zu)", files_name(asker),
                    files_name(keeper), i + 1);
            return err_remedy(err, "both sides commit with the same --key, in the same order");
        }
    }
    if (!sha256_eq(&asker->commit.of_case, &keeper->commit.of_case)) {
        return err_set(err, ERR_FORMAT, "%s and %s belong to different cases", files_name(asker), files_name(keeper));
    }
    return memcmp(asker->commit.party, keeper->commit.party, SIGN_KEY_BYTES) != 0
               ? 0
               : err_set(err, ERR_FORMAT, "%s and %s are signed by one party", files_name(asker), files_name(keeper));
}

static int check_terms(const struct files *files, struct err *err)
{
    const struct wire_offer *offer = &files->offer->offer;
    const struct wire_commit *asker = &files->commit[WIRE_ASKER]->commit;
    if (offer->min_keys < WIRE_KEYS_FLOOR) {
        return err_set(err, ERR_FORMAT, "%s: a floor of %u keys; below 20 a count tells about persons, and is refused",
                       files_name(files->offer), offer->min_keys);
    }
    for (size_t i = 0; i < asker->types; i++) {
        if (asker->type[i].n < offer->min_keys) {
            return err_set(err, ERR_FORMAT, "%s: %llu keys, where the offer's floor is %u",
                           files_name(files->commit[WIRE_ASKER]), (unsigned long long)asker->type[i].n,
                           offer->min_keys);
        }
    }
    if ((uint64_t)offer->opened * asker->types > WIRE_ASKED_MAX) {
        return err_set(err, ERR_FORMAT, "%s: %u rows of %u types to be opened; together 30000 are the most",
                       files_name(files->offer), offer->opened, asker->types);
    }
    if (!sign_is_key(offer->neutral)) {
        return says(files->offer, "the neutral's key is none", err);
    }
    bool is_own = memcmp(offer->neutral, asker->party, SIGN_KEY_BYTES) == 0;
    bool is_keepers = memcmp(offer->neutral, files->commit[WIRE_KEEPER]->commit.party, SIGN_KEY_BYTES) == 0;
    return is_own != (offer->mode == WIRE_DIRECT) || is_keepers
               ? says(files->offer, "the neutral is a party, or in direct mode another than the asker", err)
               : 0;
}

static int check_offer(const struct files *files, struct err *err)
{
    const struct wire_file *file = files->offer;
    uint64_t lists = 0;
    TRY(wire_check_signer(file, files->commit[WIRE_ASKER]->commit.party, "the asker", err));
    if (!sha256_eq(&file->offer.asker, &files->commit[WIRE_ASKER]->id) ||
        !sha256_eq(&file->offer.keeper, &files->commit[WIRE_KEEPER]->id)) {
        err_set(err, ERR_FORMAT, "%s: made for other commitments than these", files_name(file));
        return err_remedy(err, "give the commitments of this run");
    }
    for (size_t i = 0; i < files->commit[WIRE_ASKER]->commit.types; i++) {
        lists += wire_list_bytes(files_sent(files, i), GROUP_BYTES);
    }
    TRY(wire_check_length(file, lists, err));
    return check_terms(files, err);
}

static int check_run(const struct files *files, const struct wire_file *file, const struct sha256 *run,
                     const struct sha256 *answer, struct err *err)
{
    if (!sha256_eq(run, &files->offer->id)) {
        err_set(err, ERR_FORMAT, "%s: of another run", files_name(file));
        return err_remedy(err, "give the files of one run");
    }
    return answer == NULL || sha256_eq(answer, &files->answer->id) ? 0 : says(file, "made for another answer", err);
}

static int check_answer(const struct files *files, struct err *err)
{
    const struct wire_file *file = files->answer;
    uint64_t lists = 0;
    TRY(wire_check_signer(file, files->commit[WIRE_KEEPER]->commit.party, "the keeper", err));
    TRY(check_run(files, file, &file->answer.run, NULL, err));
    if (file->answer.types != files->commit[WIRE_KEEPER]->commit.types) {
        return says(file, "as many types of keys as were not committed", err);
    }
    for (size_t i = 0; i < file->answer.types; i++) {
        lists += wire_list_bytes(files_sent(files, i), GROUP_BYTES);
        if (file->answer.list[i].n != files_sent(files, i)) {
            return err_set(err, ERR_FORMAT, "%s: %llu answers to %llu points", files_name(file),
                           (unsigned long long)file->answer.list[i].n, (unsigned long long)files_sent(files, i));
        }
    }
    return wire_check_length(file, lists, err);
}

static int check_tags(const struct files *files, uint8_t role, struct err *err)
{
    const struct wire_file *file = files->tags[role];
    char whose[32];
    uint64_t lists = 0;
    (void)snprintf(whose, sizeof whose, "the %s", wire_role_name(role));
    TRY(wire_check_signer(file, files->commit[role]->commit.party, whose, err));
    TRY(check_run(files, file, &file->tags.run, &file->tags.answer, err));
    for (size_t i = 0; i < files->commit[role]->commit.types; i++) {
        lists += wire_list_bytes(length_of(files, file, i), SUITE_TAG_BYTES);
    }
    return wire_check_length(file, lists, err);
}

static int check_fix(const struct files *files, struct err *err)
{
    const struct wire_file *file = files->fix;
    TRY(wire_check_signer(file, files->commit[WIRE_ASKER]->commit.party, "the asker", err));
    TRY(check_run(files, file, &file->fix.run, &file->fix.answer, err));
    TRY(wire_check_length(file, 0, err));
    return file->fix.types == files->commit[WIRE_ASKER]->commit.types
               ? 0
               : says(file, "as many types of keys as were not committed", err);
}

static int check_coin(const struct wire_file *file, const struct wire_file *commit,
                      const uint8_t coin[static SUITE_SECRET_BYTES], struct err *err)
{
    struct sha256 made = suite_hash("coin", (struct str){(const char *)coin, SUITE_SECRET_BYTES});
    return sha256_eq(&made, &commit->commit.coin)
               ? 0
               : err_set(err, ERR_TAMPERED, "%s: the %s's coin is not the one committed to", files_name(file),
                         wire_role_name(commit->commit.role));
}

static int check_coins(const struct files *files, const struct wire_file *file, const uint8_t *asker,
                       const uint8_t *keeper, struct err *err)
{
    TRY(check_coin(file, files->commit[WIRE_ASKER], asker, err));
    return check_coin(file, files->commit[WIRE_KEEPER], keeper, err);
}

static int check_result(const struct files *files, struct err *err)
{
    const struct wire_file *file = files->result;
    bool is_direct = files->offer->offer.mode == WIRE_DIRECT;
    TRY(wire_check_signer(file, files->offer->offer.neutral, is_direct ? "the asker" : "the neutral", err));
    TRY(check_run(files, file, &file->result.run, &file->result.answer, err));
    TRY(wire_check_length(file, 0, err));
    if (file->result.types != files->commit[WIRE_ASKER]->commit.types) {
        return says(file, "as many types of keys as were not committed", err);
    }
    for (uint8_t role = WIRE_ASKER; role != WIRE_KEEPER + 1; role++) {
        const struct sha256 *of = role == WIRE_ASKER ? &file->result.asker_tags : &file->result.keeper_tags;
        const struct wire_file *own = role == WIRE_ASKER && is_direct ? files->fix : files->tags[role];
        if (own != NULL && !sha256_eq(of, &own->id)) {
            return says(file, "counted from other tags than these", err);
        }
    }
    return check_coins(files, file, file->result.asker_coin, file->result.keeper_coin, err);
}

int files_check(const struct files *files, unsigned needs, struct err *err)
{
    TRY(check_there(files, needs, err));
    for (uint8_t role = WIRE_ASKER; role != WIRE_KEEPER + 1; role++) {
        if (files->commit[role] != NULL) {
            TRY(check_commit(files->commit[role], err));
        }
    }
    if ((needs & NEED_BOTH) == NEED_BOTH) {
        TRY(check_pair(files->commit[WIRE_ASKER], files->commit[WIRE_KEEPER], err));
    }
    if ((needs & NEED_OFFER) != 0) {
        TRY(check_offer(files, err));
    }
    if ((needs & NEED_ANSWER) != 0) {
        TRY(check_answer(files, err));
    }
    if ((needs & NEED_ASKER_TAGS) != 0) {
        TRY(check_tags(files, WIRE_ASKER, err));
    }
    if ((needs & NEED_KEEPER_TAGS) != 0) {
        TRY(check_tags(files, WIRE_KEEPER, err));
    }
    if ((needs & NEED_FIX) != 0) {
        TRY(check_fix(files, err));
    }
    return (needs & NEED_RESULT) != 0 ? check_result(files, err) : 0;
}

int files_check_ask(const struct files *files, const struct wire_file *ask, struct err *err)
{
    TRY(wire_check_signer(ask, files->offer->offer.neutral, "the neutral", err));
    TRY(check_run(files, ask, &ask->ask.run, NULL, err));
    TRY(wire_check_length(ask, 0, err));
    if (ask->ask.opened != files->offer->offer.opened) {
        return says(ask, "asks for other rows than the offer agreed to", err);
    }
    return check_coins(files, ask, ask->ask.asker_coin, ask->ask.keeper_coin, err);
}

int files_check_open(const struct files *files, const struct wire_file *open, struct err *err)
{
    char whose[32];
    (void)snprintf(whose, sizeof whose, "the %s", wire_role_name(open->open.role));
    TRY(wire_check_signer(open, files->commit[open->open.role]->commit.party, whose, err));
    return check_run(files, open, &open->open.run, NULL, err);
}
