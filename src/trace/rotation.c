/* What the names of a rotated set say of members that are not here: "access.log.1" and "access.log.3" without ".2", or a
 * day missing between dated ones. Names are a hint only: what is missing is listed, with the times of its neighbours. */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "base/time.h"
#include "trace/answer.h"

#include "base/banned.h"

enum { DATED_MIN = 3, MISSING_SHOWN = 16 };

/* A file of a set. number: what its name ends with; 0 for none. */
struct member {
    int64_t number; /* dated: days since 1970 */
    bool is_dated;
    const struct source *source;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ".2", "-20260314" or "-2026-03-14" behind the stem, whatever packing comes then. */
static bool member_of(const struct source *source, struct member *ret_member)
{
    size_t stem = source_stem(source->path), digits = 0;
    uint64_t number = 0;
    for (size_t i = stem + 1; source->path[stem] != '\0' && source->path[i] != '\0' && digits < 9; i++) {
        if (is_digit(source->path[i])) {
            number = number * 10 + (uint64_t)(source->path[i] - '0');
            digits++;
        } else if (source->path[i] != '-') {
            break;
        }
    }
    bool is_dated = digits == 8 && number >= 19900101 && number <= 99991231;
    *ret_member = (struct member){.number = (int64_t)number, .is_dated = is_dated, .source = source};
    if (is_dated) {
        ret_member->number =
            time_days((int64_t)(number / 10000), (unsigned)(number / 100 % 100), (unsigned)(number % 100));
    }
    return is_dated || digits <= 4;
}

static int by_number(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The neighbours' times: [older's last line, newer's first]. */
static struct hole missing(struct arena *keep, const struct source *older, const struct source *newer,
                           const char *detail)
{
    struct str kept = arena_str(keep, str_of(detail), NULL);
    return (struct hole){.what = "missing member",
                         .detail = kept.data,
                         .source = older->path,
                         .kind = older->reader.format->kind,
                         .from = older->last,
                         .to = newer->first == INT64_MAX ? INT64_MAX : newer->first,
                         .count = 1};
}

static int numbered(struct holes *holes, struct arena *keep, const struct member *members, size_t count,
                    struct err *err)
{
    char name[PATH_BYTES];
    for (size_t i = 0; i + 1 < count; i++) {
        int64_t absent = members[i + 1].number - members[i].number - 1;
        for (int64_t n = 1; n <= absent && n <= MISSING_SHOWN; n++) {
            const char *path = members[i + 1].source->path;
            snprintf(name, sizeof name, "%.*s.%lld is not among the files given", (int)source_stem(path), path,
                     (long long)(members[i].number + n));
            const struct hole hole = missing(keep, members[i + 1].source, members[i].source, name);
            TRY(holes_add(holes, &hole, err));
        }
    }
    return 0;
}

static int dated(struct holes *holes, struct arena *keep, const struct member *members, size_t count, struct err *err)
{
    int64_t step = INT64_MAX;
    for (size_t i = 0; i + 1 < count; i++) {
        int64_t here = members[i + 1].number - members[i].number;
        step = here > 0 && here < step ? here : step;
    }
    char text[PATH_BYTES];
    for (size_t i = 0; i + 1 < count && count >= DATED_MIN; i++) {
        int64_t here = members[i + 1].number - members[i].number;
        if (here < 2 * step) {
            continue;
        }
        snprintf(text, sizeof text, "%lld dated file%s after this one not among those given",
                 (long long)(here / step - 1), here / step == 2 ? " is" : "s are");
        const struct hole hole = missing(keep, members[i].source, members[i + 1].source, text);
        TRY(holes_add(holes, &hole, err));
    }
    return 0;
}

static int look_at_set(struct holes *holes, struct run *run, uint32_t set, struct member *members, struct err *err)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        size_t count = 0;
        for (size_t i = 0; i < run->sources.count; i++) {
            struct member member;
            if (run->sources.all[i].set == set && member_of(&run->sources.all[i], &member) &&
                member.is_dated == (kind == 1)) {
                members[count++] = member;
            }
        }
        qsort(members, count, sizeof *members, by_number);
        TRY(kind == 0 ? numbered(holes, &run->keep, members, count, err)
                      : dated(holes, &run->keep, members, count, err));
    }
    return 0;
}

int rotation_holes(struct holes *holes, struct run *run, struct err *err)
{
    OWN(own_mem) struct member *members = calloc(run->sources.count + 1, sizeof *members);
    if (members == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the names of %zu logs", run->sources.count);
    }
    for (uint32_t set = 0; set < run->sources.set_count; set++) {
        bool is_shared = set == SETS_MAX - 1; /* several sets share the last number: their names say nothing together */
        if (!is_shared) {
            TRY(look_at_set(holes, run, set, members, err));
        }
    }
    return 0;
}
