/* Making the table of tags and numbers. */
#include <stdlib.h>

#include "base/wide.h"
#include "match/finder.h"

#include "base/banned.h"

enum { GROUP_FILLED = 13 /* places of sixteen on average: then few groups overflow into the next one */ };

size_t finder_groups(size_t count)
{
    return count / GROUP_FILLED + 1;
}

int finder_open(struct finder *finder, size_t count, struct err *err)
{
    *finder = (struct finder){.groups = finder_groups(count)};
    size_t places = finder->groups * FINDER_GROUP;
    finder->tags = wide_alloc(places);
    finder->numbers = malloc(places * sizeof(*finder->numbers)); /* read where a tag stands only */
    return finder->tags != NULL && finder->numbers != NULL
               ? 0
               : err_set(err, ERR_LIMIT, "no memory to find %zu values", count);
}

void finder_close(struct finder *finder)
{
    free(finder->tags);
    free(finder->numbers);
    *finder = (struct finder){0};
}

void finder_put(struct finder *finder, uint64_t hash, uint32_t number)
{
    size_t group = finder_group(finder, hash);
    unsigned empty = finder_places(finder, group, 0);
    while (empty == 0) {
        group = group + 1 == finder->groups ? 0 : group + 1;
        empty = finder_places(finder, group, 0);
    }
    size_t place = group * FINDER_GROUP + (unsigned)__builtin_ctz(empty);
    finder->tags[place] = finder_tag(hash);
    finder->numbers[place] = number;
}
