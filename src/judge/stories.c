/* The closed list of accounts that are compared, whole story against whole story (docs/verdict.md, "Stories").
 *
 * Claims of one incident hang together: who took data through a backdoor had to plant and use it. Multiplying four
 * numbers, or taking the smallest, is wrong either way; so each story makes every claim true or false at once. */
#include "base/json.h"
#include "base/stat.h"
#include "judge/inside.h"

#include "base/banned.h"

#define EITHER LEAVES_EITHER
#define BIT(kind) (1U << CLAIM_##kind)

/* leaves: tree, use in the web log, taking in the web log, database log, flow records, credentials that open, the request that
 * brought it in the web log, whole tables read through what was planted, (match).
 * Passwords that open a database lie in a tree whether or not anybody came for them, so most stories allow either. */
static const struct story base_stories[] = {
    {"breach",
     "somebody broke in the alleged way and took the data",
     BIT(ENTRY) | BIT(USE) | BIT(ACCESS) | BIT(TAKING) | BIT(POSSESSION),
     {1, 1, 1, 1, 1, 1, 1, 1, 0},
     ORIGIN_DATABASE},
    {"entered_used",
     "somebody broke in and used it, but took nothing",
     BIT(ENTRY) | BIT(USE) | BIT(ACCESS),
     {1, 1, 0, 0, 0, 1, 1, 0, 0},
     ORIGIN_ANY_OTHER},
    {"planted",
     "something was planted and no outsider used it",
     BIT(ENTRY),
     {1, 0, 0, 0, 0, EITHER, 1, 0, 0},
     ORIGIN_ANY_OTHER},
    {"other_way",
     "the data left another way (an insider, SQL injection, a backup)",
     BIT(ACCESS) | BIT(TAKING) | BIT(POSSESSION),
     {0, 0, 0, .9, 1, EITHER, 0, 0, 0},
     ORIGIN_DATABASE},
    {"recycled",
     "nothing happened here and the sample is older leaks of other services",
     0,
     {[SOURCE_REACH] = EITHER},
     ORIGIN_RECYCLED},
    {"made_up", "nothing happened here and the sample is made up", 0, {[SOURCE_REACH] = EITHER}, ORIGIN_MADE_UP},
    {"nothing", "nothing of it happened", 0, {[SOURCE_REACH] = EITHER}, ORIGIN_ELSEWHERE},
};

#define EVERY_CLAIM (~0U)

/* Only a sample makes these possible. Each is on the table for the claims that, without it, would be carried by evidence
 * that does not bear on them: a log would speak for the origin of a sample it never saw, a sample would speak for the use of
 * what was planted, and a false sample would refute that anything else left. */
static const struct {
    unsigned on_table;
    struct story story;
} sample_stories[] = {
    {EVERY_CLAIM, {"partner", "the sample is what a partner was given", 0, {[SOURCE_REACH] = EITHER}, ORIGIN_PARTNER}},
    {EVERY_CLAIM, {"seed", "the sample is test data", 0, {[SOURCE_REACH] = EITHER}, ORIGIN_SEED}},
    {BIT(TAKING) | BIT(POSSESSION),
     {"breach_other_sample",
      "somebody broke in and took data, but the sample is not that data",
      BIT(ENTRY) | BIT(USE) | BIT(ACCESS) | BIT(TAKING),
      {1, 1, 1, 1, 1, 1, 1, 1, 0},
      ORIGIN_ANY_OTHER}},
    {BIT(TAKING) | BIT(POSSESSION),
     {"other_way_other_sample",
      "data left another way, but the sample is not that data",
      BIT(ACCESS) | BIT(TAKING),
      {0, 0, 0, .9, 1, EITHER, 0, 0, 0},
      ORIGIN_ANY_OTHER}},
    {EVERY_CLAIM,
     {"planted_other_way",
      "something was planted and no outsider used it; the data left another way",
      BIT(ENTRY) | BIT(ACCESS) | BIT(TAKING) | BIT(POSSESSION),
      {1, 0, 0, .9, 1, EITHER, 1, 0, 0},
      ORIGIN_DATABASE}},
};

/* On the table for access only, where what the credentials open was examined: to have been in the house is not to have had
 * the key of the archive. */
static const struct story closed_story = {"entered_closed",
                                          "somebody broke in and used it, but what lay there opened no such database",
                                          BIT(ENTRY) | BIT(USE),
                                          {1, 1, 0, 0, 0, 0, 1, 0, 0},
                                          ORIGIN_ANY_OTHER};

