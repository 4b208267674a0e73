/* Which rules can match a line at all? Of every rule a few literals are taken of which at least one must be in any line that
 * matches; all of them together make one automaton that reads a line once, a byte a step. Most lines end there.
 *
 * Source: Aho and Corasick, Efficient String Matching, CACM 18(6), 1975; here with all transitions filled in, over
 * classes of bytes (bytes that no literal has are one class; letters have no case). */
#include <stdlib.h>

#include "base/own.h"
#include "base/str.h"
#include "trace/sigma.h"

#include "base/banned.h"

enum { STATES_MAX = 1 << 20, TABLE_MAX = 64 << 20 /* transitions */, PICKED_MAX = 4096 };

#define SPEAKS (UINT32_C(1) << 31) /* of a transition: the state that it leads to has rules to tell of */

struct output {
    uint32_t rule, next; /* next: index + 1 */
};

struct words {
    uint8_t classes[256];
    unsigned class_count;
    uint32_t *next;   /* state * class_count + class; with SPEAKS */
    uint32_t *first;  /* of a state: its outputs, index + 1 */
    uint32_t *longer; /* the next state on the way of suffixes that has outputs; 0: none */
    struct output *outputs;
    size_t output_count, state_count;
    uint64_t *always;
    size_t rule_count;
};

/* ---- which literals ---- */

struct picked {
    size_t count, shortest; /* shortest: bytes; 0: no literals can be had */
    struct str all[PICKED_MAX];
};

static size_t pick(const struct sigma_node *node, struct picked *picked);

/* Long literals are in few lines; few of them are better than many. */
static bool is_better(const struct picked *a, const struct picked *b)
{
    size_t len_a = a->shortest > 6 ? 6 : a->shortest, len_b = b->shortest > 6 ? 6 : b->shortest;
    return len_a != len_b ? len_a > len_b : a->count < b->count;
}

static void pick_none(struct picked *picked)
{
    picked->count = picked->shortest = 0;
}

static void pick_value(const struct sigma_value *value, struct picked *picked)
{
    if (picked->count == PICKED_MAX || value->literal.len == 0) {
        pick_none(picked);
        return;
    }
    picked->all[picked->count++] = value->literal;
    picked->shortest = value->literal.len < picked->shortest ? value->literal.len : picked->shortest;
}

/* An item: any of its values, or of all the longest. */
static void pick_item(const struct sigma_node *item, struct picked *picked)
{
    pick_none(picked);
    bool is_open = item->is_not || item->field == SIGMA_ABSENT || item->field == SIGMA_STATUS ||
                   item->field == SIGMA_METHOD || item->field == SIGMA_BYTES || item->field == SIGMA_BYTES_IN ||
                   item->field == SIGMA_DURATION;
    const struct sigma_value *best = NULL;
    for (size_t i = 0; i < item->value_count; i++) {
        best = best == NULL || item->values[i].literal.len > best->literal.len ? &item->values[i] : best;
    }
    if (is_open || best == NULL) {
        return;
    }
    picked->shortest = SIZE_MAX;
    if (item->is_all) {
        pick_value(best, picked);
        return;
    }
    for (size_t i = 0; i < item->value_count && picked->shortest > 0; i++) {
        pick_value(&item->values[i], picked);
    }
}

static void pick_best_child(const struct sigma_node *node, struct picked *picked, struct picked *tried)
{
    pick_none(picked);
    for (const struct sigma_node *child = node->first; child != NULL; child = child->next) {
        if (pick(child, tried) > 0 && (picked->shortest == 0 || is_better(tried, picked))) {
            memcpy(picked->all, tried->all, tried->count * sizeof *tried->all);
            picked->count = tried->count;
            picked->shortest = tried->shortest;
        }
    }
}

