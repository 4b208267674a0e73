/* A rule of any bytes is read or refused with a place, and one that is read can be tried on any line; the automaton that
 * picks rules for a line never leaves out one that matches. Input: rule, NUL, request target. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "trace/sigma.h"

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void try_rule(struct sigma_rule *rule, struct str target, struct arena *arena)
{
    struct err err = {0};
    struct sigma sigma = {.rules = &rule, .count = 1};
    struct sigma_tally tally;
    sigma.words = words_build(sigma.rules, 1, arena, &err);
    if (sigma.words == NULL) {
        check(err.kind == ERR_LIMIT);
        return;
    }
    rule->category = SIGMA_WEBSERVER;
    check(sigma_tally_init(&tally, &sigma, &err) == 0);
    const struct log_line line = {
        .text = target.data, .len = (uint32_t)target.len, .status = 200, .target = {0, (uint32_t)target.len}};
    const struct hit hit = {.second = 1, .status = 200};
    check(sigma_take(&tally, &line, LOG_WEB, LOG_HAS_AGENT, (struct str){"", 0}, &hit, &err) == 0);
    struct sigma_view view = {.line = NULL};
    sigma_view_of(&view, &line, LOG_WEB, LOG_HAS_AGENT, (struct str){"", 0});
    check(sigma_matches(rule, &view) == (tally.count == 1));
    buf_free(&view.room);
    sigma_tally_free(&tally);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str_cut cut = str_cut((struct str){(const char *)data, size}, '\0');
    struct sigma_rule *rule = NULL;
    struct err err = {0};
    struct arena arena;
    arena_init(&arena, 0);
    if (sigma_read(cut.head, &arena, &rule, &err) != 0) {
        check(err.kind == ERR_FORMAT || err.kind == ERR_LIMIT);
    } else if (rule != NULL) {
        try_rule(rule, cut.found ? str_slice(cut.tail, 0, 4096) : (struct str){"/", 1}, &arena);
    }
    arena_clear(&arena);
    return 0;
}
