/* Does a secret decide a branch or an address? Secret scalars are marked undefined and valgrind says where one does (the idea of
 * Langley's ctgrind). tests/cli/test_private_secrets.py runs it:
 *
 *     valgrind --error-exitcode=9 secret_probe PATH multiply|map|base|point  as src/private computes
 *     valgrind --error-exitcode=9 secret_probe PATH leak  looks something up by a secret: has to be found
 *
 * PATH is one of group_paths(). Prints it when done; without arguments: the paths there are, as valgrind lets them be seen. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include <valgrind/memcheck.h>

#include "private/group.h"

enum { POINTS = 5 };

static int table_look_up(const struct group_scalar *scalar)
{
    static const char table[16] = "0123456789abcdef";
    return table[scalar->bytes[3] & 15];
}

int main(int argc, char **argv)
{
    struct group_scalar scalars[POINTS];
    struct group_point points[POINTS], out[POINTS];
    uint8_t uniform[POINTS][GROUP_UNIFORM_BYTES];
    if (sodium_init() < 0) {
        return 1;
    }
    for (const struct group_path *const *path = group_paths(); *path != NULL; path++) {
        if (argc < 3) {
            (void)puts((*path)->name);
            continue;
        }
        if (strcmp(argv[1], (*path)->name) != 0) {
            continue;
        }
        randombytes_buf(uniform, sizeof uniform);
        randombytes_buf(scalars, sizeof scalars);
        for (size_t i = 0; i < POINTS; i++) {
            scalars[i].bytes[GROUP_BYTES - 1] &= 15;
        }
        (*path)->map(points, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, POINTS);
        VALGRIND_MAKE_MEM_UNDEFINED(scalars, sizeof scalars);
        if (strcmp(argv[2], "multiply") == 0) {
            (void)(*path)->multiply(out, points, POINTS, &scalars[0]);
        } else if (strcmp(argv[2], "map") == 0) {
            (void)(*path)->map_multiply(out, (const uint8_t(*)[GROUP_UNIFORM_BYTES])uniform, POINTS, &scalars[0]);
        } else if (strcmp(argv[2], "base") == 0) {
            (*path)->multiply_base(out, scalars, POINTS);
        } else if (strcmp(argv[2], "point") == 0) {
            (void)(*path)->multiply_point(out, scalars, POINTS, &points[0]);
        } else {
            (void)putchar(table_look_up(&scalars[1]));
            (void)putchar('\n');
            return 0;
        }
        /* The results come from the secret: they are undefined too, or nothing was watched. */
        uint8_t undefined[sizeof out] = {0};
        if (RUNNING_ON_VALGRIND) {
            (void)VALGRIND_GET_VBITS(out, undefined, sizeof out);
            if (sodium_is_zero(undefined, sizeof undefined) == 1) {
                return 2;
            }
        }
        (void)puts((*path)->name);
    }
    return 0;
}
