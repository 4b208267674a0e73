/* The steering; every byte that a decoder gave goes out before the reason why it gave no more. */
#include <stdlib.h>

#include "formats/unpack.h"

#include "base/banned.h"

enum { BOMB_RATIO = 1000 /* logs of one request again and again stay below */ };
#define BOMB_FREE_BYTES (UINT64_C(4) << 30) /* below this any ratio is fine */

struct unpack {
    const struct unpacking *kind;
    struct raw *raw;
    void *decoder; /* NULL: between members */
    bool is_ended;
    struct err pending; /* a damage, told after the bytes before it */
    uint64_t in_bytes, out_bytes;
};

void unpack_close(void *state)
{
    struct unpack *unpack = state;
    if (unpack != NULL) {
        if (unpack->decoder != NULL) {
            unpack->kind->stop(unpack->decoder);
        }
        free(unpack);
    }
}

static struct str window(const struct raw *raw)
{
    return (struct str){raw->data + raw->from, raw->to - raw->from};
}

void *unpack_open(const struct unpacking *kind, struct raw *raw, struct err *err)
{
    struct unpack *unpack = calloc(1, sizeof *unpack);
    if (unpack == NULL || (unpack->decoder = kind->start(window(raw))) == NULL) {
        free(unpack);
        err_set(err, ERR_LIMIT, "no memory to unpack");
        return NULL;
    }
    unpack->kind = kind;
    unpack->raw = raw;
    return unpack;
}

static void stop_with(struct unpack *unpack, enum err_kind why, const char *what)
{
    unpack->is_ended = true;
    err_set(&unpack->pending, why, "%s %s at byte %llu (of the packed file), %llu bytes unpacked", unpack->kind->name,
            what, (unsigned long long)unpack->in_bytes, (unsigned long long)unpack->out_bytes);
}

static void take(struct unpack *unpack, size_t bytes)
{
    unpack->raw->from += bytes;
    unpack->in_bytes += bytes;
}

/* Between two members: another one, zeros to the end, or something that does not belong. The window is not empty. */
static void between(struct unpack *unpack)
{
    struct str rest = window(unpack->raw);
    size_t zeros = 0;
    while (zeros < rest.len && rest.data[zeros] == '\0') {
        zeros++;
    }
    take(unpack, zeros);
    rest = window(unpack->raw);
    if (rest.len == 0) {
        return;
    }
    /* A member's first bytes may lie across two windows: what little there is, is compared. */
    enum { MAGIC_BYTES = 16 };
    char head[MAGIC_BYTES];
    size_t len = rest.len < MAGIC_BYTES ? rest.len : MAGIC_BYTES;
    memcpy(head, rest.data, len);
    bool is_cut = len < MAGIC_BYTES && !unpack->raw->is_ended;
    if (!is_cut && !unpack->kind->probe((struct str){head, len})) {
        stop_with(unpack, ERR_FORMAT, "is followed by something else");
        return;
    }
    unpack->decoder = unpack->kind->start(rest);
    if (unpack->decoder == NULL) {
        stop_with(unpack, ERR_LIMIT, "found no memory to go on");
    }
}

static void step(struct unpack *unpack, char **out, size_t *room)
{
    struct str in = window(unpack->raw);
    size_t in_before = in.len, room_before = *room;
    enum unpack_end end = unpack->kind->step(unpack->decoder, &in, out, room);
    take(unpack, in_before - in.len);
    unpack->out_bytes += room_before - *room;
    if (end == UNPACK_MEMBER) {
        unpack->kind->stop(unpack->decoder);
        unpack->decoder = NULL;
    } else if (end == UNPACK_DAMAGED) {
        stop_with(unpack, ERR_FORMAT, "is damaged");
    } else if (end == UNPACK_HUGE) {
        stop_with(unpack, ERR_LIMIT, "wants more memory than it may have");
    } else if (unpack->out_bytes > BOMB_FREE_BYTES && unpack->out_bytes / BOMB_RATIO > unpack->in_bytes) {
        unpack->is_ended = true;
        err_set(&unpack->pending, ERR_LIMIT, "unpacks to more than %d times its size; stopped after %llu bytes",
                BOMB_RATIO, (unsigned long long)unpack->out_bytes);
    } else if (in_before == 0 && *room == room_before) {
        stop_with(unpack, ERR_FORMAT, "ends too early");
    }
}

int unpack_read(void *state, char *into, size_t room, size_t *ret_got, struct err *err)
{
    struct unpack *unpack = state;
    struct raw *raw = unpack->raw;
    size_t left = room;
    while (left > 0 && !unpack->is_ended) {
        if (raw->from == raw->to) {
            TRY(raw_more(raw, err));
        }
        if (unpack->decoder != NULL) {
            step(unpack, &into, &left);
        } else if (raw->from < raw->to) {
            between(unpack);
        } else {
            unpack->is_ended = true;
        }
    }
    *ret_got = room - left;
    if (*ret_got == 0 && unpack->pending.kind != ERR_NONE) {
        return err_set(err, unpack->pending.kind, "%s", unpack->pending.text);
    }
    return 0;
}