static void pick_every_child(const struct sigma_node *node, struct picked *picked, struct picked *tried)
{
    pick_none(picked);
    picked->shortest = SIZE_MAX;
    for (const struct sigma_node *child = node->first; child != NULL; child = child->next) {
        if (pick(child, tried) == 0 || picked->count + tried->count > PICKED_MAX) {
            pick_none(picked);
            return;
        }
        memcpy(picked->all + picked->count, tried->all, tried->count * sizeof *tried->all);
        picked->count += tried->count;
        picked->shortest = tried->shortest < picked->shortest ? tried->shortest : picked->shortest;
    }
    if (picked->count == 0) {
        pick_none(picked);
    }
}

/* Literals of which one must be there when node holds. Returns the length of the shortest, 0: there are none. */
static size_t pick(const struct sigma_node *node, struct picked *picked)
{
    struct picked *tried = node->kind == SIGMA_ITEM || node->kind == SIGMA_NOT ? NULL : malloc(sizeof *tried);
    pick_none(picked);
    if (node->kind == SIGMA_ITEM) {
        pick_item(node, picked);
    } else if (tried != NULL && node->kind == SIGMA_AND) {
        pick_best_child(node, picked, tried);
    } else if (tried != NULL) {
        pick_every_child(node, picked, tried);
    }
    free(tried);
    return picked->shortest;
}

/* ---- the automaton ---- */

static uint32_t *transition(struct words *words, size_t state, unsigned class_id)
{
    return &words->next[state * words->class_count + class_id];
}

/* Letters of all literals get classes; a letter and its capital share one. */
static void set_classes(struct words *words, const struct picked *const *picked, size_t count, size_t *ret_bytes)
{
    bool is_used[256] = {false};
    *ret_bytes = 0;
    for (size_t r = 0; r < count; r++) {
        for (size_t i = 0; i < picked[r]->count; i++) {
            *ret_bytes += picked[r]->all[i].len;
            for (size_t k = 0; k < picked[r]->all[i].len; k++) {
                is_used[(unsigned char)picked[r]->all[i].data[k]] = true;
            }
        }
    }
    words->class_count = 1;
    for (unsigned c = 0; c < 256; c++) {
        if (is_used[c]) {
            words->classes[c] = (uint8_t)words->class_count++;
        }
    }
    for (unsigned c = 'A'; c <= 'Z'; c++) {
        words->classes[c] = words->classes[c | 0x20];
    }
}

static void add_literal(struct words *words, struct str literal, uint32_t rule)
{
    size_t state = 0;
    for (size_t i = 0; i < literal.len; i++) {
        uint32_t *next = transition(words, state, words->classes[(unsigned char)literal.data[i]]);
        if (*next == 0) {
            *next = (uint32_t)words->state_count++;
        }
        state = *next;
    }
    words->outputs[words->output_count] = (struct output){rule, words->first[state]};
    words->first[state] = (uint32_t)++words->output_count;
}

/* Breadth first: where a state has no way on, the way of its longest suffix is taken. */
static int fill_in(struct words *words, struct err *err)
{
    OWN(own_mem) uint32_t *queue = calloc(words->state_count, sizeof *queue);
    OWN(own_mem) uint32_t *suffix = calloc(words->state_count, sizeof *suffix);
    if (queue == NULL || suffix == NULL) {
        return err_set(err, ERR_LIMIT, "no memory for the words of rules");
    }
    size_t head = 0, tail = 1; /* the root is in it */
    while (head < tail) {
        uint32_t state = queue[head++];
        words->longer[state] = words->first[suffix[state]] != 0 ? suffix[state] : words->longer[suffix[state]];
        for (unsigned c = 0; c < words->class_count; c++) {
            uint32_t *next = transition(words, state, c), by_suffix = *transition(words, suffix[state], c);
            if (*next == 0) {
                *next = state == 0 ? 0 : by_suffix;
            } else {
                suffix[*next] = state == 0 ? 0 : by_suffix;
                queue[tail++] = *next;
            }
        }
    }
    for (size_t i = 0; i < words->state_count * words->class_count; i++) {
        uint32_t state = words->next[i];
        words->next[i] |= words->first[state] != 0 || words->longer[state] != 0 ? SPEAKS : 0;
    }
    return 0;
}

