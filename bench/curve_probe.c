/* How fast the group of the private comparison is on this machine, path by path; bench/private_bench.py runs it.
 *
 *     curve_probe [POINTS]      default 65536
 *
 * A line for each path and operation: path, operation, points a second, microseconds a point. Times are the process's own CPU
 * time, best of five; one thread. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "private/group.h"

#include "base/banned.h"

enum { ROUNDS = 5, KEY_MAX = 48 };

struct bench {
    size_t count;
    struct str *keys;
    char (*text)[KEY_MAX];
    uint8_t (*uniform)[GROUP_UNIFORM_BYTES];
    struct group_scalar *scalars;
    struct group_point *in, *out;
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void run_hash(const struct group_path *path, const struct bench *bench)
{
    group_hash(path, bench->out, bench->keys, bench->count);
}

static void run_expand(const struct group_path *path, const struct bench *bench)
{
    path->expand(bench->uniform, bench->keys, bench->count, STR("HashToGroup-AssayPSIV1-ristretto255-SHA512"));
}

static void run_map(const struct group_path *path, const struct bench *bench)
{
    path->map(bench->out, (const uint8_t(*)[GROUP_UNIFORM_BYTES])bench->uniform, bench->count);
}

static void run_multiply(const struct group_path *path, const struct bench *bench)
{
    if (path->multiply(bench->out, bench->in, bench->count, &bench->scalars[0]) != bench->count) {
        abort();
    }
}

static void run_hash_multiply(const struct group_path *path, const struct bench *bench)
{
    if (group_hash_multiply(path, bench->out, bench->keys, bench->count, &bench->scalars[0]) != bench->count) {
        abort();
    }
}

static void run_base(const struct group_path *path, const struct bench *bench)
{
    path->multiply_base(bench->out, bench->scalars, bench->count);
}

static void run_check(const struct group_path *path, const struct bench *bench)
{
    if (path->check(bench->in, bench->count) != bench->count) {
        abort();
    }
}

static const struct {
    const char *name;
    void (*run)(const struct group_path *path, const struct bench *bench);
} operations[] = {
    {"hash_multiply", run_hash_multiply},
    {"multiply", run_multiply},
    {"hash", run_hash},
    {"expand", run_expand},
    {"map", run_map},
    {"check", run_check},
    {"multiply_base", run_base},
};

static void fill(struct bench *bench, size_t count)
{
    bench->count = count;
    bench->keys = calloc(count, sizeof *bench->keys);
    bench->text = calloc(count, sizeof *bench->text);
    bench->uniform = calloc(count, sizeof *bench->uniform);
    bench->scalars = calloc(count, sizeof *bench->scalars);
    bench->in = calloc(count, sizeof *bench->in);
    bench->out = calloc(count, sizeof *bench->out);
    if (bench->keys == NULL || bench->text == NULL || bench->uniform == NULL || bench->scalars == NULL ||
        bench->in == NULL || bench->out == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        int length = snprintf(bench->text[i], KEY_MAX, "%c%c%cmember%zu@mail%zu.example", 1, 1, 0, i * 7919, i % 97);
        bench->keys[i] = (struct str){bench->text[i], (size_t)length};
        crypto_core_ristretto255_scalar_random(bench->scalars[i].bytes);
    }
    group_hash(group_best(), bench->in, bench->keys, count);
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    uint64_t count = 65536;
    if (sodium_init() < 0 || argc > 2 || (argc == 2 && (!str_u64(str_of(argv[1]), &count) || count == 0))) {
        fputs("usage: curve_probe [POINTS]\n", stderr);
        return 64;
    }
    fill(&bench, (size_t)count);
    for (const struct group_path *const *path = group_paths(); *path != NULL; path++) {
        for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
            double best = 0;
            for (int round = 0; round < ROUNDS; round++) {
                double began = cpu_seconds();
                operations[i].run(*path, &bench);
                double took = cpu_seconds() - began;
                best = round == 0 || took < best ? took : best;
            }
            printf("%s %s %.0f %.4f\n", (*path)->name, operations[i].name, (double)count / best,
                   best * 1e6 / (double)count);
            fflush(stdout);
        }
    }
    free(bench.keys);
    free(bench.text);
    free(bench.uniform);
    free(bench.scalars);
    free(bench.in);
    free(bench.out);
    return 0;
}
