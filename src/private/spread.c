/* Slices through the pool. */
#include "private/spread.h"
#include "base/pool.h"
#include "private/suite.h"

#include "base/banned.h"

enum { SLICE = 2048, SLICES_MAX = 64 };

struct slice {
    size_t from, to, done;
};

struct field {
    size_t (*work)(void *self, size_t from, size_t to);
    void *self;
    size_t count, at, step, done;
    struct slice slices[SLICES_MAX];
    size_t given;
};

static void *next(void *self)
{
    struct field *field = self;
    if (field->at == field->count) {
        return NULL;
    }
    struct slice *slice = &field->slices[field->given++];
    slice->from = field->at;
    slice->to = field->count - field->at < field->step ? field->count : field->at + field->step;
    field->at = slice->to;
    return slice;
}

static void *work(void *self, unsigned worker, void *job)
{
    struct field *field = self;
    struct slice *slice = job;
    (void)worker;
    slice->done = field->work(field->self, slice->from, slice->to);
    return NULL;
}

static int done(void *self, void *job, void *result, struct err *err)
{
    struct field *field = self;
    const struct slice *slice = job;
    (void)result;
    (void)err;
    if (slice->done < slice->to && slice->done < field->done) {
        field->done = slice->done;
    }
    return 0;
}

int spread(size_t count, size_t (*do_slice)(void *self, size_t from, size_t to), void *self, size_t *ret_done,
           struct err *err)
{
    size_t least = (count + SLICES_MAX - 1) / SLICES_MAX;
    struct field field = {
        .work = do_slice, .self = self, .count = count, .step = least < SLICE ? SLICE : least, .done = count};
    if (count <= SLICE) {
        *ret_done = count == 0 ? 0 : do_slice(self, 0, count);
        return 0;
    }
    struct pool_spec spec = {.self = &field, .next = next, .work = work, .done = done};
    TRY(pool_run(&spec, err));
    *ret_done = field.done;
    return 0;
}

struct multiply {
    struct group_point *out;
    const struct group_point *in;
    const struct group_scalar *scalar;
    const struct group_path *path;
};

static size_t multiply_slice(void *self, size_t from, size_t to)
{
    const struct multiply *m = self;
    return from + m->path->multiply(m->out + from, m->in + from, to - from, m->scalar);
}

int spread_multiply(struct group_point *out, const struct group_point *in, size_t count,
                    const struct group_scalar *scalar, size_t *ret_done, struct err *err)
{
    struct multiply m = {out, in, scalar, group_best()};
    return spread(count, multiply_slice, &m, ret_done, err);
}

struct tags {
    uint8_t (*out)[SUITE_TAG_BYTES];
    const struct group_point *in;
};

static size_t tags_slice(void *self, size_t from, size_t to)
{
    const struct tags *tags = self;
    suite_tags(tags->out + from, tags->in + from, to - from);
    return to;
}

int spread_tags(uint8_t (*out)[16], const struct group_point *in, size_t count, struct err *err)
{
    struct tags tags = {out, in};
    size_t all;
    return spread(count, tags_slice, &tags, &all, err);
}