static int make_tables(struct words *words, size_t bytes, size_t literals, struct arena *keep, struct err *err)
{
    size_t states = bytes + 1;
    if (states > STATES_MAX || states * words->class_count > TABLE_MAX) {
        return err_set(err, ERR_LIMIT, "the rules have too many words (%zu bytes)", bytes);
    }
    words->next = ARENA_NEW(keep, uint32_t, states * words->class_count, err);
    words->first = ARENA_NEW(keep, uint32_t, states, err);
    words->longer = ARENA_NEW(keep, uint32_t, states, err);
    words->outputs = ARENA_NEW(keep, struct output, literals + 1, err);
    words->state_count = 1;
    return words->next == NULL || words->first == NULL || words->longer == NULL || words->outputs == NULL ? -1 : 0;
}

static int build(struct words *words, struct picked *const *picked, size_t count, struct arena *keep, struct err *err)
{
    size_t bytes, literals = 0;
    set_classes(words, (const struct picked *const *)picked, count, &bytes);
    for (size_t r = 0; r < count; r++) {
        literals += picked[r]->count;
    }
    TRY(make_tables(words, bytes, literals, keep, err));
    for (size_t r = 0; r < count; r++) {
        for (size_t i = 0; i < picked[r]->count; i++) {
            add_literal(words, picked[r]->all[i], (uint32_t)r);
        }
        if (picked[r]->count == 0) {
            words->always[r / 64] |= UINT64_C(1) << r % 64;
        }
    }
    return fill_in(words, err);
}

static struct picked *pick_of(const struct sigma_rule *rule, struct arena *scratch, struct err *err)
{
    struct picked *whole = malloc(sizeof *whole);
    struct picked *kept = NULL;
    if (whole == NULL) {
        err_set(err, ERR_LIMIT, "no memory for the words of rules");
        return NULL;
    }
    pick(rule->root, whole);
    kept = arena_take(scratch, offsetof(struct picked, all) + whole->count * sizeof *whole->all, err);
    if (kept != NULL) {
        kept->count = whole->count;
        kept->shortest = whole->shortest;
        memcpy(kept->all, whole->all, whole->count * sizeof *whole->all);
    }
    free(whole);
    return kept;
}

struct words *words_build(struct sigma_rule *const *rules, size_t count, struct arena *keep, struct err *err)
{
    OWN(own_arena) struct arena scratch;
    arena_init(&scratch, 0);
    struct words *words = ARENA_NEW(keep, struct words, 1, err);
    struct picked **picked = ARENA_NEW(&scratch, struct picked *, count + 1, err);
    if (words == NULL || picked == NULL || (words->always = ARENA_NEW(keep, uint64_t, count / 64 + 1, err)) == NULL) {
        return NULL;
    }
    words->rule_count = count;
    for (size_t r = 0; r < count; r++) {
        picked[r] = pick_of(rules[r], &scratch, err);
        if (picked[r] == NULL) {
            return NULL;
        }
    }
    return build(words, picked, count, keep, err) == 0 ? words : NULL;
}

static void tell_rules(const struct words *words, uint32_t state, uint64_t *bits)
{
    for (; state != 0; state = words->longer[state]) {
        for (uint32_t at = words->first[state]; at != 0; at = words->outputs[at - 1].next) {
            uint32_t rule = words->outputs[at - 1].rule;
            bits[rule / 64] |= UINT64_C(1) << rule % 64;
        }
    }
}

void words_find(const struct words *words, struct str text, uint64_t *bits)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t state = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint32_t next = words->next[state * words->class_count + words->classes[at[i]]];
        state = next & ~SPEAKS;
        if ((next & SPEAKS) != 0) {
            tell_rules(words, (uint32_t)state, bits);
        }
    }
}

const uint64_t *words_always(const struct words *words)
{
    return words->always;
}
