/* The bodies of the eight files, read. Everything here was written by somebody else. */
#include "base/str.h"
#include "private/wire.h"
#include "private/wire_inside.h"

#include "base/banned.h"

const uint8_t *wire_take(struct wire_cursor *cursor, size_t count)
{
    if (cursor->bad || count > cursor->left) {
        cursor->bad = true;
        return NULL;
    }
    const uint8_t *at = cursor->at;
    cursor->at += count;
    cursor->left -= count;
    return at;
}

uint64_t wire_get(struct wire_cursor *cursor, size_t bytes)
{
    const uint8_t *at = wire_take(cursor, bytes);
    uint64_t value = 0;
    for (size_t i = 0; at != NULL && i < bytes; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

void wire_get_bytes(struct wire_cursor *cursor, void *out, size_t count)
{
    const uint8_t *at = wire_take(cursor, count);
    if (at != NULL) {
        memcpy(out, at, count);
    } else {
        memset(out, 0, count);
    }
}

static void get_hash(struct wire_cursor *cursor, struct sha256 *out)
{
    wire_get_bytes(cursor, out->bytes, SHA256_BYTES);
}

static int bad(struct err *err, const char *what)
{
    return err_set(err, ERR_FORMAT, "%s", what);
}

static int get_types(struct wire_cursor *cursor, uint8_t *ret_types, struct err *err)
{
    *ret_types = (uint8_t)wire_get(cursor, 1);
    if (*ret_types < 1 || *ret_types > SUITE_TYPES_MAX) {
        return err_set(err, ERR_FORMAT, "%u types of keys; 1 to %d are possible", *ret_types, SUITE_TYPES_MAX);
    }
    return 0;
}

static int get_count(struct wire_cursor *cursor, uint64_t *ret_n, struct err *err)
{
    *ret_n = wire_get(cursor, 8);
    if (*ret_n > WIRE_LIST_MAX) {
        return err_set(err, ERR_FORMAT, "a list of %llu records; 2^30 are the most", (unsigned long long)*ret_n);
    }
    return 0;
}

static int get_lists(struct wire_cursor *cursor, struct wire_list *lists, uint8_t types, struct err *err)
{
    for (size_t i = 0; i < types; i++) {
        TRY(get_count(cursor, &lists[i].n, err));
        get_hash(cursor, &lists[i].root);
    }
    return 0;
}

bool wire_kinds_rise(const uint8_t kinds[static SUITE_TYPES_MAX])
{
    bool ended = false;
    for (size_t i = 0; i < SUITE_TYPES_MAX; i++) {
        if (kinds[i] > 9 || (ended && kinds[i] != 0) || (kinds[i] != 0 && i > 0 && kinds[i] <= kinds[i - 1])) {
            return false;
        }
        ended = ended || kinds[i] == 0;
    }
    return kinds[0] != 0;
}

static int get_type(struct wire_cursor *cursor, struct wire_type *type, struct err *err)
{
    wire_get_bytes(cursor, type->kinds, sizeof type->kinds);
    type->rows = wire_get(cursor, 8);
    type->rejected = wire_get(cursor, 8);
    TRY(get_count(cursor, &type->n, err));
    TRY(get_count(cursor, &type->m, err));
    wire_get_bytes(cursor, type->public_point.bytes, GROUP_BYTES);
    get_hash(cursor, &type->entries);
    get_hash(cursor, &type->records);
    if (cursor->bad) {
        return bad(err, "the body ends within it");
    }
    if (!wire_kinds_rise(type->kinds)) {
        return bad(err, "fields of a key that do not ascend, or that this version does not know");
    }
    if (type->n + type->m > WIRE_LIST_MAX) {
        return bad(err, "a list of more than 2^30 records");
    }
    if (type->rejected > type->rows || type->n > type->rows - type->rejected) {
        return bad(err, "more keys than rows");
    }
    return 0;
}

static int get_commit(struct wire_cursor *cursor, struct wire_commit *commit, struct err *err)
{
    commit->role = (uint8_t)wire_get(cursor, 1);
    if (commit->role != WIRE_ASKER && commit->role != WIRE_KEEPER) {
        return err_set(err, ERR_FORMAT, "role %u; 1 (asker) and 2 (keeper) are known", commit->role);
    }
    TRY(get_types(cursor, &commit->types, err));
    commit->normalisation = (uint16_t)wire_get(cursor, 2);
    if (commit->normalisation != WIRE_NORMALISATION) {
        err_set(err, ERR_FORMAT, "keys spelled by table %u; this program has table %d", commit->normalisation,
                WIRE_NORMALISATION);
        return err_remedy(err, "both sides need the same version of assay");
    }
    commit->time = wire_get(cursor, 8);
    wire_get_bytes(cursor, commit->party, SIGN_KEY_BYTES);
    get_hash(cursor, &commit->of_case);
    get_hash(cursor, &commit->source);
    get_hash(cursor, &commit->coin);
    get_hash(cursor, &commit->traps);
    for (size_t i = 0; i < commit->types; i++) {
        TRY(get_type(cursor, &commit->type[i], err));
    }
    return 0;
}

static int get_offer(struct wire_cursor *cursor, struct wire_offer *offer, struct err *err)
{
    get_hash(cursor, &offer->asker);
    get_hash(cursor, &offer->keeper);
    offer->mode = (uint8_t)wire_get(cursor, 1);
    if (offer->mode != WIRE_NEUTRAL && offer->mode != WIRE_DIRECT) {
        return err_set(err, ERR_FORMAT, "mode %u; 1 (neutral) and 2 (direct) are known", offer->mode);
    }
    if (wire_get(cursor, 1) != 0) {
        return bad(err, "a reserved byte is not 0");
    }
    offer->min_count = (uint16_t)wire_get(cursor, 2);
    offer->min_keys = (uint32_t)wire_get(cursor, 4);
    offer->opened = (uint32_t)wire_get(cursor, 4);
    if (offer->opened > WIRE_OPENED_MAX) {
        return err_set(err, ERR_FORMAT, "%u rows to be opened; 65535 are the most", offer->opened);
    }
    offer->run_number = (uint32_t)wire_get(cursor, 4);
    offer->deadline = wire_get(cursor, 8);
    wire_get_bytes(cursor, offer->neutral, SIGN_KEY_BYTES);
    wire_get_bytes(cursor, offer->neutral_box, 32);
    get_hash(cursor, &offer->previous);
    return 0;
}

static int get_answer(struct wire_cursor *cursor, struct wire_answer *answer, struct err *err)
{
    get_hash(cursor, &answer->run);
    TRY(get_types(cursor, &answer->types, err));
    return get_lists(cursor, answer->list, answer->types, err);
}

static int get_tags(struct wire_cursor *cursor, struct wire_tags *tags, struct err *err)
{
    tags->role = (uint8_t)wire_get(cursor, 1);
    if (tags->role != WIRE_ASKER && tags->role != WIRE_KEEPER) {
        return err_set(err, ERR_FORMAT, "role %u; 1 (asker) and 2 (keeper) are known", tags->role);
    }
    get_hash(cursor, &tags->run);
    get_hash(cursor, &tags->answer);
    tags->sealed_bytes = cursor->left;
    if (tags->sealed_bytes > sizeof tags->sealed) {
        return bad(err, "what is sealed in it is longer than any");
    }
    wire_get_bytes(cursor, tags->sealed, tags->sealed_bytes);
    return 0;
}

bool wire_get_tags_secret(struct wire_tags_secret *secret, struct str bytes)
{
    struct wire_cursor cursor = {(const uint8_t *)bytes.data, bytes.len, false};
    wire_get_bytes(&cursor, secret->proof, sizeof secret->proof);
    wire_get_bytes(&cursor, secret->coin, sizeof secret->coin);
    wire_get_bytes(&cursor, secret->body_key, sizeof secret->body_key);
    return get_types(&cursor, &secret->types, NULL) == 0 &&
           get_lists(&cursor, secret->list, secret->types, NULL) == 0 && !cursor.bad && cursor.left == 0;
}

static int get_result(struct wire_cursor *cursor, struct wire_result *result, struct err *err)
{
    get_hash(cursor, &result->run);
    get_hash(cursor, &result->answer);
    get_hash(cursor, &result->asker_tags);
    get_hash(cursor, &result->keeper_tags);
    wire_get_bytes(cursor, result->asker_coin, sizeof result->asker_coin);
    wire_get_bytes(cursor, result->keeper_coin, sizeof result->keeper_coin);
    TRY(get_types(cursor, &result->types, err));
    for (size_t i = 0; i < result->types; i++) {
        result->type[i].count = wire_get(cursor, 8);
        get_hash(cursor, &result->type[i].root);
        for (size_t a = 0; a < WIRE_AUDITS; a++) {
            struct wire_audit *audit = &result->type[i].audit[a];
            audit->opened = (uint32_t)wire_get(cursor, 4);
            audit->failed = (uint32_t)wire_get(cursor, 4);
            audit->searched = (uint32_t)wire_get(cursor, 4);
            audit->odd = (uint32_t)wire_get(cursor, 4);
            if (audit->failed > audit->opened || audit->searched > audit->opened || audit->odd > audit->searched) {
                return bad(err, "an audit that found more than it looked at");
            }
        }
        result->type[i].present = (uint32_t)wire_get(cursor, 4);
        if (result->type[i].present > result->type[i].audit[2].opened) {
            return bad(err, "an audit that found more than it looked at");
        }
    }
    return 0;
}

static int get_ask(struct wire_cursor *cursor, struct wire_ask *ask, struct err *err)
{
    get_hash(cursor, &ask->run);
    ask->audit = (uint8_t)wire_get(cursor, 1);
    if (ask->audit < 1 || ask->audit > WIRE_AUDITS) {
        return err_set(err, ERR_FORMAT, "audit %u; 1, 2 and 3 are known", ask->audit);
    }
    ask->to = (uint8_t)wire_get(cursor, 1);
    if (ask->to != WIRE_ASKER && ask->to != WIRE_KEEPER) {
        return err_set(err, ERR_FORMAT, "role %u; 1 (asker) and 2 (keeper) are known", ask->to);
    }
    ask->opened = (uint32_t)wire_get(cursor, 4);
    wire_get_bytes(cursor, ask->asker_coin, sizeof ask->asker_coin);
    wire_get_bytes(cursor, ask->keeper_coin, sizeof ask->keeper_coin);
    while (ask->audit == 3 && cursor->left != 0) {
        if (ask->types == SUITE_TYPES_MAX || wire_get(cursor, 1) != ask->types) {
            return bad(err, "types of keys that do not ascend");
        }
        uint32_t count = (uint32_t)wire_get(cursor, 4);
        const uint8_t *points = count <= WIRE_ASKED_MAX ? wire_take(cursor, (size_t)count * GROUP_BYTES) : NULL;
        if (points == NULL) {
            return bad(err, "fewer points than it says");
        }
        ask->points[ask->types] = (const struct group_point *)points;
        ask->count[ask->types++] = count;
    }
    return 0;
}

static int get_open(struct wire_cursor *cursor, struct wire_open *open, struct err *err)
{
    get_hash(cursor, &open->run);
    open->audit = (uint8_t)wire_get(cursor, 1);
    open->role = (uint8_t)wire_get(cursor, 1);
    wire_get_bytes(cursor, open->sealed, sizeof open->sealed);
    if (open->audit < 1 || open->audit > WIRE_AUDITS || open->role < WIRE_ASKER || open->role > WIRE_KEEPER) {
        return err_set(err, ERR_FORMAT, "audit %u of role %u; audits 1 to 3 of roles 1 and 2 are known", open->audit,
                       open->role);
    }
    return 0;
}

static int get_fix(struct wire_cursor *cursor, struct wire_fix *fix, struct err *err)
{
    get_hash(cursor, &fix->run);
    get_hash(cursor, &fix->answer);
    if (cursor->left % SHA256_BYTES != 0 || cursor->left == 0 || cursor->left / SHA256_BYTES > SUITE_TYPES_MAX) {
        return bad(err, "roots of 1 to 8 types are wanted");
    }
    fix->types = (uint8_t)(cursor->left / SHA256_BYTES);
    for (size_t i = 0; i < fix->types; i++) {
        get_hash(cursor, &fix->root[i]);
    }
    return 0;
}

static int get_body(struct wire_cursor *cursor, struct wire_file *file, struct err *err)
{
    switch (file->kind) {
    case WIRE_COMMIT:
        return get_commit(cursor, &file->commit, err);
    case WIRE_OFFER:
        return get_offer(cursor, &file->offer, err);
    case WIRE_ANSWER:
        return get_answer(cursor, &file->answer, err);
    case WIRE_TAGS:
        return get_tags(cursor, &file->tags, err);
    case WIRE_RESULT:
        return get_result(cursor, &file->result, err);
    case WIRE_ASK:
        return get_ask(cursor, &file->ask, err);
    case WIRE_OPEN:
        return get_open(cursor, &file->open, err);
    case WIRE_FIX:
        return get_fix(cursor, &file->fix, err);
    case WIRE_KINDS:
        break;
    }
    return bad(err, "a kind of file that this version does not know");
}

int wire_parse_body(struct wire_file *file, struct err *err)
{
    struct wire_cursor cursor = {(const uint8_t *)file->head.data + WIRE_FRAME_BYTES, file->head.len - WIRE_FRAME_BYTES,
                                 false};
    TRY(get_body(&cursor, file, err));
    return cursor.bad         ? bad(err, "the body ends within it")
           : cursor.left != 0 ? err_set(err, ERR_FORMAT, "%zu bytes too many in the body", cursor.left)
                              : 0;
}
