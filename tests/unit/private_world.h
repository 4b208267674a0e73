/* Two parties and a neutral in a temporary directory, for tests of the private comparison. */
#ifndef ASSAY_TESTS_PRIVATE_WORLD_H
#define ASSAY_TESTS_PRIVATE_WORLD_H

#include <ftw.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/private.h"
#include "base/json.h"

enum { WORLD_TRAPS = 80 };

/* Instead of the rule's ten thousand and more: linked in by --wrap (meson.build). tests/cli/test_private.py runs with the rule. */
uint64_t __wrap_suite_traps(uint64_t n);
uint64_t __wrap_suite_traps(uint64_t n)
{
    (void)n;
    return WORLD_TRAPS;
}

struct world {
    char dir[64];
    json_t *summary; /* of the last step */
    struct err err;  /* of the last step that failed */
    uint32_t opened; /* rows that an audit opens; 0: 30 */
};

static inline int world_put(void *self, enum assay_kind kind, json_t *body, struct err *err)
{
    struct world *world = self;
    (void)kind;
    (void)err;
    json_decref(world->summary);
    world->summary = json_incref(body);
    return 0;
}

static inline void world_complain(void *self, struct str where, struct str what)
{
    (void)self;
    (void)where;
    (void)what;
}

/* A path in the world; several a time. */
static inline const char *in(const struct world *world, const char *name)
{
    static char rooms[32][160];
    static size_t next;
    char *room = rooms[next++ % 32];
    (void)snprintf(room, sizeof rooms[0], "%s/%s", world->dir, name);
    return room;
}

static inline int step(struct world *world, struct assay_private_options options)
{
    static const char *const none[] = {NULL};
    struct assay_sink sink = {world, world_put, world_complain, NULL};
    if (options.files == NULL) {
        options.files = none;
    }
    if (options.keys == NULL) {
        options.keys = none;
    }
    world->err = (struct err){0};
    return assay_private(&options, &sink, &world->err);
}

/* In memory where there is such a place: what is tested is the protocol, and each of its files waits for the disk otherwise. */
static inline void world_open(struct world *world)
{
    *world = (struct world){.dir = "/dev/shm/assay-private-XXXXXX"};
    if (mkdtemp(world->dir) != NULL) {
        return;
    }
    *world = (struct world){.dir = "/tmp/assay-private-XXXXXX"};
    if (mkdtemp(world->dir) == NULL) {
        abort();
    }
}

static inline int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

static inline void world_remove(const char *path)
{
    (void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void world_close(struct world *world)
{
    json_decref(world->summary);
    world_remove(world->dir);
}

/* Rows from..to-1 of "email,created_at,hash", spelled in one of several ways. */
static inline void world_csv(const struct world *world, const char *name, int from, int to, int style)
{
    FILE *out = fopen(in(world, name), "we");
    (void)fputs("email,created_at,password_hash\n", out);
    for (int i = from; i < to; i++) {
        (void)fprintf(out,
                      style == 0 ? "user%d@example.org,2021-03-%02d 10:00:%02d,%032x\n"
                                 : "User%d@EXAMPLE.org,2021-03-%02dT10:00:%02dZ,%032X\n",
                      i, 1 + i % 28, i % 60, i * 7919 + 13);
    }
    (void)fclose(out);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline int world_commit(struct world *world, const char *role, const char *csv, const char *const *keys)
{
    return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_COMMIT,
                                                      .state = in(world, role),
                                                      .role = strcmp(role, "asker") == 0 ? 1 : 2,
                                                      .sources = LIST(in(world, csv)),
                                                      .keys = keys});
}

static inline int world_offer(struct world *world, bool is_direct)
{
    return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_OFFER,
                                                      .state = in(world, "asker"),
                                                      .files = LIST(in(world, "keeper/commit")),
                                                      .neutral = is_direct ? NULL : in(world, "notary.pub"),
                                                      .is_direct = is_direct,
                                                      .min_keys = 20,
                                                      .opened = world->opened != 0 ? world->opened : 30,
                                                      .run_number = 1});
}

static inline int world_answer(struct world *world, bool is_direct, const char *fix)
{
    return step(world,
                (struct assay_private_options){.step = ASSAY_PRIVATE_ANSWER,
                                               .state = in(world, "keeper"),
                                               .files = LIST(in(world, "asker/commit"), in(world, "asker/offer"), fix),
                                               .is_direct = is_direct,
                                               .run_number = 1});
}

static inline int world_finish(struct world *world)
{
    return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_FINISH,
                                                      .state = in(world, "asker"),
                                                      .files = LIST(in(world, "keeper/answer"))});
}

static inline int world_neutral(struct world *world, enum assay_private_step which, const char *const *more,
                                bool without_audits)
{
    const char *files[16] = {in(world, "asker/commit"),  in(world, "keeper/commit"), in(world, "asker/offer"),
                             in(world, "keeper/answer"), in(world, "asker/tags"),    in(world, "keeper/tags")};
    for (size_t i = 0; more != NULL && more[i] != NULL; i++) {
        files[6 + i] = more[i];
    }
    return step(world, (struct assay_private_options){.step = which,
                                                      .state = in(world, "neutral"),
                                                      .files = files,
                                                      .key_file = in(world, "notary"),
                                                      .without_audits = without_audits});
}

static inline int world_key(struct world *world)
{
    return step(world, (struct assay_private_options){.step = ASSAY_PRIVATE_KEY, .state = in(world, "notary")});
}

/* The count of a type in the last summary; -1: none. */
static inline long long world_count(const struct world *world, size_t type)
{
    const json_t *one = json_array_get(json_object_get(world->summary, "types"), type);
    return (long long)json_int(one, "count", -1);
}

#endif