size_t story_list(struct story out[static STORY_MAX], bool with_sample, enum claim_kind kind)
{
    enum { BASE = sizeof base_stories / sizeof *base_stories, EXTRA = sizeof sample_stories / sizeof *sample_stories };
    _Static_assert(BASE + EXTRA + 1 <= STORY_MAX, "stories fit");
    size_t count = BASE;

    memcpy(out, base_stories, sizeof base_stories);
    for (size_t i = 0; with_sample && i < EXTRA; i++) {
        if ((sample_stories[i].on_table & (1U << kind)) != 0) {
            out[count++] = sample_stories[i].story;
        }
    }
    if (kind == CLAIM_ACCESS) {
        out[count++] = closed_story;
    }
    return count;
}

unsigned story_open_to_whole(const struct story *stories, size_t count)
{
    unsigned open = 0;

    for (size_t s = 0; s < count; s++) {
        const bool is_open = story_has(&stories[s], CLAIM_ACCESS) && stories[s].leaves[SOURCE_REACH] == LEAVES_EITHER;
        open |= is_open ? 1U << s : 0;
    }
    return open;
}

/* How it came is asked where no use is seen. Where something was used all the same, lines were cut, and hardly those alone. */
static const char *shown_name(enum source source, bool is_used)
{
    static const char *const names[SOURCE_COUNT] = {[SOURCE_TREE] = "tree",
                                                    [SOURCE_LOG_USE] = "log_use",
                                                    [SOURCE_LOG_TAKING] = "log_taking",
                                                    [SOURCE_LOG_CAME] = "log_came",
                                                    [SOURCE_DB_TAKEN] = "database_log"};
    return source == SOURCE_LOG_CAME && is_used ? "log_came_used" : names[source];
}

static bool shown_of(const json_t *rates, const char *name, struct rate *ret)
{
    const json_t *leaves = json_object_get(json_object_get(rates, "stories"), "leaves");

    return name != NULL && rates_counts(json_object_get(leaves, name), ret);
}

bool story_shown(const json_t *rates, enum source source, struct rate *ret)
{
    return shown_of(rates, shown_name(source, false), ret);
}

/* What a story leaves where nobody measured how often: as the policy has it, beside what the table assumes. */
static double unmeasured(enum source source, double leaves, const struct policy *policy)
{
    if (leaves <= 0) {
        return leaves; /* none, or either */
    }
    const bool is_other_way = source == SOURCE_DB_LOG && leaves < 1;
    const enum policy_name name = is_other_way ? POLICY_OTHER_WAY : POLICY_LEAVES;
    return leaves * policy_of(policy, name) / policy_of(NULL, name);
}

/* V of one source in one story, as measured or as the policy has it. */
static double leaves_of(const struct story *story, enum source source, const json_t *rates, const struct policy *policy)
{
    const double leaves = story->leaves[source];
    struct rate shown;

    if (!shown_of(rates, shown_name(source, story_has(story, CLAIM_USE)), &shown)) {
        return unmeasured(source, leaves, policy);
    }
    const double v = stat_clopper_pearson(shown.k, shown.n, 1 - policy_of(policy, POLICY_MISSED)).lo;
    return leaves * (leaves > 0 ? v : 1);
}

void story_measured(struct story *stories, size_t count, const json_t *rates, const struct policy *policy)
{
    for (size_t s = 0; s < count; s++) {
        for (enum source source = SOURCE_TREE; source < SOURCE_COUNT; source++) {
            stories[s].leaves[source] = leaves_of(&stories[s], source, rates, policy);
        }
    }
}

static const char *const kind_names[CLAIM_KIND_COUNT] = {
#define X(name, text) text,
    CLAIM_KINDS(X)
#undef X
};

int claim_kind_of(const char *name)
{
    for (int i = 0; i < CLAIM_KIND_COUNT; i++) {
        if (name != NULL && strcmp(name, kind_names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

const char *claim_kind_name(enum claim_kind kind)
{
    return kind_names[kind];
}

const char *claim_kind_means(enum claim_kind kind)
{
    static const char *const means[CLAIM_KIND_COUNT] = {
        "a backdoor or database tool was planted",
        "an outsider used what was planted",
        "an intruder could read these databases",
        "data of this database was copied out",
        "this sample comes from this database",
        "a ransom was demanded",
        "this actor did it",
    };
    return means[kind];
}

const char *claim_means(const json_t *claim, enum claim_kind kind)
{
    return kind == CLAIM_ACCESS && strcmp(json_text(claim, "extent", ""), "entire") == 0
               ? "an intruder could read the whole of these databases"
               : claim_kind_means(kind);
}
