/* The bodies of the eight files, written. Reading them is wire_parse.c; the two are kept side by side. */
#include "private/wire.h"

#include "base/banned.h"

void wire_put(struct buf *out, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i-- > 0;) {
        buf_putc(out, (char)(value >> (8 * i)));
    }
}

void wire_put_bytes(struct buf *out, const void *bytes, size_t count)
{
    buf_put(out, (struct str){bytes, count});
}

static void put_hash(struct buf *out, const struct sha256 *hash)
{
    wire_put_bytes(out, hash->bytes, SHA256_BYTES);
}

static void put_list(struct buf *out, const struct wire_list *list)
{
    wire_put(out, list->n, 8);
    put_hash(out, &list->root);
}

static void put_type(struct buf *out, const struct wire_type *type)
{
    wire_put_bytes(out, type->kinds, sizeof type->kinds);
    wire_put(out, type->rows, 8);
    wire_put(out, type->rejected, 8);
    wire_put(out, type->n, 8);
    wire_put(out, type->m, 8);
    wire_put_bytes(out, type->public_point.bytes, GROUP_BYTES);
    put_hash(out, &type->entries);
    put_hash(out, &type->records);
}

void wire_put_commit(struct buf *out, const struct wire_commit *commit)
{
    wire_put(out, commit->role, 1);
    wire_put(out, commit->types, 1);
    wire_put(out, commit->normalisation, 2);
    wire_put(out, commit->time, 8);
    wire_put_bytes(out, commit->party, SIGN_KEY_BYTES);
    put_hash(out, &commit->of_case);
    put_hash(out, &commit->source);
    put_hash(out, &commit->coin);
    put_hash(out, &commit->traps);
    for (size_t i = 0; i < commit->types; i++) {
        put_type(out, &commit->type[i]);
    }
}

void wire_put_offer(struct buf *out, const struct wire_offer *offer)
{
    put_hash(out, &offer->asker);
    put_hash(out, &offer->keeper);
    wire_put(out, offer->mode, 1);
    wire_put(out, 0, 1);
    wire_put(out, offer->min_count, 2);
    wire_put(out, offer->min_keys, 4);
    wire_put(out, offer->opened, 4);
    wire_put(out, offer->run_number, 4);
    wire_put(out, offer->deadline, 8);
    wire_put_bytes(out, offer->neutral, SIGN_KEY_BYTES);
    wire_put_bytes(out, offer->neutral_box, 32);
    put_hash(out, &offer->previous);
}

void wire_put_answer(struct buf *out, const struct wire_answer *answer)
{
    put_hash(out, &answer->run);
    wire_put(out, answer->types, 1);
    for (size_t i = 0; i < answer->types; i++) {
        put_list(out, &answer->list[i]);
    }
}

void wire_put_tags(struct buf *out, const struct wire_tags *tags)
{
    wire_put(out, tags->role, 1);
    put_hash(out, &tags->run);
    put_hash(out, &tags->answer);
    wire_put_bytes(out, tags->sealed, tags->sealed_bytes);
}

void wire_put_tags_secret(struct buf *out, const struct wire_tags_secret *secret)
{
    wire_put_bytes(out, secret->proof, sizeof secret->proof);
    wire_put_bytes(out, secret->coin, sizeof secret->coin);
    wire_put_bytes(out, secret->body_key, sizeof secret->body_key);
    wire_put(out, secret->types, 1);
    for (size_t i = 0; i < secret->types; i++) {
        put_list(out, &secret->list[i]);
    }
}

void wire_put_result(struct buf *out, const struct wire_result *result)
{
    put_hash(out, &result->run);
    put_hash(out, &result->answer);
    put_hash(out, &result->asker_tags);
    put_hash(out, &result->keeper_tags);
    wire_put_bytes(out, result->asker_coin, sizeof result->asker_coin);
    wire_put_bytes(out, result->keeper_coin, sizeof result->keeper_coin);
    wire_put(out, result->types, 1);
    for (size_t i = 0; i < result->types; i++) {
        wire_put(out, result->type[i].count, 8);
        put_hash(out, &result->type[i].root);
        for (size_t a = 0; a < WIRE_AUDITS; a++) {
            wire_put(out, result->type[i].audit[a].opened, 4);
            wire_put(out, result->type[i].audit[a].failed, 4);
            wire_put(out, result->type[i].audit[a].searched, 4);
            wire_put(out, result->type[i].audit[a].odd, 4);
        }
        wire_put(out, result->type[i].present, 4);
    }
}

void wire_put_ask(struct buf *out, const struct wire_ask *ask)
{
    put_hash(out, &ask->run);
    wire_put(out, ask->audit, 1);
    wire_put(out, ask->to, 1);
    wire_put(out, ask->opened, 4);
    wire_put_bytes(out, ask->asker_coin, sizeof ask->asker_coin);
    wire_put_bytes(out, ask->keeper_coin, sizeof ask->keeper_coin);
    for (size_t i = 0; i < ask->types; i++) {
        wire_put(out, i, 1);
        wire_put(out, ask->count[i], 4);
        wire_put_bytes(out, ask->points[i], ask->count[i] * sizeof *ask->points[i]);
    }
}

void wire_put_open(struct buf *out, const struct wire_open *open)
{
    put_hash(out, &open->run);
    wire_put(out, open->audit, 1);
    wire_put(out, open->role, 1);
    wire_put_bytes(out, open->sealed, sizeof open->sealed);
}

void wire_put_fix(struct buf *out, const struct wire_fix *fix)
{
    put_hash(out, &fix->run);
    put_hash(out, &fix->answer);
    for (size_t i = 0; i < fix->types; i++) {
        put_hash(out, &fix->root[i]);
    }
}
